"""Opt-out and opt-in words, by medium."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.consent import Change, Consent, Declared, consent_of
from core.identity.medium import Medium

SMS, WHATSAPP = Medium.SMS, Medium.WHATSAPP


def out(*, by_provider: bool) -> Consent:
    return Consent(change=Change.OUT, only_if_out=False, answered_by_provider=by_provider)


def back(*, by_provider: bool, only_if_out: bool = False) -> Consent:
    return Consent(change=Change.IN, only_if_out=only_if_out, answered_by_provider=by_provider)


@pytest.mark.parametrize("word", ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"])
def test_on_sms_the_providers_words_are_out_and_confirmed_by_it(word: str) -> None:
    assert consent_of(word, medium=SMS, declared=None) == out(by_provider=True)


@pytest.mark.parametrize("word", ["STOP", "UNSUBSCRIBE", "PARAR", "SAIR", "BAJA", "parar", "Sair", "baja"])
def test_on_whatsapp_our_short_list_is_out_and_confirmed_by_us(word: str) -> None:
    assert consent_of(word, medium=WHATSAPP, declared=None) == out(by_provider=False)


@pytest.mark.parametrize("medium", list(Medium))
@pytest.mark.parametrize(
    "text",
    [
        "STOP.",
        " Stop! ",
        "ＳＴＯＰ",  # noqa: RUF001
        "stop\n",
        "“STOP”",
        "*stop*",
        "`stop`",
        "¡Stop!",
        "st\u200bop",
        "\ufeffSTOP\u00a0",
        "stöp",
        "sto\u0301p",
        "...stop...",
        "𝐒𝐓𝐎𝐏",  # noqa: RUF001
    ],
)
def test_case_accents_width_punctuation_and_space_are_folded(text: str, medium: Medium) -> None:
    consent = consent_of(text, medium=medium, declared=None)

    assert consent is not None
    assert consent.change is Change.OUT


@pytest.mark.parametrize(
    "text",
    [
        "cancelar",
        "cancel",
        "end",
        "quit",
        "stop it please",
        "parar de gastar",
        "quero sair",
        "não parar",
        "stopped",
        "s t o p",
        "voltar",
        "sim",
        "ok",
        "",
        "   ",
        "...",
        "🛑",
        "start date?",
    ],
)
def test_everyday_answers_are_ordinary_on_whatsapp(text: str) -> None:
    assert consent_of(text, medium=WHATSAPP, declared=None) is None


@pytest.mark.parametrize(
    "text", ["parar", "sair", "baja", "iniciar", "cancelar", "stop all", "help", "info", "stop it"]
)
def test_words_outside_the_providers_list_are_ordinary_on_sms(text: str) -> None:
    assert consent_of(text, medium=SMS, declared=None) is None


@pytest.mark.parametrize("word", ["START", "Unstop", " start. "])
def test_start_and_unstop_restore(word: str) -> None:
    assert consent_of(word, medium=SMS, declared=None) == back(by_provider=True)
    assert consent_of(word, medium=WHATSAPP, declared=None) == back(by_provider=False)


def test_yes_restores_only_who_is_opted_out() -> None:
    assert consent_of("yes", medium=SMS, declared=None) == back(by_provider=True, only_if_out=True)
    assert consent_of("Yes!", medium=WHATSAPP, declared=None) == back(by_provider=False, only_if_out=True)


def test_iniciar_restores_only_who_is_opted_out() -> None:
    assert consent_of("Iniciar", medium=WHATSAPP, declared=None) == back(by_provider=False, only_if_out=True)


@pytest.mark.parametrize("medium", list(Medium))
@pytest.mark.parametrize("text", ["", "por favor me tirem da lista", "START"])
def test_a_declared_stop_decides_whatever_the_text(text: str, medium: Medium) -> None:
    assert consent_of(text, medium=medium, declared=Declared.STOP) == out(by_provider=True)


@pytest.mark.parametrize("medium", list(Medium))
@pytest.mark.parametrize("text", ["", "START", "volver", "stop"])
def test_a_declared_start_decides_whatever_the_text(text: str, medium: Medium) -> None:
    assert consent_of(text, medium=medium, declared=Declared.START) == back(by_provider=True)


def test_a_yes_declared_as_start_still_restores_only_who_is_opted_out() -> None:
    assert consent_of("Yes", medium=SMS, declared=Declared.START) == back(by_provider=True, only_if_out=True)


@pytest.mark.parametrize("text", ["HELP", "stop"])
def test_a_declared_help_is_no_consent(text: str) -> None:
    assert consent_of(text, medium=SMS, declared=Declared.HELP) is None


@given(st.text(), st.sampled_from(Medium))
def test_any_text_is_understood_or_ordinary(text: str, medium: Medium) -> None:
    consent_of(text, medium=medium, declared=None)
    consent_of(text + "\ud83d", medium=medium, declared=None)
