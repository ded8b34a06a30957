"""One tree of errors in five families: the family decides HTTP status and retry, each in one table."""

from datetime import timedelta


class RecadoError(Exception):
    """Root of every error we raise on purpose; its text never holds message text, numbers or secrets."""


class Rejected(RecadoError):
    """What was asked is malformed or not supported; asking again without a change is of no use."""


class UnsupportedMedia(Rejected):
    """The content type is none that the receiver reads."""


class Untrusted(RecadoError):
    """The sender could not prove who it is, or speaks about something that is not its own."""


class Conflict(RecadoError):
    """The thing changed since the caller looked at it; look again, or override."""


class KeyReused(Conflict):
    """The key that makes a call repeatable was used before for something else; that needs a key of its own."""


class Unavailable(RecadoError):
    """Something we depend on does not answer now; the same call may succeed later.

    `after` is how long the other side asked us to wait, where it said so.
    """

    def __init__(self, why: str, *, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class Permanent(RecadoError):
    """It failed and will fail again: a wrong key, a refused request, a broken set-up. A person has to act."""
