"""What is kept about the people in conversations: who wrote in, and who answered."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import Purpose
from privacy.api import (
    NotPersonal,
    Personal,
    Rule,
    Shred,
    Via,
    call,
    declare,
    no_personal_data,
    register_mention_finder,
)
from tickets import copies, directory, erasing, facts, freezing, mentions, portable, readings
from tickets.correcting import correctors
from tickets.correcting.models import CorrectedValue
from tickets.models import (
    Agent,
    CsatResponse,
    Customer,
    Mention,
    Message,
    Tag,
    TeamMembership,
    TextScan,
    Ticket,
    TicketEvent,
    TicketSearch,
    TicketTag,
)
from tickets.selectors import unchecked_count

__all__ = ["readings"]  # imported for the declarations that it makes

_WORK = {Purpose.QUALITY_EVALUATION, Purpose.COACHING}
_CONVERSATION = Via("ticket__subject", "customer", role="conversation")


def _written(key: str) -> Personal:
    return Personal(
        "content.message",
        erase=Shred(),
        sensitive=True,
        free_text=True,
        others_possible=True,
        key=key,
    )


declare(
    Agent,
    subject=[
        Via("subject", "agent", role="agent"),
        Via("membership__user", "user", role="member", on_erase="unlink"),
    ],
    purposes=_WORK,
    retention=Rule("agent_profile"),
    fields={
        "source": NotPersonal("name of a connection"),
        "external_index": Personal("identity.index", index="external"),
        "profile": Personal("contact.profile", erase=Shred(), sensitive=True, key="subject"),
        "source_team": Personal("work.role"),
        "source_team_at": Personal("metadata.time"),
        "first_seen_at": Personal("metadata.time"),
        "is_left_out": Personal("metadata.state"),
    },
)

declare(
    TeamMembership,
    subject=[Via("agent__subject", "agent", role="member of a team")],
    purposes=_WORK,
    retention=Rule("agent_profile"),
    fields={
        "valid_from": Personal("metadata.time"),
        "valid_to": Personal("metadata.time"),
    },
)

declare(
    Customer,
    subject=[Via("subject", "customer", role="customer")],
    purposes=_WORK,
    retention=Rule("customer_profile"),
    fields={
        "source": NotPersonal("name of a connection"),
        "external_index": Personal("identity.index", index="external"),
        "email_index": Personal("identity.index", index="email"),
        "phone_index": Personal("identity.index", index="phone"),
        "profile": Personal("contact.profile", erase=Shred(), sensitive=True, key="subject"),
        "profile_digest": Personal("identity.index", index="profile", exported=False),
        "language": Personal("preference"),
        "created_at": Personal("metadata.time"),
    },
)

declare(
    Ticket,
    subject=[
        Via("subject", "customer", role="requester"),
        Via("assignee__subject", "agent", role="assignee", on_erase="unlink"),
    ],
    purposes=_WORK,
    retention=Rule("ticket_record", trigger="solved_at"),
    fields={
        "source": NotPersonal("name of a connection"),
        "external_id": Personal("identity.source"),
        "title": _written("subject"),
        "channel": Personal("metadata.state"),
        "status": Personal("metadata.state"),
        "priority": Personal("metadata.state"),
        "language": Personal("preference"),
        "message_count": Personal("metadata.state"),
        "is_merged": Personal("metadata.state"),
        "complete_since": Personal("metadata.time"),
        "fields": _written("subject"),
        "digest": Personal("identity.index", index="record", exported=False),
        "created_at": Personal("metadata.time"),
        "updated_at": Personal("metadata.time"),
        "solved_at": Personal("metadata.time"),
    },
    derived=["tickets.TicketSearch", "tickets.TextScan", "tickets.Mention"],
)

declare(
    Message,
    subject=[
        _CONVERSATION,
        Via("agent__subject", "agent", role="author", on_erase="unlink", sees="all"),
        Via(
            "other_customer__subject",
            "customer",
            role="author",
            on_erase="unlink",
            freezes=True,
            sees="all",
        ),
    ],
    purposes=_WORK,
    retention=Rule("ticket_content", trigger="ticket__solved_at"),
    fields={
        "external_id": Personal("identity.source"),
        "author_type": Personal("metadata.state"),
        "is_public": NotPersonal("a flag set by the helpdesk"),
        "body": _written("ticket__subject"),
        "sent_at": Personal("metadata.time"),
    },
    derived=["tickets.TicketSearch", "tickets.TextScan", "tickets.Mention"],
)

declare(
    TicketEvent,
    subject=[
        _CONVERSATION,
        Via("actor_agent__subject", "agent", role="actor", on_erase="unlink"),
        Via("from_agent__subject", "agent", role="previous assignee", on_erase="unlink"),
        Via("to_agent__subject", "agent", role="next assignee", on_erase="unlink"),
    ],
    purposes=_WORK,
    retention=Rule("ticket_record", trigger="ticket__solved_at"),
    fields={
        "position": NotPersonal("order within the ticket"),
        "event_type": Personal("work.activity"),
        "from_value": Personal("metadata.state"),
        "to_value": Personal("metadata.state"),
        "at": Personal("metadata.time"),
    },
)

declare(
    CsatResponse,
    subject=[_CONVERSATION],
    purposes=_WORK,
    retention=Rule("ticket_record", trigger="ticket__solved_at"),
    fields={
        "position": NotPersonal("order within the ticket"),
        "scale": NotPersonal("which scale was used"),
        "score": Personal("opinion.rating"),
        "is_good": Personal("opinion.rating"),
        "comment": _written("ticket__subject"),
        "at": Personal("metadata.time"),
    },
)

declare(
    TicketTag,
    subject=[_CONVERSATION],
    purposes=_WORK,
    retention=Rule("ticket_record", trigger="ticket__solved_at"),
    fields={},
)

declare(
    TicketSearch,
    subject=[_CONVERSATION],
    purposes=_WORK,
    retention=Rule("ticket_content", trigger="active_at"),
    fields={
        # The words of the messages once more, redacted and without their order.
        "words": Personal("content.words", free_text=True, others_possible=True, exported=False),
        "active_at": Personal("metadata.time"),
    },
)

declare(
    TextScan,
    subject=[_CONVERSATION],
    purposes=_WORK,
    retention=Rule("ticket_content", trigger="ticket__solved_at"),
    fields={
        "findings": Personal("metadata.state", exported=False),
        "version": NotPersonal("version of the detector"),
        "settings": NotPersonal("checksum of the organisation's rules"),
        "edition": NotPersonal("counts changes of the ticket"),
    },
)

declare(
    Mention,
    subject=[_CONVERSATION],
    purposes=_WORK,
    retention=Rule("ticket_content", trigger="ticket__solved_at"),
    fields={"trait_index": Personal("identity.index", index="mention", exported=False)},
)

declare(
    CorrectedValue,
    subject=[
        Via("subject", "customer", role="who had it corrected"),
        Via("subject", "agent", role="who had it corrected"),
        Via("to_agent__subject", "agent", role="who did it instead", on_erase="unlink"),
    ],
    purposes=_WORK | {Purpose.STORAGE},
    retention=Rule("customer_profile"),
    fields={
        "field": NotPersonal("which value"),
        "value": Personal("contact.profile", erase=Shred(), sensitive=True, key="subject"),
        "corrected_at": Personal("metadata.time"),
    },
)

no_personal_data(Tag, "a label out of the helpdesk's list; which tickets carry it is declared")

call(
    {
        Agent: _("profiles of agents"),
        Customer: _("contact details"),
        CorrectedValue: _("corrections"),
        Ticket: _("conversations"),
        Message: _("messages"),
        TicketEvent: _("steps of conversations"),
        CsatResponse: _("ratings"),
        TicketTag: _("labels of conversations"),
        TicketSearch: _("search entries"),
        TextScan: _("findings of personal data"),
        Mention: _("mentions in conversations"),
        TeamMembership: _("memberships of teams"),
        erasing.Mentions.name: _("conversations of others that name the person"),
    }
)

register_mention_finder(
    mentions.find,
    waiting=unchecked_count,
    pages={"tickets.ticket": ("tickets:ticket_detail", "ticket_id")},
)

copies.register()
portable.register()
facts.register()
directory.register()
erasing.register()
freezing.register()
correctors.register()
