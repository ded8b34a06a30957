"""What a create over REST is checked for, in Twilio's order and with its codes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.twilio.emulator.codes import ApiError
from adapters.twilio.emulator.listing import instant
from adapters.twilio.emulator.numbers import Number, on_whatsapp, reachable, sender_shaped

_LONGEST = 1600
_MOST_MEDIA = 10
_LISTS = ("MediaUrl", "PersistentAction")

Parameters = dict[str, Any]


def parameters(body: bytes) -> Parameters:
    """The form; what may be repeated is a list."""
    form: Parameters = {}
    for name, value in parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
        if name in _LISTS:
            form.setdefault(name, []).append(value)
        else:
            form[name] = value
    return form


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A create that passed the checks."""

    number: Number
    to: str
    body: str
    media: list[str]
    template: bool
    service: str | None
    status_callback: str | None
    send_at: float | None


def check(form: Parameters, number: Number | None, templates: Mapping[str, str]) -> Draft:
    """The message that is asked for. `number` is the sender, if the account has it. Raises `ApiError`."""
    to = form.get("To", "")
    sender = _checked_sender(form, to, number)
    body, template = _text(form, templates)
    media = form.get("MediaUrl", [])
    _check_content(body, media, template)
    return Draft(
        number=sender,
        to=to,
        body=body,
        media=media,
        template=template,
        service=form.get("MessagingServiceSid"),
        status_callback=_callback(form) or sender.status_callback,
        send_at=_send_at(form),
    )


def _checked_sender(form: Parameters, to: str, number: Number | None) -> Number:
    from_ = form.get("From", "")
    if not to:
        raise ApiError(21604)
    if not from_ and not form.get("MessagingServiceSid"):
        raise ApiError(21603)
    if not reachable(to):
        raise ApiError(21211, to)
    if number is None:
        raise _unknown_sender(from_, to)
    if number.whatsapp != on_whatsapp(to):
        raise ApiError(21910)
    if to == number.address:
        raise ApiError(21266, to)
    return number


def _unknown_sender(from_: str, to: str) -> ApiError:
    if not from_:
        return ApiError(21703)
    if on_whatsapp(from_) or on_whatsapp(to):
        return ApiError(63007)
    if not sender_shaped(from_):
        return ApiError(21212, from_)
    return ApiError(21659 if from_.startswith("+") else 21606, from_)


def _text(form: Parameters, templates: Mapping[str, str]) -> tuple[str, bool]:
    """The text that goes out, and whether it is a template's."""
    content = form.get("ContentSid")
    if not content:
        return form.get("Body", ""), False
    try:
        variables = json.loads(form.get("ContentVariables") or "{}")
    except ValueError:
        raise ApiError(21656) from None
    if not isinstance(variables, dict):
        raise ApiError(21656)
    text = templates.get(content, f"[template {content}]")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: str(variables.get(found[1], found[0])), text), True


def _check_content(body: str, media: list[str], template: bool) -> None:
    if not body and not media and not template:
        raise ApiError(21619)
    if len(body) > _LONGEST:
        raise ApiError(21617)
    if len(media) > _MOST_MEDIA:
        raise ApiError(21623)
    if not all(_is_url(url) for url in media):
        raise ApiError(21620)


def _callback(form: Parameters) -> str | None:
    callback: str | None = form.get("StatusCallback")
    if callback and not (_is_url(callback) and "_" not in (urlsplit(callback).hostname or "")):
        raise ApiError(21609, callback)
    return callback


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _send_at(form: Parameters) -> float | None:
    if not form.get("SendAt") or not form.get("ScheduleType"):
        return None
    if not form.get("MessagingServiceSid"):
        raise ApiError(35118)
    at = instant(form["SendAt"])
    if at is None:
        raise ApiError(20001)
    return at
