"""A period in everyday words that may stand behind a verb: "gastou R$ 5 ontem", "em março", "de 1 a 15 de março"."""

from datetime import date, datetime, timedelta

from core.ai.slots.when.calendar import monday, months_on
from core.ai.slots.when.lexicon import Part
from core.ai.slots.when.period import Period, Precision, Seen
from core.ai.slots.when.spans import BEGINNING
from core.ai.slots.when.wording import WORDINGS, Wording


def say(period: Period, now: datetime, language: str) -> str:
    """The period as one says it at `now`, which must be aware, in pt, en or es; in any other language as in en."""
    return _Speech(now, WORDINGS.get(language, WORDINGS["en"])).said(period)


class _Speech:
    """Somebody speaking at `now`."""

    def __init__(self, now: datetime, words: Wording) -> None:
        self._seen = Seen(now=now, ahead=False)
        self._words = words

    def said(self, period: Period) -> str:
        zone = self._seen.now.tzinfo
        since, until = period.since.astimezone(zone), period.until.astimezone(zone)
        if period.precision is Precision.MINUTE:
            return self._minute(since)
        if self._begins_day(since) and self._begins_day(until):
            return self._days(since.date(), until.date())
        part = next((each for each in Part if self._is_part(since, until, each)), None)
        if part is None:
            return self._words.from_to.format(self._minute(since), self._minute(until))
        return self._part(since.date(), part)

    def _begins_day(self, at: datetime) -> bool:
        return self._seen.day(at.date()).since.timestamp() == at.timestamp()

    def _is_part(self, since: datetime, until: datetime, part: Part) -> bool:
        known = self._seen.hours(since.date(), *part.value)
        return (known.since.timestamp(), known.until.timestamp()) == (since.timestamp(), until.timestamp())

    def _part(self, day: date, part: Part) -> str:
        words, name = self._words, self._near(day)
        if name is None:
            return words.parts[part].format(self._on(day))
        return (words.parts_of_today if day == self._seen.today else words.near_parts)[part].format(name)

    def _minute(self, at: datetime) -> str:
        pattern = self._words.at_one if at.hour == 1 else self._words.at
        return pattern.format(self._on(at.date()), f"{at:%H:%M}")

    def _days(self, first: date, past: date) -> str:
        last, today = past - timedelta(days=1), self._seen.today
        if first == last:
            return self._on(first)
        named = self._named(first, past)
        if named is not None:
            return named
        if last == today:
            return self._words.since.format(self._behind(first))
        if (first.year, first.month) == (last.year, last.month) == (today.year, last.month):
            return self._words.first_to_last_of_month.format(first.day, last.day, self._month(first))
        return self._words.from_to.format(self._behind(first), self._behind(last))

    def _named(self, first: date, past: date) -> str | None:
        """A span that has a name: all time, a week, a month, a year."""
        words, today = self._words, self._seen.today
        if first == BEGINNING:
            return words.always
        if past == first + timedelta(weeks=1) and first == monday(first):
            return words.weeks.get((first - monday(today)).days // 7)
        if first.day == 1 and past == months_on(first, 1):
            away = (first.year - today.year) * 12 + first.month - today.month
            return words.months_near.get(away) or self._whole_month(first)
        if (first.month, first.day) == (1, 1) and past == months_on(first, 12):
            return words.years.get(first.year - today.year) or words.in_year.format(first.year)
        return None

    def _whole_month(self, first: date) -> str:
        if first.year == self._seen.today.year:
            return self._words.in_month.format(self._month(first))
        return self._words.in_month_of_year.format(self._month(first), first.year)

    def _near(self, day: date) -> str | None:
        return self._words.near.get((day - self._seen.today).days)

    def _on(self, day: date) -> str:
        return self._near(day) or self._words.on.format(self._dated(day))

    def _behind(self, day: date) -> str:
        """The day behind a preposition."""
        return self._near(day) or self._words.behind.format(self._dated(day))

    def _dated(self, day: date) -> str:
        month = self._month(day)
        if day.year == self._seen.today.year:
            return self._words.day_of_month.format(day.day, month)
        return self._words.day_of_month_of_year.format(day.day, month, day.year)

    def _month(self, day: date) -> str:
        return self._words.months[day.month - 1]
