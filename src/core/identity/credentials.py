"""What a line proves itself with at its provider: values that nothing shows by accident."""

from collections.abc import Mapping
from typing import Any, NoReturn, Self

from core.errors import Permanent


class Credentials:
    """Secret values by name, immutable. None at all: the line uses its channel's own settings.

    Not a `Mapping`, so that neither a log, an encoder nor a careless loop finds the values: only `reveal` gives one.
    """

    __slots__ = ("_fault", "_values")

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = tuple(sorted((values or {}).items()))
        self._fault: str | None = None

    @classmethod
    def lost(cls, why: str) -> Self:
        """Credentials that are kept and that no key opens: whoever needs them is told why, and nobody else."""
        found = cls()
        found._fault = why
        return found

    @property
    def fault(self) -> str | None:
        """Why they are lost; None: they are not."""
        return self._fault

    @property
    def names(self) -> frozenset[str]:
        """Raises `Permanent` if they are lost."""
        return frozenset(name for name, _ in self._known())

    def reveal(self, name: str) -> str | None:
        """The value of this name, None if there is none. Raises `Permanent` if they are lost."""
        return dict(self._known()).get(name)

    def __bool__(self) -> bool:
        """Whether the line has any of its own, lost ones too."""
        return bool(self._values) or self._fault is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return (self._values, self._fault) == (other._values, other._fault)

    def __hash__(self) -> int:
        return hash((self._values, self._fault))

    def __repr__(self) -> str:
        shown = "lost" if self._fault is not None else ", ".join(f"{name}=…" for name, _ in self._values)
        return f"Credentials({shown})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are not written anywhere in the clear: seal them")

    def _known(self) -> tuple[tuple[str, str], ...]:
        if self._fault is not None:
            raise Permanent(self._fault)
        return self._values


NO_CREDENTIALS = Credentials()
"""Of a line that uses its channel's own settings."""
