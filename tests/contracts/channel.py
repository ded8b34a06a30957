"""What every channel promises, whoever its provider is. A driver's test is a subclass with the `case` fixture."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from core.conversation.content import Media
from core.conversation.events import Delivery, Inbound
from core.conversation.inspection import Rehearses
from core.conversation.message import ConversationId, ConversationRef, MessageId, Status
from core.conversation.outbox import Accepted, Look, Never, NotNow, OutboundRef, Send, Unknown
from core.conversation.ports import Channel, FetchesMedia, ShowsTyping, Webhook
from core.errors import RecadoError, Rejected, Unavailable, UnsupportedMedia, Untrusted
from core.identity.model import Address, Line

TEXT = "Olá, 50% + 3 = ? & “sim”\nmañana 👩‍👧 مرحبا"
FILE = b"\xff\xd8\xff\xe0" + bytes(100)


class Mood(StrEnum):
    """How the provider takes a send."""

    ACCEPTS = "accepts"
    DROPS = "drops"
    """Accepts, and the answer is lost."""
    IS_SILENT = "is silent"
    """Neither accepts nor answers."""
    IS_BROKEN = "is broken"
    """Answers that something went wrong on its side, and does not say whether it accepted."""
    REFUSES = "refuses"
    """For good: no such person."""
    THROTTLES = "throttles"
    """Asks for 7 seconds of patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the provider accepted. `callback` is where it will report."""

    provider_id: str
    to: str
    text: str
    callback: str


class Provider(ABC):
    """The provider's side of one line: it speaks the wire's language, so that the suite need not."""

    def __init__(self) -> None:
        self.mood = Mood.ACCEPTS
        self.taken: list[Taken] = []
        self.requests = 0
        """How often a send was asked for."""

    @abstractmethod
    def says(self, text: str, provider_id: str = "") -> Webhook:
        """The genuine webhook of a message from the person to the line."""

    @abstractmethod
    def reports(self, taken: Taken, status: Status) -> Webhook:
        """The genuine webhook of a delivery that moved on."""

    @abstractmethod
    def tampered(self, webhook: Webhook) -> Sequence[Webhook]:
        """The same with one thing changed after it left the provider: one for each thing that must not change."""

    @abstractmethod
    def genuine_garbage(self) -> Sequence[Webhook]:
        """Webhooks that do come from the provider and make no sense."""

    @abstractmethod
    def file(self) -> Media:
        """`FILE`, which the person has sent and the provider holds."""

    @abstractmethod
    async def goes_down(self) -> None:
        """From now on nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of a channel, and the provider on its other side. `within` bounds every send."""

    channel: Channel
    provider: Provider
    line: Line
    person: Address
    within: timedelta
    numbers: list[int] = field(default_factory=lambda: [0])

    def message(self, text: str = TEXT, *, attempt: int = 1) -> Send:
        self.numbers[0] += 1
        conversation = ConversationRef(workspace=self.line.workspace, id=ConversationId("c1"))
        return Send(
            ref=OutboundRef(conversation=conversation, id=MessageId(f"m/{self.numbers[0]}?&")),
            attempt=attempt,
            to=self.person,
            text=text,
            line=self.line,
            correlation="x",
            begun_at=datetime.now(UTC),
        )

    def look(self, send: Send, *taken: str) -> Look:
        return Look(send=send, uncertain_for=timedelta(seconds=15), looks=0, taken=frozenset(taken))


class ChannelContract(ABC):
    """Subclass it, and give it a `case`."""

    @pytest.fixture
    @abstractmethod
    def case(self) -> AsyncIterator[Case]:
        """A fresh line with a provider that accepts."""

    # Receiving.

    async def test_what_a_person_writes_is_heard_as_written(self, case: Case) -> None:
        webhook = case.provider.says(TEXT, "id-1")

        receipt = case.channel.receive(webhook, case.line)

        (event,) = receipt.events
        assert isinstance(event, Inbound)
        assert event.sender == case.person
        assert event.content.text == TEXT
        assert event.raw
        assert "/" in receipt.content_type

    async def test_hearing_is_pure(self, case: Case) -> None:
        webhook = case.provider.says(TEXT)

        assert case.channel.receive(webhook, case.line) == case.channel.receive(webhook, case.line)

    async def test_two_messages_with_one_text_are_two(self, case: Case) -> None:
        first, second = (
            case.channel.receive(case.provider.says(TEXT, provider_id), case.line).events[0]
            for provider_id in ("id-1", "id-2")
        )

        assert first.provider_id != second.provider_id

    async def test_what_was_changed_on_the_way_is_not_trusted(self, case: Case) -> None:
        changed = case.provider.tampered(case.provider.says(TEXT))

        assert changed
        for webhook in changed:
            with pytest.raises(Untrusted) as error:
                case.channel.receive(webhook, case.line)
            assert TEXT not in str(error.value)

    async def test_a_webhook_speaks_for_its_own_line_only(self, case: Case) -> None:
        other_account = replace(case.line, account=case.line.account[::-1])
        other_address = replace(case.line, address=replace(case.line.address, value=case.line.address.value + "0"))

        for line in (other_account, other_address):
            with pytest.raises(Untrusted):
                case.channel.receive(case.provider.says(TEXT), line)

    async def test_a_rehearsal_says_nothing_and_its_forgery_is_not_trusted(self, case: Case) -> None:
        channel: object = case.channel
        if not isinstance(channel, Rehearses):
            pytest.skip("the channel cannot act its provider")
        rehearsal = channel.rehearsal(case.line, case.provider.says("hello").url)

        assert case.channel.receive(rehearsal.genuine, case.line).events == ()
        with pytest.raises(Untrusted):
            case.channel.receive(rehearsal.forged, case.line)

    async def test_genuine_garbage_is_rejected(self, case: Case) -> None:
        for webhook in case.provider.genuine_garbage():
            with pytest.raises(Rejected):
                case.channel.receive(webhook, case.line)

    async def test_garbage_is_an_error_of_ours_whatever_it_is(self, case: Case) -> None:
        webhook = case.provider.says(TEXT)

        for body in (b"", b"\0", b"\xff\xfe", b"{", b"[" * 50_000, b"&" * 50_000, b"=" * 50_000, webhook.body[:-1]):
            with pytest.raises(RecadoError):
                case.channel.receive(replace(webhook, body=body), case.line)

    async def test_another_content_type_is_not_read(self, case: Case) -> None:
        webhook = case.provider.says(TEXT)

        with pytest.raises(UnsupportedMedia):
            case.channel.receive(replace(webhook, headers={**webhook.headers, "content-type": "image/png"}), case.line)

    # Sending.

    async def test_a_message_is_accepted_under_the_providers_id(self, case: Case) -> None:
        outcome = await case.channel.send(case.message(), case.line)

        (taken,) = case.provider.taken
        assert outcome == Accepted(provider_id=taken.provider_id, status=Status.ACCEPTED)
        assert taken.text == TEXT
        assert case.person.value in taken.to

    @pytest.mark.parametrize("status", [Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.UNDELIVERED])
    async def test_a_report_finds_message_and_attempt(self, case: Case, status: Status) -> None:
        send = case.message(attempt=2)
        await case.channel.send(send, case.line)
        (taken,) = case.provider.taken

        (event,) = case.channel.receive(case.provider.reports(taken, status), case.line).events

        assert isinstance(event, Delivery)
        assert (event.provider_id, event.message, event.attempt) == (taken.provider_id, send.ref.id, 2)
        assert event.status is status

    @pytest.mark.parametrize(
        ("mood", "holds"),
        [
            (Mood.ACCEPTS, lambda outcome: isinstance(outcome, Accepted)),
            (Mood.DROPS, lambda outcome: isinstance(outcome, Unknown)),
            (Mood.IS_SILENT, lambda outcome: isinstance(outcome, Unknown)),
            (Mood.IS_BROKEN, lambda outcome: isinstance(outcome, Unknown)),
            (Mood.REFUSES, lambda outcome: isinstance(outcome, Never) and not outcome.opts_out),
            (Mood.THROTTLES, lambda outcome: isinstance(outcome, NotNow) and outcome.after == timedelta(seconds=7)),
        ],
        ids=lambda value: str(value) if isinstance(value, Mood) else "",
    )
    async def test_an_outcome_is_true_bounded_and_asked_for_once(
        self, case: Case, mood: Mood, holds: Callable[[object], bool]
    ) -> None:
        case.provider.mood = mood
        begun = time.monotonic()

        outcome = await case.channel.send(case.message(), case.line)

        assert holds(outcome)
        assert time.monotonic() - begun < case.within.total_seconds() + 1
        assert case.provider.requests == 1
        assert TEXT not in str(outcome)
        assert case.person.value not in str(outcome)

    async def test_where_nobody_listens_it_is_certainly_not_accepted(self, case: Case) -> None:
        await case.provider.goes_down()

        assert isinstance(await case.channel.send(case.message(), case.line), NotNow)

    async def test_an_empty_text_is_not_sent(self, case: Case) -> None:
        assert isinstance(await case.channel.send(case.message(" \n"), case.line), Never)
        assert case.provider.requests == 0

    async def test_twenty_at_once_are_twenty(self, case: Case) -> None:
        outcomes = await asyncio.gather(*(case.channel.send(case.message(), case.line) for _ in range(20)))

        ids = [outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)]
        assert sorted(ids) == sorted(taken.provider_id for taken in case.provider.taken)
        assert len(set(ids)) == 20

    async def test_being_cancelled_is_passed_on(self, case: Case) -> None:
        case.provider.mood = Mood.IS_SILENT
        sending = asyncio.create_task(case.channel.send(case.message(), case.line))
        await asyncio.sleep(case.within.total_seconds() / 10)
        sending.cancel()

        with pytest.raises(asyncio.CancelledError):
            await sending

    # Looking for an uncertain one.

    async def test_an_accepted_message_whose_answer_was_lost_is_found(self, case: Case) -> None:
        send = case.message()
        case.provider.mood = Mood.DROPS
        await case.channel.send(send, case.line)

        found = await case.channel.find(case.look(send), case.line)

        assert found is not None
        assert found.provider_id == case.provider.taken[0].provider_id

    async def test_what_was_never_accepted_is_not_found(self, case: Case) -> None:
        assert await case.channel.find(case.look(case.message()), case.line) is None

    async def test_another_rows_copy_is_not_mistaken_for_it(self, case: Case) -> None:
        send = case.message()
        await case.channel.send(case.message(), case.line)
        owned = case.provider.taken[0].provider_id

        assert await case.channel.find(case.look(send, owned), case.line) is None

    async def test_of_two_equal_texts_each_finds_its_own(self, case: Case) -> None:
        case.provider.mood = Mood.DROPS
        first, second = case.message(), case.message()
        await case.channel.send(first, case.line)
        await case.channel.send(second, case.line)

        one = await case.channel.find(case.look(first), case.line)
        assert one is not None
        other = await case.channel.find(case.look(second, one.provider_id), case.line)

        assert other is not None
        assert {one.provider_id, other.provider_id} == {taken.provider_id for taken in case.provider.taken}

    async def test_another_text_is_not_it(self, case: Case) -> None:
        await case.channel.send(case.message(), case.line)

        assert await case.channel.find(case.look(case.message("another text")), case.line) is None

    async def test_where_nobody_listens_looking_has_no_answer(self, case: Case) -> None:
        await case.provider.goes_down()

        with pytest.raises(Unavailable):
            await case.channel.find(case.look(case.message()), case.line)

    # Abilities.

    async def test_a_file_is_fetched(self, case: Case) -> None:
        if not isinstance(case.channel, FetchesMedia):
            pytest.skip("the channel fetches nothing")

        fetched = await case.channel.fetch(case.provider.file(), case.line)

        assert (fetched.body, fetched.content_type) == (FILE, "image/jpeg")

    async def test_a_file_of_another_message_is_not_ours_to_fetch(self, case: Case) -> None:
        if not isinstance(case.channel, FetchesMedia):
            pytest.skip("the channel fetches nothing")

        file = case.provider.file()
        for other in (
            replace(file, provider_id=file.provider_id[::-1]),
            replace(file, provider_id=""),
            replace(file, url="http://169.254.169.254/latest/meta-data/"),
            replace(file, url="file:///etc/passwd"),
            replace(file, url=""),
        ):
            with pytest.raises(Rejected):
                await case.channel.fetch(other, case.line)

    async def test_showing_that_we_type_never_raises(self, case: Case) -> None:
        if not isinstance(case.channel, ShowsTyping):
            pytest.skip("the channel shows no typing")

        await case.channel.typing("id-1", case.line)
        await case.provider.goes_down()
        await case.channel.typing("id-1", case.line)
