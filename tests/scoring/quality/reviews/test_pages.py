"""The pages of reviews: what they show to whom, and that nothing typed is lost."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from kaizo.accounts.models import Team
from kaizo.accounts.services import appoint_lead
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from scoring.quality.models import Assignment, AssignmentCycle, Evidence, Pick, Rating, Review
from scoring.quality.reviews import services
from scoring.quality.reviews.checking import spot_check
from scoring.quality.reviews.services import change_reviewee, comment_on, reopen_review
from scoring.quality.scorecards import selectors as scorecards
from scoring.quality.scorecards.rubrics import RubricCategory, RubricGroup
from tests import factories
from tests.factories import MONDAY
from tests.scoring.quality.factories import (
    FULL,
    draft_review,
    published_scorecard,
    small_rubric,
    stored_ticket,
    submitted_review,
)
from tickets.contracts import AgentRecord
from tickets.models import Agent, Message

pytestmark = pytest.mark.django_db


def text(response):
    """What a person reads, spaces made plain."""
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(bare).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture
def at(organisation):
    def address(review, path="edit/"):
        return f"/o/{organisation.slug}/reviews/{review.pk}/{path}"

    return address


@pytest.fixture
def keys(organisation):
    """Categories of a review's scorecard by name."""

    def found(review):
        with tenant_scope(organisation.pk):
            return {c.name: c.key for c in scorecards.rubric(review.version).categories()}

    return found


def sent(keys, *, seen=0, **answers):
    """A form as a browser sends it: every category, answered or not."""
    data = {}
    for name, key in keys.items():
        data[f"s-{key}"] = str(seen)
        data[f"c-{key}"] = ""
        given = answers.get(name.replace(" ", "_"))
        if isinstance(given, tuple):
            data[f"v-{key}"], data[f"c-{key}"] = given
        elif given is not None:
            data[f"v-{key}"] = given
    return data


ALL = {"Greeting": "1", "Tone": "2", "Right_answer": "4"}


@pytest.fixture
def draft(organisation):
    return draft_review(organisation)


def ratings_of(review):
    with tenant_scope(review.organisation_id):
        return dict(Rating.objects.filter(review=review).values_list("category__name", "value"))


def test_the_form_shows_the_redacted_conversation_and_every_question(draft, at, sign_in):
    shown = text(sign_in(draft.reviewer.user).get(at(draft)))
    assert "Where is my parcel?" in shown
    assert "Answered 0 of 3" in shown
    assert "Greeting weight 10" in shown
    assert "How this score is computed Weighted categories." in shown


def test_a_whole_form_is_saved_and_left_and_found_again(draft, at, keys, sign_in):
    client = sign_in(draft.reviewer.user)
    form = sent(keys(draft), Greeting="1", Tone=("0", "Rather short")) | {"do": "save"}
    assert client.post(at(draft), form).status_code == 302
    shown = client.get(at(draft)).content.decode()
    assert "Rather short" in shown
    assert ratings_of(draft) == {"Greeting": 1, "Tone": 0}


def test_submitting_names_what_is_missing_and_keeps_what_is_there(draft, at, keys, sign_in):
    client = sign_in(draft.reviewer.user)
    response = client.post(at(draft), sent(keys(draft), Greeting="1") | {"do": "submit"})
    assert response.status_code == 422
    assert "Tone : not answered yet" in text(response)
    assert ratings_of(draft) == {"Greeting": 1}
    response = client.post(at(draft), sent(keys(draft), seen=9, **ALL) | {"do": "submit"})
    assert response.headers["Location"] == at(draft, "")
    assert "100.0% Passed" in text(client.get(at(draft, "")))


def test_after_submitting_the_way_leads_back_to_the_queue_but_to_no_other_site(
    organisation, at, keys, sign_in
):
    for wanted, there in (("/o/next/", "/o/next/"), ("https://evil.example/", None)):
        draft = draft_review(organisation)
        form = sent(keys(draft), **ALL) | {"do": "submit", "next": wanted}
        response = sign_in(draft.reviewer.user).post(at(draft), form)
        assert response.headers["Location"] == (there or at(draft, ""))


