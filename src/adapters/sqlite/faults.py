"""The one place where errors of sqlite3 become ours."""

import sqlite3

from core.errors import Conflict, Permanent, RecadoError, Rejected, Unavailable

_PASSING = {
    sqlite3.SQLITE_BUSY: "another process keeps the database locked",
    sqlite3.SQLITE_LOCKED: "the database is locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_READONLY: "the database cannot be written",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_PROTOCOL: "another process keeps the database locked",
    sqlite3.SQLITE_INTERRUPT: "the operation was interrupted",
}
"""By primary code; the extended one has it in its low byte."""


def translated(error: Exception) -> Exception:
    """`error` in the words of core; one that is none of sqlite's is left as it is."""
    if isinstance(error, RecadoError):
        return error
    if isinstance(error, sqlite3.IntegrityError):
        if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            return Rejected("it names a line, contact or conversation that this workspace does not have")
        return Conflict(f"it contradicts what is stored ({error.sqlite_errorname})")
    if isinstance(error, UnicodeEncodeError | OverflowError | sqlite3.DataError):
        return Rejected(f"it cannot be stored ({type(error).__name__})")
    if isinstance(error, sqlite3.DatabaseError):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        why = _PASSING.get(code & 0xFF)
        if why is not None:
            return Unavailable(f"{why} ({getattr(error, 'sqlite_errorname', code)})")
        if code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return Permanent(f"the database file is damaged ({error.sqlite_errorname})")
    return error
