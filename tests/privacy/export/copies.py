"""A copy's way in tests, and what is in it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pyzipper

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights import requests
from privacy.rights.export import running
from privacy.rights.export.models import ExportPackage
from privacy.rights.models import RightsRequest


@dataclass
class Opened:
    """An archive as whoever has the passphrase reads it."""

    files: dict[str, bytes] = field(default_factory=dict)

    def json(self, name: str) -> Any:
        return json.loads(self.files[name])

    def table(self, label: str) -> list[dict[str, Any]]:
        """The records of a model, by its label."""
        name = f"data/{label.lower().replace('.', '_')}.json"
        return self.json(name) if name in self.files else []

    def csv(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files[name].decode("utf-8-sig"))))

    @property
    def text(self) -> str:
        return "\n".join(content.decode() for content in self.files.values())


def ask(
    organisation: Organisation,
    *subject_ids: UUID,
    kind: str = "access",
    how: str = "staff",
    **fields: Any,
) -> RightsRequest:
    """A request that staff took in and made sure of."""
    values = {"channel": "mail", "contact": "dora@post.example", "entered_by_id": 7, **fields}
    with tenant_scope(organisation.pk):
        request = requests.receive_request(kind=kind, message="All of it, please.", **values)
        requests.verify_request(request, how=how, subject_ids=subject_ids)
    return request


def begin(organisation: Organisation, request: RightsRequest) -> ExportPackage:
    with tenant_scope(organisation.pk):
        return running.begin(request)


def run(organisation: Organisation, package: ExportPackage, seconds: float = 60.0) -> ExportPackage:
    running.run_copy(organisation_id=organisation.pk, package_id=package.pk, seconds=seconds)
    return again(organisation, package)


def again(organisation: Organisation, package: ExportPackage) -> ExportPackage:
    with tenant_scope(organisation.pk):
        return ExportPackage.objects.select_related("request").get(pk=package.pk)


def make(organisation: Organisation, *subject_ids: UUID, **fields: Any) -> ExportPackage:
    return run(organisation, begin(organisation, ask(organisation, *subject_ids, **fields)))


def archive(organisation: Organisation, package: ExportPackage) -> bytes:
    """The file as it is handed out, without counting it."""
    from privacy.rights.export.spool import ARCHIVE, Spool

    with tenant_scope(organisation.pk):
        return b"".join(Spool(package).frames(ARCHIVE))


def opened(organisation: Organisation, package: ExportPackage) -> Opened:
    with tenant_scope(organisation.pk):
        passphrase = running.passphrase_of(package)
    return unlocked(archive(organisation, package), passphrase)


def unlocked(data: bytes, passphrase: str) -> Opened:
    """By another program than the one that made it."""
    with pyzipper.AESZipFile(io.BytesIO(data)) as found:
        found.setpassword(passphrase.encode())
        return Opened({name: found.read(name) for name in found.namelist()})
