"""Values that a store keeps whole, as plain data for JSON: what a message holds, the entries of a journal, model calls.

Every field is written and read by name, and what is empty is left out, so old rows stay readable when a field is added.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from core.conversation.content import Choice, ChoiceKind, Content, Location, Media, Quote, Referral
from core.conversation.turn import Asked, Entry, ModelCall, Results, ToolCall, ToolResult, Usage


def content_out(content: Content) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": content.text}
    if content.media:
        fields["media"] = _media_out(content.media)
    if content.location is not None:
        place = content.location
        fields["location"] = _kept(
            latitude=place.latitude, longitude=place.longitude, label=place.label, address=place.address
        )
    if content.choice is not None:
        choice = content.choice
        fields["choice"] = {"kind": choice.kind.value, "id": choice.id, "label": choice.label}
    if content.quote is not None:
        fields["quote"] = _kept(provider_id=content.quote.provider_id, sender=content.quote.sender)
    if content.referral is not None:
        fields["referral"] = _referral_out(content.referral)
    if content.forwarded:
        fields["forwarded"] = True
    return fields


def content_in(fields: Mapping[str, Any]) -> Content:
    if len(fields) == 1:
        return Content(text=fields["text"])
    location, choice, quote = fields.get("location"), fields.get("choice"), fields.get("quote")
    referral = fields.get("referral")
    return Content(
        text=fields["text"],
        media=_media_in(fields.get("media", ())),
        location=Location(**location) if location else None,
        choice=Choice(kind=ChoiceKind(choice["kind"]), id=choice["id"], label=choice["label"]) if choice else None,
        quote=Quote(**quote) if quote else None,
        referral=_referral_in(referral) if referral is not None else None,
        forwarded=fields.get("forwarded", False),
    )


def _media_out(media: Sequence[Media]) -> list[dict[str, Any]]:
    return [_kept(url=each.url, content_type=each.content_type, provider_id=each.provider_id) for each in media]


def _media_in(media: Sequence[Mapping[str, str]]) -> tuple[Media, ...]:
    return tuple(
        Media(url=each["url"], content_type=each.get("content_type"), provider_id=each["provider_id"]) for each in media
    )


def _referral_out(referral: Referral) -> dict[str, Any]:
    return _kept(
        source_id=referral.source_id,
        source_type=referral.source_type,
        source_url=referral.source_url,
        headline=referral.headline,
        body=referral.body,
        click_id=referral.click_id,
        media=_media_out(referral.media) or None,
    )


def _referral_in(fields: Mapping[str, Any]) -> Referral:
    return Referral(**{**fields, "media": _media_in(fields.get("media", ()))})


def entry_out(entry: Entry) -> tuple[str, dict[str, Any]]:
    """The kind of entry, and what is in it."""
    if isinstance(entry, Results):
        results = [{"call": each.call, "text": each.text, "failed": each.failed} for each in entry.results]
        return "results", {"results": results}
    return "asked", {
        "text": entry.text,
        "calls": [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in entry.calls],
        "effects": entry.effects,
        "call": call_out(entry.call),
    }


def entry_in(kind: str, fields: Mapping[str, Any], *, step: int, day: date) -> Entry:
    """`step` and `day` of recording name the model call of an entry that is older than the books: it has no name."""
    if kind == "results":
        return Results(results=tuple(ToolResult(**each) for each in fields["results"]))
    return Asked(
        text=fields["text"],
        calls=tuple(ToolCall(**call) for call in fields["calls"]),
        effects=fields["effects"],
        call=call_in(fields.get("call") or {"id": f"step {step}", "day": day.isoformat(), **fields}),
    )


def call_out(call: ModelCall) -> dict[str, Any]:
    usage = call.usage
    return {
        "id": call.id,
        "model": call.model,
        "day": call.day.isoformat(),
        "usage": {"input": usage.input, "output": usage.output, "cached": usage.cached, "cost": usage.cost},
    }


def call_in(fields: Mapping[str, Any]) -> ModelCall:
    return ModelCall(
        id=fields["id"],
        model=fields["model"],
        day=date.fromisoformat(fields["day"]),
        usage=Usage(**fields["usage"]),
    )


def _kept(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
