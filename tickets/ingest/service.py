"""One page of tickets into the database, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from kaizo.accounts.models import Organisation
from kaizo.core.memory import no_collection
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy import api as privacy
from tickets import scans
from tickets.contracts import TicketRecord
from tickets.correcting.kept import kept_people
from tickets.ingest import conversation, people, rows
from tickets.ingest.completing import completed
from tickets.ingest.erasure import erase_tickets
from tickets.ingest.masking import masked
from tickets.ingest.page import (
    Follower,
    IngestedPage,
    IngestReport,
    KnownTicket,
    Plan,
    make_plan,
    newest_of_each,
)
from tickets.ingest.teams import follow_teams
from tickets.models import Ticket

PAGE_SIZE = 1_000
CHECK_CHUNK = 200
_LOCK = 0x6B61697A  # the first half of the advisory lock's key; the organisation is the second

_encode = msgspec.json.Encoder().encode


def ingest_tickets(
    *, organisation_id: int, source: str, records: Sequence[TicketRecord]
) -> IngestReport:
    """Store a page of at most PAGE_SIZE snapshots; new, changed, unchanged and deleted in any mix.

    Idempotent and safe in any order: content that is already here changes nothing, an older
    snapshot never overwrites a newer one. One transaction, including everything that follows a
    page (metrics); it takes the organisation's ingest lock, so pages of one organisation queue up
    behind each other. Raises `ValueError` for a longer page.
    """
    if len(records) > PAGE_SIZE:
        msg = f"A page holds at most {PAGE_SIZE} tickets."
        raise ValueError(msg)
    # To store is allowed even where every other use is frozen (GDPR Art. 18(2)).
    with no_collection(), tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        _lock(organisation_id)
        return _Ingest(organisation_id, source).run(records)


def _lock(organisation_id: int) -> None:
    """Until the transaction ends. What the page looks up stays true while it writes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, organisation_id % 2**31])


def followers() -> list[Follower]:
    return [import_string(path) for path in settings.TICKET_FOLLOWERS]


