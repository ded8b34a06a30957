"""What a webhook may answer: TwiML, plain text, or nothing. Source: twilio.com/docs/messaging/twiml."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

_XML = frozenset({"text/xml", "application/xml", "text/html", "application/xhtml+xml", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A `<Message>` of a TwiML answer."""

    body: str = ""
    media: tuple[str, ...] = ()
    to: str | None = None
    from_: str | None = None
    status_callback: str | None = None


class BadAnswer(Exception):
    """An answer that Twilio complains about, with its code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def read(content_type: str, body: bytes) -> list[Answer]:
    """The messages an answer holds. Raises `BadAnswer`."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body.strip():
        return []
    if kind == "text/plain":
        return [Answer(body=body.decode(errors="replace"))]
    if kind not in _XML:
        raise BadAnswer(12300, f"the content type is {kind}")
    try:
        root = ET.fromstring(body.strip())  # noqa: S314  the developer's own app wrote it, and expat limits expansion
    except ET.ParseError as error:
        raise BadAnswer(12100, str(error)) from None
    if root.tag != "Response":
        raise BadAnswer(12100, f"the root element is {root.tag}, not Response")
    answers = []
    for verb in root:
        if verb.tag not in ("Message", "Sms"):
            raise BadAnswer(12200, f"the emulator does not know the verb {verb.tag}")
        bodies = verb.findall("Body")
        answers.append(
            Answer(
                body="".join(b.text or "" for b in bodies) if bodies else (verb.text or "").strip(),
                media=tuple((m.text or "").strip() for m in verb.findall("Media")),
                to=verb.get("to"),
                from_=verb.get("from"),
                status_callback=verb.get("statusCallback") or verb.get("action"),
            )
        )
    return answers
