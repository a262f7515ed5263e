"""What of a person's conversations can be corrected, and how."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose
from privacy import api as privacy
from tickets.correcting.kept import VALUE
from tickets.correcting.models import CorrectedValue
from tickets.freezing import read_again
from tickets.ingest import copying
from tickets.ingest.page import IngestedPage
from tickets.ingest.people import AGENT_FIELD, CUSTOMER_FIELD, Profile
from tickets.ingest.service import followers
from tickets.models import Agent, AuthorType, Customer, Message, Ticket
from tickets.people import People, agent_names
from tickets.timelines import timelines_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_encode = msgspec.json.Encoder().encode
_Field = CorrectedValue.Field


class ProfilePart:
    """A name, an address or a number of a customer or an agent."""

    def __init__(self, kind: str, field: CorrectedValue.Field, label: _StrOrPromise) -> None:
        self.kind = kind
        self.field = field
        self.label = label
        self.name = f"tickets.{kind}.{field.value}"
        self._model: Any = Customer if kind == "customer" else Agent
        self._bound = CUSTOMER_FIELD if kind == "customer" else AGENT_FIELD

    def rows(
        self, organisation_id: int, subject_ids: Collection[UUID]
    ) -> Sequence[tuple[int, str]] | None:
        found = self._model.objects.filter(subject__in=list(subject_ids)).order_by("pk")
        return [(row.pk, self._part(organisation_id, row)) for row in found]

    def is_of(self, _organisation_id: int, row_id: int, subject_ids: Collection[UUID]) -> bool:
        found = self._model.objects.filter(pk=row_id, subject__in=list(subject_ids))
        return bool(found.exists())

    def read(self, organisation_id: int, row_id: int) -> str:
        return self._part(organisation_id, self._model.objects.get(pk=row_id))

    def clean(self, _organisation_id: int, _row_id: int, value: str) -> str:
        text = value.strip()
        if self.field is _Field.EMAIL:
            try:
                validate_email(text)
            except ValidationError as error:
                raise DomainError(_("This is no e-mail address.")) from error
        return text

    def apply(self, organisation_id: int, row_id: int, value: str) -> None:
        row = self._model.objects.select_for_update(of=("self",)).get(pk=row_id)
        profile = self._profile(organisation_id, row)
        if profile is None:
            raise DomainError(_("This person was permanently erased."))
        setattr(profile, self.field.value, value)
        cipher = privacy.ciphers_for(organisation_id, [row.subject_id], create=False)[
            row.subject_id
        ]
        bound_to = privacy.aad(organisation_id, self._bound, row.pk, row.subject_id)
        row.profile = cipher.encrypt(_encode(profile), bound_to)
        row.save(update_fields=["profile", *self._indexed(organisation_id, row, value)])
        _keep(organisation_id, self.field, row.subject_id, value=value, **{self.kind: row})
        if self.kind == "customer":  # whom to redact in their texts has changed
            read_again(organisation_id, [row.subject_id])

    def _indexed(self, organisation_id: int, row: Any, value: str) -> list[str]:
        index = privacy.blind_index(organisation_id)
        if self.kind == "customer" and self.field is _Field.EMAIL:
            row.email_index = index.email(value)
            return ["email_index"]
        if self.kind == "customer" and self.field is _Field.PHONE:
            row.phone_index = index.phone(value)
            return ["phone_index"]
        return []

    def _part(self, organisation_id: int, row: Any) -> str:
        profile = self._profile(organisation_id, row)
        return (getattr(profile, self.field.value) if profile else None) or ""

    def _profile(self, organisation_id: int, row: Any) -> Profile | None:
        ciphers = dict(privacy.ciphers_for(organisation_id, [row.subject_id], create=False))
        people = People(organisation_id, ciphers)
        return people.profile(self._bound, (row.pk, row.subject_id, row.profile))


class _Doing:
    """Who did something: an agent, by name. Figures move with it."""

    name: str
    label: _StrOrPromise

    def rows(
        self,
        organisation_id: int,  # noqa: ARG002 - the protocol's signature
        subject_ids: Collection[UUID],  # noqa: ARG002 - as above
    ) -> Sequence[tuple[int, str]] | None:
        return None

    def clean(self, organisation_id: int, _row_id: int, value: str) -> str:
        """An agent's name, or number when two have the same."""
        named = {
            key
            for key, name in agent_names(organisation_id).items()
            if name.casefold() == value.strip().casefold() or str(key) == value.strip()
        }
        if len(named) != 1:
            raise DomainError(_("Write the name of one agent, or the agent's number."))
        return str(named.pop())


