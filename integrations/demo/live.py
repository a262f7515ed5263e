"""Lets the demo show tickets that arrive by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from integrations.connections import Terms, connect, source_of, start
from integrations.demo.generator import WEEKS
from integrations.demo.loading import demo_organisation
from integrations.helpdesks.sandbox.tokens import TOKEN
from integrations.models import Connection
from kaizo.core.tenancy import tenant_scope


def connect_sandbox(*, address: str, now: datetime) -> None:
    """Connect the demo to a sandbox helpdesk on this machine, so that tickets arrive by themselves.

    Idempotent: an address that is connected, or was disconnected by somebody, is left alone.
    """
    organisation = demo_organisation()
    if organisation is None:
        return
    with tenant_scope(organisation.pk):
        if Connection.objects.filter(source=source_of("sandbox", address)).exists():
            return
    connection = connect(
        organisation=organisation,
        kind="sandbox",
        name="Sandbox",
        settings={"address": address, "access_token": TOKEN},
        since=now - timedelta(weeks=WEEKS),
        terms=Terms(country=organisation.country, allows_private_address=True),
        actor=None,
    )
    with tenant_scope(organisation.pk):
        start(connection=connection)