class _Ingest:
    """The steps of one page; holds what they share."""

    def __init__(self, organisation_id: int, source: str) -> None:
        self.organisation_id = organisation_id
        self.source = source
        self.organisation = Organisation.objects.get(pk=organisation_id)
        self.index = privacy.blind_index(organisation_id)
        self.report = IngestReport()
        self.unread: set[int] = set()  # tickets of the page that nothing may read

    def run(self, records: Sequence[TicketRecord]) -> IngestReport:
        newest, superfluous = newest_of_each(masked(records))
        newest = self._without_suppressed_tickets(newest)
        known = self._known(newest)
        digests = {
            external_id: self.index.digest(_encode(record))
            for external_id, record in newest.items()
        }
        plan = make_plan(newest, known, digests)
        plan.updated = completed(self.organisation_id, plan.updated, known)
        self.report.tickets.unchanged += plan.unchanged + superfluous
        doomed = self._suppress(plan, known)
        page = self._write(plan, known, digests, doomed)
        for follower in followers():
            follower(page)
        self.report.messages.erased += erase_tickets(self.organisation_id, doomed)
        self._check_later(page)
        return self.report

    def _without_suppressed_tickets(
        self, records: dict[str, TicketRecord]
    ) -> dict[str, TicketRecord]:
        hashes = {
            self.index.external(self.source, external_id): external_id for external_id in records
        }
        gone = privacy.suppressed(self.organisation_id, privacy.SuppressionKind.TICKET, hashes)
        for digest in gone:
            del records[hashes[digest]]
        self.report.suppressed += len(gone)
        return records

    def _known(self, records: dict[str, TicketRecord]) -> dict[str, KnownTicket]:
        found = Ticket.objects.filter(
            source=self.source, external_id__any_of=list(records)
        ).values_list(
            "external_id", "id", "digest", "updated_at", "subject_id", "requester_id",
            "complete_since",
        )  # fmt: skip
        return {row[0]: KnownTicket(row[1], bytes(row[2]), *row[3:]) for row in found}

    def _suppress(self, plan: Plan, known: dict[str, KnownTicket]) -> list[int]:
        """Deleted at the source: remember, so that it does not come back, and name what to erase
        once the followers have let go of it."""
        if not plan.deleted:
            return []
        privacy.suppress(
            organisation_id=self.organisation_id,
            kind=privacy.SuppressionKind.TICKET,
            hashes=[self.index.external(self.source, record.id) for record in plan.deleted],
            mode=privacy.SuppressionMode.BLOCK,
        )
        ids = [known[record.id].id for record in plan.deleted if record.id in known]
        self.report.tickets.erased += len(ids)
        self.report.tickets.unchanged += len(plan.deleted) - len(ids)
        return ids

    def _write(
        self,
        plan: Plan,
        known: dict[str, KnownTicket],
        digests: dict[str, bytes],
        doomed: list[int],
    ) -> IngestedPage:
        directory = people.CustomerDirectory(
            self.organisation_id,
            self.source,
            people.sighted_customers([*plan.created, *plan.updated]),
        )
        created = [record for record in plan.created if not directory.refuses(record)]
        updated = [record for record in plan.updated if not directory.refuses(record)]
        self.report.suppressed += len(plan.created) + len(plan.updated)
        self.report.suppressed -= len(created) + len(updated)
        touched = created + updated
        sighted = people.admitted_agents(
            self.organisation_id, self.source, people.sighted_agents(touched)
        )
        cast = self._cast(directory, touched, sighted)
        self._correct(cast, {record.id: known[record.id].id for record in updated})
        moved = follow_teams(self._local_day, sighted, cast.agents)
        writer = conversation.Writer(cast, known, digests, self.report)
        timelines = writer.create(created) + writer.update(updated)
        askers = [cast.customers[record.requester.id].subject_id for record in touched]
        frozen = self._freeze(cast)
        self.unread = {t.ticket_id for t, s in zip(timelines, askers, strict=True) if s in frozen}
        kept_out = frozen | privacy.barred_subjects(Purpose.QUALITY_EVALUATION, askers)
        return IngestedPage(
            organisation_id=self.organisation_id,
            timelines=timelines,
            unmeasured={
                t.ticket_id for t, s in zip(timelines, askers, strict=True) if s in kept_out
            },
            erased_ticket_ids=doomed,
            moved_agents=moved,
        )

    def _freeze(self, cast: rows.Cast) -> set[UUID]:
        """What came in about people who are frozen is frozen as well. Who they are, of those on the
        page; they are locked (`closed_subjects`), so nobody becomes one meanwhile."""
        frozen = privacy.frozen_subjects({p.subject_id for p in cast.customers.values()})
        privacy.freeze_rows(frozen)
        return frozen

    def _cast(
        self,
        directory: people.CustomerDirectory,
        touched: Sequence[TicketRecord],
        sighted: dict[str, people.AgentSighting],
    ) -> rows.Cast:
        customers = directory.resolve(directory.admitted(touched)) if touched else {}
        subjects = [customers[record.requester.id].subject_id for record in touched]
        return rows.Cast(
            organisation_id=self.organisation_id,
            source=self.source,
            agents=people.resolve_agents(self.organisation_id, self.source, sighted),
            customers=customers,
            ciphers=dict(privacy.ciphers_for(self.organisation_id, subjects, create=True)),
            kept_fields=frozenset(self.organisation.kept_fields),
        )

    def _correct(self, cast: rows.Cast, updated: dict[str, int]) -> None:
        """What people had corrected of these tickets stays so."""
        names = {ticket_id: external_id for external_id, ticket_id in updated.items()}
        kept = kept_people(list(names))
        cast.assignees.update({names[key]: agent for key, agent in kept.assignees.items()})
        cast.authors.update({(names[key], m): agent for (key, m), agent in kept.authors.items()})

    def _local_day(self, sighting: people.AgentSighting) -> date | None:
        zone = ZoneInfo(self.organisation.time_zone)
        return sighting.at.astimezone(zone).date() if sighting.at else None

    def _check_later(self, page: IngestedPage) -> None:
        """Texts are checked for personal data behind the page, and are in no search before."""
        from tickets.tasks import check_texts

        ids = [each.ticket_id for each in page.timelines if each.ticket_id not in self.unread]
        scans.ask_for(self.organisation_id, ids)
        for start in range(0, len(ids), CHECK_CHUNK):
            check_texts.delay_on_commit(
                organisation_id=self.organisation_id, ticket_ids=ids[start : start + CHECK_CHUNK]
            )
