"""Looking for an uncertain send in Twilio's own list: the second witness, beside the callback."""

from datetime import datetime, timedelta

from twilio.base.page import Page
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from adapters.twilio.addresses import spell
from adapters.twilio.sending import STUMBLED
from adapters.twilio.statuses import status_of
from adapters.twilio.wire import Refused, Trouble
from core.conversation.outbox import Accepted, Look
from core.errors import Unavailable
from core.identity.model import Line

_OURS = "outbound-api"
_PAGE = 50
_PAGES = 4
_EARLIER = timedelta(seconds=5)
"""Twilio's clock against the store's, and its whole seconds."""
_TRIAL = "Sent from your Twilio trial account - "


async def find(client: Client, look: Look, line: Line) -> Accepted | None:
    """The oldest copy that no other row owns. Raises `Unavailable`."""
    oldest_counts = look.send.begun_at - _EARLIER
    wanted = _folded(look.send.text)
    messages = client.api.v2010.accounts(line.account).messages
    copies: list[tuple[datetime, MessageInstance]] = []
    try:
        page: Page | None = await messages.page_async(
            to=spell(look.send.to), from_=spell(line.address), page_size=_PAGE
        )
        for _ in range(_PAGES):
            made = [(row.date_created, row) for row in page or () if isinstance(row.date_created, datetime)]
            copies += [(at, row) for at, row in made if at >= oldest_counts and _is_copy(row, wanted, look.taken)]
            # The whole page is read before stopping: rows of one second come in no particular order.
            if page is None or (made and made[-1][0] < oldest_counts):
                break
            page = await page.next_page_async()
    except Refused as refused:
        raise Unavailable(f"Twilio's list of messages: {refused}", after=refused.after) from refused
    except Trouble as trouble:
        raise Unavailable(f"Twilio's list of messages: {trouble}") from trouble
    except STUMBLED:
        raise Unavailable("Twilio's list of messages could not be read") from None
    if not copies:
        return None
    # Of one second's the one listed last, which is the older.
    _, copy = min(reversed(copies), key=lambda made: made[0])
    return Accepted(provider_id=str(copy.sid), status=status_of(copy.status))


def _is_copy(row: MessageInstance, wanted: str, taken: frozenset[str]) -> bool:
    if not row.sid or row.sid in taken or str(row.direction) != _OURS:
        return False
    return _folded(row.body or "") == wanted


def _folded(text: str) -> str:
    """Twilio trims, and a trial account puts its own words first."""
    return " ".join(text.removeprefix(_TRIAL).split())
