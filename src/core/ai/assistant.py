"""The assistant: model and tools in turns, bounded, each step journaled before it is acted on."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.ai.agent import Agent
from core.ai.ports import Call, Completion, Image, Invalid, LanguageModel, Part, Prompt, Replied, Returned, Stop
from core.ai.prompt import history, instructions
from core.ai.tool import Effect, Skill, Tool, ToolContext
from core.conversation.facts import Fact, FactKind
from core.conversation.turn import Asked, Claim, Entry, News, Results, ToolCall, ToolResult, Usage
from core.errors import Rejected, Unavailable
from core.limits import Limits

Think = Callable[[Prompt], Awaitable[Completion]]
"""Asks the model; whoever runs the turn may break it off when there is news."""

Journal = Callable[[int, Entry], Awaitable[News]]
"""Stores a step; raises when the lease is lost."""

_TAKEN_OVER = "Not done: a colleague has taken over this conversation."
_ENOUGH = "Not done: too many calls in this turn. Answer with what you know."
_UNKNOWN = "It is not known whether this was done: it was begun before an interruption. Say so; do not try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the assistant wants to say, in Markdown. `usage` is what was consumed beyond the journaled steps."""

    text: str
    model: str
    usage: Usage
    facts: tuple[Fact, ...]

    @property
    def asks(self) -> bool:
        return self.text.rstrip().endswith("?")


@dataclass(slots=True)
class _Loop:
    """The state of one run of the tool loop."""

    claim: Claim
    parts: list[Part]
    steps: int
    """The number of the next step."""
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    facts: list[Fact] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    may_call: bool = True


