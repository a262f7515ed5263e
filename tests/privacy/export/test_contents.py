"""What a copy tells: scores with their rubric, who looked, and what the law wants to be said."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from kaizo.accounts.models import Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy import api
from privacy.registry import registry
from scoring.quality.models import Rating
from scoring.quality.reviews.services import rate
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures
from tests.scoring.quality.factories import draft_review
from tickets.models import Agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(organisation: Organisation) -> Any:
    erasures.ingest(organisation, *erasures.records(1))
    factories.check_texts(organisation)
    return erasures.customer(organisation).subject_id


def test_an_agent_reads_every_score_with_its_rubric_and_the_words_about_them(
    organisation: Organisation,
) -> None:
    review = draft_review(organisation, answers={"Greeting": 0, "Tone": 2, "Right answer": 4})
    with tenant_scope(organisation.pk):
        greeting = Rating.objects.select_related("category").get(
            review=review, category__name="Greeting"
        )
        rate(
            review=review,
            category_key=greeting.category.key,
            value=0,
            comment="Ada, greet people. Bernd Blaumann does it well.",
            revision=review.revision,
        )
        subject_id = Agent.objects.get(pk=review.reviewee_id).subject_id

    opened = copies.opened(organisation, copies.make(organisation, subject_id))

    [score] = opened.json("scores.json")
    assert score["scorecard"] == review.version.scorecard.name
    assert score["how_it_is_computed"]
    ratings = {line["category"]: line for line in score["ratings"]}
    assert ratings.keys() >= {"Greeting", "Tone", "Right answer"}
    assert ratings["Greeting"]["percent_of_scale"] == 0
    assert ratings["Greeting"]["comment"] == "Ada, greet people. [person 1] does it well."
    assert ratings["Tone"]["weight"] > 0
    logic = opened.json("processing.json")["h_automated_decisions"]["logic"]
    assert any("First reply" in each["figure"] for each in logic)


def test_a_customer_gets_no_score_of_an_agent(organisation: Organisation) -> None:
    review = draft_review(organisation, answers={"Greeting": 1})

    opened = copies.opened(organisation, copies.make(organisation, review.ticket.subject_id))

    assert "scores.json" not in opened.files
    [row] = opened.table("scoring.Review")
    assert not {"score", "passed", "auto_failed", "seconds_spent"} & row.keys()
    assert opened.json("processing.json")["h_automated_decisions"]["logic"] == []


def test_looks_are_listed_by_role_and_without_names(
    organisation: Organisation, person: Any, member: Any
) -> None:
    looker = member(Role.TEAM_LEAD)
    action = next(iter(api.registered_readings()))
    with tenant_scope(organisation.pk):
        api.record_reading(
            action,
            reader=looker,
            people=[person],
            purpose=Purpose.QUALITY_EVALUATION,
            subject_id=person,
        )

    opened = copies.opened(organisation, copies.make(organisation, person))

    [look] = opened.csv("access_log.csv")
    assert look["role"] == "Team lead"
    assert look["why"] == "To evaluate quality"
    assert looker.user.name not in opened.text
    assert looker.user.email not in opened.text


def test_everything_of_article_15_is_said(organisation: Organisation, person: Any) -> None:
    with tenant_scope(organisation.pk):
        api.register_processor(
            organisation_id=organisation.pk,
            name="Cloudy",
            service="Hosting",
            hosts=["cloudy.example"],
            country="US",
            tool=api.TransferTool.STANDARD_CLAUSES,
        )

    opened = copies.opened(organisation, copies.make(organisation, person))
    said = opened.json("processing.json")

    assert said["f_complaint"]["authority"]["name"] == "Autoriteit Persoonsgegevens"
    assert b"Autoriteit Persoonsgegevens" in opened.files["index.html"]
    assert {row["label"] for row in opened.json("labels.json")} == {"parcel"}
    assert said["controller"]["name"] == organisation.name
    purposes = {each["purpose"]: each["article"] for each in said["a_purposes"]}
    assert purposes["quality_evaluation"] == "6(1)(f)"
    assert "what somebody wrote" in said["b_categories"]
    [processor] = said["c_recipients"]["processors"]
    assert (processor["name"], processor["country"]) == ("Cloudy", "US")
    assert processor["transfer_tool"].startswith("Standard contractual clauses")
    periods = {each["table"]: each for each in said["d_periods"]}
    assert periods["tickets_message"]["text"] == "12 months"
    assert {"15", "16", "17", "18", "20", "21"} <= {each["article"] for each in said["e_rights"]}
    assert said["f_complaint"]["authorities"].startswith("https://")
    assert said["g_source"] == ["Helpdesk or file: file"]
    assert "Art. 22" in said["h_automated_decisions"]["text"]


@pytest.mark.parametrize(
    ("language", "title"),
    [("nl", "Een kopie van mijn gegevens"), ("de", "Eine Kopie meiner Daten")],
)
def test_a_copy_speaks_the_language_of_the_request(
    organisation: Organisation, person: Any, language: str, title: str
) -> None:
    package = copies.make(organisation, person, language=language)
    index = copies.opened(organisation, package).files["index.html"].decode()
    assert f'<html lang="{language}">' in index
    assert f"<h1>{title}</h1>" in index
    assert "Why it is kept" not in index
    assert translation.get_language() != language


def test_a_page_runs_nothing_and_asks_nobody(organisation: Organisation, person: Any) -> None:
    opened = copies.opened(organisation, copies.make(organisation, person))
    for name, content in opened.files.items():
        if name.endswith(".html"):
            assert b"<script" not in content
            assert b'src="' not in content
            assert b'href="http' not in content.replace(b"https://www.edpb.europa.eu", b"")


def test_every_file_of_records_keeps_to_its_schema(organisation: Organisation, person: Any) -> None:
    opened = copies.opened(organisation, copies.make(organisation, person))
    schemas = [name for name in opened.files if name.endswith(".schema.json")]
    assert len(schemas) > 5
    for name in schemas:
        known = opened.json(name)["items"]
        for record in opened.json(name.replace(".schema", "")):
            assert record.keys() <= known["properties"].keys(), name
            assert set(known["required"]) <= record.keys(), name
            for field, value in record.items():
                assert _fits(value, known["properties"][field].get("type")), (name, field)


_KINDS = {
    "integer": int, "number": (int, float), "string": str, "boolean": bool, "array": list,
    "null": type(None),
}  # fmt: skip


def _fits(value: Any, types: Any) -> bool:
    names = [types] if isinstance(types, str) else types
    return names is None or any(isinstance(value, _KINDS[name]) for name in names)


def test_a_cell_of_a_table_is_no_formula(organisation: Organisation) -> None:
    [record] = erasures.records(1)
    erasures.ingest(organisation, erasures.saying(record, '=HYPERLINK("evil.example")'))
    factories.check_texts(organisation)
    subject_id = erasures.customer(organisation).subject_id

    opened = copies.opened(organisation, copies.make(organisation, subject_id))

    bodies = [row["body"] for row in opened.csv("data/tickets_message.csv")]
    assert bodies[0].startswith("'=HYPERLINK")
    assert opened.table("tickets.Message")[0]["body"].startswith("=HYPERLINK")


def test_what_is_left_out_is_named_with_its_ground(organisation: Organisation, person: Any) -> None:
    opened = copies.opened(organisation, copies.make(organisation, person))
    grounds = {
        (each["table"], each["field"]): each["ground"]
        for each in opened.json("manifest.json")["not_included"]
    }
    assert "Art. 15(4)" in grounds["scoring_review", "score"]
    assert "another form" in grounds["tickets_ticketsearch", "words"]
    tables = {
        declaration.label.lower().replace(".", "_") for declaration in registry.declarations()
    }
    assert {table for table, _field in grounds} <= tables
