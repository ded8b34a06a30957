"""All tests: the garbage collector leaves alone what lives as long as they do, and real servers come when asked for."""

import asyncio
import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.project import Project, project_of
from tests.servers import Asking, PostgresAt, RestAt, Servers, fresh

# How long an example takes says how busy the machine is, and nothing about us.
settings.register_profile("recado", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("recado")

_SERVERS = pytest.StashKey[Servers | Asking]()
_PROJECT = pytest.StashKey[Project | None]()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and collected tests are a million objects, and looking through them once a second is time for nothing."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    told = getattr(config, "workerinput", None)
    config.stash[_PROJECT] = project_of(os.environ, workers=1 if told is None else told["workercount"])
    if told is not None:
        config.stash[_SERVERS] = Asking(door=Path(told["servers"]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist: before a worker is started."""
    servers = _started(node.config)
    node.workerinput["servers"] = str(servers.door)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVERS in config.stash:
        config.stash[_SERVERS].close()


def _started(config: pytest.Config) -> Servers:
    servers = config.stash.get(_SERVERS, None)
    if not isinstance(servers, Servers):
        config.stash[_SERVERS] = servers = Servers()
        servers.open_door()
    return servers


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers | Asking:
    """The real servers of this run. One that cannot be started is an error, never a skip."""
    if _SERVERS not in pytestconfig.stash:
        pytestconfig.stash[_SERVERS] = Servers()
    return pytestconfig.stash[_SERVERS]


@pytest.fixture(scope="session")
def postgres_server(servers: Servers | Asking) -> PostgresAt:
    """The run's PostgreSQL with pgvector."""
    return PostgresAt(url=servers.ask("postgres"))


@pytest.fixture(scope="session")
def redis_server(servers: Servers | Asking) -> str:
    """The address of the run's Redis. Other tests use it at the same time: choose keys of your own, flush nothing."""
    address: str = servers.ask("redis")
    return address


@pytest.fixture(scope="module")
def database(servers: Servers | Asking, pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a database of this module's own, up to date and empty."""
    project = pytestconfig.stash[_PROJECT]
    if project is not None:
        from adapters.supabase.migrating import migrate

        asyncio.run(migrate(project.database))
        fresh(project.database)
        yield project.database
        return
    address: str = servers.ask("database", migrated=True)
    yield address
    servers.ask("drop", database=address)


@pytest.fixture(scope="module")
def empty_database(servers: Servers | Asking) -> Iterator[str]:
    """The address of a database of this module's own, without anything."""
    address: str = servers.ask("database", migrated=False)
    yield address
    servers.ask("drop", database=address)


@pytest.fixture(scope="module")
def rest(servers: Servers | Asking, database: str, pytestconfig: pytest.Config) -> RestAt:
    """Supabase's API over this module's database."""
    project = pytestconfig.stash[_PROJECT]
    if project is not None:
        return RestAt(
            url=project.url,
            secret_key=project.secret_key,
            publishable_key=project.publishable_key,
            jwt_secret=project.jwt_secret,
        )
    return RestAt(**servers.ask("rest", database=database))