def test_one_answer_is_saved_by_itself(draft, at, keys, sign_in):
    client, key = sign_in(draft.reviewer.user), keys(draft)["Tone"]
    response = client.post(
        at(draft, f"answers/{key}/"), {f"s-{key}": "0", f"v-{key}": "1", f"c-{key}": "Fine"}
    )
    shown = text(response)
    assert response.status_code == 200
    assert "Saved at" in shown
    assert "Answered 1 of 3" in shown
    assert "50.0%" in shown
    assert ratings_of(draft) == {"Tone": 1}
    assert f'name="s-{key}" value="1"' in response.content.decode()


def test_a_low_answer_says_what_it_still_needs(draft, at, keys, sign_in):
    client, key = sign_in(draft.reviewer.user), keys(draft)["Tone"]
    response = client.post(at(draft, f"answers/{key}/"), {f"s-{key}": "0", f"v-{key}": "0"})
    assert "A rating this low needs a comment." in text(response)


def test_an_answer_that_was_changed_elsewhere_is_shown_beside_one_s_own(draft, at, keys, sign_in):
    client, key = sign_in(draft.reviewer.user), keys(draft)["Tone"]
    url = at(draft, f"answers/{key}/")
    client.post(url, {f"s-{key}": "0", f"v-{key}": "2", f"c-{key}": "Warm"})
    late = {f"s-{key}": "0", f"v-{key}": "0", f"c-{key}": "Cold"}
    response = client.post(url, late)
    assert response.status_code == 409
    assert "Stored: 3 of 3 “Warm” Yours: 1 of 3 “Cold”" in text(response)
    # Another address than the page's own: a browser loads nothing for a place within a page.
    [taking] = re.findall(r'href="([^"]+)#category-', response.content.decode())
    assert taking != at(draft, "edit/")
    assert client.get(taking).status_code == 200
    assert ratings_of(draft) == {"Tone": 2}
    assert client.post(url, late | {"keep": "1"}).status_code == 200
    assert ratings_of(draft) == {"Tone": 0}


def test_a_whole_form_that_comes_late_loses_neither_side(draft, at, keys, sign_in):
    client = sign_in(draft.reviewer.user)
    client.post(at(draft), sent(keys(draft), Tone=("2", "Warm")) | {"do": "save"})
    late = sent(keys(draft), Tone=("0", "Cold"), Greeting="1") | {"do": "submit"}
    response = client.post(at(draft), late)
    assert response.status_code == 409
    page = response.content.decode()
    assert "Warm" in page
    assert "Cold</textarea>" in page
    assert ratings_of(draft) == {"Tone": 2, "Greeting": 1}


def test_an_answer_after_the_review_was_submitted_is_not_dropped_in_silence(
    draft, at, keys, sign_in
):
    client, key = sign_in(draft.reviewer.user), keys(draft)["Tone"]
    whole = sent(keys(draft), **ALL) | {"do": "submit"}
    client.post(at(draft), whole)
    late = {f"s-{key}": "1", f"v-{key}": "0", f"c-{key}": "Cold"}
    alone = client.post(at(draft, f"answers/{key}/"), late)
    assert alone.status_code == 409
    assert "<html" not in alone.content.decode()
    assert "has been submitted. Reopen it" in text(alone)
    twice = client.post(at(draft), whole, follow=True)
    assert "was submitted before your last answer" not in text(twice)
    changed = client.post(at(draft), whole | late | {"do": "save"}, follow=True)
    assert "was submitted before your last answer to “Tone” came" in text(changed)
    assert ratings_of(draft)["Tone"] == 2


