"""A person's own pages, outside any organisation, under `/me/`."""

from __future__ import annotations

from django.urls import path

from kaizo.accounts.views import me

app_name = "me"

urlpatterns = [
    path("", me.profile, name="profile"),
    path("theme/", me.theme, name="theme"),
]
