"""The account's senders: phone numbers and WhatsApp senders, where their webhooks go, and what is switched on."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from adapters.twilio.emulator.switches import KINDS, NAMES, S, Seconds, Status, Switch

Window = Literal["clock", "open", "closed"]
WebhookUrlFor = Callable[[str], str | None] | Mapping[str, str]

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_SCOPED = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_SHORT_OR_NAME = re.compile(r"\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def on_whatsapp(address: str) -> bool:
    """Whether the address is of WhatsApp, and not of SMS."""
    return address.startswith("whatsapp:")


def reachable(address: str) -> bool:
    """Whether a message can be sent to this address, by its shape."""
    if on_whatsapp(address):
        bare = address[9:]
        return bool(_PHONE.fullmatch(bare) or _SCOPED.fullmatch(bare))
    return bool(_PHONE.fullmatch(address))


def sender_shaped(address: str) -> bool:
    """Whether an address could be a sender at all."""
    return reachable(address) or bool(_SHORT_OR_NAME.fullmatch(address))


class Delays(BaseModel):
    """Seconds before each step of a delivery, counted from the step before."""

    model_config = ConfigDict(extra="forbid")

    sending: Seconds = 0.005
    sent: Seconds = 0.02
    delivered: Seconds = 0.03
    read: Seconds = 0.04


@dataclass(slots=True, kw_only=True)
class Number:
    """One sender of the account."""

    address: str
    name: str = ""
    webhook: str | None = None
    """Where what people write is posted; None: where the emulator's `webhook_url_for` says."""
    fallback: str | None = None
    method: Literal["GET", "POST"] = "POST"
    status_callback: str | None = None
    """For messages that name no StatusCallback themselves."""
    messaging_service: str | None = None
    advanced_opt_out: bool = False
    progress: tuple[Status, ...] | None = None
    """The statuses a message passes through; None: sent, delivered, and read on WhatsApp."""
    delays: Delays = field(default_factory=Delays)
    window: Window = "clock"
    """The 24 h window of WhatsApp: by the clock, always open, or always closed."""
    window_s: float = 24 * 3600
    switches: dict[type[Switch], Switch] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)
    """How often each switch has struck."""
    opted_out: set[str] = field(default_factory=set)
    heard_at: dict[str, float] = field(default_factory=dict)
    """When each person last wrote to this number."""
    chance: random.Random = field(default_factory=random.Random)

    @property
    def whatsapp(self) -> bool:
        return on_whatsapp(self.address)

    def switch_on(self, *switches: Switch) -> None:
        """Switch these on, each in place of one of its kind."""
        for switch in switches:
            self.switches[type(switch)] = switch

    def switch_off(self, *kinds: type[Switch]) -> None:
        """Switch these off; none named: all."""
        for kind in kinds or tuple(self.switches):
            self.switches.pop(kind, None)

    def take(self, kind: type[S]) -> S | None:
        """The switch of this kind, if it is on and strikes now."""
        switch = self.switches.get(kind)
        if not isinstance(switch, kind) or (switch.share < 1 and self.chance.random() >= switch.share):
            return None
        if switch.times == 1:
            del self.switches[kind]
        elif switch.times is not None:
            self.switches[kind] = switch.model_copy(update={"times": switch.times - 1})
        self.struck[NAMES[kind]] += 1
        return switch

    def steps(self) -> tuple[Status, ...]:
        """The statuses that a message of this number passes through when all goes well."""
        if self.progress is not None:
            return self.progress
        return ("sent", "delivered", "read") if self.whatsapp else ("sent", "delivered")

    def window_open(self, person: str, now: float) -> bool:
        """Whether a free-form message may go to this person."""
        if not self.whatsapp or self.window == "open":
            return True
        return self.window == "clock" and now - self.heard_at.get(person, float("-inf")) < self.window_s

    def view(self) -> dict[str, Any]:
        """As the control API shows it, and takes it back."""
        return {
            "address": self.address,
            "name": self.name,
            "webhook": self.webhook,
            "fallback": self.fallback,
            "method": self.method,
            "status_callback": self.status_callback,
            "messaging_service": self.messaging_service,
            "advanced_opt_out": self.advanced_opt_out,
            "progress": self.progress,
            "delays": self.delays.model_dump(),
            "window": self.window,
            "window_s": self.window_s,
            "opted_out": sorted(self.opted_out),
            "switches": {NAMES[kind]: switch.model_dump(mode="json") for kind, switch in self.switches.items()},
            "struck": dict(self.struck),
        }


class NumberChange(BaseModel):
    """What `PUT /emulator/numbers/{number}` may change; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    webhook: str | None = None
    fallback: str | None = None
    method: Literal["GET", "POST"] = "POST"
    status_callback: str | None = None
    messaging_service: str | None = None
    advanced_opt_out: bool = False
    progress: tuple[Status, ...] | None = None
    delays: Delays = Field(default_factory=Delays)
    window: Window = "clock"
    window_s: Seconds = 24 * 3600
    opted_out: set[str] = Field(default_factory=set)
    switches: dict[str, dict[str, Any] | bool | None] = Field(default_factory=dict)
    """By name: its parameters, or true, to switch it on; null or false to switch it off."""

    @field_validator("switches")
    @classmethod
    def _known(cls, switches: dict[str, Any]) -> dict[str, Any]:
        for name, given in switches.items():
            if name not in KINDS:
                raise ValueError(f"no switch {name!r}; there are {', '.join(sorted(KINDS))}")
            if given is not None and given is not False:
                KINDS[name].model_validate({} if given is True else given)
        return switches

    def apply(self, number: Number) -> None:
        """Change the number."""
        for name in self.model_fields_set - {"switches"}:
            setattr(number, name, getattr(self, name))
        for name, given in self.switches.items():
            kind = KINDS[name]
            if given is None or given is False:
                number.switch_off(kind)
            else:
                number.switch_on(kind.model_validate({} if given is True else given))


class Numbers:
    """The account's senders by address."""

    def __init__(self, addresses: Iterable[str], webhook_url_for: WebhookUrlFor | None, chance: random.Random) -> None:
        self._webhook_url_for = webhook_url_for
        self._chance = chance
        self._numbers: dict[str, Number] = {}
        for address in addresses:
            self.add(address)

    def __iter__(self) -> Iterator[Number]:
        return iter(self._numbers.values())

    def get(self, address: str) -> Number | None:
        return self._numbers.get(address)

    def add(self, address: str) -> Number:
        """The number of this address, which is the account's from now on."""
        number = self._numbers.get(address)
        if number is None:
            if not sender_shaped(address):
                raise ValueError(f"{address!r} is no sender: a number is written +15005550006 or whatsapp:+15005550006")
            number = self._numbers[address] = Number(address=address, chance=self._chance)
        return number

    def remove(self, address: str) -> None:
        self._numbers.pop(address, None)

    def webhook_of(self, number: Number) -> str | None:
        """Where what people write to the number is posted."""
        if number.webhook is not None or self._webhook_url_for is None:
            return number.webhook
        if isinstance(self._webhook_url_for, Mapping):
            return self._webhook_url_for.get(number.address)
        return self._webhook_url_for(number.address)

    def pool(self, service: str, *, whatsapp: bool) -> Number | None:
        """The sender that a Messaging Service chooses for a medium."""
        return next(
            (n for n in self._numbers.values() if n.messaging_service == service and n.whatsapp == whatsapp), None
        )

    def first(self, *, whatsapp: bool) -> Number | None:
        """The first sender of a medium: whom a person writes to who names nobody."""
        return next((n for n in self._numbers.values() if n.whatsapp == whatsapp), None)
