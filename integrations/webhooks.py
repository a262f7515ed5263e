"""Calls from helpdesks: verified, remembered once, and answered before anything is fetched.

A webhook is a hint about tickets to read again. What it says about them is neither trusted nor
stored, and a call that never comes is made up for by the next poll.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import registry
from integrations.base import Delivery, HelpdeskError
from integrations.credentials import Opened, open_hook_secret, use_adapter
from integrations.intake import deleted_record, take_in
from integrations.models import Connection, ConnectionAddress, HookDelivery, SyncRun
from integrations.sync import WANTED, Stopped, count_page
from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import tenant_scope
from tickets.contracts import TicketRecord

log = get_logger(__name__)

MAX_BODY: Final = 1024 * 1024
MAX_TICKETS: Final = 100
_COUNTED_SECONDS: Final = 30 * 24 * 60 * 60
_LOST_AFTER: Final = timedelta(minutes=5)


@csrf_exempt
@require_POST
def receive(request: HttpRequest, connection: UUID) -> HttpResponse:
    """200 once the call is remembered (again for a repeated one), 401 when it does not verify, 404
    for an address that no connection has, 413 when it is too large."""
    address = ConnectionAddress.objects.filter(id=connection).first()
    if address is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    body = _body(request)
    if body is None:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    with tenant_scope(address.owner_id):
        row: Connection = Connection.objects.get(public_id=connection)
        delivery = _verified(row, request, body)
        if delivery is None:
            _count_rejection(row)
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        if row.state in WANTED:
            _remember(row, delivery)
    return HttpResponse(status=HTTPStatus.OK)


def _body(request: HttpRequest) -> bytes | None:
    """The bytes as they came: parsing and writing them again would break the signature."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BODY:
        return None
    try:
        body: bytes = request.body
    except RequestDataTooBig:
        return None
    return body if len(body) <= MAX_BODY else None


def _verified(connection: Connection, request: HttpRequest, body: bytes) -> Delivery | None:
    verify = registry.hook_verifier(connection.kind)
    secret = open_hook_secret(connection)
    if verify is None or not secret:
        return None
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        return verify(secret, headers, body, now=clock.now())
    except ValueError:
        return None


def _remember(connection: Connection, delivery: Delivery) -> None:
    from integrations.tasks import read_delivery as task

    rows = HookDelivery.objects.bulk_create(
        [
            HookDelivery(
                organisation_id=connection.organisation_id,
                connection=connection,
                delivery_id=delivery.id[:200],
                ticket_ids=list(delivery.ticket_ids[:MAX_TICKETS]),
            )
        ],
        ignore_conflicts=True,
    )
    known = HookDelivery.objects.filter(connection=connection, delivery_id=rows[0].delivery_id)
    waiting = known.filter(done_at__isnull=True).values_list("pk", flat=True).first()
    if waiting is not None:
        task.delay_on_commit(organisation_id=connection.organisation_id, delivery_row_id=waiting)


def _rejections_key(connection: Connection) -> str:
    return f"hooks:rejected:{connection.public_id}"


def _count_rejection(connection: Connection) -> None:
    """Outside the row: who knocks without a key must not make a running page wait."""
    cache.add(_rejections_key(connection), 0, timeout=_COUNTED_SECONDS)
    cache.incr(_rejections_key(connection))
    log.warning(
        "hook_rejected",
        organisation_id=connection.organisation_id,
        connection_id=connection.pk,
    )


def rejections(connection: Connection) -> int:
    """Calls that did not verify, of the last thirty days."""
    return int(cache.get(_rejections_key(connection), 0))


def read_delivery(*, organisation_id: int, delivery_row_id: int) -> None:
    """Read the tickets again that a webhook named. Idempotent; a failure leaves it waiting, and it
    is tried again for a day."""
    with tenant_scope(organisation_id):
        delivery = (
            HookDelivery.objects.select_related("connection")
            .filter(pk=delivery_row_id, done_at__isnull=True)
            .first()
        )
    if delivery is None or delivery.connection.state not in WANTED:
        return
    try:
        records = _read_again(delivery.connection, delivery.ticket_ids)
    except Stopped:
        return
    except HelpdeskError as error:
        log.warning("hook_failed", organisation_id=organisation_id, problem=error.problem.value)
        return
    with tenant_scope(organisation_id):
        _store(delivery.connection, records)
        HookDelivery.objects.filter(pk=delivery.pk).update(done_at=clock.now())


def _read_again(connection: Connection, ticket_ids: Iterable[str]) -> list[TicketRecord]:
    def permit() -> None:
        if not Connection.objects.filter(pk=connection.pk, state__in=WANTED).exists():
            raise Stopped

    def read(opened: Opened) -> list[TicketRecord]:
        return [opened.adapter.ticket(each) or deleted_record(each) for each in ticket_ids]

    return use_adapter(connection, read, permit=permit)


def _store(connection: Connection, records: list[TicketRecord]) -> None:
    if not records:
        return
    taken = take_in(connection, records)
    run = SyncRun.objects.create(
        organisation_id=connection.organisation_id,
        connection=connection,
        kind=SyncRun.Kind.HOOK,
        finished_at=clock.now(),
    )
    count_page(run, taken, {})


def tidy_deliveries() -> None:
    """For the organisation in scope: queue what was lost."""
    from integrations.tasks import read_delivery as task

    now = clock.now()
    lost = HookDelivery.objects.filter(
        done_at__isnull=True,
        received_at__lt=now - _LOST_AFTER,
        received_at__gt=now - timedelta(days=1),
    )
    for row in lost.values_list("pk", "organisation_id"):
        task.delay_on_commit(organisation_id=row[1], delivery_row_id=row[0])
