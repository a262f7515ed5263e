"""The quality dashboard over 10,000 and 100,000 reviews of twelve categories, and saving a rating.

Reviews of a year go straight into the tables of an organisation with 50 agents in five teams and
ten reviewers; the rollups are built from them by the product's own statements. The page must not
become slower with the number of reviews, because it reads sums of days. A rating is saved by
posting the form's field, as the review page does.
"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta
from typing import Any

from django.db import connections

from bench.dashboard import Asked, ask  # sets Django up
from bench.harness import Goal, backend_pid, cpu, finish, percentile, table
from bench.world import TODAY, World, superuser
from kaizo.accounts.models import Membership, Team, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.dashboards.rollups import recompute
from scoring.quality.models import Review, ScorecardVersion
from scoring.quality.reviews.services import rate, start_review, submit_review
from scoring.quality.scorecards import services
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory, RubricGroup
from scoring.quality.scorecards.selectors import rubric
from tickets.models import Ticket

CATEGORIES, REVIEWERS, DAYS, QUARTER = 12, 10, 365, 91

_REVIEWS = """
INSERT INTO scoring_review (organisation_id, kind, sample, state, version_id, reviewee_id,
    reviewer_id, team_id, channel, started_at, submitted_at, day, seconds_spent, score, passed,
    auto_failed, is_suspended, revision)
SELECT %(organisation)s, 'quality', (ARRAY['random', 'random', 'random', 'targeted'])[n %% 4 + 1],
    'submitted', %(version)s, (%(agents)s::bigint[])[n %% 50 + 1],
    (%(reviewers)s::bigint[])[n %% 10 + 1], (%(teams)s::bigint[])[n %% 5 + 1],
    (ARRAY['email', 'chat', 'phone'])[n %% 3 + 1], moment, moment, moment::date, 240,
    40 + n %% 61, n %% 61 >= 40, n %% 97 = 0, false, 12
FROM (SELECT n, %(first)s::date + (n %% %(days)s) * interval '1 day' AS moment
        FROM generate_series(1, %(reviews)s) AS n) AS made
"""
_RATINGS = """
INSERT INTO scoring_rating (organisation_id, review_id, category_id, value, is_na, updated_at,
    revision)
SELECT r.organisation_id, r.id, c.id, CASE WHEN (r.id + c.id) %% 11 = 0 THEN NULL
    ELSE (r.id * 7 + c.id) %% 5 END, (r.id + c.id) %% 11 = 0, r.started_at, 1
