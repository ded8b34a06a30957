"""Where a message's life begins: verified, parsed, recorded, acknowledged. Nothing slow happens here."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response

from entrypoints.http.context import context_of
from entrypoints.http.security import Verified, verified_webhook
from entrypoints.logs import correlate


def mount(app: FastAPI) -> None:
    """Put the route on the app itself: an included router would match each request twice."""
    app.add_api_route(
        "/webhooks/{channel}/{line}", receive, methods=["POST"], include_in_schema=False, response_model=None
    )


async def receive(request: Request, webhook: Annotated[Verified, Depends(verified_webhook)]) -> Response:
    """Messages and delivery reports of one line. A 200 says that nothing of it can be lost any more."""
    if webhook.receipt.events:
        correlate(webhook.receipt.events[0].provider_id)

    await context_of(request).container.orchestrator().receive(webhook.line, webhook.receipt)

    return Response(webhook.receipt.body, media_type=webhook.receipt.content_type)
