"""Pages about tickets, under `/o/<slug>/`."""

from __future__ import annotations

from django.urls import path

from tickets import views
from tickets.looks.views import looks
from tickets.teams.views import take_out_agent, team_agents

app_name = "tickets"

urlpatterns = [
    path("tickets/", views.ticket_list, name="ticket_list"),
    path("tickets/filters/", views.filter_save, name="filter_save"),
    path("tickets/<int:ticket_id>/", views.ticket_detail, name="ticket_detail"),
    path("tickets/<int:ticket_id>/reveal/", views.ticket_reveal, name="ticket_reveal"),
    path("tickets/<int:ticket_id>/hide/", views.ticket_hide, name="ticket_hide"),
    path("my-data/looks/", looks, name="looks"),
    path("settings/teams/<int:team_id>/agents/", team_agents, name="team_agents"),
    path(
        "settings/teams/<int:team_id>/agents/<int:place_id>/out/",
        take_out_agent,
        name="team_agent_out",
    ),
]