@pytest.mark.parametrize("about", ["", "x", "0"])
def test_a_passage_that_is_not_there_keeps_nothing_else_back(draft, at, keys, sign_in, about):
    form = sent(keys(draft), Greeting="1") | {"do": f"unquote:{about}"}
    response = sign_in(draft.reviewer.user).post(at(draft), form)
    assert response.status_code == 302
    assert ratings_of(draft) == {"Greeting": 1}


def test_a_refused_answer_stays_in_the_form(draft, at, keys, sign_in):
    response = sign_in(draft.reviewer.user).post(
        at(draft), sent(keys(draft), Tone=("7", "My words"), Greeting="1")
    )
    assert response.status_code == 422
    assert "My words" in response.content.decode()
    assert "The scale has no such value." in text(response)
    assert ratings_of(draft) == {"Greeting": 1}


def message_of(draft):
    with tenant_scope(draft.organisation_id):
        return Message.objects.get(ticket_id=draft.ticket_id, external_id="m2")


def test_a_passage_of_a_message_becomes_evidence_and_goes_again(draft, at, keys, sign_in):
    client, key = sign_in(draft.reviewer.user), keys(draft)["Tone"]
    form = {f"m-{key}": message_of(draft).pk, f"q-{key}": "on  its\nway"}
    shown = client.post(at(draft, f"evidence/{key}/"), form)
    assert shown.status_code == 200
    assert "on its way" in text(shown)
    with tenant_scope(draft.organisation_id):
        evidence = Evidence.objects.get()
    gone = client.post(at(draft, f"evidence/{evidence.pk}/remove/"))
    assert "on its way" not in text(gone)


@pytest.mark.parametrize("scripted", [True, False])
def test_words_that_nobody_wrote_are_no_evidence(draft, at, keys, sign_in, scripted):
    client, key = sign_in(draft.reviewer.user), keys(draft)["Tone"]
    form = {f"m-{key}": message_of(draft).pk, f"q-{key}": "I hate you"}
    if scripted:
        response = client.post(at(draft, f"evidence/{key}/"), form)
        assert response.status_code == 422
    else:
        response = client.post(
            at(draft), sent(keys(draft), Greeting="1") | form | {"do": f"quote:{key}"}, follow=True
        )
        assert ratings_of(draft) == {"Greeting": 1}
    assert "These words do not stand in that message" in text(response)
    with tenant_scope(draft.organisation_id):
        assert not Evidence.objects.exists()


def test_the_whole_message_is_quoted_without_scripts(draft, at, keys, sign_in):
    client, key = sign_in(draft.reviewer.user), keys(draft)["Tone"]
    form = sent(keys(draft)) | {f"m-{key}": message_of(draft).pk, "do": f"quote:{key}"}
    page = client.post(at(draft), form, follow=True).content.decode()
    assert "<blockquote>It is on its way.</blockquote>" in page
    with tenant_scope(draft.organisation_id):
        evidence = Evidence.objects.get()
    client.post(at(draft), sent(keys(draft)) | {"do": f"unquote:{evidence.pk}"})
    with tenant_scope(draft.organisation_id):
        assert not Evidence.objects.exists()


def test_blind_judging_hides_weights_and_score(organisation, draft, at, keys, sign_in):
    with tenant_scope(organisation.pk):
        assignment = Assignment.objects.create(
            organisation=organisation, name="Blind", scorecard=draft.version.scorecard,
            starts_on=MONDAY.date(), time_zone="Europe/Amsterdam", is_blind=True,
        )  # fmt: skip
        cycle = AssignmentCycle.objects.create(
            organisation=organisation, assignment=assignment, number=1, seed=1,
            starts_on=MONDAY.date(), ends_on=MONDAY.date() + timedelta(7),
            due_on=MONDAY.date() + timedelta(7),
        )  # fmt: skip
        other = submitted_review(organisation, ticket=draft.ticket, version=draft.version)
    client = sign_in(draft.reviewer.user)
    assert client.get(at(other, "")).status_code == 200
    with tenant_scope(organisation.pk):
        Pick.objects.create(
            organisation=organisation, cycle=cycle, ticket=draft.ticket, review=draft,
            reviewer=draft.reviewer, position=1, why="random",
        )  # fmt: skip
    page = client.get(at(draft))
    shown = text(page)
    assert "You judge blind" in shown
    assert "weight 10" not in shown
    assert "Score so far" not in shown
    assert client.get(at(other, "")).status_code == 404
    form = sent(keys(draft), **ALL) | {"do": "submit"}
    assert client.post(at(draft), form).headers["Location"].endswith("/to-review/")
    assert client.get(at(other, "")).status_code == 200