class Author(_Doing):
    name = "tickets.message.author"
    label = gettext_lazy("who wrote a message")

    def is_of(self, _organisation_id: int, row_id: int, subject_ids: Collection[UUID]) -> bool:
        ids = list(subject_ids)
        rows = Message.objects.filter(pk=row_id, author_type=AuthorType.AGENT)
        return (rows.filter(ticket__subject__in=ids) | rows.filter(agent__subject__in=ids)).exists()

    def read(self, organisation_id: int, row_id: int) -> str:
        return _name_of(organisation_id, Message.objects.get(pk=row_id).agent_id)

    def apply(self, organisation_id: int, row_id: int, value: str) -> None:
        message = Message.objects.select_related("ticket").get(pk=row_id)
        Message.objects.filter(pk=row_id).update(agent_id=int(value))
        subject_id = message.ticket.subject_id
        _keep(organisation_id, _Field.AUTHOR, subject_id, to_agent=int(value), message=message)
        _count_again(organisation_id, message.ticket)


class Assignee(_Doing):
    name = "tickets.ticket.assignee"
    label = gettext_lazy("who handled a conversation")

    def is_of(self, _organisation_id: int, row_id: int, subject_ids: Collection[UUID]) -> bool:
        ids = list(subject_ids)
        rows = Ticket.objects.filter(pk=row_id)
        mine = rows.filter(subject__in=ids) | rows.filter(assignee__subject__in=ids)
        return mine.exists()

    def read(self, organisation_id: int, row_id: int) -> str:
        return _name_of(organisation_id, Ticket.objects.get(pk=row_id).assignee_id)

    def apply(self, organisation_id: int, row_id: int, value: str) -> None:
        ticket = Ticket.objects.get(pk=row_id)
        Ticket.objects.filter(pk=row_id).update(assignee_id=int(value))
        _keep(organisation_id, _Field.ASSIGNEE, ticket.subject_id, to_agent=int(value),
              ticket=ticket)  # fmt: skip
        _count_again(organisation_id, ticket)


def _name_of(organisation_id: int, agent_id: int | None) -> str:
    return agent_names(organisation_id, [agent_id]).get(agent_id, "") if agent_id else ""


def _keep(
    organisation_id: int,
    field: CorrectedValue.Field,
    subject_id: UUID,
    *,
    value: str | None = None,
    to_agent: int | None = None,
    **row: Any,
) -> None:
    CorrectedValue.objects.filter(field=field, **row).delete()
    [key] = copying.new_ids("tickets_correctedvalue", 1)
    kept = CorrectedValue(
        pk=key,
        organisation_id=organisation_id,
        subject_id=subject_id,
        field=field,
        to_agent_id=to_agent,
        **row,
    )
    if value is not None:
        cipher = privacy.ciphers_for(organisation_id, [subject_id], create=False)[subject_id]
        kept.value = cipher.encrypt(value, privacy.aad(organisation_id, VALUE, key, subject_id))
    kept.save(force_insert=True)
    privacy.freeze_rows(privacy.frozen_subjects([subject_id]))


def _count_again(organisation_id: int, ticket: Ticket) -> None:
    """As if the ticket had just come in, unless it counts in nothing."""
    left_out = privacy.frozen_subjects([ticket.subject_id])
    left_out |= privacy.barred_subjects(Purpose.QUALITY_EVALUATION, [ticket.subject_id])
    page = IngestedPage(
        organisation_id=organisation_id,
        timelines=timelines_of([ticket.pk]),
        unmeasured={ticket.pk} if left_out else set(),
        erased_ticket_ids=[],
        moved_agents={},
    )
    for follower in followers():
        follower(page)


def register() -> None:
    for kind, field, label in (
        ("customer", _Field.NAME, gettext_lazy("name of the customer")),
        ("customer", _Field.EMAIL, gettext_lazy("e-mail address of the customer")),
        ("customer", _Field.PHONE, gettext_lazy("telephone number of the customer")),
        ("agent", _Field.NAME, gettext_lazy("name of the agent")),
        ("agent", _Field.EMAIL, gettext_lazy("e-mail address of the agent")),
    ):
        privacy.correct(ProfilePart(kind, field, label))
    privacy.correct(Author())
    privacy.correct(Assignee())
