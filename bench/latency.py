"""Part 4: from a person's message to the reply of the offline model, with a tool at work and no quiet period."""

import time
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from bench.processes import Broken, Process, Processes, free_port
from bench.report import Aim, Table, at_most, ms, percentile
from bench.webhooks import PATH, number_of, webhook

_P50_MS = 30
_WARM = 10
"""Messages that are not counted: what is done once, such as a first compilation of the tools, is behind them."""
_PEOPLE = 20
_WAIT_S = 10.0
_PAUSE_S = 0.02
"""Between a reply and the next message, so that deliveries are reported meanwhile."""
_SAID = (
    "gastei {n},90 no mercado",
    "almoço {n}",
    "recebi {n}0 da Maria",
    "quanto gastei esse mês?",
    "spent {n} on coffee",
    "gasté {n} en el súper",
)


def measure_latency(folder: Path, messages: int) -> Table:
    """One message after the other, each from the next of a few people."""
    with Processes(folder) as processes:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        emulator = processes.emulator(app=url)
        app = processes.recado(
            port=port,
            recado_public_url=url,
            recado_model="offline",
            recado_quiet_ms=0,
            recado_max_wait_ms=0,
            twilio_api_url=emulator.url,
        )
        acks, replies, unanswered = _talk(app, emulator, url, messages)
    table = Table(title=f"4. Offline model, one message at a time, no quiet period: {messages} messages", columns=("",))
    for label, values in (("webhook to its acknowledgement", acks), ("webhook to the reply, accepted", replies)):
        for share in (0.5, 0.95, 0.99):
            value = percentile(values, share) * 1000
            is_aim = values is replies and share == 0.5
            aims = [at_most("p50 < 30 ms", value, _P50_MS, "ms", under=True)] if is_aim else []
            table.row(f"{label}, p{share * 100:.0f}", ms(value), aims=aims)
    none = Aim(words="none", met=not unanswered, by=str(unanswered), promise=True)
    table.row("messages not answered", unanswered, aims=[none])
    return table


def _talk(app: Process, emulator: Process, url: str, messages: int) -> tuple[list[float], list[float], int]:
    connection = HTTPConnection("127.0.0.1", app.port, timeout=_WAIT_S)
    acks, replies, unanswered = [], [], 0
    for n in range(_WARM + messages):
        person, said = n % _PEOPLE, _SAID[n % len(_SAID)].format(n=10 + n % 80)
        head, _, body = webhook(url, 0, person, said=said, nth=n).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        path = f"/emulator/people/{quote(number_of(0, person), safe='')}/messages"
        cursor = emulator.ask(path)["cursor"]
        before = _last_create(emulator, 0)
        sent = time.time()
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answer.read()
        acked = time.time()
        if answer.status != 200:
            raise Broken(f"serve answered {answer.status}:\n{app.tail()}")
        accepted = _accepted(emulator, path, cursor, before)
        if n < _WARM:
            continue
        acks.append(acked - sent)
        if accepted is None:
            unanswered += 1
        else:
            replies.append(accepted - sent)
        time.sleep(_PAUSE_S)
    connection.close()
    return acks, replies, unanswered


def _last_create(emulator: Process, after: int) -> int:
    while page := emulator.ask(f"/emulator/messages?after={after}&limit=10000")["creates"]:
        after = page[-1]["number"]
    return after


def _accepted(emulator: Process, path: str, cursor: int, before: int) -> float | None:
    """When the emulator took the first message after number `before`; nothing if none comes."""
    ends = time.monotonic() + _WAIT_S
    while time.monotonic() < ends:
        news = emulator.ask(f"{path}?after={cursor}&wait=2")
        cursor = news["cursor"]
        if any(not message["from_me"] for message in news["messages"]):
            [create, *_] = emulator.ask(f"/emulator/messages?after={before}&limit=10")["creates"]
            return datetime.fromisoformat(create["at"]).timestamp()
    return None
