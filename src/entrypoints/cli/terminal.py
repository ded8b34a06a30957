"""A chat in a real terminal: what is typed stays at the bottom, and everything that is said scrolls above it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress

from prompt_toolkit import ANSI, PromptSession, print_formatted_text
from prompt_toolkit.application import get_app_session
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.utils import get_cwidth

from core.identity.medium import Medium
from entrypoints.cli.drawing import Drawing, same_day
from entrypoints.cli.person import Person
from entrypoints.cli.phone import Bubble
from entrypoints.cli.screen import Screen
from entrypoints.cli.typed import matching

_DOTS_S = 0.4
_MOST_WAITING = 8
"""Messages whose ticks may still change; they stay in the part of the screen that can be drawn again."""


class Terminal(Screen):
    """Own messages stay just above the prompt until their ticks have come to their end, or something is answered."""

    def __init__(self, assistant: str) -> None:
        self._assistant = assistant
        self._person: Person | None = None
        self._seen: dict[str, Bubble] = {}
        self._waiting: dict[str, Bubble] = {}
        self._last: Bubble | None = None
        """What was printed last."""
        self._typing = False
        self._step = 0
        self._entered: asyncio.Queue[str | None] = asyncio.Queue()
        self._output = get_app_session().output
        if isinstance(self._output, Vt100_Output):
            # It would ask the terminal where the cursor is, and warn if a simple one does not say.
            self._output.enable_cpr = False
        self._session: PromptSession[str] = PromptSession(
            self._message,
            output=self._output,
            multiline=True,
            erase_when_done=True,
            reserve_space_for_menu=0,
            prompt_continuation="",
            history=InMemoryHistory(),
            key_bindings=self._keys(),
        )

    async def typed(self) -> AsyncGenerator[str]:
        prompting = asyncio.ensure_future(self._prompt())
        dots = asyncio.ensure_future(self._move_dots())
        try:
            while (text := await self._entered.get()) is not None:
                yield text
        finally:
            dots.cancel()
            if self._session.app.is_running:
                self._session.app.exit(exception=EOFError)
            await asyncio.gather(prompting, dots, return_exceptions=True)
        self._settle(everything=True)

    async def _prompt(self) -> None:
        try:
            with suppress(EOFError, KeyboardInterrupt):
                await self._session.prompt_async(handle_sigint=False, set_exception_handler=False)
        finally:
            self._entered.put_nowait(None)

    def turn_to(self, person: Person, earlier: Sequence[Bubble], hidden: int) -> None:
        self._settle(everything=True)
        self._person, self._last, self._typing = person, None, False
        drawing = self._drawing()
        self._print(drawing.note(f"── {person.title}"))
        if hidden:
            self._print(drawing.note(f"{hidden} earlier: /history {hidden + len(earlier)} shows all."))
        for bubble in earlier:
            self._seen[bubble.sid] = bubble
            self._say(bubble)
        for text in dict.fromkeys(bubble.text for bubble in earlier if bubble.mine and bubble.text):
            self._session.history.append_string(text)
        if not self._session.default_buffer.text:
            self._session.default_buffer.reset()  # it looks into the history anew only then
        self._session.app.invalidate()

    def show(self, bubble: Bubble) -> bool:
        before = self._seen.get(bubble.sid)
        self._seen[bubble.sid] = bubble
        fresh = before is None
        if bubble.mine and (fresh or bubble.sid in self._waiting):
            self._waiting[bubble.sid] = bubble
            self._settle()
        elif bubble.mine and bubble.problem is not None and before is not None and before.problem is None:
            self.note(f"A message from before was not delivered: {bubble.problem}")
        elif fresh:
            self._settle(everything=True)
            self._say(bubble)
        self._session.app.invalidate()
        return fresh and not bubble.mine

    def typing(self, shown: bool) -> None:
        if shown != self._typing:
            self._typing = shown
            self._session.app.invalidate()

    def note(self, text: str) -> None:
        self._settle(everything=True)
        self._print(self._drawing().note(text))

    def _settle(self, *, everything: bool = False) -> None:
        """Let go of the oldest own messages, as far as their ticks stay as they are."""
        for sid, bubble in list(self._waiting.items()):
            if not (everything or len(self._waiting) > _MOST_WAITING or _is_final(bubble)):
                return
            del self._waiting[sid]
            self._say(bubble)

    def _say(self, bubble: Bubble) -> None:
        drawing, last = self._drawing(), self._last
        if not (drawing.is_today(bubble) if last is None else same_day(last, bubble)):
            self._print(drawing.day(bubble))
        self._print(drawing.own(bubble) if bubble.mine else drawing.reply(bubble, named=last is None or last.mine))
        self._last = bubble

    def _drawing(self) -> Drawing:
        return Drawing(self._output.get_size().columns, self._assistant)

    def _print(self, text: str) -> None:
        print_formatted_text(ANSI(text), end="", output=self._output)

    def _message(self) -> ANSI:
        """What stands above and before the words that are being typed."""
        drawing = self._drawing()
        parts = [drawing.own(bubble, measure=get_cwidth) for bubble in self._waiting.values()]
        if self._typing:
            parts.append(drawing.writing(self._step))
        beginning = self._session.default_buffer.text
        if beginning.startswith("/") and (commands := matching(beginning)):
            parts.append(drawing.note("\n".join(f"  {one.usage:<28} {one.about}" for one in commands)))
        return ANSI("".join(parts) + self._prompt_of())

    def _prompt_of(self) -> str:
        if self._person is None:
            return "> "
        return f"{self._person.called}{' by SMS' if self._person.medium is Medium.SMS else ''} > "

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter")
        def enter(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            text = buffer.text
            if text.strip():
                buffer.append_to_history()
                self._entered.put_nowait(text)
            buffer.reset()

        @keys.add("tab")
        def complete(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if buffer.text.startswith("/") and len(found := matching(buffer.text)) == 1:
                buffer.text = f"/{found[0].name} "
                buffer.cursor_position = len(buffer.text)

        return keys

    async def _move_dots(self) -> None:
        while True:
            await asyncio.sleep(_DOTS_S)
            if self._typing:
                self._step += 1
                self._session.app.invalidate()


def _is_final(bubble: Bubble) -> bool:
    """Whether its ticks stay as they are: read, or, as nobody tells the reader of an SMS from its phone, delivered."""
    return bubble.read or bubble.problem is not None or (bubble.medium is Medium.SMS and bubble.ticks > 1)
