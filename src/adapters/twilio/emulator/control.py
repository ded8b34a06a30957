"""The switchboard: everything around the account that a laptop has and Twilio has not, under `/emulator`."""

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.twilio.emulator.message import Message
from adapters.twilio.emulator.messages import Messages
from adapters.twilio.emulator.numbers import NumberChange, Numbers
from adapters.twilio.emulator.people import People
from adapters.twilio.emulator.webhooks import Webhooks
from adapters.twilio.emulator.written import Written

Handler = Callable[[Request], Awaitable[Response]]

_LONGEST_WAIT_S = 60.0


class Control:
    """The switchboard over HTTP. It knows no credentials: it is for the developer at this machine."""

    def __init__(
        self,
        account: str,
        people: People,
        messages: Messages,
        numbers: Numbers,
        webhooks: Webhooks,
        templates: dict[str, str],
        copies: Callable[[str], dict[str, int]],
    ) -> None:
        self._account = account
        self._people = people
        self._messages = messages
        self._numbers = numbers
        self._webhooks = webhooks
        self._templates = templates
        self._copies = copies

    def routes(self) -> list[BaseRoute]:
        def route(path: str, method: str, handler: Handler) -> Route:
            return Route(f"/emulator{path}", _explaining(handler), methods=[method])

        return [
            route("", "GET", self.about),
            route("/numbers", "GET", self.list_numbers),
            route("/numbers/{number}", "GET", self.show_number),
            route("/numbers/{number}", "PUT", self.change_number),
            route("/numbers/{number}", "DELETE", self.drop_number),
            route("/numbers/{number}/switches", "DELETE", self.switch_all_off),
            route("/people", "GET", self.list_people),
            route("/people/{person}/messages", "POST", self.write),
            route("/people/{person}/messages", "GET", self.phone),
            route("/messages", "GET", self.ground_truth),
            route("/copies", "GET", self.count_copies),
            route("/errors", "GET", self.errors),
            route("/templates/{sid}", "PUT", self.put_template),
        ]

    async def about(self, request: Request) -> Response:
        """What is here, and how much of it."""
        return JSONResponse(
            {
                "emulator": "twilio",
                "account_sid": self._account,
                "numbers": [number.address for number in self._numbers],
                "messages": len(self._messages.all),
                "refused": len(self._messages.refusals),
                "calls": self._webhooks.calls,
                "errors": len(self._webhooks.errors),
            }
        )

    async def list_numbers(self, request: Request) -> Response:
        return JSONResponse({"numbers": [number.view() for number in self._numbers]})

    async def show_number(self, request: Request) -> Response:
        number = self._numbers.get(request.path_params["number"])
        return (
            JSONResponse({"error": "there is no such number"}, 404) if number is None else JSONResponse(number.view())
        )

    async def change_number(self, request: Request) -> Response:
        change = NumberChange.model_validate_json(await request.body())
        number = self._numbers.add(request.path_params["number"])
        change.apply(number)
        return JSONResponse(number.view())

    async def drop_number(self, request: Request) -> Response:
        self._numbers.remove(request.path_params["number"])
        return Response(status_code=204)

    async def switch_all_off(self, request: Request) -> Response:
        number = self._numbers.get(request.path_params["number"])
        if number is not None:
            number.switch_off()
        return Response(status_code=204)

    async def list_people(self, request: Request) -> Response:
        return JSONResponse({"people": self._people.known()})

    async def write(self, request: Request) -> Response:
        """A person writes."""
        written = Written.model_validate_json(await request.body())
        person = request.path_params["person"]
        if written.wait:
            jobs = self._people.write(person, written)
            await asyncio.gather(*(post() for _, post in jobs))
            messages = [message for message, _ in jobs]
        else:
            messages = self._people.send(person, written)
        return JSONResponse({"sids": [m.sid for m in messages], "messages": [m.bubble() for m in messages]}, 201)

    async def phone(self, request: Request) -> Response:
        """What a person's phone shows that is new since `after`; `wait` seconds for it, if there is nothing yet."""
        person = request.path_params["person"]
        query = request.query_params
        after, sender = int(query.get("after", 0)), query.get("with")
        wait = min(float(query.get("wait", 0)), _LONGEST_WAIT_S)
        if wait > 0:
            await self._messages.wait(person, after, wait, sender)
        return JSONResponse(self._messages.phone(person, after, sender))

    async def ground_truth(self, request: Request) -> Response:
        """Every create, accepted or refused, whatever its caller was told."""
        query = request.query_params
        entries = list(self._messages.creates(int(query.get("after", 0))))[: int(query.get("limit", 10_000))]
        return JSONResponse(
            {
                "creates": [entry.create() for entry in entries],
                "accepted": sum(isinstance(entry, Message) for entry in entries),
                "refused": sum(not isinstance(entry, Message) for entry in entries),
            }
        )

    async def count_copies(self, request: Request) -> Response:
        counted = self._copies(request.query_params["parameter"])
        return JSONResponse({"copies": counted, "repeated": {key: n for key, n in counted.items() if n > 1}})

    async def errors(self, request: Request) -> Response:
        return JSONResponse({"errors": self._webhooks.errors})

    async def put_template(self, request: Request) -> Response:
        """What a ContentSid stands for: `{"body": "Hello {{1}}"}`."""
        document: Any = await request.json()
        self._templates[request.path_params["sid"]] = str(document["body"])
        return Response(status_code=204)


def _explaining(handler: Handler) -> Handler:
    """The handler, with 422 and the reason for what it cannot read; no web page that is open nearby may use it."""

    async def handle(request: Request) -> Response:
        if "origin" in request.headers or not _is_near(request.url.hostname or ""):
            return JSONResponse({"error": "the switchboard is not for browsers"}, 403)
        try:
            return await handler(request)
        except ValidationError as error:
            return JSONResponse({"error": error.errors(include_url=False, include_context=False)}, 422)
        except (KeyError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 422)

    return handle


def _is_near(host: str) -> bool:
    """An address, or a name that no stranger has: a page can let its own name lead to this machine, and then read."""
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".test"))
    return True
