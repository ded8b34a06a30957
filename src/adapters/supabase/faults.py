"""The one place where the database's errors become ours: by code, never by text, which may quote what was stored."""

from datetime import timedelta

from core.errors import Conflict, KeyReused, Permanent, RecadoError, Rejected, Unavailable

MIGRATE = "run `recado migrate`, or `supabase --workdir src/adapters db push`"

REPEATABLE = frozenset({"40001", "40P01"})
"""The database gave up on one of several that stood in each other's way; it may well succeed at once."""

NOT_SEEN_YET = "PGRST202"
"""The REST server does not know the function, perhaps because it was made a moment ago."""

_OURS: dict[str, type[RecadoError]] = {
    "RC400": Rejected,
    "RC409": Conflict,
    "RC422": KeyReused,
    "RC503": Unavailable,
}
"""Raised by our own functions; their texts are ours too."""

_NO_RIGHT = (
    "the database refuses the function to us: check that SUPABASE_SECRET_KEY is a secret key (sb_secret_…), or that the"
    f" user of DATABASE_URL may act as service_role; then {MIGRATE}"
)
_WRONG_SCHEMA = f"the database's schema is not what this version needs: {MIGRATE}"
_WRONG_KEY = (
    "Supabase refuses the key: set SUPABASE_SECRET_KEY to a secret key of this project (Project Settings, API keys)"
)
_WRONG_LOGIN = "the database refuses the user or password of DATABASE_URL"

_KNOWN: dict[str, tuple[type[RecadoError], str]] = {
    "23503": (Rejected, "it names a line, contact or conversation that this workspace does not have"),
    "25006": (Unavailable, "the database only reads now, as during a failover"),
    "28000": (Permanent, _WRONG_LOGIN),
    "28P01": (Permanent, _WRONG_LOGIN),
    "3D000": (Permanent, "DATABASE_URL names a database that does not exist"),
    "3F000": (Permanent, _WRONG_SCHEMA),
    "40001": (Unavailable, "another operation came first, again and again"),
    "40P01": (Unavailable, "operations waited for each other"),
    "42501": (Permanent, _NO_RIGHT),
    "42703": (Permanent, _WRONG_SCHEMA),
    "42883": (Permanent, _WRONG_SCHEMA),
    "42P01": (Permanent, _WRONG_SCHEMA),
    "54000": (Rejected, "it is too long to be stored"),
    "55P03": (Unavailable, "another operation holds what this one needs"),
    "57014": (Unavailable, "the database took too long and was stopped"),
    "XX000": (Unavailable, "the database or its pooler is in trouble; its own log says why"),
    "XX001": (Permanent, "the database is damaged: its own log says where; restore a backup"),
    "XX002": (Permanent, "an index of the database is damaged: its own log says which; reindex it"),
    NOT_SEEN_YET: (Unavailable, f"the REST server does not know the function: {MIGRATE}, or wait until it has seen it"),
    "PGRST003": (Unavailable, "all the database connections of the REST server are busy"),
    "PGRST106": (Permanent, "the REST server does not serve the schema public: expose it (Project Settings, Data API)"),
    "PGRST203": (Permanent, _WRONG_SCHEMA),
}

_FAMILIES: tuple[tuple[str, type[RecadoError], str], ...] = (
    ("08", Unavailable, "the database cannot be reached"),
    ("22", Rejected, "it cannot be stored"),
    ("23", Conflict, "it contradicts what is stored"),
    ("53", Unavailable, "the database has no connection, memory or disk left"),
    ("55", Unavailable, "the database cannot do this now"),
    ("57", Unavailable, "the database stops or starts"),
    ("58", Unavailable, "the database's disk or system is in trouble"),
    ("PGRST0", Unavailable, "the REST server cannot reach its database"),
    ("PGRST3", Permanent, _WRONG_KEY),
    ("PGRSTX", Unavailable, "the REST server is in trouble"),
)


def of_code(code: str, *, says: str = "", constraint: str | None = None) -> RecadoError:
    """Our error for a SQLSTATE or a code of PostgREST. `says` is its text, passed on only where our functions wrote it;
    `constraint` is a name of our own schema."""
    if code in _OURS:
        return _OURS[code](says)
    if code in _KNOWN:
        kind, why = _KNOWN[code]
        return kind(f"{why} ({code})")
    for prefix, kind, why in _FAMILIES:
        if code.startswith(prefix):
            return kind(f"{why} ({code}{f', {constraint}' if constraint else ''})")
    return Permanent(f"the database refuses the function ({code}): {_WRONG_SCHEMA}")


def of_status(status: int, *, after: timedelta | None = None) -> RecadoError:
    """Our error for an answer of a gateway or proxy, which has no code of the database's."""
    if status in (401, 403):
        return Permanent(f"{_WRONG_KEY} ({status})")
    if status == 413:
        return Rejected("it is too long for the REST server (413)")
    if status == 429:
        return Unavailable("too many requests to Supabase (429)", after=after)
    if status in (408, 425) or status >= 500:
        return Unavailable(f"the REST server or what stands before it is in trouble ({status})", after=after)
    return Permanent(f"SUPABASE_URL is no Supabase REST API as we know it ({status}): check the address")


def too_slow() -> Unavailable:
    """Whether it happened is not known; a repeat will tell."""
    return Unavailable("the database did not answer in time")


def broken_off() -> Unavailable:
    return Unavailable("the connection to the database could not be made, or broke off")


def saturated() -> Unavailable:
    return Unavailable("all our connections to the database are busy")


def unstorable(error: Exception) -> Rejected:
    """It has no form in UTF-8 or JSON."""
    return Rejected(f"it cannot be stored ({type(error).__name__})")
