"""Two ways of getting a helpdesk's tickets into PostgreSQL, each run in a process of its own.

`python -m bench.loaders ours ORGANISATION CONNECTION` and
`python -m bench.loaders dlt ADDRESS DATASET stock|trimmed`; prints one line of JSON. What counts
starts when everything is imported: a worker and a scheduled pipeline alike have that behind them.

dlt reads the same two endpoints by its declarative REST source and merges by the vendor's ids:
tickets with their users, groups and metric sets, and the audits of every ticket. `stock` takes
everything that comes; `trimmed` keeps the columns that ours keeps, and of the audits messages and
changes, a row each. It encrypts nothing, knows nobody by a key, and works out no figures.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

Row = dict[str, Any]
_COMMENTS = frozenset({"Comment", "VoiceComment"})
_CHANGES = frozenset({"status", "assignee_id", "priority"})


def ours(organisation_id: int, connection_id: int) -> Callable[[], None]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
    import django

    django.setup()
    from django.db import connections

    from integrations import registry
    from integrations.sync import sync_connection

    registry.helpdesk("sandbox")

    def load() -> None:
        while sync_connection(organisation_id=organisation_id, connection_id=connection_id):
            pass
        connections.close_all()

    return load


def with_dlt(address: str, dataset: str, shape: str) -> Callable[[], None]:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    import dj_database_url
    import dlt
    from dlt.destinations import postgres
    from dlt.sources.rest_api import rest_api_source

    from integrations.helpdesks.sandbox.tokens import TOKEN

    where = dj_database_url.parse(os.environ["DATABASE_OWNER_URL"])
    credentials = {
        "host": quote(where["HOST"], safe=""),  # a socket's folder, perhaps
        "port": int(where["PORT"] or 5432),
        "database": where["NAME"],
        "username": where["USER"],
        "password": where["PASSWORD"] or "none is asked for",
    }

    def load() -> None:
        with tempfile.TemporaryDirectory() as folder:
            pipeline = dlt.pipeline(
                pipeline_name=dataset,
                pipelines_dir=folder,
                destination=postgres(credentials=credentials),
                dataset_name=dataset,
            )
            source = rest_api_source(_described(address, TOKEN))
            if shape == "trimmed":
                for name, trim in TRIMMED.items():
                    source.resources[name].add_map(trim)
                source.resources["audits"].add_yield_map(trimmed_audits)
            pipeline.run(source).raise_on_failed_jobs()

    return load


def _described(address: str, token: str) -> Any:
    from dlt.sources.helpers.rest_client.paginators import (
        JSONResponseCursorPaginator,
        SinglePagePaginator,
    )

    class UntilEndOfStream(JSONResponseCursorPaginator):
        def update_state(self, response: Any, data: list[Any] | None = None) -> None:
            super().update_state(response, data)
            self._has_next_page = not response.json()["end_of_stream"]

    return {
        "client": {
            "base_url": f"{address}/api/v2/",
            "auth": {"type": "bearer", "token": token},
        },
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [
            *(
                {
                    "name": name,
                    "endpoint": {
                        "path": "incremental/tickets/cursor.json",
                        "params": {
                            "start_time": 0,
                            "per_page": 1_000,
                            "include": "users,groups,metric_sets",
                        },
                        "data_selector": name,
                        "paginator": UntilEndOfStream(cursor_path="after_cursor"),
                    },
                }
                for name in ("tickets", "users", "groups", "metric_sets")
            ),
            {
                "name": "audits",
                "endpoint": {
                    "path": "tickets/{resources.tickets.id}/audits.json",
                    "params": {"page[size]": 100},
                    "data_selector": "audits",
                    "paginator": SinglePagePaginator(),
                },
            },
        ],
    }


def trimmed_ticket(row: Row) -> Row:
    kept = ("id", "status", "priority", "subject", "created_at", "updated_at", "requester_id",
            "assignee_id", "group_id")  # fmt: skip
    rating = row["satisfaction_rating"]
    return {
        **{name: row[name] for name in kept},
        "channel": row["via"]["channel"],
        "tags": ",".join(row["tags"]),
        "score": rating["score"],
        "rating_comment": rating.get("comment"),
    }


def trimmed_user(row: Row) -> Row:
    kept = ("id", "name", "email", "phone", "locale", "role", "default_group_id")
    return {name: row[name] for name in kept}


def trimmed_metric_set(row: Row) -> Row:
    return {"id": row["id"], "ticket_id": row["ticket_id"], "solved_at": row["solved_at"]}


TRIMMED = {
    "tickets": trimmed_ticket,
    "users": trimmed_user,
    "groups": lambda row: {"id": row["id"], "name": row["name"]},
    "metric_sets": trimmed_metric_set,
}


def trimmed_audits(audit: Row) -> Iterator[Any]:
    """Messages and changes as rows of two tables."""
    import dlt

    for event in audit["events"]:
        act = {"id": event["id"], "ticket_id": audit["ticket_id"], "at": audit["created_at"]}
        if event["type"] in _COMMENTS:
            said = {**act, "author_id": event["author_id"], "public": event["public"]}
            yield dlt.mark.with_table_name({**said, "body": event["plain_body"]}, "messages")
        elif event["type"] == "Change" and event["field_name"] in _CHANGES:
            change = {
                "field": event["field_name"],
                "source": event["previous_value"],
                "target": event["value"],
                "actor_id": audit["author_id"],
            }
            yield dlt.mark.with_table_name({**act, **change}, "changes")


def main() -> None:
    what, *words = sys.argv[1:]
    load = ours(int(words[0]), int(words[1])) if what == "ours" else with_dlt(*words)
    wall, cpu = time.perf_counter(), time.process_time()
    load()
    took = {"wall": time.perf_counter() - wall, "client": time.process_time() - cpu}
    print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
