"""Looking somebody up for a request of theirs, by what they say of themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from privacy import api as privacy
from tickets.ingest.people import AGENT_FIELD, CUSTOMER_FIELD, Profile
from tickets.models import Agent, Customer, Ticket
from tickets.people import People


class Directory:
    """Customers and agents of the helpdesks. Profiles are encrypted: customers are found by blind
    indexes alone, agents, of whom there are few, by reading their names."""

    def find(self, organisation_id: int, said: str) -> set[UUID]:
        """By e-mail address, telephone number, number of a conversation, or an agent's name."""
        index = privacy.blind_index(organisation_id)
        by_phone = Customer.objects.filter(phone_index=index.phone(said))
        tickets = Ticket.objects.filter(external_id=said.lstrip("#"), subject__isnull=False)
        named = {
            subject_id
            for subject_id, profile in _agents(organisation_id).items()
            if (profile.name or "").casefold() == said.casefold()
        }
        return {
            *self.with_address(organisation_id, said),
            *by_phone.values_list("subject_id", flat=True),
            *tickets.values_list("subject_id", flat=True),
            *named,
        }

    def with_address(self, organisation_id: int, address: str) -> set[UUID]:
        """Customers' own, agents' in the helpdesk and those of the accounts that they are."""
        if not address.strip():
            return set()  # agents without an address are nobody's
        index = privacy.blind_index(organisation_id).email(address)
        customers = Customer.objects.filter(email_index=index)
        members = Agent.objects.filter(membership__user__email__iexact=address)
        in_helpdesk = {
            subject_id
            for subject_id, profile in _agents(organisation_id).items()
            if (profile.email or "").casefold() == address.casefold()
        }
        return {
            *customers.values_list("subject_id", flat=True),
            *members.values_list("subject_id", flat=True),
            *in_helpdesk,
        }

    def describe(self, organisation_id: int, subject_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Name, address, part and source of each, without those who were permanently erased."""
        wanted = list(subject_ids)
        asked = Counter(Ticket.objects.filter(subject__in=wanted).values_list("subject", flat=True))
        words: dict[UUID, str] = {}
        for model, field, part in (
            (Customer, CUSTOMER_FIELD, _("customer")),
            (Agent, AGENT_FIELD, _("agent")),
        ):
            found = list(
                model.objects.filter(subject__in=wanted).values_list(
                    "id", "subject_id", "profile", "source"
                )
            )
            sources = {row[1]: row[3] for row in found}
            rows = [row[:3] for row in found]
            for subject_id, profile in _profiles(organisation_id, field, rows).items():
                who = [
                    profile.name,
                    profile.email,
                    profile.phone,
                    f"{part} ({sources[subject_id]})",
                ]
                if model is Customer:
                    n = asked[subject_id]
                    who.append(ngettext("%(n)s conversation", "%(n)s conversations", n) % {"n": n})
                words[subject_id] = ", ".join(filter(None, who))
        return words


def _agents(organisation_id: int) -> dict[UUID, Profile]:
    rows = list(Agent.objects.values_list("id", "subject_id", "profile"))
    return _profiles(organisation_id, AGENT_FIELD, rows)


def _profiles(
    organisation_id: int, field: str, rows: list[tuple[int, UUID, bytes]]
) -> dict[UUID, Profile]:
    ciphers = dict(privacy.ciphers_for(organisation_id, [row[1] for row in rows], create=False))
    people = People(organisation_id, ciphers)
    found = {row[1]: people.profile(field, row) for row in rows}
    return {subject_id: profile for subject_id, profile in found.items() if profile}


def register() -> None:
    privacy.look_people_up(Directory())
