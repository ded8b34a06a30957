"""The OpenAI driver over real sockets: what it sends, what it makes of odd answers, and of every fault."""

import asyncio
import json
import logging
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI, DefaultAioHttpClient
from pydantic import SecretStr

from adapters.openai import Settings, driver
from adapters.openai.dialect import Dialect
from adapters.openai.model import OpenAIModel
from core.ai.ports import Call, Completion, Image, Invalid, LanguageModel, Prompt, Replied, Returned, Said, Stop
from core.ai.tool import Effect, Tool
from core.conversation.turn import Usage
from core.driver import Surroundings
from core.errors import Permanent, RecadoError, Rejected, Unavailable
from tests.contracts.language_model import ADD_EXPENSE, BALANCE, GIVEN, MEANT, Expense, Way, never, prompt
from tests.integration.openai_server import Fault, Rule, Server, serving

KEY = "sk-proj-not-a-real-one"
WORDS = "meu telefone é +55 11 91234-5678"

Opener = Callable[..., AbstractAsyncContextManager[LanguageModel]]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@asynccontextmanager
async def opened(url: str, *, turns: int = 20) -> AsyncIterator[LanguageModel]:
    settings = Settings(openai_api_key=SecretStr(KEY), openai_base_url=url, openai_model="scripted")
    surroundings = Surroundings(data=Path(), public_url="http://127.0.0.1", turn_limit=turns, works=True)
    async with driver.open(settings, surroundings) as model:
        yield model


@pytest.fixture
async def model(server: Server) -> AsyncIterator[LanguageModel]:
    async with opened(server.url) as model:
        yield model


@asynccontextmanager
async def speaking(url: str, dialect: Dialect, *, read_s: float = 5.0) -> AsyncIterator[LanguageModel]:
    """The model as the driver builds it, with another dialect or less patience."""
    timeout = httpx2.Timeout(connect=1, read=read_s, write=1, pool=1)
    async with (
        DefaultAioHttpClient(timeout=timeout) as http,
        AsyncOpenAI(api_key=KEY, base_url=url, max_retries=0, timeout=timeout, http_client=http) as client,
    ):
        yield OpenAIModel(client, "scripted", dialect)


def answering(**message: Any) -> Rule:
    return Rule(message=message)


def asking(arguments: Any = None, **call: Any) -> dict[str, Any]:
    given = json.dumps(GIVEN) if arguments is None else arguments
    return {"id": "call_a", "type": "function", "function": {"name": "add_expense", "arguments": given}, **call}


def calls(*tool_calls: dict[str, Any], **rest: Any) -> Rule:
    return answering(**({"content": None, "tool_calls": list(tool_calls)} | rest))


async def completed(model: LanguageModel, server: Server, rule: Rule, **rest: Any) -> Completion:
    server.rules = (rule,)
    return await model.complete(prompt("oi", **({"tools": (ADD_EXPENSE, BALANCE)} | rest)))


