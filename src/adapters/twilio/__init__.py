"""WhatsApp and SMS through Twilio. Delete this folder and its entry-point lines, and the rest stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.twilio.settings import LineCredentials, Settings
from core.conversation.ports import Channel
from core.driver import Driver, Surroundings


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[Channel]:
    from adapters.twilio.channel import opened

    async with opened(settings, surroundings) as channel:
        yield channel


driver: Driver[Channel] = Driver(
    summary="WhatsApp and SMS through Twilio", settings=Settings, credentials=LineCredentials, open=_open
)
