"""What becomes of an accepted message: its statuses one after another, and the callbacks that tell of them."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from adapters.twilio.emulator.codes import describe
from adapters.twilio.emulator.message import Message, new_sid, new_token
from adapters.twilio.emulator.messages import Messages
from adapters.twilio.emulator.numbers import Number, Numbers
from adapters.twilio.emulator.parameters import Pairs
from adapters.twilio.emulator.switches import (
    CallbacksDisordered,
    CallbacksLost,
    CallbacksRepeated,
    DeliveryFails,
    OutsideWindow,
)
from adapters.twilio.emulator.webhooks import Job, Webhooks

_ENDED = frozenset({"failed", "undelivered", "canceled", "read"})
_PASSED = {"sending": 1, "sent": 2, "delivered": 3, "read": 4}


@dataclass(slots=True, kw_only=True)
class Course:
    """How one message will fare, decided when it is accepted."""

    message: Message
    number: Number
    steps: list[str]
    error: int | None = None
    disordered: CallbacksDisordered | None = None
    lost: CallbacksLost | None = None
    repeated: CallbacksRepeated | None = None
    kept: list[tuple[str, Pairs]] = field(default_factory=list)
    """Callbacks that wait for the end."""
    resumed: bool = False
    """Taken up after a restart, when the app may not be there yet."""


class Deliveries:
    """Moves messages on by timers, and sends callbacks."""

    def __init__(self, account: str, messages: Messages, numbers: Numbers, webhooks: Webhooks, chance: random.Random):
        self._account = account
        self._messages = messages
        self._numbers = numbers
        self._webhooks = webhooks
        self._chance = chance
        self._installs: dict[str, str] = {}
        self._closed = False
        self.under_way = 0
        """Messages that have not come to their end."""

    def start(self, message: Message, number: Number) -> None:
        """Decide how the message will fare and let it begin."""
        course = Course(message=message, number=number, steps=list(number.steps()))
        failure = number.take(DeliveryFails) if number.switches else None
        if failure is not None:
            course.steps = ["sent", failure.status] if failure.after == "sent" else [failure.status]
            course.error = failure.code
        elif self._outside_window(message, number):
            course.steps, course.error = ["failed"], 63016
        if number.switches:
            course.disordered = number.take(CallbacksDisordered)
            course.lost = number.take(CallbacksLost)
            course.repeated = number.take(CallbacksRepeated)
        self._begin(course)

    def resume(self) -> None:
        """Take up what an earlier run left under way: Twilio does not die with a laptop's process."""
        for message in self._messages.all:
            number = self._numbers.get(message.sender)
            if message.direction == "inbound" or message.status in _ENDED or message.deleted or number is None:
                continue
            passed = _PASSED.get(message.status, 0)
            steps: list[str] = [step for step in number.steps() if _PASSED.get(step, 0) > passed]
            if steps:
                self._begin(Course(message=message, number=number, steps=steps, resumed=True))

    def close(self) -> None:
        self._closed = True

    def _outside_window(self, message: Message, number: Number) -> bool:
        if not number.whatsapp or message.template or message.ours:
            return False
        if not number.window_open(message.to, message.created_at):
            return True
        switch = number.switches.get(OutsideWindow)
        told_later = isinstance(switch, OutsideWindow) and switch.where == "callback"
        return told_later and number.take(OutsideWindow) is not None

    def _begin(self, course: Course) -> None:
        scheduled = (course.message.send_at or 0.0) - time.time()
        if scheduled > 0:
            asyncio.get_running_loop().call_later(scheduled, self._leave, course)
        else:
            self._leave(course)

    def _leave(self, course: Course) -> None:
        if not self._closed and course.message.status != "canceled":
            self.under_way += 1
            self._go(course, 0)

    def _go(self, course: Course, place: int) -> None:
        delays = course.number.delays
        delay = getattr(delays, course.steps[place], delays.delivered)
        asyncio.get_running_loop().call_later(delay, self._step, course, place)

    def _step(self, course: Course, place: int) -> None:
        message = course.message
        if self._closed:
            return
        status = course.steps[place]
        last = place + 1 == len(course.steps)
        self._change(message, status, course.error, last)
        url = message.status_callback
        if url and not (course.lost and (course.lost.statuses is None or status in course.lost.statuses)):
            pairs = self._pairs(message, status)
            if course.disordered:
                course.kept.append((status, pairs))
            else:
                self._send(course, url, pairs)
        if not last:
            self._go(course, place + 1)
            return
        self.under_way -= 1
        if url and course.kept:
            self._send_disordered(course, url)

    def _change(self, message: Message, status: str, error: int | None, last: bool) -> None:
        now = time.time()
        message.status = status
        if message.sent_at is None and status != "sending":
            message.sent_at = now
        if status in ("failed", "undelivered"):
            message.error = error
        elif message.delivered_at is None and (status in ("delivered", "read") or (status == "sent" and last)):
            message.delivered_at = now
            self._messages.typing_ends(message.sender, message.person)
        if status == "read":
            message.read_at = now
        if message.price is None and status != "sending" and error is None:
            message.price = "-0.00500" if message.from_.startswith("whatsapp:") else f"-{0.0079 * message.segments:.5f}"
        self._messages.changed(message)

    def _pairs(self, message: Message, status: str) -> Pairs:
        pairs = [
            ("MessageSid", message.sid),
            ("SmsSid", message.sid),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("To", message.to),
            ("From", message.from_),
            ("AccountSid", self._account),
            ("ApiVersion", "2010-04-01"),
        ]
        if message.service:
            pairs.append(("MessagingServiceSid", message.service))
        error = message.error if status in ("failed", "undelivered") else None
        if error is not None:
            pairs += [("ErrorCode", str(error)), ("ErrorMessage", describe(error))]
        if message.from_.startswith("whatsapp:"):
            pairs += [
                ("ChannelPrefix", "whatsapp"),
                ("ChannelInstallSid", self._install(message.from_)),
                ("ChannelToAddress", message.to[9:]),
                ("StructuredMessage", "false"),
            ]
            if status == "read":
                pairs.append(("EventType", "READ"))
            if error is not None:
                pairs.append(("ChannelStatusMessage", describe(error)))
        elif status in ("delivered", "undelivered"):
            pairs.append(("RawDlrDoneDate", time.strftime("%y%m%d%H%M", time.gmtime())))
        return pairs

    def _install(self, sender: str) -> str:
        return self._installs.setdefault(sender, new_sid("XE"))

    def _send(self, course: Course, url: str, pairs: Pairs) -> None:
        callback = self._callback(course, url, pairs)
        repeated = course.repeated
        if repeated is None:
            self._webhooks.callbacks.submit(callback)
        elif repeated.concurrently:
            for _ in range(repeated.copies):
                self._webhooks.callbacks.submit(callback)
        else:
            self._webhooks.callbacks.submit(_one_by_one([callback] * repeated.copies))

    def _send_disordered(self, course: Course, url: str) -> None:
        order = course.disordered.order if course.disordered else "reversed"
        kept = course.kept
        if order == "reversed":
            kept = kept[::-1]
        elif order == "shuffled":
            self._chance.shuffle(kept)
        else:
            kept = sorted(kept, key=lambda one: order.index(one[0]) if one[0] in order else len(order))
        copies = course.repeated.copies if course.repeated else 1
        calls = [self._callback(course, url, pairs) for _, pairs in kept for _ in range(copies)]
        self._webhooks.callbacks.submit(_one_by_one(calls))

    def _callback(self, course: Course, url: str, pairs: Pairs) -> Job:
        async def call() -> None:
            token = new_token()
            if course.resumed:
                reply = await self._webhooks.insist(lambda: self._webhooks.call(url, pairs, token=token))
            else:
                reply = await self._webhooks.call(url, pairs, token=token)
            if reply.code is not None:
                self._webhooks.complain(reply.code, url=url, message=course.message.sid, why=reply.why)

        return call


def _one_by_one(calls: list[Job]) -> Job:
    async def run() -> None:
        for call in calls:
            await call()

    return run
