"""What every test may use: databases as the application's role, an organisation and its people."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Final

import hypothesis
import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck
from pytest_django.plugin import blocking_manager_key
from pytest_socket import socket_allow_hosts

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import database, factories

# The same examples every time, however slow the machine is: a failure is the change's, never the
# day's. To look further: HYPOTHESIS_PROFILE=explore ./dev test -m hypothesis
_UNTIMED: Final = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis.settings.register_profile("repeatable", derandomize=True, **_UNTIMED)
hypothesis.settings.register_profile("explore", max_examples=2_000, **_UNTIMED)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

RUN = os.environ.setdefault("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:8]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every database test sees the vault, too; a test that names databases keeps its choice. What
    takes long begins first, so that no worker waits for another's at the end."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            mark.kwargs.setdefault("databases", ["default", "vault"])
    items.sort(key=lambda item: not _takes_long(item))


def _takes_long(item: pytest.Item) -> bool:
    """Browser tests keep their order: they share an instance."""
    return bool(item.get_closest_marker("timeout")) and not item.get_closest_marker("e2e")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it aloud when no real helpdesk was tried. Here, since parallel runs load no other file
    in the process that prints."""
    skipped = terminalreporter.stats.get("skipped", [])
    live = [report for report in skipped if "live" in report.keywords]
    if live:
        terminalreporter.write_sep("!", "NOT TRIED AGAINST A REAL HELPDESK", red=True, bold=True)
        for reason in sorted({str(report.longrepr[2]) for report in live}):
            terminalreporter.write_line(reason)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The suite makes its own databases."""


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    with request.config.stash[blocking_manager_key].unblock():
        database.prepare(worker, RUN)


@pytest.fixture(autouse=True)
def _only_loopback(request: pytest.FixtureRequest) -> None:
    if "e2e" not in request.keywords:
        socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _clean_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def organisation(db: None) -> Organisation:
    return factories.organisation()


@pytest.fixture
def other_organisation(db: None) -> Organisation:
    return factories.organisation(name="Elsewhere")


@pytest.fixture
def scope(organisation: Organisation) -> Iterator[None]:
    """The organisation is in scope for the whole test."""
    with tenant_scope(organisation.pk):
        yield


@pytest.fixture
def member(organisation: Organisation) -> Callable[[Role], Membership]:
    """Make a member of the organisation with a role: `member(Role.TEAM_LEAD)`."""

    def make(role: Role) -> Membership:
        return factories.membership(organisation, role)

    return make


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    """The client, signed in as a user."""

    def enter(user: User) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return enter
