"""What somebody is to know besides the data itself (GDPR Art. 15(1) and (2)): derived from the
declarations, the policy and the register of processors, never written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

from django.utils.translation import gettext as _

from privacy.organisations import organisation_model
from privacy.policy import PARENT, bases, retention_rules
from privacy.processors import active_processors
from privacy.registry import CATEGORIES, Declaration
from privacy.rights.authorities import authority_of
from privacy.rights.certificate import period_in_words
from privacy.rights.export.sections import Part, TablePart
from privacy.rights.hooks import Asker, hooks
from privacy.rights.models import RequestKind
from privacy.rights.states import ARTICLES, Kind

EDPB: Final = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en"


def processing_of(asker: Asker, parts: Sequence[Part]) -> dict[str, Any]:
    """Art. 15(1)(a) to (h) and (2), about the parts of which there is something. In the tenant's
    scope, in the language of the copy."""
    tables = [part for part in parts if isinstance(part, TablePart)]
    declarations = [part.table.declaration for part in tables]
    return {
        "controller": _controller(asker.organisation_id),
        "a_purposes": _purposes(declarations),
        "b_categories": _categories(tables),
        "c_recipients": _recipients(asker),
        "d_periods": _periods(tables),
        "e_rights": _rights(),
        "f_complaint": {
            "text": _(
                "You can complain to the data protection authority of the country where you live,"
                " where you work, or where you think the law was broken."
            ),
            "authorities": EDPB,
            **_authority(asker.organisation_id),
        },
        "g_source": _sources(asker),
        "h_automated_decisions": _automated(asker),
    }


def _controller(organisation_id: int) -> dict[str, str]:
    found = organisation_model()._default_manager.get(pk=organisation_id)  # noqa: SLF001 - Django's documented API
    return {"name": found.name, "country": found.country}  # type: ignore[attr-defined]  # the tenant


def _authority(organisation_id: int) -> dict[str, dict[str, str]]:
    """The one that watches over the organisation, where it is known."""
    found = authority_of(_controller(organisation_id)["country"])
    return {"authority": {"name": found.name, "url": found.url}} if found else {}


def _words_of_purposes() -> dict[str, str]:
    return {
        "service": _("Running the service for the organisation and its members"),
        "quality_evaluation": _("Judging the quality of service in conversations"),
        "coaching": _("Coaching of staff"),
        "subject_access": _("Answering requests of data subjects"),
        "storage": _("Keeping records that the law asks for"),
        "security": _("Security of the service, and proof of who did what"),
    }


def _words_of_bases() -> dict[str, str]:
    return {
        "consent": _("Consent"),
        "contract": _("A contract"),
        "legal_obligation": _("A legal obligation"),
        "legitimate_interest": _("Legitimate interests"),
    }


def _purposes(declarations: Iterable[Declaration]) -> list[dict[str, str]]:
    names = sorted(set(chain.from_iterable(each.purposes for each in declarations)))
    words, grounds = _words_of_purposes(), _words_of_bases()
    return [
        {
            "purpose": name,
            "text": words[name],
            "basis": grounds[bases()[name].basis],
            "article": bases()[name].article,
        }
        for name in names
    ]


def _categories(tables: Iterable[TablePart]) -> list[str]:
    found = {
        personal.category
        for part in tables
        for name, personal in part.table.declaration.personal_fields()
        if name in part.columns()
    }
    return [_(CATEGORIES[category]) for category in CATEGORIES if category in found]


def _recipients(asker: Asker) -> dict[str, Any]:
    """Who has got it, or may: by the register, and where a helpdesk holds the same."""
    return {
        "text": _(
            "Members of the organisation, each as far as their role needs it. The processors below"
            " act on the organisation's instruction only."
        ),
        "processors": [
            {
                "name": each.name,
                "service": each.service,
                "country": each.country,
                "transfer_tool": each.get_tool_display() if each.tool else "",
                "transfer_reference": each.tool_reference,
            }
            for each in active_processors()
        ],
        "others": sorted(
            {
                recipient.name
                for recipient in hooks.recipients.values()
                if recipient.find(asker.organisation_id, asker.subject_ids)
            }
        ),
    }


def _periods(tables: Iterable[TablePart]) -> list[dict[str, str]]:
    """How long each table is kept, in words and as ISO 8601."""
    rules = retention_rules()
    found = []
    for part in tables:
        rule = rules[part.table.declaration.retention.name]
        words = "" if rule.period == PARENT else period_in_words(rule.period)
        found.append(
            {
                "table": part.name,
                "what": part.title,
                "text": words or _("as long as what it belongs to"),
                "period": rule.period,
                "starts": _(rule.starts),
                "legal_source": rule.legal_source,
            }
        )
    return found


def _rights() -> list[dict[str, str]]:
    return [{"right": str(kind.label), "article": ARTICLES[Kind(kind)]} for kind in RequestKind]


def _sources(asker: Asker) -> list[str]:
    found = chain.from_iterable(find(asker) for find in hooks.sources)
    return sorted(set(found)) or [_("You yourself, or the organisation.")]


def _automated(asker: Asker) -> dict[str, Any]:
    return {
        "text": _(
            "No decision about you is taken by automated means alone (GDPR Art. 22). Figures are"
            " computed from times and states of conversations by fixed rules; people give scores,"
            " and you can contest every one of them."
        ),
        "logic": [each for logic in hooks.logics for each in logic(asker)],
    }
