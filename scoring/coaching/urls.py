"""Pages about coaching, under `/o/<slug>/`."""

from __future__ import annotations

from django.urls import path

from scoring.coaching import views

urlpatterns = [
    path("coaching/", views.coaching, name="coaching"),
    path("coaching/<int:pin_id>/discussed/", views.pin_discussed, name="pin_discussed"),
    path("coaching/<int:pin_id>/delete/", views.pin_delete, name="pin_delete"),
    path("tickets/<int:ticket_id>/pin/", views.pin_new, name="pin_new"),
]