@pytest.fixture
def ada(organisation):
    """The agent whose work every ticket of the factory is."""

    def linked():
        member = factories.membership(organisation, Role.AGENT)
        with tenant_scope(organisation.pk):
            Agent.objects.update(membership=member)
        return member

    return linked


def test_the_agent_reads_who_judged_what_and_how_it_came_about(organisation, at, ada, sign_in):
    review = submitted_review(organisation, answers=FULL | {"Right answer": 1})
    client = sign_in(ada().user)
    shown = text(client.get(at(review, "")))
    assert "Review of your work" in shown
    assert "0.0% Auto-fail" in shown
    assert "This failed the whole review." in shown
    assert review.reviewer.user.name in shown
    assert "Right answer 25% 10 2.5" in shown
    assert "Communication 100% 30" in shown


# The rubric of `small_rubric` in each mode: the last step, and the score without and with 5 points
# of bonus. Weighted categories end in their score, unless there is a bonus.
STEPS = [
    ("weighted", "32.5 of 40 points: 81.25%", "", "86.25%"),
    ("sections", "(100% × 40 + 25% × 60), divided by 100", "55%", "60%"),
    ("additive", "32.5 points, of which at most 100 count.", "32.5%", "37.5%"),
    ("deductive", "100 less 7.5 points that were lost, but not below 0.", "92.5%", "97.5%"),
]


@pytest.mark.parametrize(("mode", "step", "plain", "more"), STEPS)
def test_a_score_can_be_worked_out_again_from_its_page(
    organisation, at, sign_in, mode, step, plain, more
):
    groups = [
        replace(group, categories=tuple(replace(c, auto_fail="none") for c in group.categories))
        for group in small_rubric().groups
    ]
    extra = RubricCategory(name="Above and beyond", weight=5)
    bonus = RubricGroup(name="Extra", is_bonus=True, weight=0, categories=(extra,))
    answers = FULL | {"Right answer": 1}
    for bonuses, last in (
        ((), f"{step} Score: {plain}" if plain else step),
        ((bonus,), f"{step} Bonus adds 5. Score: {more}"),
    ):
        rubric = small_rubric(mode=mode, pass_mark=Decimal("32.5"), groups=(*groups, *bonuses))
        review = submitted_review(
            organisation,
            version=published_scorecard(organisation, rubric=rubric),
            answers=answers | ({extra.name: 1} if bonuses else {}),
        )
        shown = text(sign_in(review.reviewer.user).get(at(review, "")))
        assert last in shown
        assert "Pass mark 32.5%" in shown


def test_the_agent_confirms_having_read_it_and_nobody_else_can(organisation, at, ada, sign_in):
    review = submitted_review(organisation)
    assert sign_in(review.reviewer.user).post(at(review, "read/")).status_code == 409
    agent = ada()
    received = f"/o/{organisation.slug}/reviews/received/"
    assert "1 review that you have not read" in text(sign_in(agent.user).get(received))
    assert sign_in(agent.user).post(at(review, "read/")).status_code == 302
    with tenant_scope(organisation.pk):
        assert Review.objects.get().acknowledged_at is not None
    assert "0 reviews that you have not read" in text(sign_in(agent.user).get(received))


