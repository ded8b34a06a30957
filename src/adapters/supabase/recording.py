"""Recording: events as the database takes them, and its answer to each."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.supabase import faults
from adapters.supabase.calls import Calls
from adapters.supabase.values import address_out, conversation_ref, length_or_none, micros
from core.conversation.burst import Burst
from core.conversation.consent import Consent
from core.conversation.events import Arrival, Inbound, Report
from core.conversation.message import MessageId
from core.conversation.ports import Known, New, Recorded
from core.conversation.written import content_out
from core.identity.model import AddressKind, WorkspaceId

_STRENGTH = {AddressKind.SCOPED: 0, AddressKind.PHONE: 1, AddressKind.OTHER: 2}
"""Which kind of address decides who somebody is: the lowest first."""


async def record(calls: Calls, events: Sequence[Arrival | Report], burst: Burst) -> Sequence[Recorded]:
    """All in one transaction: an answer for each, in order."""
    args = {
        "events": [_event_out(event) for event in events],
        "quiet": micros(burst.quiet),
        "ceiling": micros(burst.ceiling),
    }
    answers = await calls("record", None, args)
    return [_recorded_in(answer, event.line.workspace) for answer, event in zip(answers, events, strict=True)]


def _event_out(event: Arrival | Report) -> dict[str, Any]:
    """An event as `recado_record_v1` takes it. What is absent is left out."""
    return _arrival_out(event) if isinstance(event, Arrival) else _report_out(event)


def _arrival_out(arrival: Arrival) -> dict[str, Any]:
    line, inbound = arrival.line, arrival.inbound
    addresses = dict.fromkeys((inbound.sender, *inbound.aliases))
    fields: dict[str, Any] = {
        "is": "arrival",
        "workspace": line.workspace,
        "line": line.id,
        "provider_id": inbound.provider_id,
        "addresses": [{**address_out(each), "strength": _STRENGTH[each.kind]} for each in addresses],
        "content": content_out(inbound.content),
        "raw": inbound.raw,
    }
    if inbound.profile_name is not None:
        fields["name"] = inbound.profile_name
    if inbound.provider_time is not None:
        fields["time"] = inbound.provider_time.isoformat()
    if arrival.consent is not None:
        fields["consent"] = _consent_out(arrival.consent, inbound)
    return fields


def _consent_out(consent: Consent, inbound: Inbound) -> dict[str, Any]:
    return {
        "change": consent.change.value,
        "only_if_out": consent.only_if_out,
        "answered_by_provider": consent.answered_by_provider,
        "source": "message" if inbound.declared is None else "provider",
    }


def _report_out(report: Report) -> dict[str, Any]:
    line, delivery = report.line, report.delivery
    fields: dict[str, Any] = {
        "is": "report",
        "workspace": line.workspace,
        "line": line.id,
        "provider_id": delivery.provider_id,
        "status": delivery.status.value,
        "rank": report.rank,
        "opts_out": delivery.opts_out,
        "raw": delivery.raw,
    }
    if delivery.message is not None and delivery.attempt is not None:
        fields |= {"message": delivery.message, "attempt": delivery.attempt}
    if delivery.why is not None:
        fields["why"] = delivery.why
    return fields


def _recorded_in(answer: Mapping[str, Any], workspace: WorkspaceId) -> Recorded:
    if answer["is"] == "error":
        return faults.of_code(answer["code"], says=answer["message"])
    id_ = answer.get("conversation")
    conversation = None if id_ is None else conversation_ref(workspace, id_)
    if answer["is"] == "known":
        return Known(conversation=conversation)
    message = answer.get("message")
    return New(
        conversation=conversation,
        message=None if message is None else MessageId(message),
        wake_after=length_or_none(answer.get("wake_after")),
        sendable=answer.get("sendable", False),
        correlation=answer.get("correlation"),
    )
