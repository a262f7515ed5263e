"""Debian's Request Tracker 5 on the loopback, unmodified, in a folder of its own."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any

PACKAGES = ("request-tracker5", "rt5-db-sqlite", "rt5-standalone")
INSTALL = f"apt-get install {' '.join(PACKAGES)}"
PASSWORD = "password"
_READY_WITHIN = 60.0  # seconds

# Copies of mails that go out are recorded, as in every real installation.
_SITE = """
Set($rtname, 'rt.shop.example'); Set($Organization, 'rt.shop.example');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:{port}'); Set($WebURL, 'http://127.0.0.1:{port}/');
Set($Timezone, 'UTC'); Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/rt.sqlite');
Set($DatabaseHost, ''); Set($DatabaseUser, ''); Set($DatabasePassword, '');
Set($MailCommand, 'testfile'); Set($LogToSyslog, ''); Set($LogToSTDERR, 'warning');
Set($WebSessionClass, 'Apache::Session::File'); Set($BcryptCost, 4);
1;
"""

# Agents, customers with passwords, a rating, and accounts with the least rights: one in UTC, one in
# New York, one that may not see comments. The others see copies of mails, too, as those do that
# were given a right too many. Prints the tokens.
_SEED = r"""
use strict; use warnings; use RT -init;
sub must { my ($ok, $said) = @_; die $said unless $ok; return $ok }
my $queue = RT::Queue->new(RT->SystemUser); $queue->Load('General');
sub grant { my ($principal, @rights) = @_;
  must($principal->GrantRight(Right => $_, Object => $queue)) for @rights }
sub user { my %given = @_; my $user = RT::User->new(RT->SystemUser);
  must($user->Create(Password => 'password', %given)); return $user }
my $agents = RT::Group->new(RT->SystemUser);
must($agents->CreateUserDefinedGroup(Name => 'Returns'));
for my $name (qw(sam ada)) {
  my $agent = user(Name => $name, RealName => ucfirst($name) . ' Example', Privileged => 1,
    EmailAddress => "$name\@shop.example");
  must($agents->AddMember($agent->PrincipalId)) }
grant($agents->PrincipalObj, qw(OwnTicket SeeQueue ShowTicket ShowTicketComments ReplyToTicket
  CommentOnTicket ModifyTicket DeleteTicket CreateTicket TakeTicket StealTicket ReassignTicket
  SeeCustomField ModifyCustomField));
user(Name => $_, RealName => ucfirst($_) . ' Customer', EmailAddress => "$_\@customer.example")
  for qw(robin dora);
my $everyone = RT::Group->new(RT->SystemUser); $everyone->LoadSystemInternalGroup('Everyone');
grant($everyone->PrincipalObj, qw(CreateTicket ReplyToTicket SeeQueue ShowTicket));
my $field = RT::CustomField->new(RT->SystemUser);
must($field->Create(Name => 'Rating', Type => 'FreeformSingle',
  LookupType => 'RT::Queue-RT::Ticket'));
must($field->AddToObject($queue));
for my $account (['kaizo', 'UTC'], ['newyork', 'America/New_York'], ['noteless', 'UTC']) {
  my ($name, $zone) = @$account;
  my $reader = user(Name => $name, Privileged => 1, Timezone => $zone);
  grant($reader->PrincipalObj, qw(SeeQueue ShowTicket SeeCustomField));
  grant($reader->PrincipalObj, qw(ShowTicketComments ShowOutgoingEmail)) if $name ne 'noteless';
  my ($ok, $said, $token) = RT::AuthToken->new(RT->SystemUser)->Create(
    Owner => $reader->id, Description => 'reading');
  die $said unless $ok; print "TOKEN $name $token\n" }
"""


def _program(name: str) -> str:
    """Its path; an ordinary user's own PATH leaves out where Debian keeps an administrator's."""
    found = which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, f"{name} is not there"
    return found


@cache
def why_not() -> str:
    """Why it cannot be started here; empty when it can."""
    if not _is_installed():
        return f"Request Tracker is not installed: {INSTALL}"
    return "" if os.geteuid() == 0 else "Debian's Request Tracker keeps its caches for root"


def _is_installed() -> bool:
    return bool(which("dpkg")) and all(_status(name).endswith(" installed") for name in PACKAGES)


def _status(package: str) -> str:
    asked = subprocess.run(  # noqa: S603 - Debian's own tool
        ["/usr/bin/dpkg-query", "-W", "-f", "${Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout


def _file_of_package(ending: str) -> str:
    files = subprocess.run(  # noqa: S603 - Debian's own tool
        ["/usr/bin/dpkg-query", "-L", *PACKAGES], capture_output=True, text=True, check=True
    )
    return next(line for line in files.stdout.splitlines() if line.endswith(ending))


@dataclass
class RequestTracker:
    """A running one. Calls go through its own interface, as the user that is named."""

    port: int
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, payload: Any = None, user: str = "root") -> Any:
        secret = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = None if payload is None else json.dumps(payload)
            connection.request(method, f"/REST/2.0/{path}", body, headers)
            answer = connection.getresponse()
            said = answer.read().decode()
        finally:
            connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {said}"
        return json.loads(said) if said else None

    def create(self, user: str, subject: str, text: str, **fields: Any) -> int:
        payload = {"Queue": "General", "Subject": subject, "Content": text, **fields}
        made = self.call("POST", "ticket", {"ContentType": "text/plain", **payload}, user)
        return int(made["id"])

    def say(self, user: str, ticket: int, how: str, text: str, kind: str = "text/plain") -> None:
        self.call("POST", f"ticket/{ticket}/{how}", {"Content": text, "ContentType": kind}, user)

    def change(self, user: str, ticket: int, **fields: Any) -> None:
        self.call("PUT", f"ticket/{ticket}", fields, user)


@contextmanager
def running(folder: Path) -> Iterator[RequestTracker]:
    """Set up in `folder`, started, and stopped with all its processes at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site = folder / "RT_SiteConfig.pm"
    site.write_text(_SITE.format(port=port, folder=folder))
    (folder / "conf.d").mkdir()
    environment = {
        **os.environ,
        "RT_SITE_CONFIG": str(site),
        "RT_SITE_CONFIG_DIR": str(folder / "conf.d"),
    }
    _run(environment, _program("rt-setup-database-5"), "--action", "init", "--skip-create")
    (folder / "seed.pl").write_text(_SEED)
    library = str(Path(_file_of_package("/lib/RT.pm")).parent)
    said = _run(environment, _program("perl"), f"-I{library}", str(folder / "seed.pl"))
    lines = [line.split() for line in said.splitlines() if line.startswith("TOKEN ")]
    server = RequestTracker(port, {name: token for _word, name, token in lines})
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - the package's own server
            [
                _file_of_package("/libexec/rt-server"), "--server", "Starlet",
                "--host", "127.0.0.1", "--port", str(port), "--max-workers=3",
            ],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(port, process, folder / "log")
            yield server
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - the package's own tools
        words, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}"
    return done.stdout


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"Request Tracker did not start: {log.read_text()}")