def test_the_first_review_is_hidden_from_its_checker_until_they_have_judged(
    organisation, at, sign_in
):
    first = submitted_review(organisation)
    checker, other = (factories.membership(organisation, Role.REVIEWER) for _each in range(2))
    client, listed = sign_in(checker.user), f"/o/{organisation.slug}/reviews/"
    address = f'href="{at(first, "")}"'
    assert client.get(at(first, "")).status_code == 200
    asked = client.get(at(first, "spot-check/"))
    assert list(asked.context["form"].people) == [other.pk, checker.pk]
    assert client.post(at(first, "spot-check/"), {"checker": checker.pk}).status_code == 302
    with tenant_scope(organisation.pk):
        check = Review.objects.get(kind="spot_check")
    assert client.get(at(first, "")).status_code == 404
    assert address not in client.get(listed).content.decode()
    form = client.get(at(check))
    assert address not in form.content.decode()
    assert first.reviewer.user.name not in text(form)
    assert "100%" not in text(form)
    with tenant_scope(organisation.pk):
        for name, value in FULL.items():
            category = next(
                c for c in scorecards.rubric(check.version).categories() if c.name == name
            )
            services.rate(review=check, category_key=category.key, value=value, revision=0)
        services.submit_review(review=check, actor=checker)
    assert client.get(at(first, "")).status_code == 200
    assert address in client.get(at(check, "")).content.decode()


def test_only_who_may_judge_a_conversation_is_asked_to_check_it(organisation, at, sign_in):
    first = submitted_review(organisation)
    checker, asked = (factories.membership(organisation, Role.REVIEWER) for _each in range(2))
    client = sign_in(checker.user)
    for wrong in (first.reviewer.pk, factories.membership(organisation, Role.AGENT).pk, 0):
        refused = client.post(at(first, "spot-check/"), {"checker": wrong})
        assert refused.status_code == 422
    assert client.post(at(first, "spot-check/"), {"checker": asked.pk}).status_code == 302
    with tenant_scope(organisation.pk):
        assert Review.objects.get(kind="spot_check").reviewer == asked
    assert sign_in(first.reviewer.user).get(at(first, "spot-check/")).status_code == 409


def test_agents_find_neither_drafts_nor_calibrations_nor_others_reviews(
    organisation, at, ada, sign_in
):
    mine, draft = submitted_review(organisation), draft_review(organisation)
    with tenant_scope(organisation.pk):
        spot = spot_check(actor=factories.membership(organisation, Role.REVIEWER), review=mine)
        Review.objects.filter(pk=spot.pk).update(
            state="submitted", submitted_at=MONDAY, day=MONDAY.date()
        )
    client = sign_in(ada().user)
    assert client.get(at(mine, "")).status_code == 200
    assert client.get(at(draft, "")).status_code == 404
    assert client.get(at(spot, "")).status_code == 404
    bo = AgentRecord(id="b1", name="Bo", email="bo@support.example")
    ticket = stored_ticket(organisation, assignee=bo)
    with tenant_scope(organisation.pk):
        change_reviewee(review=mine, agent=ticket.assignee, actor=mine.reviewer, reason="It was Bo")
    assert client.get(at(mine, "")).status_code == 404


def test_a_lead_finds_the_reviews_of_the_team_they_led_that_day(organisation, at, sign_in):
    with time_machine.travel(MONDAY + timedelta(days=3), tick=False):
        review = submitted_review(organisation)
    lead = factories.membership(organisation, Role.TEAM_LEAD)
    with tenant_scope(organisation.pk):
        team = Team.objects.get(name="Berlin")
        later = review.day + timedelta(days=1)
        appointed = appoint_lead(team=team, member=lead, valid_from=later, actor=None)
    client = sign_in(lead.user)
    assert client.get(at(review, "")).status_code == 404
    with tenant_scope(organisation.pk):
        type(appointed).objects.update(valid_from=review.day)
    assert client.get(at(review, "")).status_code == 200