FROM scoring_review r, unnest(%(categories)s::bigint[]) AS c(id)
WHERE r.organisation_id = %(organisation)s AND r.state = 'submitted'
"""


class Reviewed:
    """An organisation with this many reviews."""

    def __init__(self, reviews: int) -> None:
        self.world = World(10_000 + reviews // 100, others=1)
        self.organisation = self.world.biggest
        self.reviews = reviews
        with tenant_scope(self.organisation.pk):
            self.version = self._scorecard()
            self.reviewers = [self._reviewer(number) for number in range(REVIEWERS)]

    def _scorecard(self) -> ScorecardVersion:
        names = [f"Category {number:02}" for number in range(CATEGORIES)]
        categories = tuple(RubricCategory(name=name, scale="5") for name in names)
        draft = services.create_scorecard(
            organisation=self.organisation,
            actor=None,
            name="Conversations",
            rubric=Rubric(groups=(RubricGroup(name="Everything", categories=categories),)),
        )
        return services.publish(version=draft, actor=None)

    def _reviewer(self, number: int) -> int:
        user = User.objects.create_user(
            f"reviewer{number}@{self.world.name}.example", name=f"Reviewer {number}"
        )
        made = Membership.objects.create(
            organisation=self.organisation, user=user, role=Role.REVIEWER
        )
        return int(made.pk)

    def fill(self) -> float:
        """Seconds of CPU that adding a year of reviews up took."""
        with tenant_scope(self.organisation.pk):
            categories = list(self.version.groups.values_list("categories__pk", flat=True))
            teams = list(Team.objects.order_by("pk").values_list("pk", flat=True))[:5]
        scope: dict[str, Any] = {
            "organisation": self.organisation.pk, "version": self.version.pk,
            "agents": self.world.agents, "reviewers": self.reviewers, "teams": teams,
            "categories": categories, "reviews": self.reviews, "days": DAYS,
            "first": TODAY - timedelta(days=DAYS - 1),
        }  # fmt: skip
        strong = superuser()
        with strong.cursor() as cursor:
            cursor.execute(_REVIEWS, scope)
            cursor.execute(_RATINGS, scope)
        began = time.perf_counter()
        with tenant_scope(self.organisation.pk):
            recompute(organisation_id=self.organisation.pk)
        took = time.perf_counter() - began
        with strong.cursor() as cursor:
            for name in (
                "review", "rating", "qualityday", "qualityagentday", "qualitycategoryday",
                "qualityagentcategoryday",
            ):  # fmt: skip
                cursor.execute(f"VACUUM ANALYZE scoring_{name}")
        strong.close()
        return took

    def pages(self, times: int) -> dict[str, Asked]:
        base = f"/o/{self.organisation.slug}/quality"
        last = f"Agent {len(self.world.agents) - 1}"
        return {
            "quality, quarter": ask(self.world.head, f"{base}/?days={QUARTER}", times, shows=last),
            "quality, one team": ask(
                self.world.lead, f"{base}/?days={QUARTER}", times, shows="Category 00"
            ),
            "my quality": ask(
                self.world.agent, f"{base}/mine/?days={QUARTER}", times, shows="Category 00"
            ),
        }

    def saves(self, times: int) -> tuple[list[float], list[float]]:
        """Milliseconds of saving one rating, and of submitting a review with its rollups."""
        saved, submitted = [], []
        backends = [backend_pid(connections[alias]) for alias in connections]
        with tenant_scope(self.organisation.pk):
            tickets = list(Ticket.objects.filter(source="file").order_by("pk")[:times])
            actor = Membership.objects.get(pk=self.reviewers[0])
            keys = [category.key for category in rubric(self.version).categories()]
        for ticket in tickets:
            with tenant_scope(self.organisation.pk):
                review: Review = start_review(actor=actor, ticket=ticket, version=self.version)
            for key in keys:
                with cpu(*backends) as spent, tenant_scope(self.organisation.pk):
                    rate(review=review, category_key=key, value=3, revision=review.revision)
                saved.append(spent.total * 1000)
            with cpu(*backends) as spent, tenant_scope(self.organisation.pk):
                submit_review(review=review, actor=actor)
            submitted.append(spent.total * 1000)
        return saved, submitted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 reviews")
    quick = parser.parse_args().quick
    sizes = (1_000, 10_000) if quick else (10_000, 100_000)
    pages: dict[int, dict[str, Asked]] = {}
    for size in sizes:
        reviewed = Reviewed(size)
        filled = reviewed.fill()
        pages[size] = reviewed.pages(8 if quick else 40)
        saved, submitted = reviewed.saves(4 if quick else 20)
        print(f"{size:,} reviews: added up in {filled:.1f} s", flush=True)
    report(pages, saved, submitted, filled)


def report(
    pages: dict[int, dict[str, Asked]], saved: list[float], submitted: list[float], filled: float
) -> None:
    parts = ("database", "page")
    table(
        ("reviews", "page", "queries", *(f"{each} {p}" for each in parts for p in ("p50", "p95"))),
        [
            (
                size, name, each.queries,
                *(round(share(part), 1) for part in parts for share in (each.p50, each.p95)),
            )
            for size, found in pages.items()
            for name, each in found.items()
        ],
    )  # fmt: skip
    small, large = sorted(pages)
    whole, own = "quality, quarter", "my quality"
    growth, own_growth = (
        pages[large][page].p50("database") / pages[small][page].p50("database")
        for page in (whole, own)
    )
    same = {pages[size][whole].queries for size in pages}
    finish(
        "reviews",
        {
            "dashboard database": Goal(pages[large][whole].p95("database"), at_most=20),
            "dashboard page": Goal(pages[large][whole].p95("page"), at_most=100),
            "growth": Goal(growth, at_most=2),
            "growth of one's own": Goal(own_growth, at_most=2),
            "query counts": Goal(len(same), at_most=1),
            "one rating": Goal(percentile(saved, 0.95), at_most=25),
            "one submission": Goal(percentile(submitted, 0.95), at_most=250),
        },
        {
            "sizes": [small, large],
            "queries": {name: each.queries for name, each in pages[large].items()},
            "saving_ms": {p: round(percentile(saved, p), 2) for p in (0.5, 0.95)},
            "submitting_ms": {p: round(percentile(submitted, p), 2) for p in (0.5, 0.95)},
            "adding_up_a_year_s": round(filled, 2),
        },
    )


if __name__ == "__main__":
    main()
