"""The register of processors: who outside may get an organisation's data, where, and on what tool.

The egress client asks it before every request: a host that no valid processor of the organisation
names cannot be reached at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import current_organisation_id, tenant_scope
from privacy.audit import record_event, register_actions
from privacy.models import Processor, TransferTool
from privacy.pacing import permissions_changed
from privacy.transfers import needs_transfer_tool

register_actions({"privacy.processor.registered": {}, "privacy.processor.ended": {}})


class EgressRefused(DomainError):  # noqa: N818 - reads as what happened
    """Our own rules forbid the call. Nothing was sent and no socket was opened."""


def register_processor(  # noqa: PLR0913 - the register's columns
    *,
    organisation_id: int,
    name: str,
    service: str,
    hosts: Iterable[str],
    country: str,
    tool: str = "",
    tool_reference: str = "",
    tool_valid_from: date | None = None,
    tool_valid_to: date | None = None,
    allows_private_address: bool = False,
    actor_user_id: int | None = None,
) -> int:
    """Add a processor to the organisation's register; returns its id.

    Registering the same again returns the entry that is there. Raises DomainError when the country
    needs a transfer tool and none is given, or when a host is not a plain host name.
    """
    values = {
        "name": name.strip(),
        "service": service.strip(),
        "hosts": sorted({_plain_host(host) for host in hosts}),
        "country": country.upper(),
        "tool": tool,
        "tool_reference": tool_reference,
        "tool_valid_from": tool_valid_from,
        "tool_valid_to": tool_valid_to,
        "allows_private_address": allows_private_address,
    }
    if needs_transfer_tool(country) and tool not in TransferTool.values:
        raise DomainError(_("Data in this country needs a transfer tool (GDPR Art. 46)."))
    with tenant_scope(organisation_id):
        known = Processor.objects.filter(ended_at__isnull=True, **values).first()
        if known is not None:
            return int(known.pk)
        processor = Processor(organisation_id=organisation_id, **values)
        _require_valid(processor)
        processor.save(force_insert=True)
        _record("registered", processor, actor_user_id)
    return processor.pk


def end_processor(*, processor_id: int, actor_user_id: int | None = None) -> None:
    """From now on nothing goes to it. For the organisation in scope; idempotent."""
    processor: Processor = Processor.objects.get(pk=processor_id)
    if processor.ended_at is None:
        processor.ended_at = clock.now()
        processor.save(update_fields=["ended_at"])
        organisation_id = processor.organisation_id
        transaction.on_commit(lambda: permissions_changed(organisation_id))
        _record("ended", processor, actor_user_id)


def processor_for(host: str) -> Processor:
    """The valid processor of the organisation in scope that names `host`.

    Raises EgressRefused when there is none, or when its transfer tool does not hold today.
    """
    today = timezone.localdate()
    named = Processor.objects.filter(ended_at__isnull=True, hosts__contains=[host.lower()])
    entries: list[Processor] = list(named.order_by("-pk"))
    if not entries:
        raise EgressRefused(_("This address is not in the register of processors."))
    for entry in entries:
        if not needs_transfer_tool(entry.country) or _holds(entry, today):
            return entry
    raise EgressRefused(_("The transfer tool for this processor has expired or is not in force."))


def active_processors() -> list[Processor]:
    """The register of the organisation in scope, as it stands today, by name."""
    return list(Processor.objects.filter(ended_at__isnull=True).order_by("name", "pk"))


def lapsing_before(day: date) -> list[Processor]:
    """Active entries of the organisation in scope whose transfer tool ends before `day`."""
    lapsing = Q(tool_valid_to__isnull=False, tool_valid_to__lt=day)
    return list(Processor.objects.filter(lapsing, ended_at__isnull=True).order_by("tool_valid_to"))


def _holds(entry: Processor, today: date) -> bool:
    begun = entry.tool_valid_from is None or entry.tool_valid_from <= today
    over = entry.tool_valid_to is not None and entry.tool_valid_to < today
    return bool(entry.tool) and begun and not over


def _plain_host(host: str) -> str:
    plain = host.strip().lower().rstrip(".")
    if not plain or any(sign in plain for sign in "/@?# *"):
        raise DomainError(_("Name the host only, without wildcards: support.company.example"))
    return plain


def _require_valid(processor: Processor) -> None:
    try:
        processor.clean_fields(exclude=["organisation"])
    except ValidationError as error:
        raise DomainError(" ".join(error.messages)) from error


def _record(what: str, processor: Processor, actor_user_id: int | None) -> None:
    record_event(
        organisation_id=current_organisation_id(),
        action=f"privacy.processor.{what}",
        actor_user_id=actor_user_id,
        object_type="privacy.processor",
        object_id=processor.pk,
    )
