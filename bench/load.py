"""The load process: webhooks signed beforehand, written to keep-alive connections by a bare protocol.

It reads an `Order` as JSON from its standard input and writes what it saw as JSON to its standard output.

Closed loop: each of so many connections sends its next webhook when the last is acknowledged; the targets take turns.
Open loop: webhook i is due at start + i / rate, whatever became of those before it. Its acknowledgement is timed from
the moment it was due, so a server that stalls is charged for all that should have been sent meanwhile.
"""

import asyncio
import gc
import json
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

from bench.webhooks import webhook

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MOST_CONNECTIONS = 1000
_PATIENCE_S = 60.0
"""How long an open loop waits for the last acknowledgements."""
_FASTEST = 9000
"""Webhooks a second that a closed loop has signed in store."""
_PAUSE_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Rounds against each target in turn. The first round of each is not counted."""

    ports: Mapping[str, int]
    public_url: str
    connections: int
    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One run against one target."""

    port: int
    public_url: str
    run: int
    rate: int
    seconds: float


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, answered: "Answered", lost: "Lost") -> None:
        self._answered = answered
        self._lost = lost
        self._received = b""
        self._transport: asyncio.Transport
        self.number = -1
        """Of the webhook under way; -1 while there is none."""
        self.at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, number: int) -> None:
        self.number = number
        self.at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        length = _LENGTH.search(received, 0, end) if end >= 0 else None
        if end < 0 or len(received) < end + 4 + (int(length[1]) if length else 0):
            self._received = received
            return
        self._received = b""
        number, self.number = self.number, -1
        self._answered(self, number, int(received[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self)

    def close(self) -> None:
        self._transport.abort()


Answered = Callable[[Connection, int, int], None]
Lost = Callable[[Connection], None]


async def _connect(port: int, answered: Answered, lost: Lost) -> Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(answered, lost), "127.0.0.1", port)
    return connection


class ClosedRound:
    """One round against one target."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._next = 0
        self._ends = 0.0
        self._busy = 0
        self._idle = asyncio.Event()
        self.acks: list[float] = []
        self.late = 0
        """Acknowledged, but after the round's end."""
        self.failed = 0

    async def run(self, port: int, connections: int, seconds: float) -> float:
        """Webhooks a second that were acknowledged within the round."""
        opened = [await _connect(port, self._answered, self._lost) for _ in range(connections)]
        started = time.perf_counter()
        self._ends = started + seconds
        self._busy = connections
        for connection in opened:
            self._send(connection)
        async with asyncio.timeout(seconds + _PATIENCE_S):
            await self._idle.wait()
        for connection in opened:
            connection.close()
        return len(self.acks) / (self._ends - started)

    def _send(self, connection: Connection) -> None:
        now = time.perf_counter()
        if self._next == len(self._requests):
            self._ends = min(self._ends, now)  # faster than anybody thought: the round is shorter
        if now >= self._ends:
            self._stop()
            return
        self._next += 1
        connection.send(self._requests[self._next - 1], self._next - 1)

    def _answered(self, connection: Connection, number: int, status: int) -> None:
        now = time.perf_counter()
        if status != 200:
            self.failed += 1
        elif now < self._ends:
            self.acks.append(now - connection.at)
        else:
            self.late += 1
        self._send(connection)

    def _lost(self, connection: Connection) -> None:
        if connection.number >= 0:
            self.failed += 1
            self._stop()

    def _stop(self) -> None:
        self._busy -= 1
        if not self._busy:
            self._idle.set()


async def closed(order: Closed) -> dict[str, dict[str, object]]:
    """Per target: the rate of each round, all acknowledgement times, and how many were stored and failed in all."""
    rates: dict[str, list[float]] = {name: [] for name in order.ports}
    acks: dict[str, list[float]] = {name: [] for name in order.ports}
    accepted = dict.fromkeys(order.ports, 0)
    failed = dict.fromkeys(order.ports, 0)
    for number in range(order.rounds + 1):
        seconds = order.seconds if number else min(order.seconds, 1.0)
        # Every target gets the same bytes: for each of them these people are new.
        requests = [webhook(order.public_url, number, person) for person in range(int(seconds * _FASTEST))]
        gc.freeze()
        # Whoever goes first in one round goes last in the next.
        for name in sorted(order.ports, reverse=bool(number % 2)):
            await asyncio.sleep(_PAUSE_S)
            one = ClosedRound(requests)
            rate = await one.run(order.ports[name], order.connections, seconds)
            accepted[name] += len(one.acks) + one.late
            failed[name] += one.failed
            if number:
                rates[name].append(rate)
                acks[name] += one.acks
    return {
        name: {"rates": rates[name], "acks": acks[name], "accepted": accepted[name], "failed": failed[name]}
        for name in order.ports
    }


class OpenRun:
    """One open loop. A connection is opened whenever none is idle, as Twilio does."""

    def __init__(self, order: Open) -> None:
        count = int(order.rate * order.seconds)
        self._order = order
        self._requests = [webhook(order.public_url, order.run, person) for person in range(count)]
        self._due = [0.0] * count
        self._idle: list[Connection] = []
        self._waiting: deque[int] = deque()
        self._connections = 0
        self._connecting: set[asyncio.Task[None]] = set()
        self._tried = [0] * count
        self._left = count
        self._done = asyncio.Event()
        self.acks: list[float | None] = [None] * count
        self.late: list[float] = [0.0] * count
        self.statuses: dict[int, int] = {}

    async def run(self) -> dict[str, object]:
        started = time.perf_counter() + 0.2
        wall = time.time() + 0.2
        count = len(self._requests)
        self._due = [started + number / self._order.rate for number in range(count)]
        number = 0
        while number < count:
            now = time.perf_counter()
            while number < count and self._due[number] <= now:
                self._send(number)
                number += 1
            if number < count:
                await asyncio.sleep(max(0.0, self._due[number] - time.perf_counter()))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._done.wait()
        except TimeoutError:
            pass
        return {
            "due": [wall + at - started for at in self._due],
            "acks": self.acks,
            "late": self.late,
            "statuses": self.statuses,
            "connections": self._connections,
            "retried": sum(tried > 1 for tried in self._tried),
        }

    def _send(self, number: int) -> None:
        if self._idle:
            self._write(self._idle.pop(), number)
            return
        self._waiting.append(number)
        if len(self._connecting) < len(self._waiting) and self._connections < _MOST_CONNECTIONS:
            self._connections += 1
            task = asyncio.get_running_loop().create_task(self._open())
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _open(self) -> None:
        try:
            connection = await _connect(self._order.port, self._answered, self._lost)
        except OSError:
            self._connections -= 1
            return
        self._free(connection)

    def _write(self, connection: Connection, number: int) -> None:
        self._tried[number] += 1
        if self._tried[number] == 1:
            self.late[number] = time.perf_counter() - self._due[number]
        connection.send(self._requests[number], number)

    def _free(self, connection: Connection) -> None:
        if self._waiting:
            self._write(connection, self._waiting.popleft())
        else:
            self._idle.append(connection)

    def _answered(self, connection: Connection, number: int, status: int) -> None:
        if status == 200:
            self.acks[number] = time.perf_counter() - self._due[number]
        self._end(status)
        self._free(connection)

    def _end(self, status: int) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self._left -= 1
        if not self._left:
            self._done.set()

    def _lost(self, connection: Connection) -> None:
        self._connections -= 1
        if connection in self._idle:
            self._idle.remove(connection)
        if connection.number < 0:
            return
        if self._tried[connection.number] < 2:
            self._send(connection.number)  # as Twilio does when a connection breaks
        else:
            self._end(0)


async def _fill(order: Closed | Open) -> Mapping[str, object]:
    if isinstance(order, Closed):
        return await closed(order)
    run = OpenRun(order)
    gc.collect()
    gc.freeze()
    return await run.run()


def written(order: Closed | Open) -> str:
    """The order as the process reads it."""
    return json.dumps({"kind": type(order).__name__, **asdict(order)})


def main() -> None:
    given = json.load(sys.stdin)
    kind = {"Closed": Closed, "Open": Open}[given.pop("kind")]
    gc.disable()
    seen = uvloop.run(_fill(kind(**given)))
    json.dump({**seen, "cpu_s": time.process_time()}, sys.stdout)


if __name__ == "__main__":
    main()
