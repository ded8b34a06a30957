"""The account's senders as the REST API lists them: phone numbers, WhatsApp senders, and the services they are in.

Source: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, .../whatsapp/api/senders and
.../messaging/api/service-resource. They are changed on the switchboard, not here.
"""

from collections.abc import Iterable
from hashlib import md5
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.twilio.emulator.codes import ApiError
from adapters.twilio.emulator.numbers import Number, Numbers
from adapters.twilio.emulator.rest import Rest


class Senders:
    """Read only."""

    def __init__(self, account: str, rest: Rest, numbers: Numbers) -> None:
        self._account = account
        self._rest = rest
        self._numbers = numbers

    def routes(self) -> list[BaseRoute]:
        account, services = "/2010-04-01/Accounts/{account}", "/v1/Services"
        handlers = {
            f"{account}/IncomingPhoneNumbers.json": self.list_numbers,
            f"{account}/IncomingPhoneNumbers/{{sid}}.json": self.fetch_number,
            "/v2/Channels/Senders": self.list_senders,
            "/v2/Channels/Senders/{sid}": self.fetch_sender,
            services: self.list_services,
            f"{services}/{{sid}}/PhoneNumbers": self.list_numbers_of_service,
            f"{services}/{{sid}}/ChannelSenders": self.list_senders_of_service,
        }
        return [Route(path, self._rest.guarded(handler), methods=["GET"]) for path, handler in handlers.items()]

    async def list_numbers(self, request: Request) -> Response:
        """`PhoneNumber` finds what holds these digits; letters and `*` are not understood."""
        asked = request.query_params.get("PhoneNumber", "").removeprefix("+")
        found = [number for number in self._of(whatsapp=False) if asked in number.address]
        path = f"/2010-04-01/Accounts/{self._account}/IncomingPhoneNumbers.json"
        page = {
            "incoming_phone_numbers": [self._number(number) for number in found],
            "first_page_uri": f"{path}?PageSize=50&Page=0",
            "next_page_uri": None,
            "previous_page_uri": None,
            "page": 0,
            "page_size": 50,
            "start": 0,
            "end": max(0, len(found) - 1),
            "uri": f"{path}?PageSize=50&Page=0",
        }
        return JSONResponse(page)

    async def fetch_number(self, request: Request) -> Response:
        return JSONResponse(self._number(self._found(request, "PN", whatsapp=False)))

    async def list_senders(self, request: Request) -> Response:
        channel = request.query_params.get("Channel", "")
        if channel not in ("whatsapp", "rcs"):
            raise ApiError(20001)
        senders = self._of(whatsapp=True) if channel == "whatsapp" else []
        return _page(request, "senders", [self._sender(number, request) for number in senders])

    async def fetch_sender(self, request: Request) -> Response:
        return JSONResponse(self._sender(self._found(request, "XE", whatsapp=True), request))

    async def list_services(self, request: Request) -> Response:
        services = dict.fromkeys(number.messaging_service for number in self._numbers if number.messaging_service)
        return _page(request, "services", [self._service(sid) for sid in services])

    async def list_numbers_of_service(self, request: Request) -> Response:
        pool = self._pool(request, whatsapp=False)
        found = [{"sid": _sid("PN", number), "phone_number": number.address} for number in pool]
        return _page(request, "phone_numbers", [self._in_pool(row, request) for row in found])

    async def list_senders_of_service(self, request: Request) -> Response:
        pool = self._pool(request, whatsapp=True)
        found = [{"sid": _sid("XE", n), "sender": n.address, "sender_type": "WhatsApp"} for n in pool]
        return _page(request, "senders", [self._in_pool(row, request) for row in found])

    def _of(self, *, whatsapp: bool) -> list[Number]:
        """Short codes and names are neither phone numbers nor WhatsApp senders."""
        return [n for n in self._numbers if n.whatsapp == whatsapp and (whatsapp or n.address.startswith("+"))]

    def _pool(self, request: Request, *, whatsapp: bool) -> list[Number]:
        service = request.path_params["sid"]
        if all(number.messaging_service != service for number in self._numbers):
            raise ApiError(20404, request.url.path)
        return [number for number in self._of(whatsapp=whatsapp) if number.messaging_service == service]

    def _found(self, request: Request, prefix: str, *, whatsapp: bool) -> Number:
        sid = request.path_params["sid"]
        number = next((n for n in self._of(whatsapp=whatsapp) if _sid(prefix, n) == sid), None)
        if number is None:
            raise ApiError(20404, request.url.path)
        return number

    def _number(self, number: Number) -> dict[str, Any]:
        sid = _sid("PN", number)
        return {
            "sid": sid,
            "account_sid": self._account,
            "phone_number": number.address,
            "friendly_name": number.name or number.address,
            "capabilities": {"voice": False, "sms": True, "mms": True, "fax": False},
            "sms_url": self._numbers.webhook_of(number) or "",
            "sms_method": number.method,
            "sms_fallback_url": number.fallback or "",
            "sms_fallback_method": number.method,
            "sms_application_sid": "",
            "status_callback": "",
            "status": "in-use",
            "origin": "twilio",
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{self._account}/IncomingPhoneNumbers/{sid}.json",
        }

    def _sender(self, number: Number, request: Request) -> dict[str, Any]:
        sid = _sid("XE", number)
        return {
            "sid": sid,
            "sender_id": number.address,
            "status": "ONLINE",
            "profile": {"name": number.name or number.address},
            "webhook": {
                "callback_url": self._numbers.webhook_of(number),
                "callback_method": number.method,
                "fallback_url": number.fallback,
                "fallback_method": number.method,
                "status_callback_url": number.status_callback,
                "status_callback_method": "POST",
            },
            "offline_reasons": None,
            "url": f"{request.base_url}v2/Channels/Senders/{sid}",
        }

    def _service(self, sid: str) -> dict[str, Any]:
        """The numbers of the emulator keep their own webhooks, whatever service they are in."""
        return {
            "sid": sid,
            "account_sid": self._account,
            "friendly_name": sid,
            "inbound_request_url": None,
            "inbound_method": "POST",
            "fallback_url": None,
            "fallback_method": "POST",
            "status_callback": None,
            "use_inbound_webhook_on_number": True,
        }

    def _in_pool(self, row: dict[str, Any], request: Request) -> dict[str, Any]:
        return {**row, "account_sid": self._account, "service_sid": request.path_params["sid"]}


def _page(request: Request, key: str, rows: Iterable[dict[str, Any]]) -> Response:
    """The one page there is, as the newer APIs write it."""
    url = str(request.url)
    meta = {"key": key, "page": 0, "page_size": 50, "url": url, "first_page_url": url}
    return JSONResponse({key: list(rows), "meta": {**meta, "next_page_url": None, "previous_page_url": None}})


def _sid(prefix: str, number: Number) -> str:
    """The same for an address at every start."""
    return prefix + md5(number.address.encode(), usedforsecurity=False).hexdigest()
