"""Hinting at a conversation without ever depending on it."""

import asyncio
from datetime import timedelta

from core.conversation.message import ConversationRef
from core.conversation.ports import WakeQueue
from core.errors import Unavailable
from core.limits import Limits
from core.log import Log


async def wake(queue: WakeQueue, conversation: ConversationRef, after: timedelta, limits: Limits, log: Log) -> None:
    """Put a hint, under a short timeout. One that cannot be put costs time, not an answer: the sweep finds the work.

    Each is counted by its event; the queue's driver says once that there is an outage.
    """
    try:
        async with asyncio.timeout(limits.wake_timeout.total_seconds()):
            await queue.put(conversation, after)
    except (TimeoutError, Unavailable) as error:
        log.debug("wake lost", why=str(error) or "timeout", conversation=conversation.id)
    else:
        log.debug("wake put", conversation=conversation.id)
