"""Forgetting what was remembered last."""

from dataclasses import dataclass

from core.ai.tool import ToolContext
from core.skills.relationships.remembered import KINDS, describe
from core.skills.relationships.words import words_in
from core.skills.striking import strike_out_newest

_FORGET = "relationships.forget"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetLast:
    """It is always the newest, so there is nothing to say."""


async def forget_last(arguments: ForgetLast, context: ToolContext) -> str:
    words = words_in(context.language)
    struck = await strike_out_newest(context, KINDS, _FORGET)
    if struck is None:
        return words.nothing_to_forget
    return words.forgotten.format(thing=describe(struck.record, context, struck.at.astimezone(context.zone)))
