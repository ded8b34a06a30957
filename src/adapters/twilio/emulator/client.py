"""The official client, pointed at the emulator: what `api.twilio.com` and its like would get goes there."""

import re

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

_TWILIO = re.compile(r"^https://[a-z0-9.-]+\.twilio\.com(?=/)")


class _Http(TwilioHttpClient):
    def __init__(self, url: str, within: float) -> None:
        super().__init__(timeout=within)
        self._url = url

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        return super().request(
            method, _TWILIO.sub(self._url, uri), params, data, headers, auth, timeout, allow_redirects
        )


def client(url: str, account_sid: str, auth_token: str, *, within: float = 10.0) -> Client:
    """A client of the emulator at this address. It blocks; `within` seconds end a request."""
    return Client(account_sid, auth_token, http_client=_Http(url, within))  # type: ignore[no-untyped-call]
