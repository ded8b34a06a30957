"""What is wrong with Redis, in our words; told once when it begins and once when it is over, not at every poll."""

import logging
from ssl import SSLCertVerificationError
from time import monotonic

from redis import exceptions as redis

_log = logging.getLogger("recado.arq")
_log.setLevel(logging.WARNING)

TROUBLE = (redis.RedisError, OSError)
"""All that goes wrong with a server. `TimeoutError` is among them."""

_WHY: tuple[tuple[type[Exception], str], ...] = (
    (redis.AuthenticationError, "Redis refuses the user or the password of REDIS_URL"),
    (redis.AuthorizationError, "the user of REDIS_URL may not do what the queue needs"),
    (redis.NoPermissionError, "the user of REDIS_URL may not do what the queue needs"),
    (redis.BusyLoadingError, "Redis is still reading its data"),
    (redis.OutOfMemoryError, "Redis is full: give it more memory, or let less be kept in it"),
    (redis.ReadOnlyError, "the Redis at REDIS_URL is a replica that may only be read"),
    (redis.ResponseError, "Redis refuses what the queue needs"),
    (redis.TimeoutError, "Redis does not answer in time"),
    (TimeoutError, "Redis does not answer in time"),
    (Exception, "Redis at REDIS_URL cannot be reached"),
)

_QUIET_S = 30.0
"""An outage that comes and goes is told no more often than this."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5


def why(error: Exception) -> str:
    """The reason in our words: redis-py's name hosts and quote commands."""
    if isinstance(error.__context__, SSLCertVerificationError):
        return "the certificate of the Redis at REDIS_URL is not accepted; ?ssl_ca_certs= names who vouches for it"
    return next(words for kind, words in _WHY if isinstance(error, kind))


class Outage:
    """One way to Redis, to send or to receive, and whether it is broken now. What it counts is of this process."""

    def __init__(self, of: str, effect: str) -> None:
        self._of = of
        self._effect = effect
        self._since: float | None = None
        self._told_at = -_QUIET_S
        self._told = False
        self.why = ""
        self.outages = 0
        self.lost = 0
        """Calls or hints, in all outages."""
        self._in_this = 0

    @property
    def on(self) -> bool:
        return self._since is not None

    @property
    def pause(self) -> float:
        """Seconds to wait before the next try."""
        return float(min(_FIRST_PAUSE * 2 ** min(self._in_this, 10), _LONGEST_PAUSE))

    def begin(self, error: Exception, lost: int = 1) -> None:
        """A call failed, or so many hints with it."""
        now = monotonic()
        self.why = why(error)
        self.lost += lost
        self._in_this += lost
        if self._since is None:
            self._since, self._told = now, False
            self.outages += 1
        if not self._told and now - self._told_at >= _QUIET_S:
            self._told, self._told_at = True, now
            _log.warning("%s: %s", self.why, self._effect)

    def end(self) -> None:
        """A call was answered."""
        if self._since is None:
            return
        if self._told:
            took = monotonic() - self._since
            _log.warning("Redis answers again: away for %.1f s, %d %s lost", took, self._in_this, self._of)
        self._since = None
        self._in_this = 0
