"""From a model's Markdown to what a phone shows: marks, plain text, and parts of a length that the channel takes."""

from core.conversation.wording.parting import split
from core.conversation.wording.phone import to_sms, to_whatsapp

__all__ = ("split", "to_sms", "to_whatsapp")
