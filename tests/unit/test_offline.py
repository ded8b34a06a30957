"""The offline model in conversation: what it calls, what it asks, what it says, and what it leaves alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.offline import OfflineModel
from core.ai.ports import Call, Completion, Part, Prompt, Replied, Returned, Said, Stop
from core.ai.slots import Money, Name, When
from core.ai.tool import Effect, Example, Tool, ToolContext
from tests.work import calls

_ARGUMENT = re.compile(r"\[([^\]]+)\]\((\w+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What was paid."""

    amount: Money
    what: str = ""
    on: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What somebody is to pay."""

    who: Name
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What is asked about."""

    what: str = ""
    on: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """What is to change."""

    amount: Money = Money("")
    on: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Of what, and when."""

    what: str
    at: When


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Whom, and when."""

    who: Name
    on: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No arguments."""


async def never(arguments: Any, context: ToolContext) -> str:
    raise AssertionError("a model calls no tool")


def tool(name: str, arguments: type[Any], effect: Effect, **examples: str) -> Tool:
    """Examples by language, one a line, with `[the argument](and its field)`."""
    return Tool(
        name=name,
        description=name,
        arguments=arguments,
        handler=never,
        effect=effect,
        examples=tuple(
            Example(
                language=language,
                utterance=_ARGUMENT.sub(r"\1", line.strip()),
                arguments={field: value for value, field in _ARGUMENT.findall(line)},
            )
            for language, lines in examples.items()
            for line in lines.strip().splitlines()
        ),
    )


TOOLS = (
    tool(
        "spend",
        Spend,
        Effect.KEYED,
        pt="""
            gastei [50](amount) no [mercado](what)
            [ontem](on) paguei [30](amount) de [luz](what)
            [café](what) [8](amount)
            comprei [um livro](what) por [45](amount)
        """,
        en="""
            I spent [50](amount) at the [market](what)
            [yesterday](on) I paid [30](amount) for [power](what)
            [coffee](what) [4](amount)
        """,
        es="""
            gasté [50](amount) en el [mercado](what)
            [ayer](on) pagué [30](amount) de [luz](what)
            [café](what) [4](amount)
        """,
    ),
    tool(
        "bill",
        Bill,
        Effect.KEYED,
        pt="""
            cobra [200](amount) da [Ana](who)
            faz uma conta de [300](amount) para a [Maria](who)
        """,
        en="bill [Ann](who) for [200](amount)",
        es="cóbrale [200](amount) a [Ana](who)",
    ),
    tool(
        "spent",
        Spent,
        Effect.NONE,
        pt="""
            quanto gastei [hoje](on)?
            quanto gastei com [uber](what) [ontem](on)?
        """,
        en="""
            how much did I spend on [taxis](what) [today](on)?
            my total [today](on)
        """,
        es="¿cuánto gasté en [taxis](what) [hoy](on)?",
    ),
    tool(
        "correct",
        Correct,
        Effect.KEYED,
        pt="""
            não, foram [45](amount)
            na verdade foi [ontem](on)
        """,
        en="no, it was [45](amount)",
        es="no, fueron [45](amount)",
    ),
    tool(
        "met",
        Met,
        Effect.KEYED,
        pt="""
            falei com a [Ana](who)
            almocei com o [Pedro](who) [ontem](on)
        """,
    ),
    tool("undo", Nothing, Effect.KEYED, pt="apaga o último", en="delete the last one", es="borra el último"),
    tool(
        "remind",
        Remind,
        Effect.KEYED,
        pt="""
            me lembra de [ligar para a Ana](what) [amanhã](at)
            [amanhã](at) me lembra de [comprar pão](what)
        """,
        en="remind me to [call Ann](what) [tomorrow](at)",
        es="recuérdame [llamar a Ana](what) [mañana](at)",
    ),
)
ABILITIES = ("anotar gastos", "lembrar você")

# One for all tests: it remembers nothing but what it has made of the tools.
MODEL = OfflineModel()


class Chat:
    """A conversation with the model. A tool answers with `answers`, else `Done: <name>.`"""

    def __init__(self, language: str = "pt", answers: Mapping[str, str] | None = None) -> None:
        self.language = language
        self.answers = answers or {}
        self.parts: list[Part] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def say(self, *messages: str, greeting: str = "") -> str:
        """Send these, run what is called, and answer with the reply; `calls` are those of this turn."""
        self.calls = []
        self.parts += [Said(text=message) for message in messages]
        completion = await self._complete(greeting)
        while completion.calls and len(self.calls) < 20:
            assert completion.stop is Stop.CALLS
            self.parts.append(Replied(text="", calls=completion.calls))
            for call in completion.calls:
                self.calls.append((call.name, said_in(call)))
                self.parts.append(Returned(call=call.id, text=self.answers.get(call.name, f"Done: {call.name}.")))
            completion = await self._complete(greeting)
        # The next turn knows what was said, and nothing of the calls.
        self.parts = [part for part in self.parts if not isinstance(part, Returned) and not getattr(part, "calls", ())]
        self.parts.append(Replied(text=completion.text))
        return completion.text

    async def _complete(self, greeting: str) -> Completion:
        return await MODEL.complete(
            Prompt(
                instructions="You are Recado.",
                parts=tuple(self.parts),
                tools=TOOLS,
                language=self.language,
                greeting=greeting,
                abilities=ABILITIES,
            )
        )


def said_in(call: Call) -> dict[str, Any]:
    """The arguments that are not left at their defaults."""
    names = type(call.arguments).__dataclass_fields__
    return {name: value for name in names if (value := getattr(call.arguments, name))}


async def called(*messages: str, language: str = "pt") -> Sequence[tuple[str, dict[str, Any]]]:
    """What these messages, sent in one burst, make it call."""
    chat = Chat(language)
    await chat.say(*messages)
    return chat.calls


MARKET = ("spend", {"amount": "50", "what": "mercado"})


@pytest.mark.parametrize(
    "text",
    [
        "gastei 50 no mercado",
        "Gastei 50 no mercado!!!",
        "GASTEI 50 no mercado",
        "oi, gastei 50 no mercado por favor",
        "gatsei 50 no mercado",
        "gasteei 50 no mercado",
        "gstei 50 no mercado",
        "gastamos 50 no mercado",
        "mercado 50",
        "50 no mercado",
        "no mercado gastei 50",
    ],
)
async def test_a_request_is_understood_however_it_is_typed(text: str) -> None:
    assert await called(text) == [MARKET]


@pytest.mark.parametrize(
    ("language", "text", "call"),
    [
        ("pt", "gastei 23,50 com pão ontem", ("spend", {"amount": "23,50", "what": "pão", "on": "ontem"})),
        ("pt", "comprei 2 camisas por 80", ("spend", {"amount": "80", "what": "2 camisas"})),
        ("pt", "cobra 200 da Maria Souza", ("bill", {"who": "Maria Souza", "amount": "200"})),
        ("pt", "cobra 200 da maria", ("bill", {"who": "maria", "amount": "200"})),
        ("pt", "quanto gastei?", ("spent", {})),
        ("pt", "qto gastei com mercado", ("spent", {"what": "mercado"})),
        ("pt", "ops, foram 60", ("correct", {"amount": "60"})),
        ("pt", "quer dizer, foi ontem", ("correct", {"on": "ontem"})),
        ("pt", "apaga esse ultimo", ("undo", {})),
        ("pt", "me lembra de pagar 50 de luz amanhã", ("remind", {"what": "pagar 50 de luz", "at": "amanhã"})),
        (
            "en",
            "i spent 18 at the pharmacy yesterday",
            ("spend", {"amount": "18", "what": "pharmacy", "on": "yesterday"}),
        ),
        (
            "pt",
            "me lembra amanhã de ligar pro João às 15h",
            ("remind", {"what": "ligar pro João", "at": "amanhã às 15h"}),
        ),
        ("pt", "não foram 60", ("correct", {"amount": "60"})),
        ("pt", "torrei 80 conto no bar", ("spend", {"amount": "80 conto", "what": "bar"})),
        ("pt", "cobra 200 da Maria que faz bolos", ("bill", {"who": "Maria", "amount": "200"})),
        ("pt", "cobra 200 da Oficina do Beto", ("bill", {"who": "Oficina do Beto", "amount": "200"})),
        ("pt", "pode me lembrar de pagar a luz amanhã?", ("remind", {"what": "pagar a luz", "at": "amanhã"})),
        ("pt", "comprei um livro, paguei 45", ("spend", {"amount": "45", "what": "livro"})),
        ("pt", "almocei hoje com o Pedro", ("met", {"who": "Pedro", "on": "hoje"})),
        ("pt", "falei com a Ana e o Pedro", ("met", {"who": "Ana e o Pedro"})),
        ("en", "what's my groceries total today?", ("spent", {"what": "groceries", "on": "today"})),
        ("pt", "quanto q gastei c mercado?", ("spent", {"what": "mercado"})),
        ("en", "lunch 14.50", ("spend", {"amount": "14.50", "what": "lunch"})),
        ("en", "how much did i spend today", ("spent", {"on": "today"})),
        ("en", "oops it was 60", ("correct", {"amount": "60"})),
        ("en", "remind me to buy bread tomorrow", ("remind", {"what": "buy bread", "at": "tomorrow"})),
        ("es", "gaste 12 en el bar ayer", ("spend", {"amount": "12", "what": "bar", "on": "ayer"})),
        ("es", "cuanto gaste hoy", ("spent", {"on": "hoy"})),
        ("es", "recuerdame comprar pan mañana", ("remind", {"what": "comprar pan", "at": "mañana"})),
    ],
)
async def test_the_arguments_are_what_was_said(language: str, text: str, call: tuple[str, dict[str, Any]]) -> None:
    assert await called(text, language=language) == [call]


# Bursts


async def test_several_requests_in_one_message_are_several_calls_in_order() -> None:
    assert await called("almoço 35 e uber 20, quanto gastei hoje?") == [
        ("spend", {"amount": "35", "what": "almoço"}),
        ("spend", {"amount": "20", "what": "uber"}),
        ("spent", {"on": "hoje"}),
    ]


@pytest.mark.parametrize(
    "messages",
    [
        ("gastei 50 no mercado e 20 no bar",),
        ("gastei 50 no mercado", "e 20 no bar"),
        ("gastei 50 no mercado, 20 no bar",),
    ],
)
async def test_what_goes_on_with_a_request_needs_no_verb(messages: tuple[str, ...]) -> None:
    assert await called(*messages) == [MARKET, ("spend", {"amount": "20", "what": "bar"})]


@pytest.mark.parametrize(
    "messages",
    [
        ("gastei 50", "no mercado"),
        ("gastei", "50", "no mercado"),
        ("gastei no mercado", "50"),
        ("oi", "tudo bem?", "gastei 50 no mercado"),
        ("gastei 10... não, 50 no mercado",),
        ("gastei 40 no mercado", "ops, 50"),
        ("gastei 40 no mercado, quer dizer, 50",),
    ],
)
async def test_a_request_may_be_cut_greeted_and_corrected(messages: tuple[str, ...]) -> None:
    assert await called(*messages) == [MARKET]


async def test_amounts_part_what_nothing_else_parts() -> None:
    assert await called("mercado 230 farmácia 45 padaria 12") == [
        ("spend", {"amount": "230", "what": "mercado"}),
        ("spend", {"amount": "45", "what": "farmácia"}),
        ("spend", {"amount": "12", "what": "padaria"}),
    ]


async def test_a_thing_with_and_in_it_stays_one() -> None:
    assert await called("gastei 50 em pão e leite") == [("spend", {"amount": "50", "what": "pão e leite"})]


async def test_a_time_said_first_holds_for_all_that_follows() -> None:
    assert await called("ontem almoço 35 e uber 20") == [
        ("spend", {"amount": "35", "what": "almoço", "on": "ontem"}),
        ("spend", {"amount": "20", "what": "uber", "on": "ontem"}),
    ]


async def test_the_same_twice_is_meant_twice() -> None:
    assert await called("café 8", "café 8") == [("spend", {"amount": "8", "what": "café"})] * 2


# Questions back


@pytest.mark.parametrize(
    ("language", "text", "question", "answer", "call"),
    [
        ("pt", "gastei no mercado", "Quanto foi?", "50", MARKET),
        ("pt", "gastei no mercado", "Quanto foi?", "foram 50", MARKET),
        ("pt", "gastei com gasolina", "Quanto foi?", "150", ("spend", {"amount": "150", "what": "gasolina"})),
        ("pt", "cobra 200", "De quem?", "da Maria", ("bill", {"who": "Maria", "amount": "200"})),
        (
            "pt",
            "me lembra de ligar pra Bia",
            "Quando?",
            "amanhã",
            ("remind", {"what": "ligar pra Bia", "at": "amanhã"}),
        ),
        ("en", "I spent at the market", "How much was it?", "50", ("spend", {"amount": "50", "what": "market"})),
        ("es", "gasté en el bar", "¿Cuánto fue?", "50", ("spend", {"amount": "50", "what": "bar"})),
    ],
)
async def test_what_is_missing_is_asked_for_and_the_answer_completes_it(
    language: str, text: str, question: str, answer: str, call: tuple[str, dict[str, Any]]
) -> None:
    chat = Chat(language)

    assert await chat.say(text) == question
    assert chat.calls == []

    await chat.say(answer)

    assert chat.calls == [call]


async def test_two_things_are_asked_for_one_after_the_other() -> None:
    chat = Chat()

    assert [await chat.say("faz uma conta"), await chat.say("pra Maria")] == ["Para quem?", "Quanto foi?"]
    await chat.say("300")

    assert chat.calls == [("bill", {"who": "Maria", "amount": "300"})]


async def test_what_is_whole_is_done_before_the_rest_is_asked_for() -> None:
    chat = Chat()

    assert await chat.say("almoço 35", "me lembra de ligar pra Bia") == "Done: spend.\nQuando?"
    assert await chat.say("amanhã") == "Done: remind."
    assert chat.calls == [("remind", {"what": "ligar pra Bia", "at": "amanhã"})]


async def test_who_wants_something_else_is_not_held_to_the_question() -> None:
    chat = Chat()
    await chat.say("gastei no mercado")

    await chat.say("quanto gastei hoje?")
    assert chat.calls == [("spent", {"on": "hoje"})]

    await chat.say("uber 20")
    assert chat.calls == [("spend", {"amount": "20", "what": "uber"})]


async def test_who_does_not_want_it_any_more_is_let_go() -> None:
    chat = Chat()
    await chat.say("gastei no mercado")

    assert await chat.say("deixa pra lá") == "Tudo bem, deixei para lá."
    assert chat.calls == []


async def test_an_answer_to_a_question_of_a_tool_completes_what_was_asked_of_it() -> None:
    chat = Chat(answers={"bill": "Qual Maria?"})

    assert await chat.say("cobra 200 da Maria") == "Qual Maria?"
    await chat.say("Maria Souza")

    assert chat.calls == [("bill", {"who": "Maria Souza", "amount": "200"})]


@pytest.mark.parametrize("text", ["vou pensar", "quanto gastei hoje?", "ela viajou para Portugal", "obrigado"])
async def test_what_is_no_answer_to_a_question_of_a_tool_does_not_call_it_again(text: str) -> None:
    chat = Chat(answers={"bill": "Qual Maria?"})
    await chat.say("cobra 200 da Maria")

    await chat.say(text)

    assert "bill" not in [name for name, _ in chat.calls]


async def test_a_tool_that_acted_is_not_called_again_because_it_asks_for_more() -> None:
    chat = Chat(answers={"spend": "Noted. Was it today?"})
    await chat.say("gastei 50 no mercado")

    await chat.say("ontem")

    assert chat.calls == []


async def test_a_question_may_go_on_with_the_one_before() -> None:
    chat = Chat()
    await chat.say("quanto gastei com uber hoje?")

    await chat.say("e ontem?")
    assert chat.calls == [("spent", {"what": "uber", "on": "ontem"})]

    await chat.say("e com mercado?")
    assert chat.calls == [("spent", {"what": "mercado", "on": "ontem"})]


# Results


async def test_results_are_handed_on_as_they_are_one_below_the_other() -> None:
    assert (
        await Chat(answers={"spend": "Anotado: R$ 35."}).say("almoço 35 e uber 20")
        == "Anotado: R$ 35.\nAnotado: R$ 35."
    )


@pytest.mark.parametrize(
    ("language", "text", "result", "reply"),
    [
        ("pt", "apaga o último", "Not done: it failed", "Não consegui fazer isso. Pode escrever de outro jeito?"),
        ("en", "delete the last one", "Not done: it failed", "I could not do that: it failed"),
        (
            "pt",
            "apaga o último",
            "It is not known whether this was done: it was begun before an interruption. Say so; do not try again.",
            "Não sei se isso foi feito: houve uma interrupção no meio. Confira antes de pedir de novo.",
        ),
    ],
)
async def test_what_failed_is_said_honestly(language: str, text: str, result: str, reply: str) -> None:
    assert await Chat(language, answers={"undo": result}).say(text) == reply


async def test_calls_already_made_are_not_repeated_when_news_comes() -> None:
    first = await MODEL.complete(asked(Said(text="quanto gastei hoje?")))
    parts = (
        Said(text="quanto gastei hoje?"),
        Said(text="almoço 35"),
        Replied(text="", calls=first.calls),
        Returned(call=first.calls[0].id, text="R$ 7"),
    )

    second = await MODEL.complete(asked(*parts))

    assert [call.name for call in second.calls] == ["spend"]
    assert {call.id for call in second.calls}.isdisjoint(call.id for call in first.calls)


async def test_a_greeting_comes_first_and_once() -> None:
    chat = Chat()

    assert await chat.say("almoço 35", greeting="Oi! Eu sou o Recado.") == "Oi! Eu sou o Recado.\nDone: spend."
    assert await chat.say("uber 20") == "Done: spend."


# Small talk and honesty


def asked(*parts: Part, **rest: Any) -> Prompt:
    given: dict[str, Any] = {"instructions": "", "tools": TOOLS, "language": "pt", "abilities": ABILITIES}
    return Prompt(parts=parts, **(given | rest))


async def reply(*messages: str, **rest: Any) -> str:
    completion = await MODEL.complete(asked(*(Said(text=message) for message in messages), **rest))
    assert completion.calls == ()
    return completion.text


CAN = "Posso anotar gastos ou lembrar você. Por exemplo: “gastei 50 no mercado” ou “cobra 200 da Ana”."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("oi", f"Oi!\n{CAN}"),
        ("Oiii, bom dia!", f"Oi!\n{CAN}"),
        ("o que vc sabe fazer?", CAN),
        ("obrigadaa", "De nada!"),
        ("tchau", "Até mais!"),
        ("sim", "Certo!"),
        ("kkkkkkk", "😄 Se precisar de algo, é só escrever."),
        ("👍", "Certo!"),
        ("esquece", "Não há nada em aberto aqui."),
        ("valeu, era só isso", "De nada!\nTudo bem."),
        ("blorgh fnord", f"Desculpe, não entendi. {CAN}"),
        ("...", f"Desculpe, não entendi. {CAN}"),
    ],
)
async def test_small_talk_is_answered_and_nonsense_honestly(text: str, answer: str) -> None:
    assert await reply(text) == answer


async def test_it_says_what_it_is_to_who_asks() -> None:
    assert "modelo offline" in await reply("quem é você?")
    assert "offline model" in await reply("are you a robot?", language="en")
    assert "offline" not in await reply("oi")


async def test_what_it_can_do_is_shown_by_examples_where_no_abilities_are_told() -> None:
    assert await reply("help", language="en", abilities=()) == (
        "For example: “I spent 50 at the market” or “bill Ann for 200”."
    )


async def test_without_tools_it_says_that_it_has_none() -> None:
    assert await reply("oi", tools=(), abilities=()) == (
        "Oi!\nAinda não sei fazer nada aqui: nenhuma habilidade está instalada."
    )


async def test_without_leave_to_call_it_says_so() -> None:
    assert await reply("gastei 50 no mercado", may_call=False) == (
        "Agora não posso fazer isso. Tente de novo daqui a pouco, por favor."
    )


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("[voice note or audio that you cannot see or hear]", "Ainda não consigo ouvir áudios. Pode me escrever?"),
        ("[picture, shown below]", "Ainda não consigo ver imagens. Pode me contar por escrito?"),
        ("[location -23.5, -46.6]", "Ainda não sei o que fazer com uma localização. Pode me escrever o que precisa?"),
    ],
)
async def test_what_it_cannot_hear_or_see_it_says(note: str, said: str) -> None:
    assert await reply(note) == said

    chat = Chat()
    assert await chat.say(f"{note}\nalmoço 35") == f"Done: spend.\n{said}"


@pytest.mark.parametrize(
    "text",
    [
        "[gastei 50 no mercado]",
        '[in reply to "gastei 50 no mercado"]',
        '{"name": "spend", "arguments": {"amount": "50", "what": "mercado"}}',
        "spend({amount: 50})",
    ],
)
async def test_what_stands_in_brackets_is_never_acted_on(text: str) -> None:
    assert await called(text) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt", "não gastei 50 no mercado"),
        ("pt", "não gastei nada hoje"),
        ("pt", "se eu gastar 50 no mercado, sobra?"),
        ("pt", "preciso gastar menos"),
        ("pt", "tenho 2 filhos e um cachorro"),
        ("pt", "o jogo foi 3 a 1"),
        ("pt", "meu número é 11 98888-7777"),
        ("pt", "gostei do mercado"),
        ("pt", "torrei 80 no bar"),
        ("pt", "gastei 50 no mercado?"),
        ("pt", "quem gastou 50 no mercado"),
        ("pt", "almocei fora hoje"),
        ("es", "ganamos 3 a 1"),
        ("pt", "será que ele paga 50 no mercado?"),
        ("pt", "amanhã eu viajo"),
        ("en", "i did not spend 20 at the market"),
        ("en", "we won 3 to 1"),
        ("en", "if i spend 50 a day how much is that?"),
        ("es", "no gasté 20 en el mercado"),
        ("es", "mi hermano cumple 30"),
    ],
)
async def test_it_never_acts_on_a_guess(language: str, text: str) -> None:
    assert await called(text, language=language) == []


async def test_what_cannot_be_read_is_not_called() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Print:
        copies: int

    printer = tool("print", Print, Effect.KEYED, en="print [3](copies) copies")

    assert [await called_of(printer, "print 4 copies"), await called_of(printer, "print 4 € copies")] == [["print"], []]


async def called_of(tool: Tool, text: str) -> Sequence[str]:
    """What it calls when this tool is all there is."""
    completion = await MODEL.complete(asked(Said(text=text), tools=(tool,), language="en"))
    return [call.name for call in completion.calls]


async def test_two_tools_that_fit_equally_are_both_left_alone() -> None:
    twins = tuple(
        tool(name, Spend, Effect.KEYED, en="put down [50](amount) for [bread](what)") for name in ("one", "other")
    )

    assert "did not understand" in await reply("put down 20 for milk", tools=twins, language="en")


# Languages, limits, time


async def test_the_language_is_that_of_the_prompt_then_of_the_words_then_of_the_instructions() -> None:
    assert (await reply("blorgh", language="es")).startswith("Perdón")
    assert (await reply("hello, how are you?", language="")).startswith("Hi!")
    assert (await reply("12345", language="", instructions="Responda em português, você é da casa.")).startswith(
        "Desculpe"
    )
    assert (await reply("12345", language="fr")).startswith("Sorry")


async def test_a_prompt_without_a_person_is_answered_too() -> None:
    assert await reply() == f"Desculpe, não entendi. {CAN}"


async def test_the_same_prompt_gets_the_same_answer() -> None:
    prompt = asked(Said(text="almoço 35 e uber 20"))

    assert await OfflineModel().complete(prompt) == await OfflineModel().complete(prompt)


async def test_it_says_no_more_than_it_may() -> None:
    completion = await MODEL.complete(asked(Said(text="oi"), max_output=5))

    assert (len(completion.text), completion.stop) == (20, Stop.LENGTH)


def completed(prompt: Prompt) -> Completion:
    """The answer of the model once it has learned the tools: it waits for nothing then."""
    completing = MODEL.complete(prompt)
    try:
        completing.send(None)
    except StopIteration as ended:
        answer: Completion = ended.value
        return answer
    raise AssertionError("it waits for something")


async def test_a_turn_is_little_work() -> None:
    once: list[Part] = [Said(text="quanto gastei hoje?"), Replied(text="R$ 35. Mais alguma coisa?")]
    prompt = asked(*(once * 20), Said(text="oi! ontem gastei 50 no mercado e 20 no bar, quanto gastei com uber?"))
    await MODEL.complete(prompt)

    # Twice what it was when this was written; so many calls take about three milliseconds.
    assert calls(lambda: completed(prompt)) < 13_000


@pytest.mark.parametrize(
    "text", ["de " * 2000, "gastei 50 no mercado, " * 200, "1 " * 2000, "a" * 10_000, "é você? " * 500]
)
async def test_a_long_text_is_not_much_work(text: str) -> None:
    await MODEL.complete(asked(Said(text="oi")))

    # Twice what the worst of them was; so many calls take about fifty milliseconds.
    assert calls(lambda: completed(asked(Said(text=text)))) < 1_000_000
