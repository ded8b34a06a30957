"""Rows under one another, as commands print lists."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """Each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
