"""arq's worker, as both commands run it: `recado worker` makes one itself, `arq` makes it from a class of settings."""

import os
import socket
from collections.abc import Mapping
from typing import Any

from adapters.arq.connecting import connections
from adapters.arq.enduring import EnduringRedis
from adapters.arq.job import HANDLE, Handle, dump, function, load
from adapters.arq.outage import Outage
from adapters.arq.settings import Settings

_MOST_JOBS = 32
"""Jobs last a few milliseconds: they start turns, which then run in the worker's own task group."""

_CONNECTIONS = _MOST_JOBS + 1
"""One for each job and one to poll, so that none waits for another. Few are ever opened."""

_HEALTH_S = 5


def outage() -> Outage:
    """What is told when no hints can be taken."""
    return Outage("polls", "no hints come, and the sweep finds the work")


def client(settings: Settings, outage: Outage) -> EnduringRedis:
    """Redis, as a worker needs it."""
    pool = connections(settings.redis_url, _CONNECTIONS)
    return EnduringRedis(
        pool, outage, job_serializer=dump, job_deserializer=load, default_queue_name=settings.arq_queue_name
    )


def arguments(settings: Settings, turn_limit: int, redis: EnduringRedis, handle: Handle) -> Mapping[str, Any]:
    """What `arq.worker.Worker` is made with, or its class of settings holds."""
    return {
        "functions": [function()],
        "redis_pool": redis,
        "ctx": {HANDLE: handle},
        "queue_name": settings.arq_queue_name,
        "queue_read_limit": settings.arq_queue_read_limit,
        "max_jobs": max(1, min(turn_limit, _MOST_JOBS)),
        "poll_delay": 0.02,
        "job_timeout": 10,
        # Retries, results and failures are the store's. A result that is kept would only hold on to its job's id.
        "max_tries": 1000,
        "keep_result": 0,
        "log_results": False,
        "allow_abort_jobs": False,
        "health_check_interval": _HEALTH_S,
        "health_check_key": f"{settings.arq_queue_name}:health:{settings.arq_worker_name or _name()}",
        "job_serializer": dump,
        "job_deserializer": load,
    }


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
