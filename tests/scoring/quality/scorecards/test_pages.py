"""Scorecards through their pages."""

from __future__ import annotations

import codecs
import html
import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, Team, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.models import Category, CategoryGroup, Scorecard, ScorecardVersion
from scoring.quality.scorecards import services
from scoring.quality.scorecards.selectors import quality_settings, rubric
from tests.scoring.quality.factories import draft_scorecard, published_scorecard

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(member: Callable[[Role], Membership], sign_in: Callable[[User], Client]) -> Client:
    return sign_in(member(Role.TEAM_LEAD).user)


def page(name: str, organisation: Organisation, **arguments: object) -> str:
    return reverse(f"quality:{name}", kwargs={"organisation": organisation.slug, **arguments})


def text(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_lead_builds_a_scorecard_and_publishes_it(
    organisation: Organisation, lead: Client
) -> None:
    lead.post(page("scorecard_new", organisation), {"start": "", "name": "Ours"})
    with tenant_scope(organisation.pk):
        card = Scorecard.objects.get(name="Ours")
    of_card = {"scorecard_id": card.pk}
    refused = lead.post(page("scorecard_publish", organisation, **of_card))
    assert refused.status_code == 422
    assert "No category is scored" in refused.content.decode()

    lead.post(page("group_new", organisation, **of_card), {"name": "Solution", "weight": "0"})
    with tenant_scope(organisation.pk):
        group = CategoryGroup.objects.get()
    answer = {
        "name": "Right",
        "kind": "scored",
        "scale": "5",
        "weight": "30",
        "auto_fail": "none",
        "causes": "Knowledge\n- Article missing",
        "channels": ["chat"],
        "tags": "parcel, refund",
        "languages": "de, pt-BR",
    }
    new = page("category_new", organisation, **of_card, group_id=group.pk)
    wrong = lead.post(new, answer | {"causes": "-- Too deep", "languages": "German"})
    assert wrong.status_code == 422
    assert "Too deep" in wrong.content.decode()
    assert "is not a language code" in wrong.content.decode()
    assert lead.post(new, answer).status_code == 302
    assert lead.post(page("scorecard_publish", organisation, **of_card)).status_code == 302

    shown = text(lead, page("scorecard", organisation, **of_card))
    assert "In force" in shown
    assert "100% of the score" in shown
    assert "parcel, refund" in shown
    assert "Article missing" in shown


def test_a_change_is_announced_with_what_it_changes(
    organisation: Organisation, lead: Client
) -> None:
    version = published_scorecard(organisation)
    of_card = {"scorecard_id": version.scorecard_id}
    lead.post(page("scorecard_draft", organisation, **of_card))
    with tenant_scope(organisation.pk):
        tone = Category.objects.get(name="Tone", group__version__state="draft")
        greeting = Category.objects.get(name="Greeting", group__version__state="draft")
    lead.post(page("scorecard_weights", organisation, **of_card), {f"c{tone.pk}": "40"})
    lead.post(page("category_remove", organisation, **of_card, category_id=greeting.pk))
    asked = text(lead, page("scorecard_publish", organisation, **of_card))
    for sentence in (
        "“Communication: Tone”: the weight, from 20 to 40.",
        "Gone: the category “Communication: Greeting”.",
        "7 days of notice",
    ):
        assert sentence in asked
    lead.post(page("scorecard_publish", organisation, **of_card))
    compared = text(lead, page("scorecard_compare", organisation, **of_card, version_number=2))
    assert "from 20 to 40" in compared
    assert "Announced" in text(
        lead, page("scorecard_version", organisation, **of_card, version_number=2)
    )
    in_force = text(lead, page("scorecard", organisation, **of_card))
    assert "Greeting" in in_force
    assert "Version 2 applies from" in in_force
    assert "What it changes" in in_force


CAUSES = [
    ("Cause\n-- Too far", "“Too far” stands too deep: at most one tier below"),
    ("One\n- Two\n-- Three\n--- Four\n---- Five", "“Five” stands too deep: there are at most 4"),
]


@pytest.mark.parametrize(("causes", "words"), CAUSES)
def test_root_causes_that_stand_too_deep_are_named(
    organisation: Organisation, lead: Client, causes: str, words: str
) -> None:
    draft = draft_scorecard(organisation)
    with tenant_scope(organisation.pk):
        tone = Category.objects.get(name="Tone")
    of_it = {"scorecard_id": draft.scorecard_id, "category_id": tone.pk}
    answer = lead.post(page("category", organisation, **of_it), {"name": "Tone", "causes": causes})
    assert answer.status_code == 422
    assert words in html.unescape(answer.content.decode())


def test_weights_say_what_they_mean_before_they_are_saved(
    organisation: Organisation, lead: Client
) -> None:
    draft = draft_scorecard(organisation)
    with tenant_scope(organisation.pk):
        tone = Category.objects.get(name="Tone")
    weights = page("scorecard_weights", organisation, scorecard_id=draft.scorecard_id)
    preview = lead.post(f"{weights}?preview=1", {f"c{tone.pk}": "80"}).content.decode()
    assert f'id="worth-{tone.pk}" hx-swap-oob="true">80% of the score' in preview
    with tenant_scope(organisation.pk):
        tone.refresh_from_db()
    assert tone.weight == 20
    refused = lead.post(weights, {f"c{tone.pk}": "101"})
    assert refused.status_code == 422


def test_moving_answers_htmx_with_the_builder_and_says_what_moved(
    organisation: Organisation, lead: Client
) -> None:
    draft = draft_scorecard(organisation)
    with tenant_scope(organisation.pk):
        tone = Category.objects.get(name="Tone")
    move = page("category_move", organisation, scorecard_id=draft.scorecard_id, category_id=tone.pk)
    assert lead.post(move, {"to": "up"}).status_code == 302
    part = lead.post(move, {"to": "down"}, headers={"HX-Request": "true"}).content.decode()
    assert 'data-announce="Tone moved."' in part
    typed = lead.post(
        move, {"to": "none", f"c{tone.pk}": "77"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert 'value="77"' in typed
    assert "<html" not in part
    with tenant_scope(organisation.pk):
        assert [c.name for c in rubric(draft).groups[0].categories] == ["Greeting", "Tone"]


def test_an_export_can_be_imported_elsewhere_and_exports_the_same(
    organisation: Organisation, lead: Client
) -> None:
    with tenant_scope(organisation.pk):
        Team.objects.create(organisation=organisation, name="Berlin")
    version = published_scorecard(organisation, name="Support")
    export = page(
        "scorecard_export", organisation, scorecard_id=version.scorecard_id, version_number=1
    )
    exported = lead.get(export)
    assert exported["Content-Disposition"] == 'attachment; filename="support-1.json"'
    taken = lead.post(page("scorecard_import", organisation), _upload(exported.content))
    assert "Another scorecard has this name." in taken.content.decode()
    renamed = _upload(exported.content) | {"new_name": "Support, elsewhere"}
    assert lead.post(page("scorecard_import", organisation), renamed).status_code == 302
    with tenant_scope(organisation.pk):
        Scorecard.objects.get(name="Support, elsewhere").delete()
        services.archive(scorecard=version.scorecard, actor=None)
    assert (
        lead.post(page("scorecard_import", organisation), _upload(exported.content)).status_code
        == 302
    )
    with tenant_scope(organisation.pk):
        copy = ScorecardVersion.objects.exclude(pk=version.pk).get()
    again = lead.get(
        page("scorecard_export", organisation, scorecard_id=copy.scorecard_id, version_number=1)
    )
    assert again.content == exported.content


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "other"}, "look at $.format"),
        ({"groups": [{"name": "A", "weight": 101}]}, "$.groups[0].weight"),
        ({"groups": [{"name": "A", "colour": "red"}]}, "colour"),
        ({"conditions": {"teams": ["Nowhere"]}}, "$.conditions.teams[0]"),
        ({"pass_mark": 100.5}, "$.pass_mark"),
        ({"name": "A\x00"}, "null character"),
    ],
)
def test_a_file_that_is_no_scorecard_is_refused_with_the_place(
    organisation: Organisation, lead: Client, change: dict[str, object], told: str
) -> None:
    document = {"format": "kaizo-scorecard", "version": 1, "name": "Ours"} | change
    response = lead.post(
        page("scorecard_import", organisation), _upload(json.dumps(document).encode())
    )
    assert response.status_code == 422
    assert told in response.content.decode()
    with tenant_scope(organisation.pk):
        assert not Scorecard.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            '{"format": "kaizo-scorecard", "version": 1, "name": "Für uns"}'.encode("latin-1"),
            "UTF-8",
        ),
        (b'{"name": ' + b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    organisation: Organisation, lead: Client, content: bytes, told: str
) -> None:
    response = lead.post(page("scorecard_import", organisation), _upload(content))
    assert response.status_code == 422
    assert told in response.content.decode()


