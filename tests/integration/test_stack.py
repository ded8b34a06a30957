"""The servers of the stack: what they keep, whom they answer, and that nothing of them outlives who started them."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from core.errors import Permanent
from entrypoints.stack import Postgres, Redis, postgres, redis
from entrypoints.stack.child import free_port
from entrypoints.stack.node import Node, server_code
from tests.integration.processes import comes_true, lives, value
from tests.servers import PostgresAt

pytestmark = pytest.mark.servers

WITHIN = 30.0
ROOT = Path(__file__).parents[2]
SHARED = Path("/proc/sysvipc/shm")


async def ask(server: Redis | str, *words: str) -> str:
    """What Redis answers, in its own protocol."""
    url = server if isinstance(server, str) else server.url
    password, _, place = url.removeprefix("redis://:").partition("@")
    host, _, port = place.removesuffix("/0").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"AUTH {password}\r\n{' '.join(words)}\r\n".encode())
    await reader.readline()
    answer = (await reader.readline()).decode().strip()
    if answer.startswith("$") and answer != "$-1":
        answer = (await reader.readline()).decode().strip()
    writer.close()
    await writer.wait_closed()
    return answer


def shared() -> set[str]:
    """The ids of System V's pieces of shared memory."""
    return {line.split()[1] for line in SHARED.read_text().splitlines()}


@asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[Postgres]:
    async with postgres(folder / "postgres") as server:
        yield server


async def test_postgres_keeps_what_was_committed_when_it_is_killed_and_comes_back_where_it_was(tmp_path: Path) -> None:
    async with own_postgres(tmp_path) as server:
        before, pid = server.url, server.pid
        await server.sql("create table kept (what text); insert into kept values ('this')")

        await server.kill()
        with pytest.raises(ConnectionRefusedError):
            await asyncpg.connect(server.url)
        await server.start()

        assert await value(server.url, "select what from kept") == "this"
        assert (server.url, lives(pid)) == (before, False)
        assert server.pid != pid
    assert not server.runs


@pytest.mark.skipif(not SHARED.exists(), reason="this system does not say what memory is shared")
async def test_a_killed_postgres_leaves_no_shared_memory_behind(tmp_path: Path) -> None:
    async with own_postgres(tmp_path) as server:
        lines = (tmp_path / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
        segment = lines[6].split()[1]
        assert segment in shared()

        await server.kill()

        assert segment not in shared()


async def test_a_frozen_postgres_answers_nobody_until_it_is_thawed(tmp_path: Path) -> None:
    async with own_postgres(tmp_path) as server:
        connection = await asyncpg.connect(server.url)
        server.freeze()
        with pytest.raises(TimeoutError):
            await connection.fetchval("select 1", timeout=0.3)
        server.thaw()
        await connection.close()

        assert await value(server.url, "select 1") == 1


async def test_postgres_has_vectors_and_the_roles_of_a_supabase_project(postgres_server: PostgresAt) -> None:
    roles = await value(
        postgres_server.url,
        "select string_agg(rolname || case when rolbypassrls then '!' else '' end, ' ' order by rolname) "
        "from pg_roles where rolname in ('anon', 'authenticated', 'service_role', 'authenticator')",
    )
    vector = await value(postgres_server.url, "select true from pg_available_extensions where name = 'vector'")

    assert roles == "anon authenticated authenticator service_role!"
    assert vector is True


async def test_postgres_asks_for_its_password_and_listens_to_this_machine_only(postgres_server: PostgresAt) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_server.url, password="guessed")

    assert await value(postgres_server.url, "show listen_addresses") == "127.0.0.1"
    assert await value(postgres_server.url, "show unix_socket_directories") == ""


async def test_each_module_gets_a_database_that_is_up_to_date(database: str, postgres_server: PostgresAt) -> None:
    assert await value(database, "select to_regclass('recado.conversation') is not null") is True
    assert await value(postgres_server.url, "select to_regclass('recado.conversation') is null") is True


