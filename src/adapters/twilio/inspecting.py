"""A look at Twilio's side of a line, read only: does the account have the sender, and does what people write come here?

Sources: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, .../usage/api/applications,
.../messaging/api/service-resource and .../whatsapp/api/senders.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from adapters.twilio.accounts import Account
from adapters.twilio.addresses import spell
from adapters.twilio.pointing import Target, enter, judged, shown, unreachable
from adapters.twilio.reading import Api, Row, Unread, rows
from core.conversation.inspection import Finding, Severity
from core.identity.medium import Medium
from core.identity.model import AddressKind, Line

WITHIN_S = 8.0
_SANDBOX = "whatsapp:+14155238886"

_NUMBERS = "Phone Numbers > Manage > Active numbers > {} > Messaging > A message comes in"
_APPS = "Phone Numbers > Manage > TwiML apps > {} > Messaging > Request URL"
_SERVICES = "Messaging > Services > {} > Integration > Send a webhook > Request URL"
_SENDERS = "Messaging > Senders > WhatsApp senders > {} > Webhook URL for incoming messages"
_SANDBOX_PLACE = "Messaging > Try it out > Send a WhatsApp message > Sandbox settings > When a message comes in"


async def inspect(api: Api, line: Line, webhook_url: str, *, account: Account, real: bool) -> Sequence[Finding]:
    """Everything that can be said of the line in `WITHIN_S` seconds. `real`: it is Twilio, and no emulator."""
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(WITHIN_S):
            async for finding in _findings(api, line, webhook_url, account, real):
                findings.append(finding)  # noqa: PERF401 - what was found before a failure counts
    except TimeoutError:
        what = f"Twilio did not answer within {WITHIN_S:g} s; what it had said until then is above."
        findings.append(Finding(severity=Severity.WARNING, what=what, cure="Try again in a minute."))
    except Unread as unread:
        findings.append(unread.finding)
    return findings


async def _findings(api: Api, line: Line, webhook_url: str, account: Account, real: bool) -> AsyncIterator[Finding]:
    if real and (wrong := unreachable(webhook_url)):
        yield wrong
    if account.by_token:
        for finding in _standing(await api.account(account.sid)):
            yield finding
    sender = spell(line.address)
    if line.address.kind is not AddressKind.PHONE:
        yield _by_hand(sender, "a short code or a name is set up by Twilio's staff", webhook_url)
    elif line.medium is Medium.SMS:
        async for finding in _number(api, sender, webhook_url, account, real):
            yield finding
    elif sender == _SANDBOX and real:
        why = "it is the WhatsApp sandbox, which no program can read"
        yield _by_hand(sender, why, webhook_url, place=_SANDBOX_PLACE)
    else:
        async for finding in _whatsapp(api, sender, webhook_url, account, real):
            yield finding


def _standing(account: Row) -> Iterator[Finding]:
    status, kind = str(account.get("status", "active")).lower(), str(account.get("type", "")).lower()
    if status != "active":
        what = f"The Twilio account is {status}: nothing is sent or received."
        yield Finding(severity=Severity.PROBLEM, what=what, cure="See its first page: https://console.twilio.com")
    elif kind == "trial":
        yield Finding(
            severity=Severity.WARNING,
            what="The Twilio account is on trial: it writes to verified numbers only, with a notice before each text.",
            cure="In the Twilio console verify the numbers you try it with, or upgrade the account.",
        )


async def _number(api: Api, sender: str, webhook_url: str, account: Account, real: bool) -> AsyncIterator[Finding]:
    page = await api.of_account(account.sid, "IncomingPhoneNumbers", PhoneNumber=sender)
    number = next((row for row in rows(page, "incoming_phone_numbers") if row.get("phone_number") == sender), None)
    if number is None:
        yield _absent(account, sender, "numbers", "Phone Numbers > Manage > Active numbers")
        return
    can = number.get("capabilities")
    if isinstance(can, dict) and can.get("sms") is False:
        yield Finding(
            severity=Severity.PROBLEM,
            what=f"{sender} cannot receive or send SMS.",
            cure=f"Choose a number with the capability SMS, and {_another(account)}.",
        )
    target = _of_number(number, _NUMBERS.format(sender))
    if app := number.get("sms_application_sid"):
        found = await api.of_account(account.sid, f"Applications/{app}")
        target = _of_number(found, _APPS.format(found.get("friendly_name") or app))
    service = await _service(api, "PhoneNumbers", "phone_numbers", "phone_number", sender)
    for finding in _with_service(sender, target, service, webhook_url, real):
        yield finding


async def _whatsapp(api: Api, sender: str, webhook_url: str, account: Account, real: bool) -> AsyncIterator[Finding]:
    found = None
    async for row in api.of_messaging("v2/Channels/Senders", "senders", Channel="whatsapp"):
        if row.get("sender_id") == sender:
            found = row
    if found is None:
        yield _absent(account, sender, "WhatsApp senders", "Messaging > Senders > WhatsApp senders")
        return
    status = str(found.get("status", ""))
    if not status.startswith("ONLINE"):
        reasons = ", ".join(str(reason.get("code")) for reason in rows(found, "offline_reasons") if reason.get("code"))
        what = f"The WhatsApp sender {sender} is {status or 'in an unknown state'}{f' ({reasons})' if reasons else ''}."
        place = "Messaging > Senders > WhatsApp senders"
        yield Finding(severity=Severity.PROBLEM, what=what, cure=f"See its state in the Twilio console under {place}.")
    hook = found.get("webhook")
    hook = hook if isinstance(hook, dict) else {}
    target = Target(
        url=hook.get("callback_url") or "",
        method=hook.get("callback_method") or "POST",
        fallback=hook.get("fallback_url") or "",
        place=_SENDERS.format(sender.partition(":")[2]),
    )
    service = await _service(api, "ChannelSenders", "senders", "sender", sender)
    for finding in _with_service(sender, target, service, webhook_url, real):
        yield finding
    if reports := hook.get("status_callback_url"):
        yield _reports(sender, reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A Messaging Service that a sender is in; `target` is None where it leaves the sender's own in force."""

    name: str
    target: Target | None
    reports: str


