"""Settings of the web server that `./dev up` starts. Address and port come on the command line."""

from __future__ import annotations

import os
import signal

from kaizo.embedded.confine import die_with_parent

worker_class = "gthread"
workers = 2
threads = 4
timeout = 60
graceful_timeout = 4
max_requests = 0
control_socket_disable = True
preload_app = True  # the application is imported once, not once a worker
accesslog = None  # it would hold addresses of people


def pre_fork(server: object, worker: object) -> None:  # noqa: ARG001 - gunicorn's signature
    """What importing the application connected to must not be shared between workers."""
    from django.core.cache import caches
    from django.db import connections

    connections.close_all()
    caches.close_all()


def post_fork(server: object, worker: object) -> None:  # noqa: ARG001 - gunicorn's signature
    """A worker must not keep the port when its master was killed."""
    die_with_parent(signal.SIGKILL, os.getppid())
