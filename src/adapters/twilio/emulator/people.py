"""People at the other end: what they write is posted to the app, and what the app answers reaches their phone."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable

from adapters.twilio.emulator import parameters, twiml
from adapters.twilio.emulator.deliveries import Deliveries
from adapters.twilio.emulator.keywords import ANSWERS, Keyword, keyword
from adapters.twilio.emulator.message import Medium, Message, iso, new_sid, new_token, segments
from adapters.twilio.emulator.messages import Messages
from adapters.twilio.emulator.numbers import Number, Numbers, on_whatsapp, reachable
from adapters.twilio.emulator.parameters import Pairs
from adapters.twilio.emulator.storage import Storage
from adapters.twilio.emulator.switches import WebhookLost, WebhookRepeated
from adapters.twilio.emulator.webhooks import Job, Reply, Webhooks
from adapters.twilio.emulator.written import File, Written


class People:
    """Everybody who can write to the account's numbers."""

    def __init__(
        self,
        account: str,
        messages: Messages,
        numbers: Numbers,
        webhooks: Webhooks,
        deliveries: Deliveries,
        storage: Storage,
    ) -> None:
        self._account = account
        self._messages = messages
        self._numbers = numbers
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._storage = storage
        self._names: dict[str, str] = {}
        self.url = "https://api.twilio.com"
        """Where media is said to be."""

    def load(self) -> None:
        """Read what an earlier run left: who is called what, who opted out, who wrote when."""
        self._names = dict(self._storage.kept("names", {}))
        for address, people in self._storage.kept("opted out", {}).items():
            if (number := self._numbers.get(address)) is not None:
                number.opted_out.update(people)
        for message in self._messages.all:
            number = self._numbers.get(message.to)
            if message.direction == "inbound" and number is not None:
                self._heard(number, message.from_, message.created_at)

    def resume(self) -> None:
        """Post what an earlier run had not finished posting, with the same idempotency token."""
        for message in self._messages.all:
            number = self._numbers.get(message.to)
            if message.webhook is not None and number is not None:
                self._webhooks.inbound.submit(self._posting(message, number, self._post_again))

    def known(self) -> list[dict[str, str | None]]:
        """Everybody there is, who wrote or was written to last first; `name` is what they call themselves."""
        newest = self._messages.people()
        return [
            {"person": person, "name": self._names.get(person), "at": iso(newest[person].created_at)}
            for person in sorted(newest, key=lambda person: newest[person].number, reverse=True)
        ]

    def write(self, person: str, written: Written) -> list[tuple[Message, Job]]:
        """Record what a person writes: messages, and for each the posting that is still to be done.

        WhatsApp makes a message of each attachment, the first with the text. Raises `ValueError`.
        """
        number = self._addressee(person, written)
        self._remember(number, person, written)
        files = [self._file(file) for file in written.media]
        parts = [[file] for file in files] if number.whatsapp and files else [files]
        done = []
        for place, part in enumerate(parts):
            said = written if place == 0 else written.without_content()
            message = self._message(person, number, said.text, part)
            message.webhook = self._parameters(message, number, said)
            obeyed = self._obey(message, number)
            self._messages.add(message)
            if obeyed:
                self._reply(person, number, twiml.Answer(body=ANSWERS[obeyed]), ours=True)
            done.append((message, self._posting(message, number, self._post)))
        return done

    def send(self, person: str, written: Written) -> list[Message]:
        """`write`, and post it soon."""
        messages = []
        for message, posting in self.write(person, written):
            self._webhooks.inbound.submit(posting)
            messages.append(message)
        return messages

    def _addressee(self, person: str, written: Written) -> Number:
        if not reachable(person):
            raise ValueError("a person is +5511999999999, whatsapp:+5511999999999 or whatsapp:BR.abc123")
        if written.to is None:
            number = self._numbers.first(whatsapp=on_whatsapp(person))
        else:
            number = self._numbers.get(written.to)
        if number is None:
            raise ValueError(f"there is no number {written.to or 'of this medium'}")
        if number.whatsapp != on_whatsapp(person):
            raise ValueError("WhatsApp and SMS do not reach each other")
        return number

    def _remember(self, number: Number, person: str, written: Written) -> None:
        if written.bsuid:
            self._messages.alias(f"whatsapp:{written.bsuid}", person)
        if written.profile_name is not None and self._names.get(person) != written.profile_name:
            self._names[person] = written.profile_name
            self._storage.keep("names", self._names)
        self._heard(number, person, time.time())

    def _heard(self, number: Number, person: str, at: float) -> None:
        for address in self._messages.addresses_of(person):
            number.heard_at[address] = at

    def _file(self, file: File) -> Medium:
        medium = Medium(sid=new_sid("ME"), content_type=file.content_type, url=file.url)
        if file.content is not None:
            self._storage.put_file(medium.sid, base64.b64decode(file.content))
        return medium

    def _message(self, person: str, number: Number, body: str, media: list[Medium]) -> Message:
        now = time.time()
        return Message(
            number=self._messages.next_number(),
            sid=new_sid("MM" if media else "SM"),
            direction="inbound",
            from_=person,
            to=number.address,
            body=body,
            status="received",
            created_at=now,
            updated_at=now,
            sent_at=now,
            media=media,
            segments=1 if number.whatsapp else segments(body),
            service=number.messaging_service,
            token=new_token(),
        )

    def _parameters(self, message: Message, number: Number, written: Written) -> Pairs:
        media = f"{self.url}/2010-04-01/Accounts/{self._account}/Messages/{message.sid}/Media"
        urls = [f"{media}/{medium.sid}" for medium in message.media]
        if not number.whatsapp:
            return parameters.of_sms(message, written, self._account, urls)
        name = self._names.get(message.from_, "")
        quoted = self._messages.get(written.quoted) if written.quoted else None
        return parameters.of_whatsapp(message, written, self._account, urls, name, quoted)

    def _obey(self, message: Message, number: Number) -> Keyword | None:
        """Opt out or in as Twilio does; with Advanced Opt-Out the app is told which it was."""
        if number.whatsapp or message.media:
            return None
        obeyed = keyword(message.body, opted_out=message.from_ in number.opted_out)
        if obeyed == "STOP":
            number.opted_out.add(message.from_)
        elif obeyed == "START":
            number.opted_out.discard(message.from_)
        if obeyed in ("STOP", "START"):
            self._storage.keep("opted out", {n.address: sorted(n.opted_out) for n in self._numbers if n.opted_out})
        if obeyed and number.advanced_opt_out and message.webhook is not None:
            message.webhook.append(("OptOutType", obeyed))
        return obeyed

    def _posting(self, message: Message, number: Number, how: Callable[[Message, Number], Awaitable[Reply]]) -> Job:
        async def post() -> None:
            reply = await how(message, number)
            message.webhook = None
            message.error = reply.code
            if reply.code is None:
                message.delivered_at = time.time()
            self._messages.changed(message)

        return post

    async def _post(self, message: Message, number: Number) -> Reply:
        url = self._numbers.webhook_of(number)
        if url is None:
            self._webhooks.complain(11200, url="", message=message.sid, why="the number has no webhook")
            return Reply(code=11200)
        if number.take(WebhookLost):
            return Reply(code=11200)
        pairs = message.webhook or []
        repeated = number.take(WebhookRepeated)
        copies = range(repeated.copies if repeated else 1)
        if repeated and repeated.concurrently:
            replies = await asyncio.gather(*(self._call(message, number, url, pairs) for _ in copies))
        else:
            replies = [await self._call(message, number, url, pairs) for _ in copies]
        return next((reply for reply in replies if reply.code is None), replies[0])

    async def _post_again(self, message: Message, number: Number) -> Reply:
        """After a restart. The app may come up later than the emulator, and say only then where its webhook is."""

        def call() -> Awaitable[Reply]:
            url = self._numbers.webhook_of(number) or ""
            return self._webhooks.call(url, message.webhook or [], token=message.token, method=number.method)

        reply = await self._webhooks.insist(call)
        return await self._conclude(message, number, self._numbers.webhook_of(number) or "", reply)

    async def _call(self, message: Message, number: Number, url: str, pairs: Pairs) -> Reply:
        reply = await self._webhooks.call(url, pairs, token=message.token, method=number.method)
        return await self._conclude(message, number, url, reply)

    async def _conclude(self, message: Message, number: Number, url: str, reply: Reply) -> Reply:
        """Call the fallback if the webhook failed, and do what the answer says."""
        pairs = message.webhook or []
        if reply.code is not None:
            self._webhooks.complain(reply.code, url=url, message=message.sid, why=reply.why)
            if not number.fallback:
                return reply
            failed = [*pairs, ("ErrorCode", str(reply.code)), ("ErrorUrl", url.partition("#")[0])]
            url = number.fallback
            reply = await self._webhooks.call(url, failed, token=new_token(), method=number.method)
            if reply.code is not None:
                self._webhooks.complain(reply.code, url=url, message=message.sid, why=reply.why)
                return reply
        try:
            answers = twiml.read(reply.content_type, reply.body)
        except twiml.BadAnswer as bad:
            self._webhooks.complain(bad.code, url=url, message=message.sid, why=str(bad))
            return reply
        for answer in answers:
            self._obey_answer(message, number, answer, url)
        return reply

    def _obey_answer(self, message: Message, number: Number, answer: twiml.Answer, url: str) -> None:
        sender = number if answer.from_ is None else self._numbers.get(answer.from_)
        to = answer.to or message.from_
        if sender is None or not reachable(to):
            self._webhooks.complain(12200, url=url, message=message.sid, why="a Message names an unknown from or to")
        elif to in sender.opted_out:
            self._webhooks.complain(21610, url=url, message=message.sid, why="the person has opted out")
        else:
            self._reply(to, sender, answer)

    def _reply(self, to: str, number: Number, answer: twiml.Answer, *, ours: bool = False) -> None:
        now = time.time()
        message = Message(
            number=self._messages.next_number(),
            sid=new_sid("MM" if answer.media else "SM"),
            direction="outbound-reply",
            from_=number.address,
            to=to,
            body=answer.body,
            status="queued",
            created_at=now,
            updated_at=now,
            media=[Medium(sid=new_sid("ME"), content_type="", url=url) for url in answer.media],
            segments=1 if number.whatsapp else segments(answer.body),
            status_callback=None if ours else answer.status_callback or number.status_callback,
            ours=ours,
        )
        self._messages.add(message)
        self._deliveries.start(message, number)