async def _service(api: Api, path: str, key: str, column: str, sender: str) -> Service | None:
    """The Messaging Service that has the sender in its pool: its settings silently override the sender's own."""
    services = [row async for row in api.of_messaging("v1/Services", "services") if row.get("sid")]
    found = await asyncio.gather(*(_has(api, str(row["sid"]), path, key, column, sender) for row in services))
    row = next((row for row, has in zip(services, found, strict=True) if has), None)
    if row is None:
        return None
    name = str(row.get("friendly_name") or row["sid"])
    target = Target(
        url=row.get("inbound_request_url") or "",
        method=row.get("inbound_method") or "POST",
        fallback=row.get("fallback_url") or "",
        place=_SERVICES.format(name),
    )
    own = row.get("use_inbound_webhook_on_number") is True
    return Service(name=name, target=None if own else target, reports=row.get("status_callback") or "")


async def _has(api: Api, service: str, path: str, key: str, column: str, sender: str) -> bool:
    return any([row.get(column) == sender async for row in api.of_messaging(f"v1/Services/{service}/{path}", key)])


def _with_service(
    sender: str, target: Target, service: Service | None, webhook_url: str, real: bool
) -> Iterator[Finding]:
    if service is not None and service.target is not None:
        what = f"{sender} is in the Messaging Service {service.name!r}, whose webhook counts and not its own."
        yield Finding(severity=Severity.OK, what=what)
        target = service.target
    yield from judged(sender, target, webhook_url, real=real)
    if service is not None and service.reports:
        yield _reports(sender, service.reports)


def _reports(sender: str, url: str) -> Finding:
    what = f"Reports go to {shown(url)} only for messages that name no address; each message of this app names its own."
    return Finding(severity=Severity.OK, what=f"{sender}: {what}")


def _of_number(row: Row, place: str) -> Target:
    return Target(
        url=row.get("sms_url") or "",
        method=row.get("sms_method") or "POST",
        fallback=row.get("sms_fallback_url") or "",
        place=place,
    )


def _absent(account: Account, sender: str, among: str, place: str) -> Finding:
    other = "give the line the account that has it, and its auth token"
    if account.own is None:
        other = "set the SID and token of the account that has it in TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    return Finding(
        severity=Severity.PROBLEM,
        what=f"{sender} is not among the {among} of this Twilio account.",
        cure=f"The account's are listed in the Twilio console under {place}: choose one and {_another(account)}, or "
        f"{other}.",
    )


def _another(account: Account) -> str:
    """Where a person enters another sender."""
    return "set it in TWILIO_FROM" if account.own is None else f"enter it: recado lines put {account.own} --address …"


def _by_hand(sender: str, why: str, webhook_url: str, *, place: str = "its settings") -> Finding:
    what = f"Where messages to {sender} are posted could not be looked up: {why}."
    return Finding(severity=Severity.WARNING, what=what, cure=enter(webhook_url, place))
