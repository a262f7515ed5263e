"""Making scorecards, publishing, archiving: a scorecard as a whole."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring.quality.models import Scorecard, ScorecardVersion
from scoring.quality.scorecards import services
from scoring.quality.scorecards.access import access_draft, access_scorecard, visible_versions
from scoring.quality.scorecards.checking import problems
from scoring.quality.scorecards.comparing import changes
from scoring.quality.scorecards.files import ScorecardFile, examples, read_file, rubric_of
from scoring.quality.scorecards.forms import CloneForm, ImportForm, NamesForm, NewForm, SettingsForm
from scoring.quality.scorecards.rubrics import Rubric
from scoring.quality.scorecards.selectors import (
    card_states,
    published_before,
    quality_settings,
    rubric,
    team_names,
)
from scoring.quality.scorecards.views.common import crumbs, form_page, go
from scoring.quality.scorecards.words import change_sentence, problem_sentence


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def new(request: TenantRequest) -> HttpResponse:
    """A scorecard from nothing or from one of the examples."""
    choices = [(code, document.name) for code, document in examples().items()]
    form = NewForm(request.POST or None, examples=choices, initial={"start": "basics"})
    if form.is_valid():
        document = examples().get(form.cleaned_data["start"])
        try:
            made = _create(request, form.cleaned_data["name"], document)
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            return go(request, "scorecard_edit", scorecard_id=made.scorecard_id)
    return _new_page(request, form, ImportForm())


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def import_file(request: TenantRequest) -> HttpResponse:
    """A scorecard from an exported document."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            document = read_file(form.cleaned_data["file"].read())
            made = _create(request, form.cleaned_data["new_name"], document)
        except Conflict as error:
            form.add_error("new_name", str(error))
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return go(request, "scorecard_edit", scorecard_id=made.scorecard_id)
    choices = [(code, document.name) for code, document in examples().items()]
    return _new_page(request, NewForm(examples=choices, initial={"start": "basics"}), form)


def _new_page(request: TenantRequest, form: NewForm, importing: ImportForm) -> HttpResponse:
    failed = form.is_bound or importing.is_bound
    context = {
        "form": form,
        "import_form": importing,
        "examples": examples().values(),
        "crumbs": crumbs(request, page=_("New scorecard")),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    return render_page(request, "quality/scorecards/new.html", context, status=status)


def _create(request: TenantRequest, name: str, document: ScorecardFile | None) -> ScorecardVersion:
    content, description = Rubric(), ""
    if document is not None:
        ids = {team: pk for pk, team in team_names().items()}
        content, description = rubric_of(document, ids), document.description
        name = name or document.name
    return services.create_scorecard(
        organisation=request.organisation,
        actor=request.actor,
        name=name,
        description=description,
        rubric=content,
    )


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def start_draft(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    found = access_scorecard(actor=request.actor, scorecard_id=scorecard_id)
    services.start_draft(scorecard=found, actor=request.actor)
    return go(request, "scorecard_edit", scorecard_id=found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def publish(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    """What publishing will do, and what still keeps it from happening; a POST does it."""
    draft = access_draft(scorecard_id=scorecard_id)
    if request.method == "POST":
        try:
            published = services.publish(version=draft, actor=request.actor)
        except DomainError as error:
            messages.error(request, str(error))
            return _publish_page(request, draft, HTTPStatus.UNPROCESSABLE_ENTITY)
        messages.success(request, _published_words(published))
        return go(request, "scorecard", scorecard_id=scorecard_id)
    return _publish_page(request, draft, HTTPStatus.OK)


def _published_words(published: ScorecardVersion) -> str:
    if published.applies_from == published.published_at:
        return _("Published. New reviews are given by it from now on.")
    return _("Published and announced. Reviews that begin until then are given by the old version.")


def _publish_page(request: TenantRequest, draft: ScorecardVersion, status: int) -> HttpResponse:
    content, before = rubric(draft), published_before(draft)
    teams = team_names()
    between = changes(rubric(before), content) if before else []
    days = quality_settings().notice_days if before else 0
    applies_from = clock.now() + timedelta(days=days)
    if before and before.applies_from:  # what is announced already is not overtaken
        applies_from = max(applies_from, before.applies_from)
    context = {
        "scorecard": draft.scorecard,
        "version": draft,
        "before": before,
        "problems": [problem_sentence(problem) for problem in problems(content)],
        "sentences": [change_sentence(change, teams) for change in between],
        "notice_days": days,
        "applies_from": applies_from,
        "crumbs": crumbs(request, draft.scorecard, page=_("Publish")),
    }
    return render_page(request, "quality/scorecards/publish.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def discard(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    """Ask first, then delete the draft."""
    draft = access_draft(scorecard_id=scorecard_id)
    if request.method == "POST":
        services.discard_draft(version=draft, actor=request.actor)
        messages.success(request, _("The draft is gone."))
        return go(request, "scorecard_list")
    context = {
        "scorecard": draft.scorecard,
        "version": draft,
        "is_only": published_before(draft) is None,
        "crumbs": crumbs(request, draft.scorecard, page=_("Discard the draft")),
    }
    return render_page(request, "quality/scorecards/discard.html", context)


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def archive(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    found = access_scorecard(actor=request.actor, scorecard_id=scorecard_id)
    services.archive(scorecard=found, actor=request.actor)
    messages.success(request, _("Archived. Reviews given by it stay as they are."))
    return go(request, "scorecard", scorecard_id=found.pk)


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def restore(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    found = access_scorecard(actor=request.actor, scorecard_id=scorecard_id)
    services.restore(scorecard=found, actor=request.actor)
    messages.success(request, _("Taken out of the archive."))
    return go(request, "scorecard", scorecard_id=found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def names(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    """What the scorecard is called and for; no part of any version."""
    found = access_scorecard(actor=request.actor, scorecard_id=scorecard_id)
    initial = {"name": found.name, "description": found.description}
    form = NamesForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            services.change_scorecard(scorecard=found, actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("Saved."))
            return go(request, "scorecard", scorecard_id=found.pk)
    return _small_form(request, found, form, _("Name and description"))


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def clone(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    found = access_scorecard(actor=request.actor, scorecard_id=scorecard_id)
    initial = {"name": _("%(name)s (copy)") % {"name": found.name}}
    form = CloneForm(request.POST or None, initial=initial)
    if form.is_valid():
        (state,) = card_states([found], visible_versions(request.actor))
        try:
            made = services.clone(
                version=state.shown, name=form.cleaned_data["name"], actor=request.actor
            )
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            return go(request, "scorecard_edit", scorecard_id=made.scorecard_id)
    return _small_form(request, found, form, _("Copy the scorecard"))


def _small_form(request: TenantRequest, found: Scorecard, form: Form, title: str) -> HttpResponse:
    context = {
        "scorecard": found, "heading": title, "crumbs": crumbs(request, found, page=title)
    }  # fmt: skip
    return form_page(request, "quality/scorecards/small_form.html", form, context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_ORGANISATION)
def settings(request: TenantRequest) -> HttpResponse:
    """Days and limits of the organisation's quality work."""
    current = quality_settings()
    initial = {name: getattr(current, name) for name in SettingsForm.base_fields}
    form = SettingsForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.change_settings(
            organisation=request.organisation, actor=request.actor, **form.cleaned_data
        )
        messages.success(request, _("Saved."))
        return go(request, "settings")
    return form_page(request, "quality/settings.html", form, {})
