"""Whether Twilio posts what people write to this app, judged from what its settings say; with the exact cure."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

from core.conversation.inspection import Finding, Severity

PATIENCE = "#ct=2000&rt=5000&rc=3&rp=ct,rt,5xx"
"""Connection overrides: without them Twilio tries again only when it cannot connect, and what then fails is lost."""
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is called when somebody writes to a sender; `place` is where in Twilio's console a person can change it."""

    url: str
    method: str
    fallback: str
    place: str


def wanted(webhook_url: str) -> str:
    """What to enter as the address that is called first."""
    return webhook_url + PATIENCE


def enter(webhook_url: str, place: str) -> str:
    """The cure of most findings."""
    return f"In the Twilio console under {place}, enter {wanted(webhook_url)} with method POST."


def judged(sender: str, target: Target, webhook_url: str, *, real: bool) -> Iterator[Finding]:
    """What is to be said of a sender's target. An emulator, which is not `real`, is not told to be patient."""
    cure = enter(webhook_url, target.place)
    if not target.url:
        yield Finding(severity=Severity.PROBLEM, what=f"What people write to {sender} is posted nowhere.", cure=cure)
        return
    if not same(target.url, webhook_url):
        where = f"What people write to {sender} is posted to {shown(target.url)}, which is not this line's webhook."
        yield Finding(severity=Severity.PROBLEM, what=where, cure=cure)
        return
    if target.method.upper() != "POST":
        what = f"What people write to {sender} comes here by {target.method.upper()}, which is not taken."
        yield Finding(severity=Severity.PROBLEM, what=what, cure=cure)
        return
    yield Finding(severity=Severity.OK, what=f"What people write to {sender} is posted here.")
    if real and not _is_patient(target.url):
        what = f"Twilio does not try again when this app answers a message to {sender} with an error or too late."
        yield Finding(severity=Severity.WARNING, what=what, cure=cure)
    if real and not target.fallback:
        yield Finding(
            severity=Severity.WARNING,
            what=f"Nothing is called when the webhook of {sender} fails for good.",
            cure=f"In the same place, enter {webhook_url}?again=1{PATIENCE} as the fallback, with method POST.",
        )


def unreachable(webhook_url: str) -> Finding | None:
    """Why Twilio itself cannot call this address, if so; whether somebody answers there is not looked at."""
    parts = urlsplit(webhook_url)
    if _is_local(parts.hostname or ""):
        what = f"Twilio cannot reach {shown(webhook_url)}: the address is of this machine or network only."
    elif parts.scheme != "https":
        what = f"{shown(webhook_url)} is not https: messages would cross the internet for everybody to read."
    else:
        return None
    return Finding(
        severity=Severity.PROBLEM,
        what=what,
        cure="Put a reverse proxy or a tunnel with https before the app, and set RECADO_PUBLIC_URL to its address.",
    )


def same(url: str, webhook_url: str) -> bool:
    """Whether both lead to one webhook, however they are written; a query makes no difference."""
    try:
        return _place(urlsplit(url)) == _place(urlsplit(webhook_url))
    except ValueError:
        return False


def shown(url: str) -> str:
    """An address without what may be secret in it."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _place(parts: SplitResult) -> tuple[str, str, int | None, str]:
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme), parts.path


def _is_patient(url: str) -> bool:
    asked = parse_qs(urlsplit(url).fragment)
    policy = asked.get("rp", [""])[-1].split(",")
    return asked.get("rc", ["1"])[-1] != "0" and ("all" in policy or {"rt", "5xx"} <= set(policy))


def _is_local(host: str) -> bool:
    if host == "localhost" or ("." not in host.strip(".") and ":" not in host):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host.endswith((".local", ".localhost", ".internal", ".test"))
