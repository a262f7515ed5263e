"""Settings of the web server inside the container."""

from __future__ import annotations

import os

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
timeout = 60
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm"  # noqa: S108 - heartbeats, in memory
control_socket_disable = True
accesslog = None  # it would hold addresses of people
