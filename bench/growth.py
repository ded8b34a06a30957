"""Part S5: what a turn costs the store when its archive is small, and when it holds a million messages."""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.processes import Broken, Processes
from bench.report import Aim, Table
from core.conversation.burst import Burst
from core.conversation.content import Content
from core.conversation.events import Arrival, Delivery, Inbound, Report
from core.conversation.message import RANK, Status
from core.conversation.outbox import SettleAccepted
from core.conversation.ports import New
from core.conversation.turn import Claim, Committed
from core.driver import Surroundings
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from core.storage import Storage
from entrypoints.drivers import find
from entrypoints.settings import read

_SMALL, _LARGE = 1_000, 1_000_000
_A_CONVERSATION = 10
"""Messages of the archive."""
_GROWTH = 1.20
_ARCHIVE = Path(__file__).parent / "archive.sql"
_NOW = Burst(quiet=timedelta(0), ceiling=timedelta(0))
_LEASE, _WITHIN = timedelta(seconds=30), timedelta(seconds=20)
_LINE = Line(
    workspace=WorkspaceId("main"),
    id=LineId("main"),
    channel="twilio",
    address=Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value="+14155238886"),
    account="AC1",
)


def measure_growth(folder: Path, *, rounds: int, turns: int) -> Table:
    """Both databases are on one server, and take turns: a noisy machine is noisy for both."""
    with Processes(folder) as processes:
        servers = processes.servers(rest=False)
        urls = {}
        for messages in (_SMALL, _LARGE):
            urls[messages] = asyncio.run(_database(servers["database_url"], f"archive_{messages}"))
            processes.migrate(recado_store="postgres", database_url=urls[messages])
        costs, plans = asyncio.run(_measure(folder, urls, rounds, turns))
    table = Table(
        title=f"S5. A turn's cost in PostgreSQL: record, claim, commit, settle and three callbacks, one at a time; "
        f"{rounds} rounds of {turns} turns in turns",
        columns=tuple(f"{messages:,}" for messages in urls),
    )
    for who in ("a new person", "a person of the archive"):
        each = [median(costs[messages, who]) for messages in urls]
        ratio = median(large / small for small, large in zip(costs[_SMALL, who], costs[_LARGE, who], strict=True))
        aim = Aim(words="grows <= 20 %", met=ratio <= _GROWTH, by=f"{ratio - _GROWTH:.0%}")
        table.row(f"{who}, median", *(f"{cost * 1000:.2f} ms" for cost in each), aims=[aim])
        table.row("  growth, round by round", "", f"{ratio - 1:+.0%}")
    for name, plan in plans.items():
        table.row(f"index of the {name}", "", plan)
    return table


async def _database(server: str, name: str) -> str:
    import asyncpg

    connection = await asyncpg.connect(server)
    await connection.execute(f"create database {name}")
    await connection.close()
    return f"{server.rpartition('/')[0]}/{name}"


async def _measure(
    folder: Path, urls: dict[int, str], rounds: int, turns: int
) -> tuple[dict[tuple[int, str], list[float]], dict[str, str]]:
    costs: dict[tuple[int, str], list[float]] = {}
    chosen = find("store", "postgres")
    here = Surroundings(data=folder, public_url="http://127.0.0.1", turn_limit=10, works=True)
    async with AsyncExitStack() as stack:
        stores: dict[int, Storage] = {}
        for messages, url in urls.items():
            stores[messages] = await chosen.enter(stack, read(chosen.driver.settings, {"DATABASE_URL": url}), here)
            await stores[messages].put_line(_LINE)
            await _fill(url, messages // _A_CONVERSATION)
        for round_ in range(rounds + 1):
            for messages, store in sorted(stores.items(), reverse=bool(round_ % 2)):
                strangers = [f"+5541{round_:03d}{n:06d}" for n in range(turns)]
                known = [f"+5531{1 + (round_ * turns + n) % (messages // _A_CONVERSATION):09d}" for n in range(turns)]
                for who, people in (("a new person", strangers), ("a person of the archive", known)):
                    cost = await _turns(store, people, str(round_))
                    if round_:  # the first warms up caches and plans
                        costs.setdefault((messages, who), []).append(cost)
        plans = await _plans(urls[_LARGE])
    return costs, plans


async def _fill(url: str, conversations: int) -> None:
    import asyncpg

    connection = await asyncpg.connect(url, command_timeout=600)
    await connection.execute("set session_replication_role = replica")  # the rows fit together: no need to check each
    await connection.execute(f"set bench.conversations = '{conversations}'")
    async with connection.transaction():
        await connection.execute(_ARCHIVE.read_text())
    await connection.execute("vacuum (analyze)")
    await connection.close()


async def _turns(store: Storage, people: Sequence[str], label: str) -> float:
    """Seconds that a turn took, from arrival to its last callback."""
    begun = time.perf_counter()
    for phone in people:
        await _turn(store, phone, label)
    return (time.perf_counter() - begun) / len(people)


async def _turn(store: Storage, phone: str, label: str) -> None:
    sid = hashlib.md5(f"{phone} {label} {time.perf_counter_ns()}".encode(), usedforsecurity=False).hexdigest()
    sender = Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value=phone)
    inbound = Inbound(provider_id=f"SM{sid}", sender=sender, content=Content(text="Olá!"), raw=(("Body", "Olá!"),))
    [new] = await store.record([Arrival(line=_LINE, inbound=inbound)], _NOW)
    if not isinstance(new, New) or new.conversation is None:
        raise Broken(f"not recorded: {new}")
    claim = await store.claim(new.conversation, f"bench {sid}", _LEASE, history=40)
    if not isinstance(claim, Claim):
        raise Broken(f"not claimed: {claim}")
    done = await store.commit(
        claim.turn,
        claim.epoch,
        ["Amanhã."],
        [],
        [],
        asked=False,
        read_to=claim.read_to,
        supersede_at_most=2,
        history=40,
        send_within=_WITHIN,
    )
    if not isinstance(done, Committed) or done.send is None:
        raise Broken(f"not committed: {done}")
    send, copy = done.send, f"SX{sid}"
    accepted = SettleAccepted(provider_id=copy, status=Status.ACCEPTED, rank=RANK[Status.ACCEPTED])
    await store.settle(send.ref, send.attempt, accepted, by=f"bench {sid}", send_within=_WITHIN)
    for status in (Status.SENT, Status.DELIVERED, Status.READ):
        delivery = Delivery(provider_id=copy, message=send.ref.id, attempt=send.attempt, status=status)
        await store.record([Report(line=_LINE, delivery=delivery, rank=RANK[status])], _NOW)


_SWEEPS = {
    "claim_due sweep": "select id from recado.conversation where due_at <= now()"
    " and (lease_until is null or lease_until <= now()) order by due_at limit 100",
    "overdue sends sweep": "select id from recado.message where care_at <= now() order by care_at limit 100",
}


async def _plans(url: str) -> dict[str, str]:
    """Which index each sweep goes by."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        found = {}
        for name, query in _SWEEPS.items():
            lines = [row[0] for row in await connection.fetch(f"explain {query}")]
            used = [line.split(" using ")[1].split()[0] for line in lines if " using " in line]
            found[name] = used[0] if used else "none"
        return found
    finally:
        await connection.close()
