"""Whose account a line speaks for: its own, or the one in the settings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import ValidationError
from twilio.rest import Client

from adapters.twilio.settings import ACCOUNT_SID, LineCredentials, Settings, not_set
from adapters.twilio.wire import Wire
from core.conversation.inspection import Finding, Severity
from core.errors import Permanent
from core.identity.model import Line, LineId

_CLIENTS = 1000
"""Kept at most: one weighs some kilobytes, and all share one pool of connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`user` and `password` are those of the REST API; `tokens` are what webhooks may be signed with."""

    sid: str
    user: str
    password: str = field(repr=False)
    tokens: tuple[bytes, ...] = field(repr=False)
    own: LineId | None = None
    """The line that has it for itself; None: it is the one in the settings."""

    @property
    def by_token(self) -> bool:
        """Whether the account's own token is used: a key need not be allowed to see the account."""
        return self.user == self.sid

    @property
    def cure(self) -> str:
        """Where a person mends credentials that are refused."""
        page = "the first page of https://console.twilio.com"
        if self.own is not None:
            return f"Check the line's account and auth token against {page}: recado lines put {self.own}."
        names = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)"
        return f"Check {names} against {page}."


class Accounts:
    """The account of each line, and its client."""

    def __init__(self, settings: Settings, wire: Wire, *, api: str, messaging: str) -> None:
        self._wire = wire
        self._api = api
        self._messaging = messaging
        self._common = _of_settings(settings) if settings.account else None
        self._own = lru_cache(maxsize=_CLIENTS)(_of_line)
        self._client = lru_cache(maxsize=_CLIENTS)(self._new_client)

    def of(self, line: Line) -> Account:
        """Raises `Permanent` if there is none, or if its credentials are lost."""
        if line.credentials:
            return self._own(line)
        if self._common is None:
            raise Permanent(f"Line {line.id} has no credentials of its own, and TWILIO_ACCOUNT_SID is not set.")
        return self._common

    def client(self, line: Line) -> Client:
        """The client that sends for the line. Raises `Permanent` as `of` does."""
        account = self.of(line)
        return self._client(account.sid, account.user, account.password)

    def unusable(self, lines: Sequence[Line]) -> Mapping[LineId, Finding]:
        """As `ChecksLines.unusable` says."""
        lacking = [line for line in lines if not line.credentials]
        if self._common is None and (lacking or not lines):
            first = [f"Line {line.id} has no credentials of its own, and no account is set." for line in lacking]
            raise Permanent("\n".join([*first, *not_set()]))
        found = {line.id: self._wrong(line) for line in lines}
        return {id_: finding for id_, finding in found.items() if finding is not None}

    def _wrong(self, line: Line) -> Finding | None:
        try:
            account = self.of(line)
        except Permanent as error:
            what, _, cure = str(error).partition(". ")
            return Finding(severity=Severity.PROBLEM, what=f"{what}." if cure else what, cure=cure)
        if account.sid == line.account:
            return None
        return Finding(
            severity=Severity.PROBLEM,
            what="It belongs to another account than the one that is set: its webhooks are refused.",
            cure="Give it credentials of its own (`recado lines put`), or set TWILIO_ACCOUNT_SID to its account. If it "
            "was made by another set-up, such as `recado dev`, set RECADO_DATA to a new folder.",
        )

    def _new_client(self, sid: str, user: str, password: str) -> Client:
        client = Client(  # type: ignore[no-untyped-call]
            user,
            password,
            account_sid=sid,
            http_client=self._wire,
            # Not the process's: a TWILIO_REGION or TWILIO_EDGE left in it would send elsewhere than the settings say.
            environment={"": ""},
        )
        client.api.base_url = self._api
        client.messaging.base_url = self._messaging
        return client


def _of_settings(settings: Settings) -> Account:
    user, password = settings.credentials
    return Account(
        sid=settings.account,
        user=user,
        password=password,
        tokens=settings.tokens,
    )


def _of_line(line: Line) -> Account:
    credentials = line.credentials
    try:
        own = LineCredentials.model_validate({name: credentials.reveal(name) for name in credentials.names})
    except ValidationError as error:
        wrong = ", ".join(str((*mistake["loc"], "api_key")[0]) for mistake in error.errors())
        raise Permanent(
            f"The credentials of line {line.id} are not Twilio's ({wrong}). Put them again: recado lines put {line.id}."
        ) from None
    if not re.fullmatch(ACCOUNT_SID, line.account):
        raise Permanent(
            f"The account of line {line.id} is not Twilio's, which is a SID, AC…. Put it: recado lines put {line.id}."
        )
    user, password = own.rest(line.account)
    return Account(
        sid=line.account,
        user=user,
        password=password,
        tokens=own.tokens,
        own=line.id,
    )
