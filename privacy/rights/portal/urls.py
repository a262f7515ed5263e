"""The public privacy pages of an organisation."""

from __future__ import annotations

from django.urls import path

from privacy.rights.export import portal_views as copies
from privacy.rights.portal import views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("ask/<slug:kind>/", views.ask, name="ask"),
    path("sent/", views.sent, name="sent"),
    path("see/", views.see, name="see"),
    path("link/<str:token>/", views.link, name="link"),
    path("requests/<uuid:public_id>/", views.own, name="own"),
    path("requests/<uuid:public_id>/appeal/", views.appeal, name="appeal"),
    path("requests/<uuid:public_id>/write/", views.write, name="write"),
    path("requests/<uuid:public_id>/copy/", copies.fetch, name="fetch"),
    path("requests/<uuid:public_id>/passphrase/", copies.passphrase, name="passphrase"),
    path("requests/<uuid:public_id>/hand-over/", copies.hand_over, name="hand_over"),
    path("transfer/<str:token>/", copies.transfer, name="transfer"),
]