def test_a_byte_order_mark_is_no_obstacle(organisation: Organisation, lead: Client) -> None:
    content = codecs.BOM_UTF8 + b'{"format": "kaizo-scorecard", "version": 1, "name": "Ours"}'
    assert lead.post(page("scorecard_import", organisation), _upload(content)).status_code == 302


def _upload(content: bytes) -> dict[str, object]:
    return {"file": SimpleUploadedFile("scorecard.json", content, "application/json")}


@pytest.mark.parametrize("code", ["basics", "chat", "complaint"])
def test_every_example_can_be_published_as_it_is(
    organisation: Organisation, lead: Client, code: str
) -> None:
    lead.post(page("scorecard_new", organisation), {"start": code})
    with tenant_scope(organisation.pk):
        card = Scorecard.objects.get()
        services.publish(version=card.versions.get(), actor=None)


def test_whoever_does_not_manage_scorecards_sees_no_draft(
    organisation: Organisation,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    hidden = draft_scorecard(organisation, name="Hidden")
    version = published_scorecard(organisation, name="Shown")
    with tenant_scope(organisation.pk):
        services.start_draft(scorecard=version.scorecard, actor=None)
    agent = sign_in(member(Role.AGENT).user)
    listed = text(agent, page("scorecard_list", organisation))
    assert "Shown" in listed
    assert "Hidden" not in listed
    for found, number in ((hidden, 1), (version, 2)):
        url = page(
            "scorecard_version",
            organisation,
            scorecard_id=found.scorecard_id,
            version_number=number,
        )
        assert agent.get(url).status_code == 404
    assert (
        agent.get(page("scorecard", organisation, scorecard_id=version.scorecard_id)).status_code
        == 200
    )


def test_settings_are_kept_and_checked(
    organisation: Organisation,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    admin = sign_in(member(Role.ADMIN).user)
    url = page("settings", organisation)
    sent = {
        "dispute_days": "10",
        "decision_days": "5",
        "notice_days": "3",
        "minimum_reviews": "8",
    }
    assert admin.post(url, sent | {"minimum_reviews": "1"}).status_code == 422
    assert admin.post(url, sent).status_code == 302
    with tenant_scope(organisation.pk):
        assert quality_settings().notice_days == 3
        assert quality_settings().minimum_reviews == 8


def test_the_list_takes_the_same_queries_however_many_there_are(
    organisation: Organisation,
    lead: Client,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    for _number in range(4):
        published_scorecard(organisation)
    with django_assert_max_num_queries(12):
        text(lead, page("scorecard_list", organisation))
