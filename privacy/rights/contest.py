"""Contesting a score (GDPR Art. 22(3)): a person other than the scorer looks at it, in the app that
owns the score, and the request is answered when they have."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kaizo.core.errors import DomainError
from kaizo.core.permissions import Action, TenantRequest, allow
from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.audit import record_event, register_actions
from privacy.rights import states
from privacy.rights.access import access_request
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.requests import NotAllowedNow, move, require_verified, subject_ids_of
from privacy.rights.words import read_words

register_actions({"privacy.score.contested": {}})


class ContestForm(forms.Form):
    score = forms.ChoiceField(label=gettext_lazy("Which score"))

    def __init__(self, rows: list[tuple[str, str]], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they come
        self.fields["score"].choices = rows  # type: ignore[attr-defined]  # a ChoiceField


@dataclass(frozen=True, slots=True)
class ContestPanel:
    what: str  # the score that is looked at, in words
    verdict: str  # what became of it; empty while somebody looks
    may_open: bool


@transaction.atomic
def open_look(request: RightsRequest, *, score: str, actor_user_id: int) -> None:
    """Have somebody other than the scorer look at it, with what the person says about it.

    `score` is `name:row` out of `scores_of`. Raises DomainError when the app's rules refuse it.
    """
    require_verified(request)
    if request.kind != states.Kind.CONTEST or request.status != RequestStatus.VERIFIED:
        raise NotAllowedNow
    name, _colon, row = score.partition(":")
    found = hooks.contestable.get(name)
    if found is None or score not in dict(scores_of(request)):
        raise DomainError(_("This is nothing of the person's."))
    words = read_words(request, "message") or _("Contested without words.")
    found.contest(request.organisation_id, int(row), words)
    request.target_type, request.target_id = name, row
    request.save(update_fields=["target_type", "target_id"])
    move(request, states.Status.RUNNING, actor_user_id=actor_user_id)
    record_event(
        organisation_id=request.organisation_id,
        action="privacy.score.contested",
        actor_user_id=actor_user_id,
        object_type="privacy_rights.RightsRequest",
        object_id=request.public_id,
        subject_id=request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
    )


def scores_of(request: RightsRequest) -> list[tuple[str, str]]:
    """The person's scores that can be looked at again, for a form."""
    subject_ids = subject_ids_of(request)
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        return [
            (f"{name}:{row}", words)
            for name, each in sorted(hooks.contestable.items())
            for row, words in each.rows(request.organisation_id, subject_ids)
        ]


def verdict_of(request: RightsRequest) -> str:
    """In words; empty while nobody has decided."""
    found = hooks.contestable.get(request.target_type)
    if found is None or not request.target_id:
        return ""
    return found.verdict(request.organisation_id, int(request.target_id))


def contest_panel(request: RightsRequest) -> ContestPanel | None:
    """None for requests that contest nothing."""
    if request.kind != states.Kind.CONTEST:
        return None
    found = hooks.contestable.get(request.target_type)
    return ContestPanel(
        what=f"{found.label} {request.target_id}" if found else "",
        verdict=verdict_of(request),
        may_open=request.status == RequestStatus.VERIFIED,
    )


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def contest(request: TenantRequest, request_id: UUID) -> HttpResponse:
    from privacy.rights.pages import request_page, to_request

    found = access_request(request_id)
    form = ContestForm(scores_of(found), request.POST)
    if form.is_valid():
        try:
            open_look(found, score=form.cleaned_data["score"], actor_user_id=request.actor.user_id)
        except NotAllowedNow:
            raise
        except DomainError as error:
            form.add_error("score", str(error))
    if form.errors:
        return request_page(request, found, contest_form=form)
    messages.success(request, _("Somebody other than the scorer looks at it now."))
    return to_request(request, found)
