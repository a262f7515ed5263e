"""Adds up the categories of each agent's reviews that there are already, an organisation at a time.
Can be run again: days that have been added up are added up anew."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_EMPTY = "DELETE FROM scoring_qualityagentcategoryday WHERE organisation_id = %(organisation)s"
_FILL = """
INSERT INTO scoring_qualityagentcategoryday
    (organisation_id, day, sample, scorecard_id, team_id, category_key, agent_id, ratings, low,
     not_applicable, total, squares, failed_total, failed_squares)
SELECT organisation_id, day, sample, scorecard_id, team_id, key, reviewee_id, count(percent),
       count(*) FILTER (WHERE percent < 50), count(*) FILTER (WHERE is_na),
       coalesce(sum(percent), 0), coalesce(sum(percent * percent), 0),
       coalesce(sum(percent) FILTER (WHERE NOT auto_failed), 0),
       coalesce(sum(percent * percent) FILTER (WHERE NOT auto_failed), 0)
  FROM (SELECT r.organisation_id, r.day, r.sample, v.scorecard_id, r.team_id, r.reviewee_id, c.key,
               g.is_na, r.auto_failed,
               100.0 * g.value / (CASE c.scale WHEN 'binary' THEN 1 WHEN '3' THEN 2 WHEN '4' THEN 3
                                  WHEN '5' THEN 4 ELSE 10 END) AS percent
          FROM scoring_review r
          JOIN scoring_scorecardversion v
            ON v.organisation_id = r.organisation_id AND v.id = r.version_id
          JOIN scoring_rating g
            ON g.organisation_id = r.organisation_id AND g.review_id = r.id
          JOIN scoring_category c
            ON c.organisation_id = g.organisation_id AND c.id = g.category_id
         WHERE r.organisation_id = %(organisation)s AND r.state = 'submitted'
           AND NOT r.is_suspended AND r.score IS NOT NULL AND r.kind IN ('quality', 'peer')
           AND r.reviewee_id IS NOT NULL AND c.kind <> 'text'
           AND (g.value IS NOT NULL OR g.is_na)) AS rated
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    organisations: Any = apps.get_model("accounts", "Organisation")
    alias = schema_editor.connection.alias
    for pk in organisations.objects.using(alias).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic(using=alias), schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organisation_id', %s, true)", [str(pk)])
            for statement in (_EMPTY, _FILL):
                cursor.execute(statement, {"organisation": pk})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("scoring", "0010_own_categories")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
