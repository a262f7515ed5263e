"""How the rollups of reviews are added up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from scoring.quality.dashboards.rollups import recompute
from tests.scoring.quality.factories import submitted_review

pytestmark = pytest.mark.django_db

Execute = Callable[..., Any]


def test_reviews_are_not_compared_one_by_one_before_statistics_know_them(
    organisation: Organisation,
) -> None:
    """Such plans took minutes for ten thousand reviews of a new organisation."""
    submitted_review(organisation)
    plans: list[str] = []

    def explained(execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith("INSERT INTO scoring_quality"):
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.append("\n".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with tenant_scope(organisation.pk):
        with connection.execute_wrapper(explained):
            recompute(organisation_id=organisation.pk)
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_nestloop")
            assert cursor.fetchone() == ("on",)

    assert len(plans) == 6
    assert [plan for plan in plans if "Nested Loop" in plan] == []
    # A list that PostgreSQL finds out by itself is searched from its start for every rating.
    assert [plan for plan in plans if "InitPlan" in plan] == []
