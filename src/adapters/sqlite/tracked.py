"""A row as an operation holds it: read once, changed in place, and written once, in the columns that changed."""

from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Self

from adapters.sqlite.rows import Row
from adapters.sqlite.writer import Transaction


class Tracked:
    """Inherited by a dataclass whose fields are the columns of a table, by name and in order (a test compares)."""

    __slots__ = ("_was",)

    _names: ClassVar[tuple[str, ...]]
    _values: ClassVar["attrgetter[tuple[Any, ...]]"]
    _was: tuple[Any, ...]
    workspace: str
    id: str

    def __init_subclass__(cls) -> None:
        cls._names = tuple(cls.__annotations__)
        cls._values = attrgetter(*cls._names)

    @classmethod
    def of(cls, row: Row) -> Self:
        """Columns behind those we know are left alone: a newer version may add some while this process runs."""
        was = tuple(row)[: len(cls._names)]
        found = cls(*was)
        found._was = was
        return found

    def is_stored(self) -> Self:
        """Said of a row made here, once it is inserted as it stands."""
        self._was = self._values(self)
        return self

    def write(self, tx: Transaction, table: str) -> None:
        """Less than half of what writing all would cost: each index of a named column is written, changed or not."""
        now = self._values(self)
        changes = {name: new for name, new, old in zip(self._names, now, self._was, strict=True) if new != old}
        if changes:
            self._was = now
            tx.db.execute(_update(table, tuple(changes)), (*changes.values(), self.workspace, self.id))


@cache
def _update(table: str, names: tuple[str, ...]) -> str:
    columns = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE {table} SET {columns} WHERE workspace = ? AND id = ?"  # noqa: S608 - names of our own columns
