"""Times: what people call days, hours and periods, and where that stands in what they say."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.ai.slots.when import Period, Precision, find, read
from core.ai.slots.when.lexicon import FIRST_WORDS
from core.errors import Rejected

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 3, 12, 15, 0, 30, tzinfo=SAO_PAULO)  # a Thursday

DAY, MINUTE, SPAN = Precision.DAY, Precision.MINUTE, Precision.SPAN


def shown(period: Period) -> tuple[str, str]:
    """Both ends, without the time where they are midnight."""
    since, until = (f"{at:%Y-%m-%d %H:%M}".removesuffix(" 00:00") for at in (period.since, period.until))
    return since, until


def the_day(day: str) -> tuple[str, str]:
    following = datetime.fromisoformat(day) + timedelta(days=1)
    return day, f"{following:%Y-%m-%d}"


def found(text: str) -> list[str]:
    return [place.text for place in find(text)]


@pytest.mark.parametrize(
    ("texts", "day"),
    [
        ("hoje|hj|Hoje!|hoje mesmo|today|hoy|12/03|12/3/26|2026-03-12|12.03.2026|12 de março|March 12", "2026-03-12"),
        ("quinta|quinta-feira|5ª feira|thursday|el jueves|dia 12|no dia 12|o 12|el 12|the 12th|12", "2026-03-12"),
        ("ontem|yesterday|ayer|de ontem|há 1 dia|a day ago|hace un día", "2026-03-11"),
        ("anteontem|antes de ontem|the day before yesterday|anteayer|antier|2 dias atrás|2 days ago", "2026-03-10"),
        ("amanhã|tomorrow|mañana|para amanhã|em 1 dia|in a day|dentro de un día", "2026-03-13"),
        ("depois de amanhã|the day after tomorrow|pasado mañana|daqui a 2 dias|in two days|en 2 días", "2026-03-14"),
        ("sexta|sexta-feira|friday|el viernes|sexta passada|last friday|el viernes pasado|on friday", "2026-03-06"),
        ("próxima sexta|sexta que vem|next friday|el próximo viernes|el viernes que viene|nesta sexta", "2026-03-13"),
        ("quinta passada|last thursday|el jueves pasado|hace una semana|a week ago|uma semana atrás", "2026-03-05"),
        ("quinta que vem|next thursday|daqui a uma semana|in 1 week|en una semana", "2026-03-19"),
        ("sexta da semana que vem|friday next week|el viernes de la próxima semana", "2026-03-20"),
        ("sexta da semana passada|friday last week|el viernes de la semana pasada", "2026-03-06"),
        ("dia 5|no dia 5|dia cinco|o 5|el 5|the 5th|on the 5th|5|5/3|05/03", "2026-03-05"),
        ("dia 20|el 20|the 20th|20/02/2026|2026-02-20|20 de febrero|Feb 20|february 20th|20 fev|20/fev", "2026-02-20"),
        ("dia 31|31 de janeiro|Jan. 31", "2026-01-31"),
        ("dia 5 do mês passado|el 5 del mes pasado|5th of last month|5 de fevereiro de 2026", "2026-02-05"),
        ("dia 31 do mês passado|28/2|28 de febrero del 2026", "2026-02-28"),
        ("dia 5 do mês que vem|5 del próximo mes|the 5th of next month", "2026-04-05"),
        ("1º de março|primeiro de março|primero de marzo|1st of march|march 1st|March 1, 2026", "2026-03-01"),
        ("fim do mês|end of the month|fin de mes|último dia do mês|end of this month", "2026-03-31"),
        ("fim do mês passado|end of last month|fin del mes pasado", "2026-02-28"),
        ("início do mês|beginning of the month|comienzo de mes", "2026-03-01"),
        ("início do ano|start of the year|principio de año", "2026-01-01"),
        ("25 de dezembro|25/12|12/25|dec 25|December 25th", "2025-12-25"),
        ("25 de dezembro de 2024|25/12/2024|12/25/2024|dec 25, 2024|25/12/24|25-12-2024", "2024-12-25"),
        ("há 2 semanas|2 weeks ago|hace dos semanas|faz duas semanas|two weeks ago", "2026-02-26"),
        ("há 1 mês|a month ago|hace un mes", "2026-02-12"),
        ("3/12|3 de dezembro", "2025-12-03"),
        ("on 3/5|by 3/5", "2026-03-05"),
        ("29/02", "2024-02-29"),
    ],
)
def test_a_day_is_read_the_latest_that_is_not_after_today(texts: str, day: str) -> None:
    for text in texts.split("|"):
        period = read(text, NOW)

        assert (text, *shown(period)) == (text, *the_day(day))
        assert period.precision is DAY


@pytest.mark.parametrize(
    ("texts", "day"),
    [
        ("sexta|friday|viernes|em 1 dia|amanhã|próxima sexta", "2026-03-13"),
        ("quinta|thursday|jueves", "2026-03-19"),
        ("dia 12|12/03|March 12|hoje|o 12", "2026-03-12"),
        ("dia 5|the 5th|el 5|05/04|5", "2026-04-05"),
        ("dia 31|31/3", "2026-03-31"),
        ("11 de março|11/03", "2027-03-11"),
        ("25/12|dec 25", "2026-12-25"),
        ("29/02", "2028-02-29"),
        ("sexta passada|last friday", "2026-03-06"),
        ("2024-12-25", "2024-12-25"),
    ],
)
def test_ahead_a_day_is_the_next_a_weekday_after_today(texts: str, day: str) -> None:
    for text in texts.split("|"):
        assert (text, *shown(read(text, NOW, ahead=True))) == (text, *the_day(day))


@pytest.mark.parametrize(
    ("texts", "since", "until"),
    [
        ("esta semana|essa semana|this week|da semana|of the week", "2026-03-09", "2026-03-16"),
        ("semana passada|na semana passada|last week|la semana pasada|última semana", "2026-03-02", "2026-03-09"),
        ("próxima semana|semana que vem|next week|la semana que viene", "2026-03-16", "2026-03-23"),
        ("semana retrasada|the week before last", "2026-02-23", "2026-03-02"),
        (
            "este mês|esse mes|deste mês|neste mês|this month|este mes|mês atual|do mês|del mes",
            "2026-03-01",
            "2026-04-01",
        ),
        (
            "em março|no mês de março|março|março de 2026|in march|March 2026|en marzo|2026-03|03/2026",
            "2026-03-01",
            "2026-04-01",
        ),
        ("mês passado|last month|el mes pasado|fevereiro|february|en febrero|último mês", "2026-02-01", "2026-03-01"),
        ("mês que vem|next month|el próximo mes", "2026-04-01", "2026-05-01"),
        ("abril|in april|abril de 2025|abr/2025|Apr 2025", "2025-04-01", "2025-05-01"),
        ("março passado|last march", "2025-03-01", "2025-04-01"),
        ("next march", "2027-03-01", "2027-04-01"),
        ("este trimestre|this quarter", "2026-01-01", "2026-04-01"),
        ("último trimestre|last quarter", "2025-10-01", "2026-01-01"),
        ("este ano|this year|este año|em 2026|2026", "2026-01-01", "2027-01-01"),
        ("ano passado|last year|el año pasado|in 2025", "2025-01-01", "2026-01-01"),
        ("fim de semana|last weekend|fim de semana passado", "2026-03-07", "2026-03-09"),
        ("próximo fim de semana|fin de semana que viene|next weekend|this weekend", "2026-03-14", "2026-03-16"),
        ("últimos 7 dias|nos últimos 7 dias|last 7 days|los últimos 7 días|7 últimos dias", "2026-03-06", "2026-03-13"),
        ("last 30 days|past 30 days", "2026-02-11", "2026-03-13"),
        ("últimos 3 meses|last three months", "2025-12-13", "2026-03-13"),
        ("últimas 2 semanas", "2026-02-27", "2026-03-13"),
        ("próximos 7 dias|next 7 days|los próximos 7 días", "2026-03-12", "2026-03-19"),
        ("desde o dia 5|desde o 5|desde el 5|since the 5th|a partir do dia 5|desde 5/3", "2026-03-05", "2026-03-13"),
        ("desde segunda|since monday|desde el lunes", "2026-03-09", "2026-03-13"),
        (
            "desde janeiro|since january|desde o início do ano|since the beginning of the year|desde 2026",
            "2026-01-01",
            "2026-03-13",
        ),
        ("desde a semana passada|since last week|desde la semana pasada", "2026-03-02", "2026-03-13"),
        ("a partir de amanhã|starting tomorrow", "2026-03-13", "2026-03-14"),
        ("de 1 a 15 de março|1 a 15 de março|1-15 de março|march 1 to 15|march 1-15", "2026-03-01", "2026-03-16"),
        ("from march 1 to march 15|del 1 al 15 de marzo|2026-03-01 to 2026-03-15", "2026-03-01", "2026-03-16"),
        (
            "entre 1 e 15|between 1 and 15|do dia 1 ao dia 15|dia 1 a 15|entre os dias 1 e 15",
            "2026-03-01",
            "2026-03-16",
        ),
        ("de 20 de fevereiro a 5 de março|20/2 a 5/3", "2026-02-20", "2026-03-06"),
        ("dia 20 a dia 5|do dia 20 ao dia 5", "2026-02-20", "2026-03-06"),
        ("de 20 de dezembro a 5 de janeiro", "2025-12-20", "2026-01-06"),
        ("de 1 a 31", "2026-03-01", "2026-04-01"),
        ("de segunda a sexta|monday to friday|de lunes a viernes", "2026-03-09", "2026-03-14"),
        ("de ontem a hoje|from yesterday to today", "2026-03-11", "2026-03-13"),
        ("de janeiro a março|from january to march", "2026-01-01", "2026-04-01"),
        ("tudo|sempre|all time|desde sempre|até hoje|so far|everything|todo", "1970-01-01", "2026-03-13"),
        ("so far this month|este mês até agora", "2026-03-01", "2026-04-01"),
    ],
)
def test_a_span_is_read(texts: str, since: str, until: str) -> None:
    for text in texts.split("|"):
        period = read(text, NOW)

        assert (text, *shown(period)) == (text, since, until)
        assert period.precision is SPAN


@pytest.mark.parametrize(
    ("texts", "since", "until"),
    [
        ("em março|in march", "2026-03-01", "2026-04-01"),
        ("em fevereiro", "2027-02-01", "2027-03-01"),
        ("de 1 a 15 de março", "2026-03-01", "2026-03-16"),
        ("de 1 a 10", "2026-04-01", "2026-04-11"),
        ("fim de semana|weekend", "2026-03-14", "2026-03-16"),
        ("desde segunda", "2026-03-09", "2026-03-13"),
    ],
)
def test_ahead_a_span_is_the_next_that_is_not_over(texts: str, since: str, until: str) -> None:
    for text in texts.split("|"):
        assert (text, *shown(read(text, NOW, ahead=True))) == (text, since, until)


@pytest.mark.parametrize(
    ("texts", "minute"),
    [
        (
            "amanhã às 9|amanhã, às 9h|tomorrow at 9|tomorrow at 9am|mañana a las 9|às 9 de amanhã|9am tomorrow",
            "2026-03-13 09:00",
        ),
        (
            "amanhã às 15h30|amanhã 15:30|tomorrow at 3:30 pm|amanhã às 3 e meia|mañana a las 3 y media",
            "2026-03-13 15:30",
        ),
        ("amanhã à tarde às 3|amanhã às 3|tomorrow at 3 p.m.|amanhã às 3 da tarde|3pm tomorrow", "2026-03-13 15:00"),
        ("amanhã às 3 da manhã|amanhã às 03:00|tomorrow at 3am|mañana a las 3 de la mañana", "2026-03-13 03:00"),
        (
            "hoje às 20|hoy a las 20|hoje às 8 da noite|today at 8pm|8pm tonight|at 8 tonight|às 8 hoje à noite",
            "2026-03-12 20:00",
        ),
        ("amanhã ao meio-dia|tomorrow at noon|mañana al mediodía|12pm tomorrow", "2026-03-13 12:00"),
        ("tomorrow at midnight|12am tomorrow|amanhã à meia-noite", "2026-03-13 00:00"),
        ("às 14h|2pm|14:00|a las 14:00|at 2|14h|14h00|2 p.m.", "2026-03-12 14:00"),
        ("dia 5 às 14h|14:00 no dia 5|March 5 at 2pm|5/3 14:00|2026-03-05T14:00|2026-03-05 14:00", "2026-03-05 14:00"),
        ("2026-03-05T14:00:00-03:00|2026-03-05T17:00:00+00:00|2026-03-05T17:00:00Z", "2026-03-05 14:00"),
        ("em 2 horas|in 2 hours|daqui a 2 horas|dentro de dos horas|en 2 horas|2 hours from now", "2026-03-12 17:00"),
        ("em 10 minutos|in 10 minutes|daqui 10 min", "2026-03-12 15:10"),
        ("em uma hora e meia|in an hour and a half|en una hora y media", "2026-03-12 16:30"),
        ("em meia hora|in half an hour|en media hora", "2026-03-12 15:30"),
        ("há 2 horas|2 horas atrás|2 hours ago|hace 2 horas|faz 2 horas", "2026-03-12 13:00"),
        ("agora|now|ahora", "2026-03-12 15:00"),
    ],
)
def test_a_moment_is_read_to_the_minute(texts: str, minute: str) -> None:
    for text in texts.split("|"):
        period = read(text, NOW)

        assert (text, f"{period.since:%Y-%m-%d %H:%M}") == (text, minute)
        assert period.until - period.since == timedelta(minutes=1)
        assert period.precision is MINUTE


@pytest.mark.parametrize(
    ("text", "back", "ahead"),
    [
        ("às 14h", "2026-03-12 14:00", "2026-03-13 14:00"),
        ("16:00", "2026-03-11 16:00", "2026-03-12 16:00"),
        ("às 9 da noite", "2026-03-11 21:00", "2026-03-12 21:00"),
        ("de manhã", "2026-03-12 06:00", "2026-03-13 06:00"),
        ("de tarde", "2026-03-12 12:00", "2026-03-12 12:00"),
        ("à noite", "2026-03-11 18:00", "2026-03-12 18:00"),
    ],
)
def test_an_hour_without_a_day_is_the_last_or_the_next(text: str, back: str, ahead: str) -> None:
    assert f"{read(text, NOW).since:%Y-%m-%d %H:%M}" == back
    assert f"{read(text, NOW, ahead=True).since:%Y-%m-%d %H:%M}" == ahead


@pytest.mark.parametrize(
    ("texts", "since", "until"),
    [
        ("amanhã de manhã|tomorrow morning|mañana por la mañana|amanhã cedo", "2026-03-13 06:00", "2026-03-13 12:00"),
        ("hoje à noite|tonight|esta noche|this evening|hoje de noite", "2026-03-12 18:00", "2026-03-13"),
        ("ontem à noite|last night|anoche|ayer por la noche|noite de ontem", "2026-03-11 18:00", "2026-03-12"),
        ("esta manhã|this morning|esta mañana", "2026-03-12 06:00", "2026-03-12 12:00"),
        ("sexta à tarde|friday afternoon|el viernes por la tarde", "2026-03-06 12:00", "2026-03-06 18:00"),
        ("últimas 24 horas|last 24 hours", "2026-03-11 15:00", "2026-03-12 15:01"),
    ],
)
def test_a_part_of_a_day_is_a_span(texts: str, since: str, until: str) -> None:
    for text in texts.split("|"):
        period = read(text, NOW)

        assert (text, *shown(period)) == (text, since, until)
        assert period.precision is SPAN


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("onten", "ontem"),
        ("ontm", "ontem"),
        ("otnem", "ontem"),
        ("oje", "hoje"),
        ("hoej", "hoje"),
        ("amanha", "amanhã"),
        ("amnhã", "amanhã"),
        ("ayr", "ayer"),
        ("yesteday", "yesterday"),
        ("tomorow", "tomorrow"),
        ("tommorow", "tomorrow"),
        ("tody", "today"),
        ("sabdo", "sábado"),
        ("segnda", "segunda"),
        ("wensday", "wednesday"),
        ("firday", "friday"),
        ("semna passada", "semana passada"),
        ("mñana", "mañana"),
        ("4a feira", "quarta"),
    ],
)
def test_one_slip_in_an_everyday_word_is_forgiven(typed: str, meant: str) -> None:
    assert read(typed, NOW) == read(meant, NOW)
    assert found(f"gastei 10 {typed}") == [typed]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "home",
            "hope",
            "quita lo último",
            "parada de ônibus",
            "toda",
            "banana",
            "manzana",
            "terra",
            "cesta",
            "quarto",
        ),
        *("Amanda", "Nunes", "contém glúten", "luces", "Frida", "pagado", "cerca", "segundo", "obtém", "lines"),
    ],
)
def test_another_word_is_no_slip(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("31/02", "no such day"),
        ("30 de fevereiro", "no such day"),
        ("february 30", "no such day"),
        ("29/02/2025", "no such day"),
        ("2026-02-30", "no such day"),
        ("31/04 às 10h", "no such day"),
        ("de 30 a 31 de abril", "no such day"),
        ("2026-13-01", "no such day"),
        ("", "say it like"),
        ("dia 32", "say it like"),
        ("25:00", "say it like"),
        ("às 25h", "say it like"),
        ("13pm", "say it like"),
        ("10:75", "say it like"),
        ("um dia desses", "say it like"),
        ("ontem e hoje", "say it like"),
        ("gastei 10 ontem", "say it like"),
        ("há 99999 dias", "say it like"),
        ("em 9999 anos", "say it like"),
        ("01/01/0001", "say it like"),
        ("0001-01-01T00:00:00+14:00", "say it like"),
        ("9999-12-31T23:59:59-12:00", "say it like"),
        ("la mañana", "say it like"),
        ("may I", "say it like"),
        ("x" * 300, "give the day"),
    ],
)
def test_what_is_no_time_is_refused_with_a_cure(text: str, cure: str) -> None:
    with pytest.raises(Rejected, match=re.escape(cure)):
        read(text, NOW)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("gastei 10 no café ontem", ["ontem"]),
        ("gastei 50 dia 5", ["dia 5"]),
        ("gastei 50 no dia 5", ["dia 5"]),
        ("oi bom dia! paguei 120 na conta de luz hj", ["hj"]),
        ("bom dia 20 no mercado", []),
        ("boa noite", []),
        ("tudo bem?", []),
        ("tudo", ["tudo"]),
        ("quanto gastei desde o dia 5?", ["desde o dia 5"]),
        ("quanto gastei em março", ["março"]),
        ("gastos do mês", ["do mês"]),
        ("gastos do mês passado", ["mês passado"]),
        ("gastos do mês de fevereiro", ["mês de fevereiro"]),
        ("gastos de la semana pasada", ["la semana pasada"]),
        ("vence no fim do mês que vem", ["fim do mês que vem"]),
        ("¿cuánto gasté la semana pasada?", ["la semana pasada"]),
        ("recebi 50 do Marco", []),
        ("recebi 50 em março", ["março"]),
        ("may I see what I spent in may", ["may"]),
        ("Julio me debe 50", []),
        ("June paid me", []),
        ("paguei 2026 em 2026", ["2026"]),
        ("paguei 2000 em 2000 reais", []),
        ("avísame el 10 para renovar el seguro", ["10"]),
        ("el 5 por ciento", []),
        ("remind me on the 10th to pay", ["10th"]),
        ("reminder on saturday", ["saturday"]),
        ("spent 10 on 3/12", ["on 3/12"]),
        ("me lembra amanhã às 10 de ligar pro banco", ["amanhã às 10"]),
        ("me lembra em 2 horas", ["em 2 horas"]),
        ("recuérdame mañana a las 10 llamar al banco", ["mañana a las 10"]),
        ("as 3 contas", []),
        ("uber at 10 dollars", []),
        ("liga as 9", ["as 9"]),
        ("a segunda via", []),
        ("dia 5 - 20 mercado", ["dia 5"]),
        ("dia 1 e 15 de março", ["dia 1", "15 de março"]),
        ("entre 10 e 20 reais", []),
        ("de 5 a 10 reais", []),
        ("agora quero ver", []),
        ("gastei 31/02 50", []),
        ("nota 31/02/2026", []),
        ("52,90", []),
        ("dia 5,50", []),
        ("1/2/3/4", []),
        ("quanto foi hoje e ontem", ["hoje", "ontem"]),
        ("R$ 10 no dia 3/3 e R$ 20 no dia 4/3", ["dia 3/3", "dia 4/3"]),
    ],
)
def test_times_are_found_where_they_stand(text: str, places: list[str]) -> None:
    assert found(text) == places


PIECES = [
    *sorted(FIRST_WORDS)[::3],
    *(
        piece
        for pieces in (
            "0 1 3 5 12 15 28 30 31 32 2026 99999 12/03 31/02 3/25 2026-03-12 15:30 15h 3pm 5th 1º 4ª",
            "semana mês ano dias horas minutos month days ago atrás passada que vem last next este feira",
            "março marzo march feb 29 de do a e às at : / - . , ½ ² t z manhã noite hoje ontem sexta",
        )
        for piece in pieces.split()
    ),
    "\n",
    "\u00a0",
    "\N{ARABIC-INDIC DIGIT FIVE}",
]
UTTERANCES = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("America/Sao_Paulo", "America/New_York", "Africa/Cairo", "America/Asuncion", "UTC")]
)
NOWS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES, allow_imaginary=False)  # noqa: DTZ001


def instant(at: datetime) -> float:
    return at.astimezone(UTC).timestamp()


@given(UTTERANCES, NOWS, st.booleans())
@example("℅ 5", NOW, True)
@example("15/3/26 às 15h de ontem", NOW, False)
def test_whatever_is_found_can_be_read(text: str, now: datetime, ahead: bool) -> None:
    places = find(text)

    for place in places:
        assert text[place.start : place.end] == place.text
        period = read(place.text, now, ahead=ahead)
        assert instant(period.since) < instant(period.until)
        assert period.since.tzinfo is period.until.tzinfo is now.tzinfo
    assert all(one.end <= other.start for one, other in pairwise(places))


@given(UTTERANCES, NOWS, st.booleans())
@example("2000/0/2200000000", NOW, False)
@example("1/1/" + "1" * 150, NOW, False)
def test_any_text_is_read_or_refused(text: str, now: datetime, ahead: bool) -> None:
    try:
        period = read(text, now, ahead=ahead)
    except Rejected:
        return
    assert instant(period.since) < instant(period.until)


@pytest.mark.parametrize(
    ("zone", "day", "first", "hours"),
    [
        ("America/New_York", "2026-03-08", "00:00-05:00", 23),
        ("America/New_York", "2026-11-01", "00:00-04:00", 25),
        ("America/Asuncion", "2023-10-01", "01:00-03:00", 23),
        ("America/Asuncion", "2023-03-26", "00:00-04:00", 24),
        ("America/Asuncion", "2023-03-25", "00:00-03:00", 25),
        ("Africa/Cairo", "2026-04-24", "01:00+03:00", 23),
        ("America/Havana", "2026-11-01", "00:00-04:00", 25),
        ("America/Sao_Paulo", "2018-11-04", "01:00-02:00", 23),
    ],
)
def test_a_day_is_from_one_local_midnight_to_the_next_when_the_clock_changes(
    zone: str, day: str, first: str, hours: int
) -> None:
    now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone))

    period = read("hoje", now)

    assert period.since.isoformat() == f"{day}T{first[:5]}:00{first[5:]}"
    assert instant(period.until) - instant(period.since) == hours * 3600
    assert read("ontem", now).until == period.since
    assert read("amanhã", now).since == period.until


def test_hours_away_pass_whatever_is_done_to_the_clock() -> None:
    before_the_change = datetime(2026, 3, 8, 1, 30, tzinfo=ZoneInfo("America/New_York"))

    assert read("em 2 horas", before_the_change).since.isoformat() == "2026-03-08T04:30:00-04:00"


def test_an_hour_that_the_clock_skips_is_the_one_after() -> None:
    now = datetime(2026, 3, 7, 12, 0, tzinfo=ZoneInfo("America/New_York"))

    assert read("amanhã às 02:30", now).since.isoformat() == "2026-03-08T03:30:00-04:00"


def test_an_hour_that_comes_twice_is_the_first() -> None:
    now = datetime(2026, 10, 31, 12, 0, tzinfo=ZoneInfo("America/New_York"))

    assert read("amanhã às 01:30", now).since.isoformat() == "2026-11-01T01:30:00-04:00"
