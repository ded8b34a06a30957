"""A test run has one set of servers, which ends with it; or a real project, if its owner says so."""

import asyncio
import os
import sys
import textwrap
from pathlib import Path

import pytest

from tests.integration.processes import value

pytestmark = pytest.mark.servers

WITHIN = 30.0
ROOT = Path(__file__).parents[2]

RUN = """
import os
from pathlib import Path

def test_asks(postgres_server, redis_server, pytestconfig):
    with open(os.environ["TOLD"], "a") as file:
        file.write(postgres_server.url + " " + redis_server + "\\n")
    if hasattr(pytestconfig, "workerinput"):
        os._exit(3)  # as a worker that crashes

def test_asks_too(postgres_server, redis_server):
    with open(os.environ["TOLD"], "a") as file:
        file.write(postgres_server.url + " " + redis_server + "\\n")

def test_has_a_project(database, rest):
    with open(os.environ["TOLD"], "a") as file:
        file.write(f"{database} {rest.url} {rest.secret_key}\\n")

def test_needs_no_server(pytestconfig):
    door = Path(pytestconfig.workerinput["servers"])
    assert list(door.parent.iterdir()) == [door]
"""


async def run_pytest(folder: Path, *options: str, **more: str) -> tuple[str, list[str]]:
    """A run of its own with this tree's conftest: what it printed, and which servers its tests had.

    It must leave no folder of its servers behind.
    """
    (folder / "test_run.py").write_text(textwrap.dedent(RUN))
    told = folder / "told"
    told.touch()
    environ = {**os.environ, "TOLD": str(told), "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **more}
    environ.pop("PYTEST_XDIST_WORKER", None)
    plugins = ("tests.conftest", "no:cacheprovider", "no:schemathesis", "no:anyio", "no:hypothesispytest")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", *(f"-p{plugin}" for plugin in plugins), *options),
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 4 * WITHIN)
    assert [file.name for file in folder.iterdir() if "recado-tests-" in file.name] == []  # noqa: ASYNC240 - it is over
    return out.decode(), told.read_text().splitlines()


async def test_a_run_has_one_set_of_servers_which_ends_with_it_even_if_a_worker_crashed(tmp_path: Path) -> None:
    out, told = await run_pytest(tmp_path, "-n", "2", "-k", "asks")

    assert "crashed" in out, out
    assert len(told) == 2, out
    [both] = set(told)
    ports = [int(url.partition("@")[2].partition(":")[2].partition("/")[0]) for url in both.split()]
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_run_that_asks_for_no_server_starts_none(tmp_path: Path) -> None:
    out, told = await run_pytest(tmp_path, "-n", "1", "-k", "needs_no_server")

    assert "1 passed" in out
    assert told == []


async def test_a_real_project_takes_the_place_of_the_runs_own_servers(tmp_path: Path, empty_database: str) -> None:
    project = {
        "RECADO_TEST_DATABASE_URL": empty_database,
        "RECADO_TEST_SUPABASE_URL": "https://abc.supabase.co",
        "RECADO_TEST_SUPABASE_SECRET_KEY": "sb_secret_x",
        "RECADO_TEST_MAY_ERASE": "abc.supabase.co",
    }

    out, told = await run_pytest(tmp_path, "-n", "0", "-k", "has_a_project", **project)

    assert told == [f"{empty_database} https://abc.supabase.co sb_secret_x"], out
    assert await value(empty_database, "select to_regclass('recado.conversation') is not null") is True
