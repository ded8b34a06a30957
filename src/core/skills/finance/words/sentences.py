"""The sentences that every language has, with what is filled in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Things are noun phrases that stand in other sentences; the pieces below them begin with their own space."""

    # Things: {amount} {category} {what} {customer} {day} {due} {name} {note}
    expense: str
    revenue: str
    invoice: str
    payment: str
    customer: str

    # Pieces of things and of questions
    aside: str
    in_category: str
    spent_on: str
    from_customer: str
    for_customer: str
    due: str
    overdue: str
    out_of: str

    # Something was done: {thing}
    noted: str
    total_of_category: str
    total_spent: str
    revenue_or_payment: str
    customer_added: str
    customer_known: str
    customer_noted: str
    invoice_made: str
    customer_came_along: str
    paid_off: str
    paid_in_part: str
    undone: str
    undone_correction: str
    customer_left: str
    corrected: str

    # Something is asked back, or is not there
    which_customer: str
    which_invoice: str
    does_not_fit: str
    no_such_customer: str
    nothing_open: str
    nothing_open_of: str
    nothing_to_undo: str
    nothing_to_correct: str
    correct_what: str
    exceeds_rest: str

    # What is known: {total} {period} {lines}
    spent: str
    spent_nothing: str
    by_category: str
    received: str
    received_nothing: str
    surplus: str
    shortfall: str
    even: str
    moved_nothing: str
    owed: str
    nobody_owes: str
    owes_nothing: str
    listed: str
    listed_nothing: str
