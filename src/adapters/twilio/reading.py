"""Reading Twilio's settings over REST; what cannot be read becomes a finding."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from twilio.rest import Client

from adapters.twilio.sending import STUMBLED
from adapters.twilio.wire import Refused, Trouble
from core.conversation.inspection import Finding, Severity

_PAGE = 100
_PAGES = 5

Row = Mapping[str, Any]


class Unread(Exception):
    """Something could not be looked at; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


class Api:
    """Twilio's REST API, for reading. Raises `Unread`; `cure` says where to mend credentials that are refused."""

    def __init__(self, client: Client, *, cure: str) -> None:
        self._client = client
        self._cure = cure

    async def account(self, account: str) -> Row:
        return await self._get(f"{self._client.api.base_url}/2010-04-01/Accounts/{account}.json", {})

    async def of_account(self, account: str, path: str, **asked: str) -> Row:
        """One resource or one page of `/2010-04-01/Accounts/{account}`."""
        return await self._get(f"{self._client.api.base_url}/2010-04-01/Accounts/{account}/{path}.json", asked)

    async def of_messaging(self, path: str, key: str, **asked: str) -> AsyncIterator[Row]:
        """The rows under `key` of a list of messaging.twilio.com, over all its pages."""
        url, asked = f"{self._client.messaging.base_url}/{path}", {**asked, "PageSize": str(_PAGE)}
        for _ in range(_PAGES):
            page = await self._get(url, asked)
            for row in rows(page, key):
                yield row
            meta = page.get("meta")
            url, asked = (meta.get("next_page_url") or "") if isinstance(meta, dict) else "", {}
            if not url:
                return

    async def _get(self, url: str, asked: Mapping[str, str]) -> Row:
        try:
            answer = await self._client.request_async("GET", url, params=dict(asked))
            found: Row = json.loads(answer.text)
        except Refused as refused:
            raise Unread(_refused(refused, self._cure)) from refused
        except Trouble as trouble:
            raise Unread(
                Finding(
                    severity=Severity.PROBLEM,
                    what=f"Twilio was not reached: {trouble}.",
                    cure="Is this machine online? If TWILIO_API_URL is set, does the address answer?",
                )
            ) from trouble
        except STUMBLED as error:
            what = "Twilio's answer could not be read."
            raise Unread(Finding(severity=Severity.WARNING, what=what)) from error
        return found


def _refused(refused: Refused, cure: str) -> Finding:
    if refused.status == 401 or refused.code == 20003:
        return Finding(severity=Severity.PROBLEM, what="Twilio refuses the credentials.", cure=cure)
    if refused.status == 404:
        what = f"Twilio does not know the account, or what it was asked for ({refused})."
        return Finding(severity=Severity.PROBLEM, what=what, cure=cure)
    if refused.status == 403:
        what = f"Twilio does not let these credentials read its settings ({refused})."
        cure = "If the key is restricted on purpose, compare the settings in the Twilio console by yourself."
        return Finding(severity=Severity.WARNING, what=what, cure=cure)
    return Finding(severity=Severity.WARNING, what=f"Twilio did not tell ({refused}).", cure="Try again in a minute.")


def rows(page: Row, key: str) -> Sequence[Row]:
    """The objects of a list in an answer; none if it is not there."""
    found = page.get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
