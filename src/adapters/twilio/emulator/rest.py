"""Twilio's REST API, as far as messages go. Source: twilio.com/docs/messaging/api/message-resource."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.twilio.emulator import creation, listing
from adapters.twilio.emulator.codes import ApiError
from adapters.twilio.emulator.creation import Draft, Parameters
from adapters.twilio.emulator.deliveries import Deliveries
from adapters.twilio.emulator.hangup import Hangup
from adapters.twilio.emulator.message import Medium, Message, Refusal, new_sid, segments
from adapters.twilio.emulator.messages import Messages
from adapters.twilio.emulator.numbers import Number, Numbers, on_whatsapp
from adapters.twilio.emulator.switches import (
    DroppedAfterAccept,
    DroppedBeforeAccept,
    Hidden,
    ListError,
    OutsideWindow,
    RateLimited,
    Refused,
    ServerError,
    ServerErrorAfterAccept,
    SlowAfterAccept,
    SlowBeforeAccept,
    TypingError,
)

Handler = Callable[[Request], Awaitable[Response]]

_TYPING_S = 25


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Rest:
    """The account over HTTP."""

    def __init__(
        self,
        account: str,
        credentials: Mapping[str, str],
        templates: Mapping[str, str],
        messages: Messages,
        numbers: Numbers,
        deliveries: Deliveries,
    ) -> None:
        self._account = account
        self._allowed = {
            f"Basic {b64encode(f'{user}:{secret}'.encode()).decode()}" for user, secret in credentials.items()
        }
        self._templates = templates
        self._messages = messages
        self._numbers = numbers
        self._deliveries = deliveries

    def routes(self) -> list[BaseRoute]:
        account = "/2010-04-01/Accounts/{account}"
        return [
            Route(f"{account}/Messages.json", self.guarded(self.create), methods=["POST"]),
            Route(f"{account}/Messages.json", self.guarded(self.list), methods=["GET"]),
            Route(f"{account}/Messages/{{sid}}.json", self.guarded(self.fetch), methods=["GET"]),
            Route(f"{account}/Messages/{{sid}}.json", self.guarded(self.update), methods=["POST"]),
            Route(f"{account}/Messages/{{sid}}.json", self.guarded(self.delete), methods=["DELETE"]),
            Route(f"{account}.json", self.guarded(self.account), methods=["GET"]),
            Route("/v2/Indicators/Typing.json", self.guarded(self.typing), methods=["POST"]),
            Route("/v3/Indicators/Typing.json", self.guarded(self.typing), methods=["POST"]),
        ]

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind the account's credentials, with Twilio's words for what is refused."""

        async def handle(request: Request) -> Response:
            try:
                self._authenticate(request)
                response = await handler(request)
            except Dropped:
                return Hangup()
            except ApiError as error:
                response = JSONResponse(error.body(), error.status)
                if error.status == 401:
                    response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
                if error.wait is not None:
                    response.headers["Retry-After"] = str(error.wait)
            response.headers["Twilio-Request-Id"] = new_sid("RQ")
            return response

        return handle

    def _authenticate(self, request: Request) -> None:
        if request.headers.get("authorization") not in self._allowed:
            raise ApiError(20003)
        if request.path_params.get("account", self._account) != self._account:
            raise ApiError(20404, request.url.path)

    async def create(self, request: Request) -> Response:
        form = creation.parameters(await request.body())
        number = self._sender(form)
        try:
            await self._before(number)
            message = self._accept(form, creation.check(form, number, self._templates))
        except ApiError as error:
            self._refuse(form, error.status, error.code)
            raise
        except Dropped:
            self._refuse(form, "dropped", None)
            raise
        return await self._answer(message, number)

    def _sender(self, form: Parameters) -> Number | None:
        if form.get("From"):
            return self._numbers.get(form["From"])
        if form.get("MessagingServiceSid"):
            return self._numbers.pool(form["MessagingServiceSid"], whatsapp=on_whatsapp(form.get("To", "")))
        return None

    async def _before(self, number: Number | None) -> None:
        """What may go wrong before the request is looked at."""
        if number is None or not number.switches:
            return
        if slow := number.take(SlowBeforeAccept):
            await asyncio.sleep(slow.seconds)
        if limited := number.take(RateLimited):
            raise ApiError(20429, wait=limited.retry_after)
        if broken := number.take(ServerError):
            raise ApiError(20503 if broken.status == 503 else 20500, status=broken.status)
        if number.take(DroppedBeforeAccept):
            raise Dropped

    def _accept(self, form: Parameters, draft: Draft) -> Message:
        """Record the message and let it go. Raises `ApiError` if it may not be sent."""
        number = draft.number
        self._check_permission(draft)
        now = time.time()
        hidden = number.take(Hidden) if number.switches else None
        message = Message(
            number=self._messages.next_number(),
            sid=new_sid("MM" if draft.media else "SM"),
            direction="outbound-api",
            from_=number.address,
            to=draft.to,
            body=draft.body,
            status="scheduled" if draft.send_at else "accepted" if draft.service else "queued",
            created_at=now,
            updated_at=now,
            media=[Medium(sid=new_sid("ME"), content_type="", url=url) for url in draft.media],
            segments=1 if number.whatsapp else segments(draft.body),
            service=draft.service,
            status_callback=draft.status_callback,
            hidden_until=now + hidden.seconds if hidden else 0.0,
            template=draft.template,
            send_at=draft.send_at,
            parameters=form,
            answered=_spoilt(number) if number.switches else 201,
        )
        self._messages.add(message)
        self._deliveries.start(message, number)
        return message

    @staticmethod
    def _check_permission(draft: Draft) -> None:
        number = draft.number
        if number.switches and (refused := number.take(Refused)):
            raise ApiError(refused.code, draft.to, status=refused.status)
        if draft.to in number.opted_out:
            raise ApiError(21610)
        window = number.switches.get(OutsideWindow)
        at_once = isinstance(window, OutsideWindow) and window.where == "answer"
        if at_once and number.whatsapp and not draft.template and number.take(OutsideWindow):
            raise ApiError(63016)

    async def _answer(self, message: Message, number: Number | None) -> Response:
        resource = message.resource(self._account)
        if number is not None and number.switches and (slow := number.take(SlowAfterAccept)):
            await asyncio.sleep(slow.seconds)
        if message.answered == "dropped":
            raise Dropped
        if message.answered != 201:
            raise ApiError(20500, status=int(message.answered))
        return JSONResponse(resource, 201)

    def _refuse(self, form: Parameters, answered: int | str, code: int | None) -> None:
        self._messages.refuse(
            Refusal(
                number=self._messages.next_number(),
                at=time.time(),
                to=form.get("To", ""),
                from_=form.get("From", ""),
                body=form.get("Body", ""),
                status_callback=form.get("StatusCallback"),
                answered=answered,
                code=code,
                parameters=form,
            )
        )

    async def list(self, request: Request) -> Response:
        query = listing.Query.of(request.url.query)
        for address in (query.to, query.from_):
            number = self._numbers.get(address) if address else None
            if number is not None and (broken := number.take(ListError)):
                raise ApiError(20500, status=broken.status)
        return JSONResponse(listing.page(query, self._messages, self._account))

    def found(self, request: Request) -> Message:
        """The message named in the path. Raises `ApiError`."""
        message = self._messages.get(request.path_params["sid"])
        if message is None:
            raise ApiError(20404, request.url.path)
        return message

    async def fetch(self, request: Request) -> Response:
        return JSONResponse(self.found(request).resource(self._account))

    async def update(self, request: Request) -> Response:
        """Redact the text, or cancel what is scheduled."""
        message = self.found(request)
        form = creation.parameters(await request.body())
        if form.get("Status") == "canceled":
            if message.status != "scheduled":
                raise ApiError(30409, message.status)
            message.status = "canceled"
        if form.get("Body") == "":
            message.body = ""
        self._messages.changed(message)
        return JSONResponse(message.resource(self._account))

    async def delete(self, request: Request) -> Response:
        message = self.found(request)
        message.deleted = True
        self._messages.changed(message)
        return Response(status_code=204)

    async def account(self, request: Request) -> Response:
        uri = f"/2010-04-01/Accounts/{self._account}"
        return JSONResponse(
            {
                "sid": self._account,
                "friendly_name": "Twilio on your laptop",
                "status": "active",
                "type": "Full",
                "owner_account_sid": self._account,
                "uri": f"{uri}.json",
                "subresource_uris": {"messages": f"{uri}/Messages.json"},
            }
        )

    async def typing(self, request: Request) -> Response:
        """Show that an answer is being written; the message it answers counts as read."""
        if "json" in request.headers.get("content-type", ""):
            form = await request.json()
        else:
            form = creation.parameters(await request.body())
        message = self._messages.get(str(form.get("messageId", "")))
        if str(form.get("channel", "")).lower() != "whatsapp":
            raise ApiError(20001)
        if message is None or message.direction != "inbound" or not on_whatsapp(message.to):
            raise ApiError(20404, request.url.path)
        number = self._numbers.get(message.to)
        if number is not None and (broken := number.take(TypingError)):
            raise ApiError(20500, status=broken.status)
        now = time.time()
        self._messages.read(message, now)
        self._messages.typing(message.to, message.from_, now + _TYPING_S)
        return JSONResponse({"success": True})


def _spoilt(number: Number) -> int | str:
    """How the answer to an accepted create goes wrong."""
    if broken := number.take(ServerErrorAfterAccept):
        return broken.status
    return "dropped" if number.take(DroppedAfterAccept) else 201
