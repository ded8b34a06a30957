"""Logs: events with fields, pretty in a terminal and JSON lines otherwise, each looked over for what must not be seen.

Core and drivers never log message text, numbers or secrets; the redaction here is the second line of defence.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core.errors import RecadoError
from core.log import Log

HIDDEN = "[hidden]"

_PATTERNS = (
    # An address with its medium, written plainly or in a form; the rest of the word may be an id that is no number.
    (re.compile(r"(whatsapp|sms)(:|%3A)(?:\+|%2B)?[\w.\-]+", re.IGNORECASE), rf"\1:{HIDDEN}"),
    # E.164, as sent, in a form, or as people write it.
    (re.compile(r"(?:\+|%2B)\d(?:[\s().\-]{0,2}\d){6,14}"), HIDDEN),
    (re.compile(r"(?<![\w\-])(?<!\d\.)\d{10,15}(?![\w\-]|\.\d)"), HIDDEN),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/\-]+=*", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(?:AC|SK)[0-9a-fA-F]{32}\b"), HIDDEN),
    (re.compile(r"\bsk-[\w\-]{8,}"), HIDDEN),
    # Our own keys, as entrypoints/keys.py makes them.
    (re.compile(r"\brk_[a-z0-9]{8}_[A-Za-z0-9]{8,}"), HIDDEN),
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]*@"), rf"\1{HIDDEN}@"),
)

# A cheap look that most values do not pass: what every pattern above needs to be there.
_SUSPECT = re.compile(r"[:%+]|\d{10}|AC|SK|sk-|rk_|(?i:bearer|basic)")

# Errors whose words are the interpreter's or ours. Any other may quote what it choked on, which is somebody's message.
_QUIET_ERRORS = (RecadoError, OSError, ImportError, AttributeError, NameError, TypeError)

# What a secret that was opened is made of: word by word, one look each, however many there are.
_WORD = re.compile(r"[\w-]{8,}")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Redaction:
    """A processor that hides numbers, credentials and secrets wherever they stand in an event.

    `secrets` are configured; `seen` are words of secrets that become known while it runs.
    """

    def __init__(self, secrets: Iterable[str] = (), seen: Collection[str] = ()) -> None:
        self._seen = seen
        known = sorted((secret for secret in secrets if len(secret) >= 4), key=len, reverse=True)
        self._secrets = re.compile("|".join(re.escape(secret) for secret in known)) if known else None

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: value if key in _OURS else self.hide(value) for key, value in event.items()}

    def hide(self, value: Any) -> Any:
        """The same value without what must not be seen; numbers and truth values stay as they are."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self.hide(key): self.hide(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.hide(item) for item in value]
        text = value if isinstance(value, str) else str(value)
        if self._secrets is not None:
            text = self._secrets.sub(HIDDEN, text)
        if self._seen:
            text = _WORD.sub(lambda word: HIDDEN if word[0] in self._seen else word[0], text)
        if _SUSPECT.search(text):
            for pattern, instead in _PATTERNS:
                text = pattern.sub(instead, text)
        return text


_OURS = frozenset(
    {"timestamp", "level", "what", "workspace", "conversation", "turn", "attempt", "attempts", "outcome", "how"}
)
"""Fields that hold nothing but words and ids of our own making."""


def open_log(
    level: str = "info",
    *,
    secrets: Iterable[str] = (),
    seen: Collection[str] = (),
    stream: TextIO | None = None,
) -> Log:
    """The process's log, with the standard library's logging led into it; other people's libraries from WARNING on.

    Calling it again replaces the first: there is one standard library logging.
    """
    out = stream if stream is not None else sys.stderr
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _explain_errors,
        Redaction(secrets, seen),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _in_order,
        _renderer(pretty=out.isatty()),
    ]
    _lead_in(steps, out, max(_LEVELS[level], logging.WARNING))
    logger = structlog.wrap_logger(
        structlog.WriteLogger(out),
        processors=steps,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        context_class=dict,
    )
    return cast("Log", logger.bind())


def correlate(correlation: str) -> None:
    """Everything this task logs from here on carries this id; it joins a message's life from webhook to delivery."""
    structlog.contextvars.bind_contextvars(correlation=correlation)


def _renderer(*, pretty: bool) -> Processor:
    if pretty:
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    encode = json.JSONEncoder(default=repr).encode
    return lambda logger, method, event: encode(event)


def _in_order(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """As people look for it: when, how grave, what; then the rest."""
    return {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event} | dict(event)


def _explain_errors(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put an exception's kind and frames in the event, never its locals, and its words only where they are ours."""
    given = event.pop("exc_info", None)
    if not given:
        return event
    error = given if isinstance(given, BaseException) else (given if isinstance(given, tuple) else sys.exc_info())[1]
    if error is not None:
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException) -> Iterable[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        yield from _told(cause)
        yield "which led to"
    yield from _frames(error.__traceback__)
    kind = type(error)
    words = f": {error}" if isinstance(error, _QUIET_ERRORS) else ""
    yield f"{kind.__module__}.{kind.__qualname__}{words}"
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _told(part)


def _frames(trace: TracebackType | None) -> Iterable[str]:
    for frame in traceback.extract_tb(trace)[-30:]:
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'


class _LeadIn(logging.Handler):
    """Gives the standard library's records to our processors; the first line only, as asyncio quotes errors below."""

    def __init__(self, steps: list[Processor], out: TextIO) -> None:
        super().__init__()
        self._steps = steps
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        event: Any = {"event": record.getMessage().partition("\n")[0], "logger": record.name}
        if record.exc_info:
            event["exc_info"] = record.exc_info
        try:
            for step in self._steps:
                event = step(None, record.levelname.lower(), event)
            self._out.write(f"{event}\n")
            self._out.flush()
        except Exception:  # noqa: BLE001 - logging's own way to survive a broken stream
            self.handleError(record)


def _lead_in(steps: list[Processor], out: TextIO, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [_LeadIn(steps, out)]
    root.setLevel(level)
    existing: MutableMapping[str, Any] = logging.root.manager.loggerDict
    for name in [
        name for name in existing if name.partition(".")[0] in ("uvicorn", "twilio", "openai", "aiohttp", "arq")
    ]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    # Every request would be formatted for a log line that nobody wants: uvicorn looks whether this one has handlers.
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False
