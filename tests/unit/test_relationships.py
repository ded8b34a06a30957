"""What is remembered about people, and reminders."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from core.ai.records import Record
from core.ai.tool import Effect
from core.errors import Rejected, Unavailable
from core.skills.finance import skill as finance
from core.skills.relationships import skill
from core.skills.relationships.remembered import INTERACTION, KINDS, NOTE, REMINDER
from core.skills.tools import examples_of
from tests.skill_bench import SAO_PAULO, CrashingRecords, SkillBench, faults_in_examples

Call = tuple[str, dict[str, str]]


@pytest.fixture
def ana() -> SkillBench:
    return SkillBench(skill=skill)


async def test_a_note_about_somebody_is_kept_and_told_when_asked_about_them(ana: SkillBench) -> None:
    answer = await ana.call("remember_person", name="Bia Reis", note="gosta de orquídeas")
    await ana.call("remember_person", name="bia reis", note="faz aniversário dia 12")

    assert answer == "Anotado. Bia Reis: gosta de orquídeas."
    assert await ana.call("about", name="a Bia") == (
        "O que sei sobre Bia Reis:\n- faz aniversário dia 12\n- gosta de orquídeas"
    )


async def test_an_interaction_is_kept_on_its_day(ana: SkillBench) -> None:
    answer = await ana.call("note_interaction", name="Bia", what="falamos do contrato", on="ontem")

    [record] = await ana.kept(INTERACTION)
    assert record.at == datetime(2026, 3, 10, tzinfo=SAO_PAULO)
    assert answer == "Anotado. Bia, ontem: falamos do contrato."
    assert await ana.call("about", name="Bia") == "O que sei sobre Bia:\n- ontem: falamos do contrato"


@pytest.mark.parametrize("name", ["joão", "Joao", "JOÃO", "o João"])
async def test_names_that_fold_to_the_same_are_one_person(ana: SkillBench, name: str) -> None:
    await ana.call("remember_person", name="João", note="é vegetariano")

    await ana.call("remember_person", name=name, note="mora em Santos")

    assert [each["name"] for each in await ana.documents(NOTE)] == ["João", "João"]


async def test_where_a_name_means_several_people_it_is_asked_which(ana: SkillBench) -> None:
    await ana.call("remember_person", name="Maria Silva", note="gosta de chá")
    await ana.call("remember_person", name="Maria Souza", note="gosta de café")
    which = "Conheço mais de uma pessoa com esse nome: Maria Silva e Maria Souza. Qual delas?"

    assert await ana.call("about", name="maria") == which
    assert await ana.call("remember_person", name="Maria", note="é canhota") == which
    assert await ana.call("note_interaction", name="Maria", what="almoçamos") == which
    assert len(await ana.kept(*KINDS)) == 2
    assert "café" in await ana.call("about", name="Souza")


async def test_what_is_not_known_is_said_kindly(ana: SkillBench) -> None:
    answers = [
        await ana.call("about", name="Zé"),
        await ana.call("reminders"),
        await ana.call("reminders", period="amanhã"),
        await ana.call("forget_last"),
    ]

    assert answers == [
        "Ainda não sei nada sobre Zé.",
        "Você não tem lembretes.",
        "Você não tem lembretes amanhã.",
        "Não há nada guardado para esquecer.",
    ]


async def test_a_reminder_is_kept_at_its_time_and_does_not_promise_to_write(ana: SkillBench) -> None:
    answer = await ana.call("remind", what="ligar pra Bia", when="amanhã")

    [record] = await ana.kept(REMINDER)
    assert record.at == datetime(2026, 3, 12, tzinfo=SAO_PAULO)
    assert answer.startswith("Guardei o lembrete “ligar pra Bia”, amanhã. Ainda não escrevo por conta própria")


async def test_a_reminder_that_is_over_already_is_asked_about(ana: SkillBench) -> None:
    answer = await ana.call("remind", what="ligar pra Bia", when="ontem")

    assert answer == "Isso já passou (ontem). Para quando é o lembrete?"
    assert await ana.kept(*KINDS) == []


async def test_reminders_are_shown_in_the_order_they_are_due_also_those_that_were_missed(ana: SkillBench) -> None:
    await ana.call("remind", what="pagar o aluguel", when="amanhã")
    await ana.call("remind", what="ligar pra Bia", when="hoje")
    ana.later(days=1)

    assert await ana.call("reminders") == (
        "Seus lembretes:\n- ligar pra Bia, ontem (já passou)\n- pagar o aluguel, hoje"
    )
    assert await ana.call("reminders", period="hoje") == "Seus lembretes hoje:\n- pagar o aluguel, hoje"
    ana.later(days=30)
    assert await ana.call("reminders") == "Você não tem lembretes."


async def test_what_is_known_about_somebody_holds_the_reminders_that_name_them(ana: SkillBench) -> None:
    await ana.call("remember_person", name="Bia", note="gosta de chá")
    await ana.call("remind", what="ligar pra Bia", when="hoje")
    await ana.call("remind", what="ligar pra Maria", when="hoje")

    assert await ana.call("about", name="Bia") == (
        "O que sei sobre Bia:\n- lembrete “ligar pra Bia”, hoje\n- gosta de chá"
    )


async def test_forgetting_strikes_out_the_newest_of_its_own(ana: SkillBench) -> None:
    await ana.call("remember_person", name="Bia", note="gosta de chá")
    await ana.call("remind", what="ligar pra Bia", when="amanhã")
    books = SkillBench(skill=finance, shared=ana.records, made=100)
    await books.call("add_expense", amount="10", what="uber")

    answers = [await ana.call("forget_last") for _ in range(3)]

    assert answers == [
        "Esqueci: lembrete “ligar pra Bia”, amanhã.",
        "Esqueci: Bia: gosta de chá.",
        "Não há nada guardado para esquecer.",
    ]
    assert len(await books.kept("finance.expense")) == 1


@pytest.mark.parametrize(
    "call",
    [
        ("remember_person", {"name": "", "note": "gosta de chá"}),
        ("remember_person", {"name": "Bia", "note": " \n"}),
        ("note_interaction", {"name": "Bia", "what": ""}),
        ("note_interaction", {"name": "Bia", "what": "almoço", "on": "quando der"}),
        ("about", {"name": "?"}),
        ("remind", {"what": "", "when": "amanhã"}),
        ("remind", {"what": "ligar", "when": ""}),
        ("remind", {"what": "ligar", "when": "quando der"}),
    ],
)
async def test_what_cannot_be_read_is_refused_and_nothing_is_kept(ana: SkillBench, call: Call) -> None:
    with pytest.raises(Rejected):
        await ana.call(call[0], **call[1])

    assert await ana.kept(*KINDS, voided=True) == []


async def test_what_is_kept_is_one_line_of_bounded_length(ana: SkillBench) -> None:
    await ana.call("remember_person", name="n" * 500, note="a\n\u202eb\x00" + "c" * 500)

    [document] = await ana.documents(NOTE)
    assert (document["name"], document["note"]) == ("n" * 80, "a b " + "c" * 196)


@pytest.mark.parametrize(
    ("language", "answers"),
    [
        ("en", ["Noted. Bia: likes tea.", "What I know about Bia:\n- likes tea", "Forgotten: Bia: likes tea."]),
        ("es", ["Anotado. Bia: likes tea.", "Lo que sé de Bia:\n- likes tea", "Olvidado: Bia: likes tea."]),
        ("de", ["Noted. Bia: likes tea.", "What I know about Bia:\n- likes tea", "Forgotten: Bia: likes tea."]),
    ],
)
async def test_answers_are_in_the_language_of_the_person(language: str, answers: list[str]) -> None:
    ana = SkillBench(skill=skill, language=language)

    told = [
        await ana.call("remember_person", name="Bia", note="likes tea"),
        await ana.call("about", name="Bia"),
        await ana.call("forget_last"),
    ]

    assert told == answers


KNOWN: tuple[Call, ...] = (
    ("remember_person", {"name": "Maria Silva", "note": "gosta de chá"}),
    ("note_interaction", {"name": "Bia", "what": "almoço", "on": "ontem"}),
    ("remind", {"what": "ligar pra Bia", "when": "amanhã"}),
)
CASES: dict[str, tuple[tuple[Call, ...], Call]] = {
    "a note": (KNOWN, ("remember_person", {"name": "João", "note": "mora em Santos"})),
    "a note about somebody known": (KNOWN, ("remember_person", {"name": "maria", "note": "mora em Santos"})),
    "an interaction": (KNOWN, ("note_interaction", {"name": "Maria", "what": "reunião", "on": "ontem"})),
    "a reminder": (KNOWN, ("remind", {"what": "dentista", "when": "hoje"})),
    "a forgotten reminder": (KNOWN, ("forget_last", {})),
    "a note forgotten after a reminder": ((*KNOWN, ("forget_last", {})), ("forget_last", {})),
}


async def bench_with(calls: tuple[Call, ...]) -> SkillBench:
    bench = SkillBench(skill=skill)
    for name, arguments in calls:
        await bench.call(name, **arguments)
    return bench


async def end_state(bench: SkillBench) -> list[Record]:
    return await bench.kept(*KINDS, "relationships.forget", voided=True)


def test_every_tool_with_an_effect_is_among_the_cases() -> None:
    tried = {call[0] for _, call in CASES.values()}

    assert tried == {tool.name for tool in skill.tools if tool.effect is Effect.KEYED}


@pytest.mark.parametrize("case", CASES)
async def test_killed_at_any_call_and_run_again_it_ends_as_if_it_had_not_been(case: str) -> None:
    before, (name, arguments) = CASES[case]
    smooth = await bench_with(before)
    answer = await smooth.call_as("again", name, arguments)

    for at in range(8):
        bench = await bench_with(before)
        with suppress(Unavailable):
            await bench.call_as("again", name, arguments, CrashingRecords(bench.records, at=at))

        for _ in range(2):
            assert await bench.call_as("again", name, arguments) == answer
            assert await end_state(bench) == await end_state(smooth)


@pytest.mark.parametrize("case", CASES)
async def test_run_again_a_day_later_the_answer_is_the_one_of_the_first_run(case: str) -> None:
    before, (name, arguments) = CASES[case]
    bench = await bench_with(before)
    answer = await bench.call_as("again", name, arguments)

    bench.now += timedelta(days=2)

    assert await bench.call_as("again", name, arguments) == answer


def test_the_examples_are_what_a_matcher_can_learn_from() -> None:
    assert faults_in_examples(skill) == []


def test_the_skill_says_what_it_does_in_every_language() -> None:
    assert set(skill.abilities) == {"pt", "en", "es"}


def test_an_example_holds_what_is_marked_in_it_and_what_it_implies() -> None:
    marked = {"en": {"note_interaction": "\n  called [Ana](name) [today](on) {what: phone call}\n  met [Bia](name)\n"}}

    first, second = examples_of("note_interaction", marked)

    assert first.utterance == "called Ana today"
    assert first.arguments == {"name": "Ana", "on": "today", "what": "phone call"}
    assert (second.utterance, second.arguments) == ("met Bia", {"name": "Bia"})
