"""The sentences that every language has, with what is filled in: {name} {note} {what} {day} {period} {lines}."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Things are noun phrases that stand in other sentences and in lists."""

    note: str
    interaction: str
    reminder: str
    passed: str
    """After a reminder whose time is over; begins with its own space."""

    noted: str
    kept: str
    forgotten: str
    nothing_to_forget: str

    which_person: str
    already_over: str

    known: str
    nothing_known: str
    reminders: str
    reminders_in: str
    no_reminders: str
    no_reminders_in: str
