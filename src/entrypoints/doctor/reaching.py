"""Whether the app is reached where it is said to be, and whether it is this app that answers there."""

import asyncio
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from core.conversation.inspection import Finding
from core.conversation.ports import Webhook
from entrypoints.doctor.findings import doubt, fine, problem
from entrypoints.doctor.setup import LOCAL, Setup

_ANSWER_S = 4.0
_MOST_BYTES = 64 * 1024
_NO_NAME, _NO_TRUST = "its name does not resolve", "its certificate is not accepted"
_DOWN = (502, 503, 504)
"""What a proxy says when the app behind it does not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, or why nothing did."""

    status: int = 0
    """0: no answer."""
    kind: str = ""
    body: bytes = b""
    location: str = ""
    why: str = ""
    """With status 0, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """`base` is where webhooks can be tried: the public address if anything answers there, else that of this machine;
    None if the app does not run."""

    base: str | None
    findings: tuple[Finding, ...]


async def reached(setup: Setup) -> Reached:
    """Look at the public address, and where the app listens on this machine."""
    public = setup.settings.public_url
    local = setup.local_url
    outside, inside = await asyncio.gather(_look(public), _look(local if local != public else ""))
    findings = tuple(judged(setup, outside, inside))
    if _is_ours(outside) or (outside.status and outside.status not in _DOWN):
        return Reached(base=public, findings=findings)
    return Reached(base=local if _is_ours(inside) else None, findings=findings)


async def send(webhook: Webhook, public: str, base: str) -> Answer:
    """Post a webhook that is signed for the public address to wherever the app answers."""
    return await _ask("POST", base + webhook.url.removeprefix(public), webhook.headers, webhook.body)


async def _look(base: str) -> Answer:
    if not base:
        return Answer()
    alive, ready = await asyncio.gather(_ask("GET", f"{base}/healthz"), _ask("GET", f"{base}/readyz"))
    return ready if _is_ours(ready) else alive


def judged(setup: Setup, outside: Answer, inside: Answer) -> Iterator[Finding]:
    """What the answers of the public address and of this machine mean; they are one if the addresses are."""
    public, local = setup.settings.public_url, setup.local_url
    here = f"It does answer at {local}. " if _is_ours(inside) else ""
    if _is_ours(outside):
        yield fine(f"The app answers at {public}.")
        yield from _unready(outside)
    elif not here and outside.status in (0, *_DOWN) and outside.why not in (_NO_NAME, _NO_TRUST):
        nobody = f"nobody answers at {public}" if public == local else f"neither {local} nor {public} answers"
        yield doubt(f"The app does not run: {nobody} ({outside.why or outside.status}).", f"Start it: {setup.start}")
    elif not outside.status:
        cure = f"{here}Let the proxy or tunnel of {public} lead there, or correct RECADO_PUBLIC_URL."
        yield problem(f"{public} does not answer: {outside.why}.", cure)
    elif 300 <= outside.status < 400:
        cure = f"Set RECADO_PUBLIC_URL to the address it leads to{_to(outside)}, or serve the app without a redirect."
        yield problem(f"{public} redirects ({outside.status}): what a provider posts gets lost on the way.", cure)
    else:
        cure = f"{here}Let the proxy or tunnel pass everything on to it, or correct RECADO_PUBLIC_URL."
        yield problem(f"What answers at {public} is not Recado (/healthz says {outside.status}).", cure)


def _to(answer: Answer) -> str:
    parts = urlsplit(answer.location)
    return f", {parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc and "@" not in parts.netloc else ""


def _unready(answer: Answer) -> list[Finding]:
    state = _state(answer)
    bad = {part: str(state[part]) for part in ("process", "store", "queue") if state.get(part, "ok") != "ok"}
    return [
        problem(f"The running app is not ready: {part} is {how}.", "Its log says why; start it again.")
        for part, how in bad.items()
    ]


def _is_ours(answer: Answer) -> bool:
    """Another app may well have a /healthz; the answer of /readyz has a shape of its own."""
    return {"ready", "store", "queue"} <= set(_state(answer))


def _state(answer: Answer) -> Mapping[str, object]:
    try:
        state = json.loads(answer.body)
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}


async def _ask(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """One request, without following anything."""
    timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(
                method, url, headers=headers, data=body, proxy=_proxy(url), allow_redirects=False
            ) as answer,
        ):
            return Answer(
                status=answer.status,
                kind=answer.content_type,
                body=await answer.content.read(_MOST_BYTES),
                location=answer.headers.get("Location", ""),
            )
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return _why(error)


def _proxy(url: str) -> str | None:
    """The environment's, as others would use it; none to this machine, which a proxy would look for in itself.

    aiohttp's own way to it would send whatever a .netrc holds for the host, too.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    return None if host in LOCAL or proxy_bypass(host) else getproxies().get(parts.scheme)


def _why(error: Exception) -> Answer:
    reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(reason, socket.gaierror):
        return Answer(why=_NO_NAME)
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return Answer(why=_NO_TRUST)
    if isinstance(reason, ConnectionRefusedError):
        return Answer(why="nobody listens there")
    if isinstance(error, TimeoutError):
        return Answer(why=f"it was silent for {_ANSWER_S:g} s")
    return Answer(why="the connection broke")
