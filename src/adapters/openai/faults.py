"""The one place where the vendor's errors become ours. Their texts quote prompts and keys, so none is passed on."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from openai import APIConnectionError, APIStatusError

from core.errors import Permanent, RecadoError, Rejected, Unavailable

_DAY_S = 86_400.0
_PLAIN = re.compile(r"[\w.:\[\]-]{1,80}", re.ASCII)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": _DAY_S}

# These come as 429 or 400 too, yet waiting or asking otherwise does not help: a person has to pay, or mend the set-up.
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_BROKEN = frozenset(
    {"invalid_api_key", "model_not_found", "invalid_model", "unsupported_parameter", "unknown_parameter"}
)
_PASSING = frozenset({408, 409, 425, 429})
_OURS_TO_MEND = frozenset({400, 413, 415, 422})


def folded(error: Exception) -> RecadoError:
    """Our error for one of the vendor's, or of the transport under it."""
    if isinstance(error, APIStatusError):
        return of_status(error.status_code, error.body, error.response.headers)
    if isinstance(error, APIConnectionError):
        # The transport calls a broken connection a timeout too; the cause under it tells them apart.
        if any(isinstance(cause, TimeoutError) for cause in _causes(error)):
            return Unavailable("the model did not answer in time")
        return Unavailable("the model's server could not be reached, or broke off")
    if isinstance(error, UnicodeError):
        return Rejected("the prompt holds text that cannot be encoded")
    return Unavailable(f"the model's answer could not be read: {type(error).__name__}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__
    while cause is not None:
        yield cause
        cause = cause.__cause__


def of_status(status: int, body: object, headers: Mapping[str, str]) -> RecadoError:
    """Our error for an answer that is none. `body` is the vendor's error object, if there is one."""
    code, kind = _word(body, "code"), _word(body, "type")
    where = "".join(f", {each}" for each in (code or kind, _request(headers)) if each)
    if {code, kind} & _NO_MONEY or status == 402:
        return Permanent(f"the model's account has no credit left ({status}{where})")
    if status in _PASSING or status >= 500:
        why = "too many requests to the model" if status == 429 else "the model's server is in trouble"
        return Unavailable(f"{why} ({status}{where})", after=_after(status, headers))
    if status in (401, 403):
        return Permanent(f"the model refuses our key, or what it may do ({status}{where})")
    about = _word(body, "param") or "messages"
    if code in _BROKEN or status not in _OURS_TO_MEND or not about.startswith("messages"):
        return Permanent(f"the model refuses what we ask for as we are set up ({status}{where})")
    if _too_long(body):
        return Rejected(f"the prompt is too long for the model ({status}{where})")
    return Rejected(f"the model refuses this prompt ({status}{where})")


def about_prompt(body: object) -> bool:
    """Whether a refusal is about what the prompt says, not about how we ask."""
    return (_word(body, "code") or "").startswith("content_") or _too_long(body)


def refusal(body: object) -> str:
    """What a refusal says, for looking up words in it only: it may quote the prompt."""
    if isinstance(body, dict):
        return " ".join(str(body[key]) for key in ("param", "message", "detail", "error") if body.get(key))
    return str(body or "")


def _too_long(body: object) -> bool:
    # Compatible servers say so in words only.
    return _word(body, "code") == "context_length_exceeded" or "context length" in refusal(body)


def _word(body: object, key: str) -> str | None:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else None


def _request(headers: Mapping[str, str]) -> str | None:
    value = headers.get("x-request-id", "")
    return value if _PLAIN.fullmatch(value) else None


def _after(status: int, headers: Mapping[str, str]) -> timedelta | None:
    """How long they ask us to wait: as they say it, else until the limit that is used up is full again."""
    seconds = _retry_after(headers)
    if seconds is None and status == 429:
        spans = {each: _span(headers.get(f"x-ratelimit-reset-{each}", "")) for each in ("requests", "tokens")}
        used_up = [spans[each] for each in spans if headers.get(f"x-ratelimit-remaining-{each}") == "0"]
        seconds = max((s for s in used_up or spans.values() if s is not None), default=None)
    return None if seconds is None else timedelta(seconds=min(max(seconds, 0.0), _DAY_S))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    exact, told = headers.get("retry-after-ms", "").strip(), headers.get("retry-after", "").strip()
    if exact.isascii() and exact.isdigit():
        return float(exact) / 1000
    if re.fullmatch(r"\d+(\.\d+)?", told, re.ASCII):
        return float(told)
    at = _instant(told)
    if at is None:
        return None
    # By their own clock where they tell it, so that ours may be wrong.
    return (at - (_instant(headers.get("date", "")) or datetime.now(UTC))).total_seconds()


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _span(text: str) -> float | None:
    """`1s`, `6m0s`, `120ms`."""
    parts = _SPAN.findall(text)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else None


def error_of(answer: Mapping[str, Any]) -> tuple[int, object] | None:
    """Some servers report an error in an answer with status 200: its status and body."""
    error = answer.get("error")
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return (code if isinstance(code, int) and 400 <= code <= 599 else 502), error
