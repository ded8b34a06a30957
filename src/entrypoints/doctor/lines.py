"""Each line: is a genuine webhook taken and a forged one refused, and does the provider call this app?"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from urllib.parse import quote

from core.conversation.inspection import ChecksLines, Finding, Inspects, Rehearses
from core.conversation.ports import Channel
from core.errors import Permanent
from core.identity.medium import Medium
from core.identity.model import Line
from entrypoints.doctor.findings import doubt, fine, of_error, problem
from entrypoints.doctor.reaching import Answer, send
from entrypoints.doctor.setup import Setup

_MEDIA = {Medium.SMS: "by SMS", Medium.WHATSAPP: "on WhatsApp"}


def title(line: Line) -> str:
    return f"Line {line.id}: {line.address.value} {_MEDIA[line.medium]}"


def lacking(name: str, channel: Channel, lines: Sequence[Line], setup: Setup) -> Iterator[Finding]:
    """What the settings of a channel lack, that its lines need; that is no problem while nobody is to reach it."""
    if not isinstance(channel, ChecksLines):
        return
    own = [line for line in lines if line.channel == name]
    try:
        channel.unusable(own)
    except Permanent as error:
        if own or setup.is_public:
            yield from of_error(error)
            return
        yield doubt(
            f"The channel {name!r} has no account, and no line.",
            "To try everything without one: recado dev. To connect one, `recado drivers` says where to get each.",
        )


async def line_checked(
    line: Line, channels: Mapping[str, Channel], setup: Setup, base: str | None
) -> AsyncIterator[Finding]:
    """`base` is where the app answers; None if it does not run."""
    channel = channels.get(line.channel)
    if line.channel not in setup.settings.channels:
        cure = f"Add {line.channel} to RECADO_CHANNELS, or set RECADO_DATA to the folder of another set-up."
        yield problem(f"Its channel {line.channel!r} is switched off: nothing comes in.", cure)
        return
    if channel is None:
        yield doubt(f"It could not be looked at, as its channel {line.channel!r} is not open: see above.")
        return
    try:
        wrong = channel.unusable([line]).get(line.id) if isinstance(channel, ChecksLines) else None
    except Permanent:
        yield doubt("It could not be looked at, as there are no credentials for it: see the channels above.")
        return
    if wrong is not None:
        yield wrong
        if line.credentials:
            return  # they are lost, or none that the channel takes: there is nothing to sign a rehearsal with
    url = webhook_url(line, setup)
    if isinstance(channel, Rehearses):
        yield await _rehearsed(channel, line, url, setup, base)
    if isinstance(channel, Inspects) and (setup.runs or not setup.dev):
        for finding in await channel.inspect(line, url):
            yield finding


def webhook_url(line: Line, setup: Setup) -> str:
    """Where the provider is to post what people write to the line."""
    return f"{setup.settings.public_url}/webhooks/{quote(line.channel, safe='')}/{quote(line.id, safe='')}"


async def _rehearsed(channel: Rehearses, line: Line, url: str, setup: Setup, base: str | None) -> Finding:
    if base is None:
        return doubt(f"Webhooks could not be tried, as the app does not run: {url}", f"Start it: {setup.start}")
    acted = channel.rehearsal(line, url)
    public = setup.settings.public_url
    genuine, forged = await asyncio.gather(*(send(webhook, public, base) for webhook in (acted.genuine, acted.forged)))
    return rehearsal_judged(genuine, forged, url, public)


def rehearsal_judged(genuine: Answer, forged: Answer, url: str, public: str) -> Finding:
    """What the answers to both webhooks mean."""
    if forged.status and forged.status < 300:
        return problem(
            f"A forged webhook is taken ({forged.status}): whoever knows {url} can write as anybody.",
            "What answers there does not check signatures: it is not Recado, or a proxy answers for it. Stop it, and "
            "let the address lead to this app.",
        )
    if genuine.status == 200 and forged.status == 403:
        return fine("A genuine webhook is taken, and a forged one refused.")
    if genuine.status == 403:
        return problem(
            "The running app refuses a genuine webhook (403).",
            f"Either it was started with another address than {public}, or what is before it changes the path: give it "
            "the RECADO_PUBLIC_URL that the provider calls. Or it has another token, account or data folder than are "
            "set here: start it again with these settings.",
        )
    if genuine.status in (404, 405):
        cure = "Let the proxy pass path and method on as they are, or start the app again with this version."
        return problem(f"The running app does not know {url} ({genuine.status}).", cure)
    if genuine.status == 400:
        cure = "It is an older version of Recado: start it again."
        return doubt("The running app does not understand a rehearsal (400).", cure)
    if not genuine.status:
        return problem(f"The running app did not answer a genuine webhook: {genuine.why}.", "Its log says why.")
    return problem(
        f"A genuine webhook was answered with {genuine.status}, a forged one with {forged.status}.",
        "They should be 200 and 403. The app's log says why, or that of the proxy before it.",
    )
