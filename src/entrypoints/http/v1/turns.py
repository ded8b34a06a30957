"""Turns: each run of the assistant, with what it asked for, what came of it, and what it cost."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Self

from fastapi import FastAPI, Query
from pydantic import Field

from core.conversation.message import TurnId
from core.conversation.turn import Asked as CallsAsked
from core.conversation.turn import ModelCall as Call
from core.conversation.turn import Step as Entry
from core.conversation.turn import TurnRecord, TurnState
from core.identity.model import Permission
from entrypoints.http.problems import INVALID, MALFORMED
from entrypoints.http.v1.operations import OF_A_CONVERSATION, Calling, Named, Operations, Store
from entrypoints.http.v1.paging import Cursor, Limit, Next, cursor_of, token_of
from entrypoints.http.v1.shapes import USAGE_EXAMPLE, Instant, Shape, Usage, utc, utc_or_none


class ToolCall(Shape):
    """A call of a tool that the model asked for."""

    id: str
    tool: str = Field(description="The name of the tool.")
    arguments: str = Field(description="What the model wrote for them, in JSON if it is well.")


class ToolResult(Shape):
    """What came of a call, in the words that the model was given."""

    call: str = Field(description="The id of the call.")
    text: str
    failed: bool


class Step(Shape):
    """An answer of the model that asks for tools, written down before any of them acts; and what came of it."""

    number: int = Field(description="Counts the model's answers in the turn.")
    text: str = Field(description="What the model said beside.")
    calls: list[ToolCall]
    effects: bool = Field(description="Whether one of the calls changes something.")
    model_call: str = Field(description="The id of the model call that this is the answer of.")
    results: list[ToolResult] | None = Field(description="In the order of the calls; null until all of them are there.")


class ModelCall(Shape):
    """One call of a language model."""

    id: str
    model: str = Field(description="Driver and model.")
    day: date = Field(description="The day it counts for, in the time zone of the agent.")
    usage: Usage

    @classmethod
    def of(cls, call: Call) -> Self:
        return cls(id=call.id, model=call.model, day=call.day, usage=Usage.of(call.usage))


class Turn(Shape):
    """One run of the assistant. A dead one failed for good; `why` says for what reason."""

    id: str
    conversation: str = Field(description="The id of the conversation.")
    state: TurnState
    why: str | None = Field(description="Why it failed, or ended without an answer.")
    attempts: int = Field(description="How often it failed so far.")
    supersedes: int = Field(description="How often a draft was dropped, as the contact wrote more.")
    read_to: int = Field(description="The number of the last message it answers.")
    model: str | None = Field(description="The model that was called last.")
    usage: Usage
    opened_at: Instant
    closed_at: Instant | None
    journal: list[Step] = Field(description="Every step, those of dropped drafts too.")
    model_calls: list[ModelCall] = Field(
        description="Every call of a model, in order; one that was never heard of again counts at its most."
    )

    @classmethod
    def of(cls, turn: TurnRecord) -> Self:
        return cls(
            id=turn.ref.id,
            conversation=turn.ref.conversation.id,
            state=turn.state,
            why=turn.why,
            attempts=turn.attempts,
            supersedes=turn.supersedes,
            read_to=turn.read_to,
            model=turn.model,
            usage=Usage.of(turn.usage),
            opened_at=utc(turn.opened_at),
            closed_at=utc_or_none(turn.closed_at),
            journal=_journal(turn.journal),
            model_calls=[ModelCall.of(call) for call in turn.calls],
        )


class Turns(Shape):
    """A page of turns."""

    items: list[Turn]
    next: Next


def _journal(entries: Iterable[Entry]) -> list[Step]:
    """Each answer of the model beside its results, which are an entry of their own with the same number."""
    asked: dict[int, CallsAsked] = {}
    results: dict[int, list[ToolResult]] = {}
    for step in entries:
        if isinstance(step.entry, CallsAsked):
            asked[step.number] = step.entry
        else:
            results[step.number] = [
                ToolResult(call=each.call, text=each.text, failed=each.failed) for each in step.entry.results
            ]
    return [
        Step(
            number=number,
            text=entry.text,
            calls=[ToolCall(id=call.id, tool=call.name, arguments=call.arguments) for call in entry.calls],
            effects=entry.effects,
            model_call=entry.call.id,
            results=results.get(number),
        )
        for number, entry in asked.items()
    ]


_EXAMPLE = {
    "id": "c3d5e7f90a1b4c2d8e6f7a9b0c1d2e3f",
    "conversation": "6f1c2a9b04e74b0f9d1e3c5a7b8d9e0f",
    "state": "committed",
    "why": None,
    "attempts": 0,
    "supersedes": 0,
    "read_to": 1,
    "model": "openai:gpt-6-luna",
    "usage": USAGE_EXAMPLE,
    "opened_at": "2026-03-02T12:00:01Z",
    "closed_at": "2026-03-02T12:00:03Z",
    "journal": [
        {
            "number": 0,
            "text": "",
            "calls": [{"id": "call_1", "tool": "add_expense", "arguments": '{"amount": "52,90"}'}],
            "effects": True,
            "model_call": "0-1",
            "results": [{"call": "call_1", "text": "R$ 52,90 is noted.", "failed": False}],
        }
    ],
    "model_calls": [{"id": "0-1", "model": "openai:gpt-6-luna", "day": "2026-03-02", "usage": USAGE_EXAMPLE}],
}
_DEAD = {
    **_EXAMPLE,
    "state": "dead",
    "why": "the model refused the key",
    "attempts": 5,
    "model": None,
    "usage": {"input": 0, "output": 0, "cached": 0, "cost": "0.000000000"},
    "journal": [],
    "model_calls": [],
}


def mount(api: FastAPI) -> None:
    operations = Operations(api, "turns")
    operations.add(
        "GET",
        "/turns",
        list_turns,
        needs=Permission.READ,
        example={"items": [_DEAD], "next": None},
        refusals=(MALFORMED, INVALID),
    )
    operations.add(
        "GET",
        "/conversations/{conversation}/turns",
        list_turns_of_conversation,
        needs=Permission.READ,
        example={"items": [_EXAMPLE], "next": None},
        refusals=(MALFORMED, *OF_A_CONVERSATION),
    )


async def list_turns(
    calling: Calling,
    store: Store,
    state: Annotated[TurnState | None, Query(description="Only turns that stand so; `dead` for what failed.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Turns:
    """The turns of every conversation, the last opened first."""
    found, token = await store.turns_of(calling.workspace, state=state, after=token_of(cursor), limit=limit)
    return Turns(items=[Turn.of(each) for each in found], next=cursor_of(token))


async def list_turns_of_conversation(
    conversation: Named, store: Store, cursor: Cursor = None, limit: Limit = 50
) -> Turns:
    """The turns of one conversation, the newest first."""
    last = token_of(cursor)
    before = None if last is None else TurnId(last)
    found = await store.turns(conversation.ref, before=before, limit=limit + 1)
    page = [Turn.of(each) for each in found[:limit]]
    return Turns(items=page, next=cursor_of(page[-1].id) if len(found) > limit else None)