def test_opening_a_review_of_somebody_s_work_is_recorded_for_them(organisation, at, ada, sign_in):
    review, agent = submitted_review(organisation), None
    agent = ada()
    sign_in(agent.user).get(at(review, ""))
    admin = factories.membership(organisation, Role.ADMIN)
    sign_in(admin.user).get(at(review, ""))
    with tenant_scope(organisation.pk):
        event = AuditEvent.objects.get(action="scoring.review.viewed")
    assert (event.actor_user_id, event.affected_user_id) == (admin.user_id, agent.user_id)
    assert event.purpose == "quality_evaluation"


def test_reopening_asks_why_and_only_those_who_answer_for_it(organisation, at, sign_in):
    review = submitted_review(organisation)
    other = factories.membership(organisation, Role.REVIEWER)
    assert sign_in(other.user).post(at(review, "reopen/"), {"reason": "X"}).status_code == 403
    client = sign_in(review.reviewer.user)
    assert client.post(at(review, "reopen/"), {"reason": " "}).status_code == 422
    response = client.post(at(review, "reopen/"), {"reason": "Overlooked a message"})
    assert response.headers["Location"] == at(review)
    assert client.get(at(review)).status_code == 200


def test_the_history_says_what_was_and_what_is(organisation, at, sign_in):
    review = submitted_review(organisation)
    client = sign_in(review.reviewer.user)
    client.post(at(review, "reopen/"), {"reason": "Overlooked a message"})
    with tenant_scope(organisation.pk):
        again = Review.objects.get()
        services.submit_review(review=again, actor=again.reviewer)
    shown = text(client.get(at(review, "")))
    assert re.search("Submitted .* 100.0% .*Reopened .* Overlooked a message", shown)


def test_another_agent_is_chosen_among_those_who_took_part(organisation, at, sign_in):
    review = submitted_review(organisation)
    bo = stored_ticket(organisation, assignee=AgentRecord(id="b1", name="Bo")).assignee_id
    client = sign_in(review.reviewer.user)

    def offered():
        page = client.get(at(review, "reviewee/")).content.decode()
        return re.findall(r'<option value="(\d+)"', page)

    assert offered() == [str(bo)]  # Ada is it already; nobody else took part, so it may be anybody
    stored_ticket(organisation, assignee=AgentRecord(id="d1", name="Dirk"))
    assert len(offered()) == 2
    with tenant_scope(organisation.pk):
        Message.objects.filter(ticket_id=review.ticket_id, external_id="m2").update(agent_id=bo)
    assert offered() == [str(bo)]


def test_a_comment_is_read_by_the_agent(organisation, at, ada, sign_in):
    review = submitted_review(organisation)
    client = sign_in(review.reviewer.user)
    assert client.post(at(review, "comments/"), {"text": ""}).status_code == 422
    assert client.post(at(review, "comments/"), {"text": "Well done"}).status_code == 302
    assert "Well done" in text(sign_in(ada().user).get(at(review, "")))


def test_a_review_begins_on_the_page_of_its_ticket(organisation, sign_in):
    ticket, version = stored_ticket(organisation), published_scorecard(organisation)
    reviewer = factories.membership(organisation, Role.REVIEWER)
    client = sign_in(reviewer.user)
    start = f"/o/{organisation.slug}/tickets/{ticket.pk}/review/"
    page = client.get(f"/o/{organisation.slug}/tickets/{ticket.pk}/").content.decode()
    assert f'href="{start}"' in page
    response = client.post(start, {"scorecard": version.scorecard_id})
    with tenant_scope(organisation.pk):
        review = Review.objects.get()
    assert response.headers["Location"].endswith(f"/reviews/{review.pk}/edit/")
    assert (review.sample, review.kind) == ("targeted", "quality")


