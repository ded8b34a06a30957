"""The `recado` command: every verb imports what it needs when it is called, so that help is there at once."""

from entrypoints.cli.commands import main

__all__ = ["main"]
