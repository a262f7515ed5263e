"""Answering requests that need no plan, and deciding appeals, for privacy officers."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights import requests, states
from privacy.rights.access import access_request
from privacy.rights.contest import scores_of, verdict_of
from privacy.rights.correction.services import is_unfinished
from privacy.rights.models import Decision, RightsRequest

_LONGEST = 5_000
# These end by their own work and never by a mere answer.
_BY_WORK = frozenset({states.Kind.ERASURE, states.Kind.OBJECTION, states.Kind.RESTRICTION})


class AnswerForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[(each.value, each.label) for each in (Decision.GRANTED, Decision.PARTLY)],
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer to the person"),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("How to appeal and where to complain is added."),
    )


class AppealDecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision on the appeal"),
        choices=[
            ("uphold", gettext_lazy("The person is right: the request is taken up again")),
            ("reject", gettext_lazy("The decision stands")),
        ],
    )
    reasons = forms.CharField(
        label=gettext_lazy("Reasons for the person"),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def answer(request: TenantRequest, request_id: UUID) -> HttpResponse:
    from privacy.rights.pages import request_page, to_request

    found = access_request(request_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, answer_form=form)
    if not may_answer(found):
        raise requests.NotAllowedNow
    given = form.cleaned_data
    requests.finish(found, given["decision"], given["answer"], actor_user_id=request.actor.user_id)
    messages.success(request, _("Answered and closed."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def decide_appeal(request: TenantRequest, request_id: UUID) -> HttpResponse:
    from privacy.rights.pages import request_page, to_request

    found = access_request(request_id)
    form = AppealDecisionForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, appeal_form=form)
    requests.decide_appeal(
        found,
        uphold=form.cleaned_data["outcome"] == "uphold",
        text=form.cleaned_data["reasons"],
        actor_user_id=request.actor.user_id,
    )
    return to_request(request, found)


def may_answer(found: RightsRequest) -> bool:
    """Whether a plain answer ends it: where work would have, none can be done."""
    kind, status = states.Kind(found.kind), states.Status(found.status)
    open_ways = {states.Status.VERIFIED, states.Status.RUNNING}
    if found.verified_at is None or status not in open_ways or kind in states.PLANNED:
        return False
    if not requests.subject_ids_of(found):
        return kind not in states.COPIED  # nothing of the person's is here to work on
    if kind in _BY_WORK:
        return False
    if kind is states.Kind.CONTEST:
        return bool(verdict_of(found)) or not (found.target_id or scores_of(found))
    return kind is not states.Kind.RECTIFICATION or not is_unfinished(found)