def test_a_scorecard_for_other_channels_is_not_offered(organisation, sign_in):
    ticket = stored_ticket(organisation)
    rubric = small_rubric()
    chat_only = type(rubric.conditions)(channels=("chat",))
    published_scorecard(organisation, rubric=small_rubric(conditions=chat_only))
    client = sign_in(factories.membership(organisation, Role.REVIEWER).user)
    page = client.get(f"/o/{organisation.slug}/tickets/{ticket.pk}/review/")
    assert "No scorecard fits" in text(page)


FILTERS = [
    ({}, {"good", "bad"}),
    ({"result": "passed"}, {"good"}),
    ({"result": "auto_failed"}, {"bad"}),
    ({"state": "draft"}, {"draft"}),
    ({"state": "unread"}, {"good", "bad"}),
    ({"since": "2026-11-03"}, {"bad"}),
    ({"until": "2026-11-02"}, {"good"}),
    ({"kind": "peer"}, set()),
]


def test_drafts_that_were_reopened_follow_those_that_were_never_submitted(
    organisation, sign_in, monkeypatch
):
    monkeypatch.setattr("scoring.quality.reviews.selectors.PER_PAGE", 1)
    reopened = submitted_review(organisation)
    reviewer = reopened.reviewer
    with tenant_scope(organisation.pk):
        reopen_review(review=reopened, actor=reviewer, reason="A slip")
    version = published_scorecard(organisation)
    drafts = [
        draft_review(organisation, reviewer=reviewer, version=version, ticket=ticket)
        for ticket in (stored_ticket(organisation), stored_ticket(organisation))
    ]
    client, found, query = sign_in(reviewer.user), [], "?state=draft"
    while query:
        page = client.get(f"/o/{organisation.slug}/reviews/{query}")
        found += [row.id for row in page.context["page"].rows]
        query = page.context["next_url"]
    assert found == [drafts[1].pk, drafts[0].pk, reopened.pk]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_the_list_is_narrowed_down(organisation, sign_in, query, expected):
    version = published_scorecard(organisation)
    reviewer = factories.membership(organisation, Role.REVIEWER)
    made = {"version": version, "reviewer": reviewer}
    with time_machine.travel(MONDAY, tick=False):
        found = {"good": submitted_review(organisation, **made)}
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        bad = FULL | {"Right answer": 0}
        found["bad"] = submitted_review(organisation, answers=bad, **made)
    found["draft"] = draft_review(organisation, **made)
    with time_machine.travel(MONDAY + timedelta(days=2), tick=False):
        page = sign_in(reviewer.user).get(f"/o/{organisation.slug}/reviews/", query)
    linked = {int(n) for n in re.findall(r"/reviews/(\d+)/\"", page.content.decode())}
    assert linked == {found[name].pk for name in expected}


def test_the_number_of_queries_does_not_grow_with_the_reviews(
    organisation, sign_in, django_assert_max_num_queries
):
    version = published_scorecard(organisation)
    reviewer = factories.membership(organisation, Role.REVIEWER)
    for _n in range(4):
        submitted_review(organisation, version=version, reviewer=reviewer)
    client = sign_in(reviewer.user)
    with django_assert_max_num_queries(26):
        client.get(f"/o/{organisation.slug}/reviews/")


def test_the_page_of_a_review_asks_little(organisation, at, sign_in, django_assert_max_num_queries):
    review, draft = submitted_review(organisation), draft_review(organisation)
    with tenant_scope(organisation.pk):
        for _n in range(5):
            comment_on(review=review, actor=review.reviewer, text="Well")
    client = sign_in(review.reviewer.user)
    with django_assert_max_num_queries(40):
        client.get(at(review, ""))
    client = sign_in(draft.reviewer.user)
    with django_assert_max_num_queries(40):
        client.get(at(draft))


def test_reviews_of_one_s_own_work_come_to_those_without_any_as_an_empty_page(
    organisation, sign_in
):
    agent = factories.membership(organisation, Role.AGENT)
    page = sign_in(agent.user).get(f"/o/{organisation.slug}/reviews/received/")
    assert "Nobody has reviewed your work yet" in text(page)
