"""A chat in a pipe: each line is answered before the next is written, so that a script can hold a conversation."""

import asyncio
import sys
from contextlib import aclosing

from core.errors import Unavailable
from entrypoints.cli.person import Person
from entrypoints.cli.phone import Phone
from entrypoints.cli.screen import Pipe
from entrypoints.cli.talk import Effect, Talk

_LOOK_S = 20.0
_WHOLE_S = 0.4
"""Seconds without a further reply after which an answer counts as whole, if nothing is on its way to the phone."""
_COMING_S = 5.0


async def recite(phone: Phone, screen: Pipe, person: Person, *, patience: float) -> int:
    """Write each line and print what is answered, before the next. Answers how many lines got nowhere."""
    talk = Talk(phone, screen, person)
    await talk.turn_to(person)
    failed = 0
    async with aclosing(screen.typed()) as typed:
        async for line in typed:
            effect = await talk.enter(line)
            if effect is Effect.LEFT:
                break
            failed += effect is Effect.REFUSED
            if effect is Effect.SENT and not await _answered(phone, talk, screen, patience):
                failed += 1
                print(f"recado: no answer within {patience:g} s", file=sys.stderr)
    return failed


async def _answered(phone: Phone, talk: Talk, screen: Pipe, patience: float) -> bool:
    """Show replies until none comes any more; answers whether there was one."""
    clock = asyncio.get_running_loop().time
    address = talk.person.address
    ends, answered = clock() + patience, False
    while (left := ends - clock()) > 0:
        news = await phone.news(address, talk.cursors[address], wait=min(left, _LOOK_S))
        talk.cursors[address] = news.cursor
        for bubble in news.bubbles:
            if bubble.mine and bubble.problem is not None:
                raise Unavailable(f"The app did not take the message: {bubble.problem}")
            if screen.show(bubble):
                answered = True
                ends = clock() + _WHOLE_S
        if answered and news.coming:
            ends = max(ends, clock() + _COMING_S)
        elif answered and news.bubbles:
            ends = clock() + _WHOLE_S
    return answered