class Assistant:
    """An agent with its model and skills. It knows conversations and tools, but neither store nor channel."""

    def __init__(self, *, model: LanguageModel, agent: Agent, skills: Sequence[Skill], limits: Limits) -> None:
        self.agent = agent
        self.model = model
        self._skills = tuple(skills)
        self._limits = limits
        self._tools: Mapping[str, Tool] = {tool.name: tool for skill in self._skills for tool in skill.tools}

    async def draft(self, claim: Claim, images: Mapping[str, Image], think: Think, journal: Journal) -> Draft:
        """Answer what the claim read, going on where its journal ends.

        Raises what the model and the tools raise; `Unavailable` for an answer without words, `Rejected` when the model
        declines without a word.
        """
        prompt = Prompt(
            instructions=instructions(claim, self.agent, self._skills), parts=(), tools=tuple(self._tools.values())
        )
        loop = _Loop(claim=claim, parts=list(history(claim.messages, images)), steps=claim.steps)
        await self._replay(loop, journal)
        while True:
            # Counted with the steps of earlier attempts and superseded drafts: a turn is bounded, not a run of it.
            if loop.steps + 1 >= self._limits.model_calls:
                loop.may_call = False
            completion = await think(
                replace(prompt, parts=tuple(loop.parts), may_call=loop.may_call and bool(prompt.tools))
            )
            if not completion.calls or not loop.may_call:
                loop.usage += completion.usage
                return _said(completion, loop)
            await self._step(loop, completion, journal)

    async def _replay(self, loop: _Loop, journal: Journal) -> None:
        """Read the journal as if it had just happened; act on a last step that has no results yet."""
        open_step: tuple[int, tuple[Call, ...]] | None = None
        for step in loop.claim.journal:
            match step.entry:
                case Asked(text=text, calls=calls):
                    read = tuple(self._read(call) for call in calls)
                    loop.parts.append(Replied(text=text, calls=read))
                    open_step = (step.number, read)
                    loop.calls.update((call.name, call.text) for call in read)
                case Results(results=results):
                    loop.parts += [Returned(call=result.call, text=result.text) for result in results]
                    if open_step is not None:
                        self._note_effects(loop, open_step[0], open_step[1], results)
                    open_step = None
        if open_step is not None:
            await self._act(loop, *open_step, journal, again=True)

    async def _step(self, loop: _Loop, completion: Completion, journal: Journal) -> None:
        number, calls = loop.steps, completion.calls
        loop.parts.append(Replied(text=completion.text, calls=calls))
        news = await journal(
            number,
            Asked(
                text=completion.text,
                calls=tuple(ToolCall(id=call.id, name=call.name, arguments=call.text) for call in calls),
                effects=any(self._effect(call) is not Effect.NONE for call in calls),
                usage=completion.usage,
                model=completion.model,
            ),
        )
        loop.steps += 1
        if news.refused:
            loop.parts += [Returned(call=call.id, text=_TAKEN_OVER) for call in calls]
            loop.usage += completion.usage
            loop.may_call = False
            return
        loop.calls.update((call.name, call.text) for call in calls)
        await self._act(loop, number, calls, journal, again=False)

    async def _act(self, loop: _Loop, number: int, calls: tuple[Call, ...], journal: Journal, *, again: bool) -> None:
        done_before = loop.calls.total() - len(calls)
        results = []
        for index, call in enumerate(calls):
            if done_before + index >= self._limits.tool_calls or loop.calls[call.name, call.text] > 2:
                results.append(ToolResult(call=call.id, text=_ENOUGH, failed=True))
                loop.may_call = False
            else:
                results.append(await self._call(loop.claim, number, index, call, again=again))
        await journal(number, Results(results=tuple(results)))
        self._note_effects(loop, number, calls, results)
        loop.parts += [Returned(call=result.call, text=result.text) for result in results]

    async def _call(self, claim: Claim, number: int, index: int, call: Call, *, again: bool) -> ToolResult:
        tool = self._tools.get(call.name)
        if tool is None:
            return ToolResult(call=call.id, text=f"There is no tool {call.name!r}.", failed=True)
        if isinstance(call.arguments, Invalid):
            return ToolResult(call=call.id, text=f"Not done: {call.arguments.why}", failed=True)
        if again and tool.effect is Effect.UNKEYED:
            return ToolResult(call=call.id, text=_UNKNOWN, failed=True)
        context = ToolContext(
            workspace=claim.contact.workspace,
            contact=claim.contact.id,
            conversation=claim.conversation.ref,
            key=_key(claim, number, index),
            now=claim.now,
        )
        try:
            return ToolResult(call=call.id, text=await tool.handler(call.arguments, context))
        except Rejected as error:
            return ToolResult(call=call.id, text=f"Not done: {error}", failed=True)

    def _read(self, call: ToolCall) -> Call:
        tool = self._tools.get(call.name)
        arguments = Invalid(why="the tool is gone") if tool is None else self.model.read(tool, call.arguments)
        return Call(id=call.id, name=call.name, text=call.arguments, arguments=arguments)

    def _effect(self, call: Call) -> Effect:
        tool = self._tools.get(call.name)
        return Effect.NONE if tool is None or isinstance(call.arguments, Invalid) else tool.effect

    def _note_effects(self, loop: _Loop, number: int, calls: tuple[Call, ...], results: Sequence[ToolResult]) -> None:
        for index, (call, result) in enumerate(zip(calls, results, strict=True)):
            if self._effect(call) is not Effect.NONE:
                outcome = "failed" if result.failed else "done"
                details = {"tool": call.name, "key": _key(loop.claim, number, index), "outcome": outcome}
                loop.facts.append(Fact(kind=FactKind.TOOL_ACTED, details=details))


def _key(claim: Claim, number: int, index: int) -> str:
    return f"{claim.turn.id}/{number}/{index}"


def _said(completion: Completion, loop: _Loop) -> Draft:
    if not completion.text.strip():
        if completion.stop is Stop.REFUSED:
            raise Rejected("the model declined to answer")
        raise Unavailable("the model answered without words")
    return Draft(text=completion.text, model=completion.model, usage=loop.usage, facts=tuple(loop.facts))
