"""What is left of a review when somebody in it has been erased."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import Erased, destroy_key
from scoring.quality.models import Evidence, Rating, Review
from scoring.quality.reviews.services import (
    comment_on,
    quote,
    rate,
    reopen_review,
    submit_review,
)
from scoring.quality.scorecards.selectors import rubric
from tests import factories
from tests.scoring.quality.factories import draft_review, submitted_review
from tests.scoring.quality.reviews.test_pages import text
from tickets.contracts import Status
from tickets.conversations import read_conversation
from tickets.models import Message
from tickets.services import ingest_tickets

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def review(organisation):
    """Submitted, with a comment, a quote and a talk."""
    made = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        key = next(c.key for c in rubric(made.version).categories() if c.name == "Tone")
        opened = reopen_review(review=made, actor=made.reviewer, reason="One word more")
        rate(review=opened, category_key=key, value=1, comment="Curt", revision=99)
        message = Message.objects.get(ticket=made.ticket, external_id="m2")
        conversation = read_conversation(organisation.pk, made.ticket)
        quote(
            review=opened, conversation=conversation, message=message, text="on its way",
            category_key=key,
        )  # fmt: skip
        submit_review(review=opened, actor=made.reviewer)
        comment_on(review=opened, actor=made.reviewer, text="Look again")
    return made


def page_of(review, sign_in):
    client = sign_in(review.reviewer.user)
    return text(client.get(f"/o/{review.organisation.slug}/reviews/{review.pk}/"))


def test_with_the_conversation_its_quotes_go_and_the_number_stays(organisation, review, sign_in):
    before = page_of(review, sign_in)
    assert "on its way" in before
    gone = factories.ticket_record(
        id=review.ticket.external_id,
        status=Status.DELETED,
        updated_at=factories.MONDAY + timedelta(days=1),
    )
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[gone])
    with tenant_scope(organisation.pk):
        stored = Review.objects.get()
        assert (stored.ticket_id, stored.score, stored.passed) == (None, 75, False)
        assert not Evidence.objects.exists()
        assert Rating.objects.count() == 3
    after = page_of(review, sign_in)
    assert "The conversation is gone" in after
    assert "75.0% Not passed" in after
    assert "Curt" in after
    assert "on its way" not in after


def test_with_the_agent_s_key_the_words_go_and_the_page_says_so(organisation, review, sign_in):
    assert "Curt" in page_of(review, sign_in)
    destroy_key(organisation.pk, review.subject_id)
    after = page_of(review, sign_in)
    assert "Permanently erased" in after
    assert "75.0% Not passed" in after
    for word in ("Curt", "Look again", "One word more"):
        assert word not in after
    with tenant_scope(organisation.pk), pytest.raises(Erased):
        comment_on(review=review, actor=review.reviewer, text="More")


def test_a_draft_about_an_erased_agent_can_be_seen_and_discarded(organisation, sign_in):
    draft = draft_review(organisation, reviewer=factories.membership(organisation, Role.REVIEWER))
    destroy_key(organisation.pk, draft.subject_id)
    client = sign_in(draft.reviewer.user)
    url = f"/o/{organisation.slug}/reviews/{draft.pk}/"
    assert "Nothing can be written about their work" in text(client.get(f"{url}edit/"))
    assert client.post(f"{url}discard/").status_code == 302
    with tenant_scope(organisation.pk):
        assert not Review.objects.exists()
