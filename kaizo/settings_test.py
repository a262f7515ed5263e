"""Settings of the test suite: the product's own, with a fast password hasher and mail in memory.

Databases and Valkey come from the environment, as always (`./dev test` starts its own).
"""

from __future__ import annotations

import os

os.environ.setdefault("KAIZO_EMBEDDED", "1")

from kaizo.settings import *  # noqa: F403 - the product's settings are the base
from kaizo.settings import CACHES, LOGGING, _redis

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
ACCOUNT_RATE_LIMITS = False
# Each parallel worker has a cache of its own.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CACHES["default"]["LOCATION"] = _redis(2 + _WORKER)
LOGGING["root"]["level"] = "WARNING"  # type: ignore[index]  # a dict of mixed values
# Nothing has collected the static files here.
WHITENOISE_AUTOREFRESH = True
