"""Acting Twilio: a webhook that says nothing, signed with the account's token, and the same signed by a stranger."""

import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from adapters.twilio import pairs
from adapters.twilio.addresses import spell
from adapters.twilio.parsing import REHEARSAL
from adapters.twilio.signature import Pairs, sign
from core.conversation.inspection import Rehearsal
from core.conversation.ports import Webhook
from core.identity.model import Line


def rehearsal(line: Line, webhook_url: str, account: str, token: bytes) -> Rehearsal:
    """Both webhooks. `account` is the one whose token signs, which is not the line's if that was set up wrong."""
    ours = spell(line.address)
    form = (("AccountSid", account), ("From", ours), ("To", ours), (REHEARSAL, "true"))
    return Rehearsal(
        genuine=_signed(webhook_url, form, token), forged=_signed(webhook_url, form, secrets.token_bytes(16))
    )


def _signed(url: str, form: Pairs, token: bytes) -> Webhook:
    headers: Mapping[str, str] = {"content-type": pairs.FORM, "x-twilio-signature": sign(url, form, token)}
    return Webhook(method="POST", url=url, headers=headers, body=urlencode(form).encode())
