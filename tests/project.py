"""A real Supabase project in place of the run's own servers: only for who says in so many words that it may be erased.

The names begin with RECADO_TEST_, so that the settings of a deployment in `.env` or the environment never count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import Permanent

MAY_BE_ERASED = "RECADO_TEST_MAY_ERASE"
_NAMES = ("RECADO_TEST_SUPABASE_URL", "RECADO_TEST_SUPABASE_SECRET_KEY", "RECADO_TEST_DATABASE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where it is. Every test erases what it finds there in the schema `recado`."""

    url: str
    secret_key: str
    publishable_key: str
    jwt_secret: str
    database: str


def project_of(environ: Mapping[str, str], *, workers: int) -> Project | None:
    """The project that the tests are to run against, if there is one.

    Raises `Permanent` if it is not complete, or if nobody said, by its host name, that it may be erased.
    """
    given = {name: environ.get(name, "") for name in _NAMES}
    if not any(given.values()):
        return None
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise Permanent(f"{', '.join(missing)}: also needed to test against a real project.")
    url, secret_key, database = given.values()
    host = urlsplit(url).hostname
    if environ.get(MAY_BE_ERASED) != host:
        raise Permanent(f"The tests erase what {host} holds. If it may be erased, say so: {MAY_BE_ERASED}={host}")
    if workers > 1:
        raise Permanent("Against a real project one test runs at a time: pytest -n 0.")
    return Project(
        url=url,
        secret_key=secret_key,
        publishable_key=environ.get("RECADO_TEST_SUPABASE_PUBLISHABLE_KEY", ""),
        jwt_secret=environ.get("RECADO_TEST_SUPABASE_JWT_SECRET", ""),
        database=database,
    )