class TestWhatIsSent:
    async def test_a_prompt_becomes_messages_in_order(self, model: LanguageModel, server: Server) -> None:
        call = Call(id="call_1", name="add_expense", text=json.dumps(GIVEN), arguments=MEANT)
        parts = (
            Said(text="gastei 12,50"),
            Replied(text="Um momento", calls=(call,)),
            Returned(call="call_1", text="Anotado."),
            Replied(text="Pronto."),
            Said(text="obrigado"),
        )

        await model.complete(Prompt(instructions="Be brief.", parts=parts))

        assert server.requests[0].messages == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "gastei 12,50"},
            {
                "role": "assistant",
                "content": "Um momento",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "add_expense", "arguments": json.dumps(GIVEN)},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "Anotado."},
            {"role": "assistant", "content": "Pronto."},
            {"role": "user", "content": "obrigado"},
        ]

    async def test_a_picture_goes_along_as_a_data_url(self, model: LanguageModel, server: Server) -> None:
        picture = Image(content_type="image/png", body=b"\x89PNG")

        await model.complete(Prompt(instructions="", parts=(Said(text="veja", images=(picture,)),)))

        assert server.requests[0].messages[1]["content"] == [
            {"type": "text", "text": "veja"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
        ]

    async def test_a_compatible_server_is_sent_only_what_every_server_knows(
        self, model: LanguageModel, server: Server
    ) -> None:
        await model.complete(prompt("oi", tools=(ADD_EXPENSE,), max_output=99))

        body = server.requests[0].body
        assert body.keys() == {"model", "messages", "max_tokens", "tools"}
        assert (body["model"], body["max_tokens"]) == ("scripted", 99)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"

    async def test_openai_is_told_to_store_nothing_and_not_to_ponder(self, server: Server) -> None:
        async with speaking(server.url, Dialect.of("https://api.openai.com/v1")) as model:
            await model.complete(prompt("oi", max_output=99))

        body = server.requests[0].body
        assert body.keys() == {"model", "messages", "max_completion_tokens", "store", "reasoning_effort"}
        assert (body["store"], body["reasoning_effort"], body["max_completion_tokens"]) == (False, "none", 99)

    async def test_tools_stay_named_when_none_may_be_called(self, model: LanguageModel, server: Server) -> None:
        await model.complete(prompt("oi", tools=(BALANCE,), may_call=False))

        body = server.requests[0].body
        assert body["tool_choice"] == "none"
        assert [tool["function"]["name"] for tool in body["tools"]] == ["balance"]

    async def test_the_schema_of_a_tool_is_closed(self, model: LanguageModel, server: Server) -> None:
        await model.complete(prompt("oi", tools=(ADD_EXPENSE, BALANCE)))

        expense, balance = (tool["function"] for tool in server.requests[0].body["tools"])
        assert expense["description"] == "Write down an expense."
        assert expense["parameters"]["required"] == ["what", "amount", "on"]
        assert expense["parameters"]["additionalProperties"] is False
        assert expense["parameters"]["properties"]["on"] == {"type": "string", "format": "date"}
        assert expense["parameters"]["properties"]["note"]["description"] == "Whatever else was said of it."
        assert balance["parameters"] == {
            "description": "No arguments.",
            "type": "object",
            "properties": {},
            "additionalProperties": False,
        }

    async def test_in_strict_mode_everything_is_required_and_defaults_may_be_null(self, server: Server) -> None:
        everything = GIVEN | {"parts": None, "way": None, "note": None}
        async with speaking(server.url, Dialect(strict=True)) as model:
            completion = await completed(model, server, calls(asking(json.dumps(everything))))

        tool = server.requests[0].body["tools"][0]["function"]
        assert tool["strict"] is True
        assert tool["parameters"]["required"] == ["what", "amount", "on", "parts", "way", "note"]
        assert tool["parameters"]["properties"]["parts"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
        assert tool["parameters"]["properties"]["way"] == {"anyOf": [{"$ref": "#/$defs/Way"}, {"type": "null"}]}
        assert "default" not in json.dumps(tool["parameters"])
        assert completion.calls[0].arguments == replace(MEANT, parts=1, way=Way.CASH, note=None)

    async def test_a_tool_beyond_strict_mode_is_described_without_it(self, server: Server) -> None:
        @dataclass(frozen=True, kw_only=True)
        class Loose:
            scores: dict[str, int] = field(default_factory=dict)

        loose = Tool(name="loose", description="", arguments=Loose, handler=never, effect=Effect.NONE)
        async with speaking(server.url, Dialect(strict=True)) as model:
            await model.complete(prompt("oi", tools=(loose, BALANCE)))

        first, second = (tool["function"] for tool in server.requests[0].body["tools"])
        assert "strict" not in first
        assert first["parameters"]["properties"]["scores"]["additionalProperties"] == {"type": "integer"}
        assert second["strict"] is True

    async def test_what_a_model_wrote_amiss_is_not_shown_to_servers_that_parse_it(
        self, model: LanguageModel, server: Server
    ) -> None:
        call = Call(id="call_1", name="add_expense", text='{"half', arguments=Invalid(why="half"))

        await model.complete(Prompt(instructions="", parts=(Replied(text="", calls=(call,)),)))

        assert server.requests[0].messages[1]["content"] is None
        assert server.requests[0].messages[1]["tool_calls"][0]["function"]["arguments"] == "{}"


class TestAnswers:
    async def test_words(self, model: LanguageModel) -> None:
        completion = await model.complete(prompt("oi"))

        assert completion.text == "You said: oi"
        assert (completion.stop, completion.model, completion.calls) == (Stop.END, "scripted", ())
        assert completion.usage.input > completion.usage.cached > 0
        assert completion.usage.output > 0

    async def test_a_call_has_its_arguments_read(self, model: LanguageModel, server: Server) -> None:
        completion = await completed(model, server, calls(asking(), content="Um momento"))

        assert completion.stop is Stop.CALLS
        assert completion.calls == (Call(id="call_a", name="add_expense", text=json.dumps(GIVEN), arguments=MEANT),)

    async def test_calls_and_words_come_together(self, model: LanguageModel, server: Server) -> None:
        rule = answering(content="Um momento", tool_calls=[asking(), asking(id="call_b")])

        completion = await completed(model, server, rule)

        assert completion.text == "Um momento"
        assert [call.id for call in completion.calls] == ["call_a", "call_b"]

    async def test_a_rule_of_the_server_fills_arguments_from_what_was_said(
        self, model: LanguageModel, server: Server
    ) -> None:
        arguments = {"what": "{what}", "amount": "{amount}", "on": "2026-11-03"}
        server.rules = (
            Rule(
                when=r"gastei (?P<amount>\d+) em (?P<what>\w+)",
                calls=[{"name": "add_expense", "arguments": arguments}],
                say="Anotei: {result}",
            ),
        )
        asked = prompt("gastei 12 em café", tools=(ADD_EXPENSE,))

        first = await model.complete(asked)
        parts = (
            *asked.parts,
            Replied(text=first.text, calls=first.calls),
            Returned(call=first.calls[0].id, text="ok"),
        )
        second = await model.complete(Prompt(instructions="", parts=parts, tools=(ADD_EXPENSE,)))

        assert first.calls[0].arguments == Expense(what="café", amount=Decimal(12), on=date(2026, 11, 3))
        assert (second.text, second.calls) == ("Anotei: ok", ())

    async def test_a_tool_that_does_not_exist_is_a_call_that_cannot_be_read(
        self, model: LanguageModel, server: Server
    ) -> None:
        asked = asking(function={"name": "transfer", "arguments": "{}"})

        (call,) = (await completed(model, server, calls(asked))).calls

        assert call.name == "transfer"
        assert call.arguments == Invalid(why="there is no such tool; there are: add_expense, balance")

    async def test_arguments_that_make_no_sense_are_a_call_that_cannot_be_read(
        self, model: LanguageModel, server: Server
    ) -> None:
        (call,) = (await completed(model, server, calls(asking('{"what": "caf')))).calls

        assert call.text == '{"what": "caf'
        assert isinstance(call.arguments, Invalid)

    async def test_calls_without_end(self, model: LanguageModel, server: Server) -> None:
        server.rules = (Rule(calls=[{"name": "balance"}], forever=True),)
        parts: list[Any] = [Said(text="saldo?")]

        for step in range(4):
            completion = await model.complete(Prompt(instructions="", parts=tuple(parts), tools=(BALANCE,)))
            assert [call.name for call in completion.calls] == ["balance"]
            parts += [Replied(text="", calls=completion.calls), Returned(call=completion.calls[0].id, text=f"{step}")]

        asked = [call.id for part in parts if isinstance(part, Replied) for call in part.calls]
        assert len(set(asked)) == 4

    async def test_a_refusal(self, model: LanguageModel, server: Server) -> None:
        completion = await completed(model, server, Rule(fault="refusal"))

        assert (completion.text, completion.stop) == ("I'm sorry, I can't help with that.", Stop.REFUSED)

    @pytest.mark.parametrize(("fault", "stop"), [("content_filter", Stop.REFUSED), ("length", Stop.LENGTH)])
    async def test_words_that_were_cut(self, model: LanguageModel, server: Server, fault: str, stop: Stop) -> None:
        completion = await completed(model, server, Rule(fault=fault))

        assert completion.text
        assert completion.stop is stop

    async def test_a_filter_may_leave_no_words(self, model: LanguageModel, server: Server) -> None:
        rule = Rule(message={"content": None}, finish_reason="content_filter")

        completion = await completed(model, server, rule)

        assert (completion.text, completion.stop) == ("", Stop.REFUSED)


class TestCompatibleServers:
    async def test_usage_and_model_may_be_missing(self, model: LanguageModel, server: Server) -> None:
        completion = await completed(model, server, Rule(without=["usage", "model", "id", "created"]))

        assert (completion.usage, completion.model) == (Usage(), "scripted")

    @pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": None}, {"prompt_tokens": "7"}])
    async def test_usage_may_be_odd(self, model: LanguageModel, server: Server, usage: Any) -> None:
        body = {"choices": [{"message": {"content": "oi"}}], "usage": usage}

        assert (await completed(model, server, Rule(body=body))).usage == Usage()

    async def test_ids_that_are_empty_or_doubled_are_made_the_same_way_each_time(
        self, model: LanguageModel, server: Server
    ) -> None:
        rule = calls(asking(id=""), asking(id=None), asking(id="x"), asking(id="x"))

        first, again = await completed(model, server, rule), await completed(model, server, rule)

        ids = [call.id for call in first.calls]
        assert ids == [call.id for call in again.calls]
        assert len(set(ids)) == 4
        assert ids[2] == "x"

    async def test_an_id_used_earlier_in_the_prompt_is_not_used_again(
        self, model: LanguageModel, server: Server
    ) -> None:
        server.rules = (calls(asking(id="call_0"), asking(id="")),)
        earlier = Call(id="call_0", name="balance", text="{}", arguments=None)
        parts = (Said(text="?"), Replied(text="", calls=(earlier,)), Returned(call="call_0", text="7"), Said(text="?"))

        completion = await model.complete(Prompt(instructions="", parts=parts, tools=(ADD_EXPENSE,)))

        assert len({"call_0"} | {call.id for call in completion.calls}) == 3

    async def test_arguments_may_be_an_object(self, model: LanguageModel, server: Server) -> None:
        (call,) = (await completed(model, server, calls(asking(GIVEN)))).calls

        assert call.arguments == MEANT
        assert model.read(ADD_EXPENSE, call.text) == MEANT

    @pytest.mark.parametrize("arguments", [None, "", "{}", {}])
    async def test_no_arguments_may_be_written_in_any_way(
        self, model: LanguageModel, server: Server, arguments: Any
    ) -> None:
        asked = {"id": "call_a", "function": {"name": "balance", "arguments": arguments}}

        (call,) = (await completed(model, server, calls(asked))).calls

        assert call.text == "{}"
        assert not isinstance(call.arguments, Invalid)

    async def test_content_may_be_a_list_of_parts(self, model: LanguageModel, server: Server) -> None:
        content = [
            {"type": "thinking", "thinking": "hm"},
            {"type": "text", "text": "Bom "},
            {"type": "text", "text": "dia"},
            None,
        ]

        assert (await completed(model, server, answering(content=content))).text == "Bom dia"

    async def test_calls_are_ignored_when_none_may_be_made(self, model: LanguageModel, server: Server) -> None:
        rule = answering(content="Pronto.", tool_calls=[asking()])

        completion = await completed(model, server, rule, may_call=False)

        assert (completion.text, completion.calls, completion.stop) == ("Pronto.", (), Stop.END)

    async def test_calls_alone_are_no_answer_when_none_may_be_made(self, model: LanguageModel, server: Server) -> None:
        with pytest.raises(Unavailable, match="empty"):
            await completed(model, server, calls(asking()), may_call=False)

    @pytest.mark.parametrize(
        ("error", "family"),
        [
            ({"code": 429, "message": "slow down"}, Unavailable),
            ({"code": 402, "message": "pay"}, Permanent),
            ({"code": "weird", "message": "?"}, Unavailable),
            ("out of memory", Unavailable),
        ],
    )
    async def test_an_error_may_come_with_status_200(
        self, model: LanguageModel, server: Server, error: Any, family: type[RecadoError]
    ) -> None:
        with pytest.raises(family):
            await completed(model, server, Rule(body={"error": error}))

    @pytest.mark.parametrize(
        ("refused", "change"),
        [
            ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_completion_tokens"),
            ("Function tools with reasoning_effort are not supported, set it to 'none'.", "reasoning_effort"),
        ],
    )
    async def test_a_word_that_is_wanted_is_learned(
        self, model: LanguageModel, server: Server, refused: str, change: str
    ) -> None:
        error = {"message": refused, "type": "invalid_request_error", "param": None, "code": None}
        server.rules = (Rule(status=400, body={"error": error}, times=1),)

        for _ in range(2):
            await model.complete(prompt("oi", tools=(BALANCE,)))

        assert [change in request.body for request in server.requests] == [False, True, True]

    @pytest.mark.parametrize("word", ["max_completion_tokens", "store", "reasoning_effort", "strict"])
    async def test_a_word_that_is_refused_is_not_said_again(self, server: Server, word: str) -> None:
        detail = [{"type": "extra_forbidden", "loc": ["body", word], "msg": "Extra inputs are not permitted"}]
        server.rules = (Rule(status=422, body={"detail": detail}, times=1),)
        async with speaking(server.url, Dialect.of("https://api.openai.com/v1")) as model:
            await asyncio.gather(*(model.complete(prompt("oi", tools=(BALANCE,))) for _ in range(5)))
            await model.complete(prompt("oi", tools=(BALANCE,)))

        assert f'"{word}"' in json.dumps(server.requests[0].body)
        assert f'"{word}"' not in json.dumps(server.requests[-1].body)

    async def test_words_of_the_person_in_a_refusal_teach_nothing(self, model: LanguageModel, server: Server) -> None:
        # The server quotes the prompt, whatever it refuses.
        error = {"message": "Bad message: say max_tokens", "type": "invalid_request_error", "param": None}
        server.rules = (Rule(when="say", status=400, body={"error": error}),)
        with pytest.raises(Rejected):
            await model.complete(prompt("say max_tokens"))

        await model.complete(prompt("oi"))

        assert "max_tokens" in server.requests[-1].body

    async def test_a_server_that_refuses_every_word_is_not_asked_for_ever(self, server: Server) -> None:
        message = "max_tokens max_completion_tokens store reasoning_effort strict schema"
        server.rules = (Rule(status=400, body={"error": {"message": message}}),)
        async with speaking(server.url, Dialect.of("https://api.openai.com/v1")) as model:
            with pytest.raises(Rejected):
                await model.complete(prompt("oi", tools=(BALANCE,)))

        assert server.count <= 5


UNAVAILABLE = [
    Fault.RATE_LIMITED,
    Fault.ERROR,
    Fault.OVERLOADED,
    Fault.DROP,
    Fault.TRUNCATED,
    Fault.GARBAGE,
    Fault.HTML,
    Fault.EMPTY,
    Fault.NO_CHOICES,
]
PERMANENT = [Fault.INSUFFICIENT_QUOTA, Fault.BAD_KEY, Fault.FORBIDDEN, Fault.NO_MODEL]
REJECTED = [Fault.TOO_LONG, Fault.FILTERED]


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "family"),
        [
            *((fault, Unavailable) for fault in UNAVAILABLE),
            *((fault, Permanent) for fault in PERMANENT),
            *((fault, Rejected) for fault in REJECTED),
        ],
    )
    async def test_a_fault_is_of_its_family_after_one_request_and_quotes_nothing(
        self, model: LanguageModel, server: Server, fault: Fault, family: type[RecadoError]
    ) -> None:
        server.rules = (Rule(fault=fault),)

        with pytest.raises(family) as raised:
            await model.complete(prompt(WORDS))

        assert server.count == 1
        told = f"{raised.value!r} {''.join(traceback.format_exception(raised.value))}"
        assert WORDS not in told
        assert "91234" not in told
        assert KEY not in told

    @pytest.mark.parametrize("fault", UNAVAILABLE)
    async def test_the_next_call_works_after_a_fault(self, server: Server, model: LanguageModel, fault: Fault) -> None:
        server.rules = (Rule(fault=fault, times=1),)
        with pytest.raises(Unavailable):
            await model.complete(prompt("oi"))

        assert (await model.complete(prompt("oi"))).text == "You said: oi"

    @pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 504, 529])
    async def test_what_may_pass(self, model: LanguageModel, server: Server, status: int) -> None:
        with pytest.raises(Unavailable):
            await completed(model, server, Rule(status=status, body={"detail": "…"}))

    @pytest.mark.parametrize("status", [401, 402, 403, 404, 410])
    async def test_what_a_person_must_mend(self, model: LanguageModel, server: Server, status: int) -> None:
        with pytest.raises(Permanent):
            await completed(model, server, Rule(status=status, body={"detail": "…"}))

    @pytest.mark.parametrize(
        ("error", "family"),
        [
            ({"message": "…", "param": "messages[3].content", "code": None}, Rejected),
            (
                {"message": "…", "param": "tools[0].function.parameters", "code": "invalid_function_parameters"},
                Permanent,
            ),
            ({"message": "…", "param": "model", "code": "model_not_found"}, Permanent),
            ({"message": "This model's maximum context length is 8192 tokens", "code": 400}, Rejected),
        ],
    )
    async def test_a_bad_request_is_the_prompt_or_the_set_up(
        self, model: LanguageModel, server: Server, error: dict[str, Any], family: type[RecadoError]
    ) -> None:
        with pytest.raises(family):
            await completed(model, server, Rule(status=400, body={"error": error}))

    @pytest.mark.parametrize(
        ("headers", "after"),
        [
            ({"retry-after": "7"}, timedelta(seconds=7)),
            ({"retry-after": "0.5"}, timedelta(seconds=0.5)),
            ({"retry-after-ms": "250", "retry-after": "7"}, timedelta(milliseconds=250)),
            (
                {"date": "Sun, 01 Nov 2026 10:00:00 GMT", "retry-after": "Sun, 01 Nov 2026 10:02:00 GMT"},
                timedelta(minutes=2),
            ),
            ({"retry-after": "Sun, 01 Nov 2020 10:00:00 GMT"}, timedelta(0)),
            ({"retry-after": "99999999999999999999"}, timedelta(days=1)),
            ({"x-ratelimit-reset-requests": "120ms", "x-ratelimit-reset-tokens": "6m0s"}, timedelta(minutes=6)),
            (
                {
                    "x-ratelimit-remaining-requests": "0",
                    "x-ratelimit-reset-requests": "1s",
                    "x-ratelimit-remaining-tokens": "90000",
                    "x-ratelimit-reset-tokens": "6m0s",
                },
                timedelta(seconds=1),
            ),
            ({"retry-after": "soon", "x-ratelimit-reset-requests": "?"}, None),
            ({}, None),
        ],
    )
    async def test_how_long_to_wait_is_passed_on(
        self, model: LanguageModel, server: Server, headers: dict[str, str], after: timedelta | None
    ) -> None:
        with pytest.raises(Unavailable) as raised:
            await completed(model, server, Rule(fault="rate_limited", headers=headers))

        assert raised.value.after == after

    async def test_a_server_that_hangs_is_given_up(self, server: Server) -> None:
        server.rules = (Rule(fault="hang"),)
        async with speaking(server.url, Dialect(), read_s=0.1) as model:
            with pytest.raises(Unavailable, match="in time"):
                await model.complete(prompt("oi"))

    async def test_a_server_that_is_not_there(self) -> None:
        async with serving() as gone:
            url = gone.url
        async with opened(url) as model:
            with pytest.raises(Unavailable, match="could not be reached"):
                await model.complete(prompt("oi"))

    @pytest.mark.parametrize(
        "body",
        [
            [],
            "text",
            None,
            {"choices": None},
            {"choices": ["?"]},
            {"choices": [{}]},
            {"choices": [{"message": "?"}]},
            {"choices": [{"message": {"content": 7}}]},
            {"choices": [{"message": {"content": None, "tool_calls": {"a": 1}}}]},
            {"choices": [{"message": {"content": None, "tool_calls": 7}}]},
            {"choices": [{"message": {"content": None, "tool_calls": ["?"]}}]},
            {"choices": [{"message": {"content": None, "tool_calls": [{"function": {"name": None}}]}}]},
        ],
    )
    async def test_an_answer_of_another_shape_may_pass(self, model: LanguageModel, server: Server, body: Any) -> None:
        # `None` as a body of a rule means none of its own, so the JSON null is written out.
        rule = Rule(body=body) if body is not None else Rule(fault="garbage")

        with pytest.raises(Unavailable):
            await completed(model, server, rule)

    async def test_a_lone_surrogate_in_the_prompt_is_refused_here(self, model: LanguageModel, server: Server) -> None:
        with pytest.raises(Rejected):
            await model.complete(prompt("\ud800"))

        assert server.count == 0

    async def test_nothing_is_logged_of_addresses_keys_or_prompts(
        self, model: LanguageModel, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        server.rules = (Rule(fault="error", times=1),)
        with pytest.raises(Unavailable):
            await model.complete(prompt(WORDS))
        await model.complete(prompt(WORDS))

        theirs = [r for r in caplog.records if not r.name.startswith(("asyncio", "uvicorn"))]
        assert [r.getMessage() for r in theirs] == []


class TestConnections:
    async def test_as_many_calls_as_turns_are_in_flight_at_once(self, server: Server) -> None:
        server.delay = 0.5
        async with opened(server.url, turns=150) as model:
            await asyncio.gather(*(model.complete(prompt(f"{n}")) for n in range(150)))

        assert server.most_open == 150

    async def test_and_no_more(self, server: Server) -> None:
        server.delay = 0.02
        async with opened(server.url, turns=3) as model:
            await asyncio.gather(*(model.complete(prompt(f"{n}")) for n in range(12)))

        assert server.most_open == 3

    async def test_a_call_that_is_broken_off_frees_its_connection(self, server: Server) -> None:
        server.rules = (Rule(when="hang", fault="hang"),)
        async with opened(server.url, turns=1) as model:
            for _ in range(5):
                call = asyncio.create_task(model.complete(prompt("hang")))
                while not server.open:  # noqa: ASYNC110 - the server has no event for it
                    await asyncio.sleep(0.001)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                async with asyncio.timeout(1):
                    while server.open:  # noqa: ASYNC110
                        await asyncio.sleep(0.001)

            completion = await model.complete(prompt("oi"))

        assert completion.text == "You said: oi"

    async def test_a_deadline_around_a_call_is_kept(self, server: Server) -> None:
        server.rules = (Rule(fault="hang"),)
        async with opened(server.url) as model:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await model.complete(prompt("oi"))

    async def test_a_process_without_turns_may_open_it(self, server: Server) -> None:
        async with opened(server.url, turns=0) as model:
            assert (await model.complete(prompt("oi"))).text


async def test_listing_the_driver_does_not_load_its_vendor() -> None:
    program = "import sys, adapters.openai; print([n for n in ('openai', 'aiohttp', 'httpx2') if n in sys.modules])"

    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()

    assert told.split() == [b"[]"]


async def test_the_server_as_a_process_keeps_its_log_when_it_is_killed(tmp_path: Path) -> None:
    script, log = tmp_path / "rules.json", tmp_path / "requests.jsonl"
    script.write_text('[{"when": "saldo", "calls": [{"name": "balance"}]}, {"say": "Eco: {said}"}]')

    said = []
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.openai_server", "--script", script, "--log", log),
            cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        async with opened(url) as model:
            said.append((await model.complete(prompt("oi"))).text)
            said += [call.name for call in (await model.complete(prompt("saldo", tools=(BALANCE,)))).calls]
        process.send_signal(signal.SIGKILL)
        await process.wait()

    assert said == ["Eco: oi", "balance"] * 2
    logged = [json.loads(line)["messages"][-1]["content"] for line in log.read_text().splitlines()]
    assert logged == ["oi", "saldo"] * 2
