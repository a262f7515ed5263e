"""The Celery application and its schedule: every periodic job, in one list."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")

app = Celery("kaizo", task_cls="kaizo.core.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "kaizo.core",
        "kaizo.accounts",
        "kaizo.accounts.notices",
        "privacy",
        "privacy.accountability",
        "privacy.rights",
        "privacy.rights.correspondence",
        "privacy.rights.portal",
        "privacy.rights.export",
        "tickets",
        "scoring",
        "integrations",
    ]
)

app.conf.beat_schedule = {
    # privacy: what happened is sealed, so that a later change of it shows.
    "seal-events": {
        "task": "privacy.accountability.tasks.seal_all",
        "schedule": timedelta(seconds=10),
    },
    # privacy: the seals are compared with the events every night.
    "check-seals": {
        "task": "privacy.accountability.tasks.check_all_seals",
        "schedule": crontab(hour=2, minute=10),
    },
    # privacy: whoever reads the data of very many people is noticed while it goes on.
    "watch-readings": {
        "task": "privacy.accountability.tasks.watch_readings",
        "schedule": timedelta(minutes=5),
    },
    # privacy: holds end, recipients are asked again, and no request stays with a dead worker.
    "look-after-requests": {
        "task": "privacy.rights.tasks.look_after_requests",
        "schedule": timedelta(minutes=10),
    },
    # privacy: copies go on when their texts have been read, and are deleted when they are over.
    "look-after-copies": {
        "task": "privacy.rights.export.tasks.look_after_copies",
        "schedule": timedelta(minutes=1),
    },
    # accounts: the keys of API requests are known for a day.
    "forget-api-requests": {
        "task": "kaizo.accounts.tasks.queue_forgetting",
        "schedule": timedelta(hours=1),
    },
    # privacy: what was erased is also taken out of the tables' files.
    "vacuum-after-erasures": {
        "task": "privacy.rights.tasks.vacuum_after_erasures",
        "schedule": crontab(hour=3, minute=30),
    },
    # integrations: nobody's upload stays for more than a day, and no import stays half done.
    "look-after-uploads": {
        "task": "integrations.tasks.look_after_uploads",
        "schedule": timedelta(minutes=5),
    },
    # integrations: helpdesks are asked for news, and again after a failure, when they are due.
    "queue-due-connections": {
        "task": "integrations.tasks.queue_due_connections",
        "schedule": timedelta(seconds=10),
    },
    # integrations: silent deletions at the source are found, and no webhook is forgotten.
    "look-after-connections": {
        "task": "integrations.tasks.look_after_connections",
        "schedule": timedelta(minutes=10),
    },
    # accounts: daily and weekly mails go at 7 o'clock of each organisation.
    "queue-notice-digests": {
        "task": "kaizo.accounts.notices.tasks.queue_notice_digests",
        "schedule": timedelta(minutes=15),
    },
    # scoring: whoever decides a dispute or scores a calibration is reminded before it is due.
    "look-after-dates": {
        "task": "scoring.tasks.look_after_dates",
        "schedule": timedelta(hours=1),
    },
    # scoring: conversations are picked on the first hour of a cycle, in its own zone.
    "look-after-assignments": {
        "task": "scoring.tasks.look_after_assignments",
        "schedule": timedelta(hours=1),
    },
    # integrations: runs, import reports and webhooks go when their period is over.
    "prune-history": {
        "task": "integrations.tasks.prune_history",
        "schedule": timedelta(hours=6),
    },
    # tickets: search rows lost in a crash come back; those past the search window go.
    "look-after-search": {
        "task": "tickets.tasks.look_after_search",
        "schedule": timedelta(minutes=10),
    },
}


@signals.heartbeat_sent.connect
def say_that_the_worker_lives(**_: Any) -> None:
    """For /readyz."""
    from kaizo.core.health import worker_lives

    worker_lives()


@signals.worker_init.connect
def refuse_unsafe_database(**_: Any) -> None:
    """A worker that could bypass row-level security does not start, nor does one whose database
    would bring erased people back."""
    from kaizo.core.checks import refuse_unsafe_roles
    from privacy.api import refuse_unreplayed

    refuse_unsafe_roles()
    refuse_unreplayed()
