"""The tools of one turn: what a call would do, doing it for the turn's own person, and what is to be known of it."""

from collections.abc import Sequence

from core.ai import hand_over
from core.ai.brief import Brief
from core.ai.ledger import Ledger
from core.ai.ports import Call, Invalid
from core.ai.prompt import Manners
from core.ai.records import Records, Scope
from core.ai.tool import Effect, Skill, ToolContext
from core.conversation.facts import Fact, FactKind
from core.conversation.turn import Claim, ToolCall, ToolResult
from core.errors import Rejected

_REASON = 300
"""Characters of what is kept of a reason to hand over."""
_UNKNOWN = "It is not known whether this was done: it was begun before an interruption. Say so; do not try again."


class Toolbox:
    """The skills of a brief, and the tool that every agent has, at work for the person of one claim."""

    def __init__(self, brief: Brief, records: Records, claim: Claim, manners: Manners) -> None:
        self.skills: Sequence[Skill] = (*brief.skills, hand_over.skill)
        self.tools = {tool.name: tool for skill in self.skills for tool in skill.tools}
        self._brief = brief
        self._records = records
        self._claim = claim
        self._manners = manners

    @property
    def abilities(self) -> tuple[str, ...]:
        """What the skills do, in the person's language."""
        language = self._manners.language
        return tuple(skill.abilities[language] for skill in self.skills if language in skill.abilities)

    def read(self, call: ToolCall, model: str) -> Call:
        """A journaled call, as the model that asked for it meant it: others may read its words in another way."""
        tool, reader = self.tools.get(call.name), self._brief.models.reader_of(model)
        arguments = Invalid(why="the tool is gone") if tool is None else reader.read(tool, call.arguments)
        return Call(id=call.id, name=call.name, text=call.arguments, arguments=arguments)

    def effect(self, call: Call) -> Effect:
        """What the call would do: nothing, where it could not be made at all."""
        tool = self.tools.get(call.name)
        return Effect.NONE if tool is None or isinstance(call.arguments, Invalid) else tool.effect

    async def run(self, call: Call, step: int, index: int, *, again: bool) -> ToolResult:
        """Make the call; `again`: it may have been made before."""
        tool = self.tools.get(call.name)
        if tool is None:
            return ToolResult(call=call.id, text=f"There is no tool {call.name!r}.", failed=True)
        if isinstance(call.arguments, Invalid):
            return ToolResult(call=call.id, text=f"Not done: {call.arguments.why}", failed=True)
        if again and tool.effect is Effect.UNKEYED:
            return ToolResult(call=call.id, text=_UNKNOWN, failed=True)
        try:
            return ToolResult(call=call.id, text=await tool.handler(call.arguments, self._context(step, index)))
        except Rejected as error:
            return ToolResult(call=call.id, text=f"Not done: {error}", failed=True)

    def facts(self, call: Call, step: int, index: int, result: ToolResult) -> Sequence[Fact]:
        """What is to be known of a call that had an effect."""
        outcome = "unknown" if result.text == _UNKNOWN else "failed" if result.failed else "done"
        details = {"tool": call.name, "key": self._key(step, index), "outcome": outcome}
        acted = Fact(kind=FactKind.TOOL_ACTED, details=details)
        if result.failed or not self.tools[call.name].hands_over:
            return [acted]
        reason = str(getattr(call.arguments, "reason", ""))[:_REASON]
        return [acted, Fact(kind=FactKind.HANDED_OVER, details={"reason": reason})]

    def _context(self, step: int, index: int) -> ToolContext:
        """Whom a tool acts for comes from the turn, whatever the model wrote."""
        claim, agent, key = self._claim, self._brief.agent, self._key(step, index)
        scope = Scope(workspace=claim.contact.workspace, contact=claim.contact.id)
        return ToolContext(
            workspace=scope.workspace,
            contact=scope.contact,
            conversation=claim.conversation.ref,
            key=key,
            now=claim.now,
            ledger=Ledger(records=self._records, scope=scope, key=key, now=claim.now),
            language=self._manners.language,
            currency=agent.currency,
            zone=self._manners.zone,
        )

    def _key(self, step: int, index: int) -> str:
        return f"{self._claim.turn.id}/{step}/{index}"
