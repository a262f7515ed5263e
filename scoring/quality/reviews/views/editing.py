"""The review page: a conversation and the form beside it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring.quality.access import access_draft, access_evidence, may_move
from scoring.quality.models import Review
from scoring.quality.reviews import pages, services
from scoring.quality.reviews.forms import Typed, read_answer, read_answers
from scoring.quality.reviews.problems import Problem, rubric_of
from scoring.quality.reviews.selectors import agent_name, talk_about
from scoring.quality.reviews.sheet import Line, Sheet, sheet_of
from tickets.conversations import Conversation, read_conversation
from tickets.models import Message
from tickets.services import open_conversation

_PAGE = "scoring/reviews/review_form.html"
_NOT_IN_IT = gettext_lazy(
    "The review was submitted before your last answer to “%(name)s” came, so that is not in it. "
    "Reopen it to change an answer."
)


@dataclass(slots=True)
class _Outcome:
    """What became of a form that was sent: typed answers that are not stored, and why."""

    conflicts: dict[UUID, Typed] = field(default_factory=dict)
    refused: dict[UUID, tuple[Typed, str]] = field(default_factory=dict)
    problems: Iterable[Problem] = ()

    @property
    def status(self) -> int:
        if self.conflicts:
            return HTTPStatus.CONFLICT
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.refused or self.problems else HTTPStatus.OK


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.VIEW_REVIEWS)
def review_edit(request: TenantRequest, review_id: int) -> HttpResponse:
    """Every button of the form saves all of it first, so that nothing typed is ever lost."""
    review = access_draft(actor=request.actor, review_id=review_id)
    if review.state != Review.State.DRAFT:
        return _too_late(request, review)
    if request.method != "POST":
        return _render(request, review, _Outcome())
    outcome = _save(request, review)
    if outcome.status == HTTPStatus.OK:
        done = _do(request, review, outcome)
        if done is not None:
            return done
    return _render(request, review, outcome)


def _too_late(request: TenantRequest, review: Review) -> HttpResponse:
    """To the review as it was submitted, with a word on what was typed since, if that differs."""
    sheet = sheet_of(review)
    for typed in read_answers(request.POST, sheet.rubric.categories()):
        line = sheet.line(typed.key)
        if line is not None and not _is_stored(line, typed):
            messages.warning(request, _NOT_IN_IT % {"name": line.category.name})
    return redirect(pages.review_url(request, review))


def _is_stored(line: Line, typed: Typed) -> bool:
    causes = frozenset(cause.key for cause in line.chosen_causes)
    stored = (line.value, line.is_na, line.comment or "", causes)
    return stored == (typed.value, typed.is_na, typed.comment.strip(), typed.causes)


def _save(request: TenantRequest, review: Review) -> _Outcome:
    outcome = _Outcome()
    answered = review.ratings.values_list("category__key", flat=True)
    for typed in read_answers(request.POST, rubric_of(review, answered).categories()):
        try:
            _rate(review, typed, seen=typed.seen)
        except services.EditedMeanwhile:
            outcome.conflicts[typed.key] = typed
        except DomainError as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                raise
            outcome.refused[typed.key] = (typed, str(error))
    return outcome


def _rate(review: Review, typed: Typed, *, seen: int) -> None:
    services.rate(
        review=review,
        category_key=typed.key,
        value=typed.value,
        is_na=typed.is_na,
        comment=typed.comment,
        causes=typed.causes,
        revision=seen,
    )


def _do(request: TenantRequest, review: Review, outcome: _Outcome) -> HttpResponse | None:
    """What the pressed button asks for beyond saving; None to show the form again."""
    wanted, _colon, about = request.POST.get("do", "").partition(":")
    here = pages.review_url(request, review, "review_edit")
    if wanted == "submit":
        return _submit(request, review, outcome)
    if wanted == "quote":
        error = _quote(request, review, about)
        if error:
            messages.error(request, error)
        return redirect(f"{here}#category-{about}")
    if wanted == "unquote" and about.isdecimal():
        for evidence in review.evidence.filter(pk=int(about)):  # none: it is out already
            services.unquote(review=review, evidence=evidence)
        return redirect(here)
    messages.success(request, _("Saved. Nobody else sees it until you submit it."))
    return redirect(here)


def _submit(request: TenantRequest, review: Review, outcome: _Outcome) -> HttpResponse | None:
    try:
        services.submit_review(review=review, actor=request.actor)
    except services.Incomplete as error:
        outcome.problems = error.problems
        return None
    messages.success(request, _("The review is submitted."))
    return redirect(pages.next_url(request) or _onwards(request, review))


def _onwards(request: TenantRequest, review: Review) -> str:
    """From a picked conversation to the rest of the queue, else to the review as it is read."""
    if review.picks.exists():
        return pages.url(request, "quality:to_review")
    return pages.review_url(request, review)


def _quote(request: TenantRequest, review: Review, category: str) -> str:
    """Keep the passage that the form names for a category; a sentence when that is refused."""
    wanted = request.POST.get(f"m-{category}", "")
    message = Message.objects.filter(
        ticket_id=review.ticket_id, pk=int(wanted) if wanted.isdecimal() else 0
    ).first()
    if message is None or review.ticket is None:
        return _("Choose the message first.")
    try:
        services.quote(
            review=review,
            conversation=read_conversation(review.organisation_id, review.ticket),
            message=message,
            text=request.POST.get(f"q-{category}", ""),
            category_key=UUID(category),
        )
    except ValueError as error:
        raise Http404 from error
    except DomainError as error:
        return str(error)
    return ""


def _render(request: TenantRequest, review: Review, outcome: _Outcome) -> HttpResponse:
    conversation = None
    if review.ticket is not None:
        conversation = open_conversation(ticket=review.ticket, actor=request.actor, revealed=False)
    review.refresh_from_db(fields=["revision"])
    sheet = sheet_of(review, problems=outcome.problems)
    for typed in outcome.conflicts.values():
        _show_typed(sheet, typed)
    for typed, words in outcome.refused.values():
        _show_typed(sheet, typed, words)
    context = _form_context(request, review, sheet, conversation) | {
        "has_conflict": bool(outcome.conflicts),
    }
    return render_page(request, _PAGE, context, status=outcome.status)


def _form_context(
    request: TenantRequest, review: Review, sheet: Sheet, conversation: Conversation | None
) -> dict[str, Any]:
    return {
        "review": review,
        "sheet": sheet,
        "conversation": conversation,
        "reviewee": agent_name(review.reviewee),
        "talk": talk_about(review) if review.day else [],
        "people": [],
        "next": pages.next_url(request),
        "crumbs": pages.crumbs(request, _("Review")),
        "edit_url": pages.review_url(request, review, "review_edit"),
        "may_move": may_move(request.actor, review),
        "is_own": review.reviewer_id == request.actor.pk,
    } | pages.how_computed(sheet.rubric.mode)


def _show_typed(sheet: Sheet, typed: Typed, problem: str = "") -> None:
    """Put what somebody typed into its line, and what is stored instead beside it."""
    line = sheet.line(typed.key)
    if line is None:
        return
    if not problem:
        line.stored = copy(line)
    line.value, line.is_na, line.comment = typed.value, typed.is_na, typed.comment
    line.causes = [
        type(cause)(cause.key, cause.name, cause.depth, cause.key in typed.causes)
        for cause in line.causes
    ]
    line.problem = problem


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_answer(request: TenantRequest, review_id: int, category_key: UUID) -> HttpResponse:
    """Save one category by itself: what the form does after every change."""
    review = access_draft(actor=request.actor, review_id=review_id)
    typed = read_answer(request.POST, category_key)
    kept = request.POST.get("keep", "")
    status, problem = HTTPStatus.OK, ""
    try:
        _rate(review, typed, seen=int(kept) if kept.isdecimal() else typed.seen)
    except services.EditedMeanwhile:
        status = HTTPStatus.CONFLICT
    except DomainError as error:
        status, problem = HTTPStatus(error.status), str(error)
    review.refresh_from_db(fields=["revision"])
    sheet = sheet_of(review)
    if status != HTTPStatus.OK:
        _show_typed(sheet, typed, problem)
    line = _line(sheet, category_key)
    context = {"review": review, "sheet": sheet, "line": line, "problem": problem}
    return render_page(request, "scoring/reviews/saved.html", context, status=status)


def _line(sheet: Sheet, key: UUID) -> Line:
    line = sheet.line(key)
    if line is None:
        raise Http404
    return line


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_evidence(request: TenantRequest, review_id: int, category_key: UUID) -> HttpResponse:
    """Keep a passage for a category, by itself."""
    review = access_draft(actor=request.actor, review_id=review_id)
    problem = _quote(request, review, str(category_key))
    return _quotes(request, review, category_key, problem)


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_unquote(request: TenantRequest, review_id: int, evidence_id: int) -> HttpResponse:
    """Take a passage out again, by itself."""
    review = access_draft(actor=request.actor, review_id=review_id)
    evidence = access_evidence(review=review, evidence_id=evidence_id)
    key = evidence.category.key if evidence.category else None
    services.unquote(review=review, evidence=evidence)
    if key is None:
        return redirect(pages.review_url(request, review, "review_edit"))
    return _quotes(request, review, key, "")


def _quotes(request: TenantRequest, review: Review, key: UUID, problem: str) -> HttpResponse:
    context = {
        "review": review,
        "line": _line(sheet_of(review), key),
        "problem": problem,
        "can_edit": True,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render_page(request, "scoring/reviews/quotes.html", context, status=status)


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_time(request: TenantRequest, review_id: int) -> HttpResponse:
    """The form says that it is in sight: how long since it last said so, in seconds."""
    review = access_draft(actor=request.actor, review_id=review_id)
    seconds = request.POST.get("seconds", "")
    if review.reviewer_id == request.actor.pk and seconds.isdecimal():
        services.note_time(review=review, seconds=int(seconds[:6]))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_discard(request: TenantRequest, review_id: int) -> HttpResponse:
    review = access_draft(actor=request.actor, review_id=review_id)
    services.discard(review=review, actor=request.actor)
    messages.success(request, _("The draft is gone."))
    return redirect(pages.next_url(request) or pages.home_of_reviews(request))
