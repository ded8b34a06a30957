"""Tables of figures, each beside its aim and whether it was met."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

_LABEL = 44
_CELL = 11


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of `values` does not exceed; `nan` if there are none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def ms(milliseconds: float) -> str:
    if math.isnan(milliseconds):
        return "-"
    return f"{milliseconds:,.{1 if abs(milliseconds) < 1000 else 0}f} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What was hoped for, and how it came out. `by`: how far off, in words."""

    words: str
    met: bool
    by: str = ""
    promise: bool = False
    """Not a speed, but something that must hold on any machine."""

    def __str__(self) -> str:
        return f"{self.words}: {'ok' if self.met else 'MISSED' + (f' by {self.by}' if self.by else '')}"


def at_most(words: str, value: float, limit: float, unit: str, *, under: bool = False) -> Aim:
    """An aim that a figure does not exceed; `under`: nor reach."""
    met = value < limit if under else value <= limit
    return Aim(words=words, met=met, by=f"{value - limit:,.1f} {unit} ({value / limit - 1:.0%})")


@dataclass(slots=True)
class Table:
    """Rows of a label, a cell per column, and aims."""

    title: str
    columns: Sequence[str]
    rows: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    broken: bool = False

    def row(self, label: str, *cells: object, aims: Sequence[Aim] = ()) -> None:
        line = f"  {label:<{_LABEL}}" + "".join(f"{cell!s:>{_CELL}}" for cell in cells)
        told = "; ".join(map(str, aims))
        self.rows.append(f"{line}   {told}".rstrip())
        self.missed += [f"{label.strip()}, {aim}" for aim in aims if not aim.met]
        self.broken |= any(aim.promise and not aim.met for aim in aims)

    def print(self) -> None:
        print(f"\n{self.title}")
        print("  " + " " * _LABEL + "".join(f"{column:>{_CELL}}" for column in self.columns) + "   aim")
        for row in self.rows:
            print(row)
