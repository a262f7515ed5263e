"""Where every page lives. The composition root: the one place that knows every app's pages.

Views under `/o/<slug>/` run inside the organisation's scope and do not take the slug themselves
(see `kaizo.accounts.middleware`).
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from integrations.webhooks import receive
from kaizo.accounts.views.entry import home, setup
from kaizo.core.api import no_such_endpoint
from kaizo.core.health import healthz, readyz
from kaizo.core.views import components

_ORGANISATION = [
    path("", include("kaizo.accounts.urls")),
    path("", include("tickets.urls")),
    path("", include("scoring.urls")),
    path("", include("scoring.quality.urls")),
    path("", include("integrations.urls")),
    path("", include("privacy.rights.urls")),
    path("", include("privacy.accountability.urls")),
]

_API = [
    path("", include("scoring.quality.scorecards.api_urls")),
    path("", include("scoring.quality.api.urls")),
    path("", include("privacy.rights.api.urls")),
    path("", include("privacy.accountability.api_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("setup/", setup, name="setup"),
    path("components/", components, name="components"),
    path("accounts/", include("allauth.urls")),
    path("me/", include("kaizo.accounts.urls_me")),
    path("hooks/<uuid:connection>/", receive, name="hook"),
    path("p/<slug:of>/", include("privacy.rights.portal.urls")),
    path("o/<slug:organisation>/", include(_ORGANISATION)),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/v1/o/<slug:organisation>/", include((_API, "api"))),
    path("api/<path:rest>", no_such_endpoint, name="api_nothing"),
]
