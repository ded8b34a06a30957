"""The reusable dependency behind every webhook: nobody gets past it who has not proved to be the line's provider."""

from dataclasses import dataclass

from fastapi import Request

from core.conversation.ports import Receipt, Webhook
from core.errors import Untrusted
from core.identity.model import Line, LineId
from entrypoints.http.context import context_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A webhook that its channel vouches for, and the line it is about."""

    line: Line
    receipt: Receipt


async def verified_webhook(request: Request) -> Verified:
    """The request as its channel reads it.

    Raises `Untrusted`, also for a channel or line that does not exist: a stranger learns nothing from the difference.

    The URL is the configured public one with the raw path and query, never what the request says of its host.
    """
    context = context_of(request)
    scope = request.scope
    name: str = scope["path_params"]["channel"]
    channel = context.container.channels().get(name)
    line = await context.container.store().line(LineId(scope["path_params"]["line"]))
    if channel is None or line is None or line.channel != name:
        raise Untrusted("no such channel or line")
    query: bytes = scope["query_string"]
    webhook = Webhook(
        method=scope["method"],
        url=f"{context.public_url}{scope['raw_path'].decode('latin-1')}{'?' if query else ''}{query.decode('latin-1')}",
        headers={key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]},
        body=await request.body(),
    )
    return Verified(line=line, receipt=channel.receive(webhook, line))
