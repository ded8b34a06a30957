"""How a time is said, and that it is understood when it is said back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ai.slots.when import Period, Precision, read, say

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 3, 12, 15, 0, tzinfo=SAO_PAULO)  # a Thursday


@pytest.mark.parametrize(
    ("text", "pt", "en", "es"),
    [
        ("2026-03-12", "hoje", "today", "hoy"),
        ("2026-03-11", "ontem", "yesterday", "ayer"),
        ("2026-03-10", "anteontem", "on March 10", "anteayer"),
        ("2026-03-13", "amanhã", "tomorrow", "mañana"),
        ("2026-03-14", "depois de amanhã", "on March 14", "pasado mañana"),
        ("2026-03-01", "em 1 de março", "on March 1", "el 1 de marzo"),
        ("2025-12-25", "em 25 de dezembro de 2025", "on December 25, 2025", "el 25 de diciembre de 2025"),
        ("2026-03-13 09:00", "amanhã às 09:00", "tomorrow at 09:00", "mañana a las 09:00"),
        ("2026-03-13 01:05", "amanhã à 01:05", "tomorrow at 01:05", "mañana a la 01:05"),
        ("2026-04-05 14:30", "em 5 de abril às 14:30", "on April 5 at 14:30", "el 5 de abril a las 14:30"),
        ("hoje de manhã", "hoje de manhã", "this morning", "hoy por la mañana"),
        ("ontem à noite", "ontem à noite", "yesterday evening", "ayer por la noche"),
        ("dia 5 à tarde", "em 5 de março à tarde", "on March 5 in the afternoon", "el 5 de marzo por la tarde"),
        ("this week", "esta semana", "this week", "esta semana"),
        ("last week", "na semana passada", "last week", "la semana pasada"),
        ("next week", "na semana que vem", "next week", "la semana que viene"),
        ("this month", "este mês", "this month", "este mes"),
        ("last month", "no mês passado", "last month", "el mes pasado"),
        ("next month", "no mês que vem", "next month", "el mes que viene"),
        ("2026-01", "em janeiro", "in January", "en enero"),
        ("2025-03", "em março de 2025", "in March 2025", "en marzo de 2025"),
        ("this year", "este ano", "this year", "este año"),
        ("2024", "em 2024", "in 2024", "en 2024"),
        ("tudo", "desde o começo", "since the beginning", "desde el principio"),
        ("desde o dia 5", "desde 5 de março", "since March 5", "desde el 5 de marzo"),
        ("since yesterday", "desde ontem", "since yesterday", "desde ayer"),
        ("1 a 10 de março", "de 1 a 10 de março", "from March 1 to 10", "del 1 al 10 de marzo"),
        (
            "20/2 a 5/3",
            "de 20 de fevereiro a 5 de março",
            "from February 20 to March 5",
            "desde el 20 de febrero hasta el 5 de marzo",
        ),
        (
            "1/3/2025 a 5/3/2025",
            "de 1 de março de 2025 a 5 de março de 2025",
            "from March 1, 2025 to March 5, 2025",
            "desde el 1 de marzo de 2025 hasta el 5 de marzo de 2025",
        ),
        (
            "últimas 24 horas",
            "de ontem às 15:00 a hoje às 15:01",
            "from yesterday at 15:00 to today at 15:01",
            "desde ayer a las 15:00 hasta hoy a las 15:01",
        ),
    ],
)
def test_a_time_is_said_in_everyday_words(text: str, pt: str, en: str, es: str) -> None:
    period = read(text, NOW)

    assert [say(period, NOW, language) for language in ("pt", "en", "es")] == [pt, en, es]


def test_an_unknown_language_is_spoken_to_in_english() -> None:
    assert say(read("ontem", NOW), NOW, "fr") == "yesterday"


def test_a_time_that_comes_back_from_a_record_is_said_on_the_clock_of_now() -> None:
    period = read("ontem", NOW)
    kept = Period(since=period.since.astimezone(UTC), until=period.until.astimezone(UTC), precision=period.precision)

    assert say(kept, NOW, "pt") == "ontem"


@pytest.mark.parametrize(("zone", "day"), [("Africa/Cairo", "2026-04-24"), ("America/Sao_Paulo", "2018-11-04")])
def test_a_day_without_a_midnight_is_still_a_day(zone: str, day: str) -> None:
    now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone))

    assert say(read("hoje", now), now, "pt") == "hoje"
    assert say(read("desde ontem", now), now, "pt") == "desde ontem"


ZONES = st.sampled_from([ZoneInfo(name) for name in ("America/Sao_Paulo", "America/New_York", "Africa/Cairo", "UTC")])
NOWS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES, allow_imaginary=False)  # noqa: DTZ001
LANGUAGES = st.sampled_from(["pt", "en", "es"])


@given(NOWS, st.integers(-4000, 4000), LANGUAGES)
def test_a_day_that_is_said_is_read_back(now: datetime, away: int, language: str) -> None:
    day = f"{now.date() + timedelta(days=away):%Y-%m-%d}"
    period = read(day, now)

    assert read(say(period, now, language), now, ahead=away >= 0) == period


@given(NOWS, st.integers(-4000, 4000), st.times().map(str), LANGUAGES)
def test_a_minute_that_is_said_is_read_back(now: datetime, away: int, clock: str, language: str) -> None:
    moment = f"{now.date() + timedelta(days=away):%Y-%m-%d} {clock[:5]}"
    period = read(moment, now)

    again = read(say(period, now, language), now, ahead=away >= 0)

    # In the hour that comes twice the words are the same.
    assert again.since.replace(tzinfo=None) == period.since.replace(tzinfo=None)
    assert again.precision is Precision.MINUTE


@pytest.mark.parametrize("language", ["pt", "en", "es"])
@pytest.mark.parametrize(
    "text",
    [
        *("esta semana", "last week", "next week", "este mês", "last month", "next month", "2026-01", "2025-03"),
        *("this year", "last year", "next year", "2024", "tudo", "desde o dia 5", "1 a 10 de março", "20/2 a 5/3"),
        *(
            "1/3/2025 a 5/3/2025",
            "hoje à noite",
            "amanhã de manhã",
            "ontem à tarde",
            "5/3 à tarde",
            "hoje de madrugada",
        ),
    ],
)
def test_a_span_that_is_said_is_read_back(text: str, language: str) -> None:
    period = read(text, NOW)

    assert read(say(period, NOW, language), NOW) == period


@given(NOWS, NOWS, st.sampled_from(list(Precision)), LANGUAGES)
def test_any_period_is_said(now: datetime, since: datetime, precision: Precision, language: str) -> None:
    period = Period(since=since, until=since + timedelta(hours=1), precision=precision)

    assert say(period, now, language)
