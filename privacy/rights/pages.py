"""The page of one request, on which all its handling ends; a form that was refused comes back on it
with what was typed."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaizo.core.http import is_fragment, render_page
from kaizo.core.permissions import TenantRequest
from privacy.rights import selectors, states
from privacy.rights.authorities import authority_of
from privacy.rights.contest import ContestForm, contest_panel, scores_of
from privacy.rights.correction.forms import CorrectionForm
from privacy.rights.correction.selectors import correction_panel, rows_to_correct
from privacy.rights.correspondence.forms import LetterForm
from privacy.rights.correspondence.services import has_mailbox, letters_of
from privacy.rights.deciding import AnswerForm, AppealDecisionForm, may_answer
from privacy.rights.export.selectors import copy_page, is_being_made
from privacy.rights.forms import ExtendForm
from privacy.rights.handling import may
from privacy.rights.identity import LookUpForm, identity_panel
from privacy.rights.models import RightsRequest
from privacy.rights.objection.forms import BalancingForm, DecideForm
from privacy.rights.objection.selectors import objection_panel
from privacy.rights.refusal.forms import RefuseForm
from privacy.rights.refusal.selectors import refusal_panel
from privacy.rights.restriction.forms import AnnounceForm, FreezeForm
from privacy.rights.restriction.selectors import freeze_panel
from privacy.rights.words import read_words

STOP_POLLING: Final = 286  # htmx's own status: swap, then stop
_AT_WORK = frozenset({states.Status.APPROVED, states.Status.RUNNING})


def request_page(
    request: TenantRequest,
    found: RightsRequest,
    *,
    looked_up: Collection[UUID] | None = None,
    **refused: forms.Form,
) -> HttpResponse:
    """`refused` takes the place of the form of that name; `looked_up`: records to choose from."""
    context = _context(request, found) | _told_apart(_forms(found) | refused)
    context["identity"] = identity_panel(found, looked_up=looked_up)
    at_work = context["at_work"]
    if refused:
        status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    else:
        status = STOP_POLLING if is_fragment(request) and not at_work else HTTPStatus.OK
    return render_page(
        request, "privacy/request_detail.html", context, fragment="progress", status=status
    )


def to_request(request: TenantRequest, found: RightsRequest) -> HttpResponse:
    return redirect("privacy:request_detail", request.organisation.slug, found.public_id)


def board_crumbs(request: TenantRequest, label: str) -> list[dict[str, str]]:
    board = reverse("privacy:board", args=[request.organisation.slug])
    return [{"label": _("Privacy requests"), "url": board}, {"label": label, "url": ""}]


def _context(request: TenantRequest, found: RightsRequest) -> dict[str, Any]:
    kind, status = states.Kind(found.kind), states.Status(found.status)
    return {
        "found": found,
        "page": selectors.request_page(found),
        "may": may(found)
        | {"answer": may_answer(found), "appeal": status is states.Status.APPEALED},
        "refusal": refusal_panel(found, user_id=request.actor.user_id),
        "letters": letters_of(found),
        "has_mailbox": has_mailbox(found),
        "freeze": freeze_panel(found),
        "objection": objection_panel(found),
        "correction": correction_panel(found),
        "contest": contest_panel(found),
        "message": read_words(found, "message"),
        "decision": read_words(found, "decision_text"),
        "appeal": read_words(found, "appeal_text"),
        "authority": authority_of(request.organisation.country),
        "is_copied": kind in states.COPIED,
        "copy": copy_page(found) if kind in states.COPIED else None,
        "at_work": (kind in states.PLANNED and status in _AT_WORK) or is_being_made(found),
        "can_plan": states.may_move(kind, status, states.Status.PLANNED),
        "crumbs": board_crumbs(request, found.right),
    }


def _told_apart(named: dict[str, forms.Form]) -> dict[str, forms.Form]:
    """Several ask for a `text`: each has ids of its own, so that a label names its own field."""
    for name, form in named.items():
        form.auto_id = f"{name}_%s"
    return named


def _forms(found: RightsRequest) -> dict[str, forms.Form]:
    return {
        "look_up_form": LookUpForm(),
        "extend_form": ExtendForm(),
        "refuse_form": RefuseForm(found.kind),
        "letter_form": LetterForm(has_mailbox=has_mailbox(found)),
        "freeze_form": FreezeForm(),
        "announce_form": AnnounceForm(),
        "contest_form": ContestForm(scores_of(found) if found.kind == states.Kind.CONTEST else []),
        "correction_form": CorrectionForm(rows_to_correct(found)),
        "balancing_form": BalancingForm(),
        "decide_form": DecideForm(),
        "answer_form": AnswerForm(),
        "appeal_form": AppealDecisionForm(),
    }
