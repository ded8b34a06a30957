"""What is measured, held in plain numbers: adding to one takes less than a microsecond. Only the loop's thread may."""

from bisect import bisect_left
from collections.abc import Sequence

Labels = tuple[str, ...]


class Tally:
    """A number that only grows, one for each set of labels."""

    def __init__(self, name: str, about: str, labels: Labels = (), known: Sequence[Labels] = ()) -> None:
        """`known` are there from the start, at zero: an increase from nothing at all is none to whoever watches."""
        self.name = name
        self.about = about
        self.labels = labels
        self.counts: dict[Labels, float] = dict.fromkeys(known if labels else [()], 0)

    def add(self, *labels: str, by: float = 1) -> None:
        self.counts[labels] = self.counts.get(labels, 0) + by


class Cells:
    """How many values fell between bounds, and their sum."""

    __slots__ = ("counts", "total")

    def __init__(self, bounds: int) -> None:
        self.counts = [0] * (bounds + 1)
        self.total = 0.0


class Spread:
    """How values are spread over bounds, for each set of labels; a value on a bound counts as below it."""

    def __init__(
        self, name: str, about: str, labels: Labels = (), *, bounds: Sequence[float], known: Sequence[Labels] = ()
    ) -> None:
        self.name = name
        self.about = about
        self.labels = labels
        self.bounds = bounds
        self.cells: dict[Labels, Cells] = {each: Cells(len(bounds)) for each in (known if labels else [()])}

    def add(self, value: float, *labels: str) -> None:
        cells = self.cells.get(labels)
        if cells is None:
            cells = self.cells[labels] = Cells(len(self.bounds))
        cells.counts[bisect_left(self.bounds, value)] += 1
        cells.total += value
