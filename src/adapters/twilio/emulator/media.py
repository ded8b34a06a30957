"""Files of messages: behind the account's credentials, which lead to a place without any, as Twilio's CDN is."""

import hashlib
import hmac
import os

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.twilio.emulator.codes import ApiError
from adapters.twilio.emulator.message import Medium, Message, rfc2822
from adapters.twilio.emulator.messages import Messages
from adapters.twilio.emulator.numbers import Numbers
from adapters.twilio.emulator.rest import Rest
from adapters.twilio.emulator.storage import Storage
from adapters.twilio.emulator.switches import MediaLate
from adapters.twilio.emulator.webhooks import Webhooks


class Files:
    """Media over HTTP. Source: twilio.com/docs/messaging/api/media-resource."""

    def __init__(
        self, account: str, rest: Rest, messages: Messages, numbers: Numbers, storage: Storage, webhooks: Webhooks
    ) -> None:
        self._account = account
        self._rest = rest
        self._messages = messages
        self._numbers = numbers
        self._storage = storage
        self._webhooks = webhooks
        self._secret = os.urandom(16)

    def routes(self) -> list[BaseRoute]:
        media = "/2010-04-01/Accounts/{account}/Messages/{sid}/Media"
        guarded = self._rest.guarded
        return [
            Route(f"{media}.json", guarded(self.list), methods=["GET"]),
            Route(f"{media}/{{medium}}.json", guarded(self.describe), methods=["GET"]),
            Route(f"{media}/{{medium}}.json", guarded(self.delete), methods=["DELETE"]),
            Route(f"{media}/{{medium}}", guarded(self.fetch), methods=["GET"]),
            Route(f"{media}/{{medium}}", guarded(self.delete), methods=["DELETE"]),
            Route("/cdn/{medium}/{key}", self.download, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        message = self._rest.found(request)
        uri = request.url.path
        return JSONResponse(
            {
                "media_list": [self._view(message, medium) for medium in message.media],
                "first_page_uri": uri,
                "next_page_uri": None,
                "previous_page_uri": None,
                "uri": uri,
                "page": 0,
                "page_size": 50,
                "start": 0,
                "end": max(len(message.media) - 1, 0),
            }
        )

    async def describe(self, request: Request) -> Response:
        return JSONResponse(self._view(*self._found(request)))

    async def delete(self, request: Request) -> Response:
        message, medium = self._found(request)
        message.media.remove(medium)
        self._storage.drop_file(medium.sid)
        self._messages.changed(message)
        return Response(status_code=204)

    async def fetch(self, request: Request) -> Response:
        """Redirect to the file."""
        message, medium = self._found(request)
        number = self._numbers.get(message.sender)
        if number is not None and number.take(MediaLate):
            raise ApiError(20404, request.url.path)
        url = medium.url or str(request.url_for("download", medium=medium.sid, key=self._key(medium.sid)))
        return RedirectResponse(url, 307)

    async def download(self, request: Request) -> Response:
        """The bytes, for whoever has the address; sending credentials along is refused and reported, as S3 does."""
        sid = request.path_params["medium"]
        if "authorization" in request.headers:
            self._webhooks.complain(20003, url=request.url.path, message="", why="credentials were sent to the CDN")
            return Response("Only one auth mechanism allowed", 400)
        content = self._storage.file(sid)
        if content is None or not hmac.compare_digest(request.path_params["key"], self._key(sid)):
            return Response("Access Denied", 403)
        medium = self._messages.medium(sid)
        return Response(content, media_type=medium.content_type if medium else "application/octet-stream")

    def _key(self, sid: str) -> str:
        return hmac.new(self._secret, sid.encode(), hashlib.sha256).hexdigest()

    def _found(self, request: Request) -> tuple[Message, Medium]:
        message = self._rest.found(request)
        sid = request.path_params["medium"]
        medium = next((m for m in message.media if m.sid == sid), None)
        if medium is None:
            raise ApiError(20404, request.url.path)
        return message, medium

    def _view(self, message: Message, medium: Medium) -> dict[str, str | None]:
        uri = f"/2010-04-01/Accounts/{self._account}/Messages/{message.sid}/Media/{medium.sid}.json"
        return {
            "sid": medium.sid,
            "account_sid": self._account,
            "parent_sid": message.sid,
            "content_type": medium.content_type or "application/octet-stream",
            "date_created": rfc2822(message.created_at),
            "date_updated": rfc2822(message.updated_at),
            "uri": uri,
        }
