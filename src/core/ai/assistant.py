"""The assistant: model and tools in turns, bounded, each step journaled before it is acted on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.ai.brief import Brief
from core.ai.budget import day_of
from core.ai.draft import Answered, CapReached, Draft, Journal, Think
from core.ai.ports import Call, Completion, Image, Part, Prompt, Replied, Returned, Stop
from core.ai.prompt import Manners, history, instructions, manners
from core.ai.records import Records
from core.ai.tool import Effect
from core.ai.toolbox import Toolbox
from core.conversation.facts import Fact, FactKind
from core.conversation.turn import Asked, Claim, Exhausted, Results, ToolCall, ToolResult
from core.errors import Rejected, Unavailable

_TAKEN_OVER = "Not done: a colleague has taken over this conversation."
_ENOUGH = "Not done: too many calls in this turn. Answer with what you know."


@dataclass(slots=True)
class _Loop:
    """The state of one run of the tool loop."""

    claim: Claim
    manners: Manners
    toolbox: Toolbox
    parts: list[Part]
    steps: int
    """The number of the next step."""
    model: str | None = None
    """The one that asked for tools in this draft: it hears of their results too."""
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    facts: list[Fact] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    """What tools with effects answered: the person must hear of it, also when a cap leaves no words for it."""
    may_call: bool = True


class Assistant:
    """An agent with its models, skills and records. It knows conversations and tools, but neither store nor channel."""

    def __init__(self, *, brief: Brief, records: Records) -> None:
        self.brief = brief
        self._records = records

    async def draft(
        self, brief: Brief, claim: Claim, images: Mapping[str, Image], think: Think, journal: Journal
    ) -> Draft:
        """Answer what the claim read, going on where its journal ends, on the brief that its turn began with.

        Raises what the model and the tools raise; `Unavailable` for an answer without words, `Rejected` when the model
        declines without a word.
        """
        return await _Drafting(brief, self._records, think, journal).draft(claim, images)


class _Drafting:
    """One draft, on one brief."""

    def __init__(self, brief: Brief, records: Records, think: Think, journal: Journal) -> None:
        self._brief = brief
        self._records = records
        self._think = think
        self._journal = journal

    async def draft(self, claim: Claim, images: Mapping[str, Image]) -> Draft:
        agent, limits = self._brief.agent, self._brief.limits
        how = manners(claim, agent)
        toolbox = Toolbox(self._brief, self._records, claim, how)
        prompt = Prompt(
            instructions=instructions(claim, agent, toolbox.skills, how),
            parts=(),
            tools=tuple(toolbox.tools.values()),
            language=how.language,
            greeting=how.greeting,
            abilities=toolbox.abilities,
        )
        parts = list(history(claim.messages, images))
        loop = _Loop(claim=claim, manners=how, toolbox=toolbox, parts=parts, steps=claim.steps)
        await self._replay(loop)
        while True:
            # Counted with the steps of earlier attempts and superseded drafts: a turn is bounded, not a run of it.
            if loop.steps + 1 >= limits.model_calls:
                loop.may_call = False
            asked = replace(prompt, parts=tuple(loop.parts), may_call=loop.may_call)
            try:
                answered = await self._think(asked, loop.model)
            except CapReached as reached:
                return self._cut_short(loop, reached.exhausted)
            if not answered.completion.calls or not loop.may_call:
                return _said(answered.completion, loop)
            await self._step(loop, answered)

    def _cut_short(self, loop: _Loop, exhausted: Exhausted) -> Draft:
        """What to say when a cap is reached: what was done, and once a day that it is."""
        agent = self._brief.agent
        notice = [] if exhausted.told else [agent.say(agent.cap_reached, loop.manners.language)]
        day = day_of(loop.claim.now, agent.zone)
        fact = Fact(kind=FactKind.CAP_REACHED, details={"whose": exhausted.whose, "day": day.isoformat()})
        text = "\n\n".join([*loop.done, *notice])
        return Draft(text=text, facts=(*loop.facts, fact), silent=not text.strip())

    async def _replay(self, loop: _Loop) -> None:
        """Read the journal as if it had just happened; act on a last step that has no results yet."""
        open_step: tuple[int, tuple[Call, ...]] | None = None
        for step in loop.claim.journal:
            match step.entry:
                case Asked(text=text, calls=calls, call=call):
                    loop.model = call.model
                    read = tuple(loop.toolbox.read(each, call.model) for each in calls)
                    loop.parts.append(Replied(text=text, calls=read))
                    open_step = (step.number, read)
                    loop.calls.update((each.name, each.text) for each in read)
                case Results(results=results):
                    loop.parts += [Returned(call=result.call, text=result.text) for result in results]
                    loop.may_call &= all(result.text != _ENOUGH for result in results)
                    if open_step is not None:
                        self._note_effects(loop, open_step[0], open_step[1], results)
                    open_step = None
        if open_step is not None:
            await self._act(loop, *open_step, again=True)

    async def _step(self, loop: _Loop, answered: Answered) -> None:
        completion = answered.completion
        number, calls = loop.steps, completion.calls
        loop.model = answered.call.model
        loop.parts.append(Replied(text=completion.text, calls=calls))
        news = await self._journal(
            number,
            Asked(
                text=completion.text,
                calls=tuple(ToolCall(id=call.id, name=call.name, arguments=call.text) for call in calls),
                effects=any(loop.toolbox.effect(call) is not Effect.NONE for call in calls),
                call=answered.call,
            ),
        )
        loop.steps += 1
        if news.refused:
            loop.parts += [Returned(call=call.id, text=_TAKEN_OVER) for call in calls]
            loop.may_call = False
            return
        loop.calls.update((call.name, call.text) for call in calls)
        await self._act(loop, number, calls, again=False)

    async def _act(self, loop: _Loop, number: int, calls: tuple[Call, ...], *, again: bool) -> None:
        done_before = loop.calls.total() - len(calls)
        results = []
        for index, call in enumerate(calls):
            if done_before + index >= self._brief.limits.tool_calls or loop.calls[call.name, call.text] > 2:
                results.append(ToolResult(call=call.id, text=_ENOUGH, failed=True))
                loop.may_call = False
            else:
                results.append(await loop.toolbox.run(call, number, index, again=again))
        await self._journal(number, Results(results=tuple(results)))
        self._note_effects(loop, number, calls, results)
        loop.parts += [Returned(call=result.call, text=result.text) for result in results]

    @staticmethod
    def _note_effects(loop: _Loop, number: int, calls: Sequence[Call], results: Sequence[ToolResult]) -> None:
        for index, (call, result) in enumerate(zip(calls, results, strict=True)):
            if loop.toolbox.effect(call) is not Effect.NONE:
                loop.facts += loop.toolbox.facts(call, number, index, result)
                loop.done += [] if result.failed else [result.text]


def _said(completion: Completion, loop: _Loop) -> Draft:
    if not completion.text.strip():
        if completion.stop is Stop.REFUSED:
            raise Rejected("the model declined to answer")
        raise Unavailable("the model answered without words")
    return Draft(text=completion.text, facts=tuple(loop.facts))