@pytest.mark.parametrize(("keep", "found"), [(True, "this"), (False, "$-1")])
async def test_redis_keeps_what_it_was_told_only_where_it_shall(tmp_path: Path, keep: bool, found: str) -> None:
    async with redis(tmp_path / "redis", keep=keep) as server:
        before = server.url
        await ask(server, "SET", "kept", "this")
        await asyncio.sleep(1.1 if keep else 0)  # it writes once a second

        await server.kill()
        await server.start()

        assert (await ask(server, "GET", "kept"), server.url) == (found, before)


async def test_redis_asks_for_its_password(redis_server: str) -> None:
    password, _, place = redis_server.removeprefix("redis://:").partition("@")

    assert await ask(redis_server, "PING") == "+PONG"
    assert (await ask(f"redis://:guessed@{place}", "PING")).startswith("-NOAUTH")
    assert password


PARENT = """
import asyncio, sys
from pathlib import Path
from entrypoints.stack import postgres, redis
from entrypoints.stack.guarding import guarding

async def main(folder):
    async with guarding() as guard, postgres(folder / "p", guard=guard) as one, redis(folder / "r", guard=guard) as two:
        frozen = one._family()
        one.freeze()
        two.freeze()
        print(*frozen, two.pid, guard._process.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_a_killed_parent_leaves_nothing_behind_not_even_what_was_frozen(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in (await asyncio.wait_for(parent.stdout.readline(), WITHIN)).split()]
    assert len(pids) > 4
    assert all(map(lives, pids))

    parent.kill()
    await parent.wait()

    await comes_true(lambda: not any(map(lives, pids)))
    assert not (tmp_path / "p" / "data" / "postmaster.pid").exists()  # it ended in order, and cleared its memory


NPM = """#!/bin/sh
echo run >> {log}
sleep 0.3
mkdir node_modules
"""

FETCHER = """
import asyncio, sys
from pathlib import Path
from entrypoints.stack.node import Node, server_code
print(asyncio.run(server_code(Node(binary=sys.executable, npm=(sys.argv[1],), version="v22"), cache=Path(sys.argv[2]))))
"""


async def test_processes_that_need_the_npm_packages_at_once_share_one_cache(tmp_path: Path) -> None:
    npm, log, cache = tmp_path / "npm", tmp_path / "log", tmp_path / "cache"
    npm.write_text(NPM.format(log=log))
    npm.chmod(0o755)
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", FETCHER, str(npm), str(cache), stdout=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    told = {(await asyncio.wait_for(process.communicate(), WITHIN))[0] for process in processes}

    assert log.read_text() == "run\n"
    [code] = (Path(text.decode().strip()) for text in told)
    assert code.read_bytes() == (ROOT / "src/entrypoints/stack/node/serve.mjs").read_bytes()
    assert (code.parent / "node_modules").is_dir()


async def test_packages_that_were_half_there_are_fetched_again(tmp_path: Path) -> None:
    npm, log = tmp_path / "npm", tmp_path / "log"
    npm.write_text(NPM.format(log=log))
    npm.chmod(0o755)
    node = Node(binary=sys.executable, npm=(str(npm),), version="v22")
    code = await server_code(node, cache=tmp_path / "cache")
    half = code.parent.rename(code.parent.with_name(f"{code.parent.name}.half"))

    assert await server_code(node, cache=tmp_path / "cache") == code
    assert not half.exists()
    assert log.read_text() == "run\nrun\n"


async def test_packages_that_have_no_place_are_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Permanent, match=r"cannot be kept there .*: name another XDG_CACHE_HOME"):
        await server_code(Node(binary="node", npm=("npm",), version="v22"), cache=tmp_path / "file" / "cache")


async def test_a_taken_port_is_said_at_once_with_the_servers_own_words(tmp_path: Path, redis_server: str) -> None:
    port = int(redis_server.rpartition(":")[2].partition("/")[0])

    with pytest.raises(Exception, match="Redis ended at its start") as caught:
        async with redis(tmp_path / "redis", port=port):
            pass

    assert "Address already in use" in str(caught.value)
    assert free_port() != port


def test_nothing_of_the_stack_is_readable_by_others(tmp_path: Path) -> None:
    async def started() -> None:
        async with redis(tmp_path / "redis"):
            pass

    asyncio.run(started())

    for file in (tmp_path / "redis").iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
