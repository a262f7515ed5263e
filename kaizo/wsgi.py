"""The web process."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")

application = get_wsgi_application()

from kaizo.core.checks import refuse_unsafe_roles  # noqa: E402 - needs the apps to be loaded
from privacy.api import refuse_unreplayed  # noqa: E402 - as above

refuse_unsafe_roles()
refuse_unreplayed()
