"""`recado lines`: lines are listed, made and changed, and their credentials sealed anew, also while the app runs."""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from getpass import getpass
from typing import Any
from urllib.parse import quote

from core.errors import Permanent, Rejected
from core.identity.credentials import NO_CREDENTIALS
from core.identity.model import Line, LineId, WorkspaceId
from entrypoints.alone import store_alone
from entrypoints.cli.table import table
from entrypoints.drivers import find
from entrypoints.lines import address_of, credentials_of, id_of
from entrypoints.seal import new_key
from entrypoints.settings import environment

_COLUMNS = ("id", "workspace", "channel", "address", "account", "credentials")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a line is to be, as the command line says; None: as it is."""

    workspace: str | None = None
    channel: str | None = None
    address: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a line's credentials are to come from; from nowhere: it keeps those it has."""

    ask: Callable[[str], str] | None = None
    """Asks a person for one, without an echo."""
    stdin: bool = False
    """From lines `name=value` of the standard input."""
    variables: Sequence[str] = ()
    """From variables of the environment: `name=VARIABLE`."""
    shared: bool = False
    """It is to have none: it uses the channel's settings."""


async def list_all() -> int:
    """Print every line; of its credentials only whether it has any."""
    async with store_alone() as (store, settings):
        lines = await store.lines()
    if not lines:
        print(f"The store {settings.store!r} has no lines.")
        return 0
    print(table([_COLUMNS, *map(_row, lines)]))
    for line in lines:
        if line.credentials.fault is not None:
            print(line.credentials.fault, file=sys.stderr)
    return 0


async def put(id_: str, wanted: Wanted, source: Source) -> int:
    """Make a line, or change one."""
    async with store_alone() as (store, settings):
        known = await store.line(LineId(id_of(id_, what="The id")))
        line = _with_own(_described(LineId(id_), wanted, known), known, source)
        await store.put_line(line)
    async with store_alone() as (store, settings):
        if await store.line(line.id) is None:
            raise Rejected(f"The store {settings.store!r} forgets when it is closed, so it can take no lines.")
    names = ", ".join(sorted(line.credentials.names))
    own = f"its own credentials ({names})" if names else f"the credentials in the settings of {line.channel}"
    print(f"The line {line.id} of workspace {line.workspace} is kept, with {own}.")
    print(f"Its webhook: {settings.public_url}/webhooks/{quote(line.channel)}/{quote(line.id)}")
    return 0


async def rotate() -> int:
    """Seal the credentials of every line with the first key. It may be interrupted, and begun again."""
    lost: list[str] = []
    done = 0
    async with store_alone() as (store, settings):
        if not settings.secret_keys:
            raise Permanent("RECADO_SECRET_KEYS is not set. `recado lines new-key` makes a key.")
        for line in await store.lines():
            try:
                done += await store.reseal(line.id)
            except Permanent as error:
                lost.append(f"Line {line.id}: {error}")
    print(f"The credentials of {done} line{'' if done == 1 else 's'} are sealed with the first key.")
    if lost:
        raise Permanent("\n".join([*lost, "Keep every key until these are put again."]))
    return 0


def ask_hidden(question: str) -> str:
    """What a person answers, without an echo. Ctrl-C ends it at once, which the event loop would put off, and so does
    Ctrl-D."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass(question)
    except EOFError:
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGINT, before)


def make_key() -> None:
    """Print a key for RECADO_SECRET_KEYS, alone on stdout."""
    print(new_key())


def _described(id_: LineId, wanted: Wanted, known: Line | None) -> Line:
    """The line as it is to be, with the credentials that it has."""
    if known is None:
        return _new(id_, wanted)
    if wanted.workspace not in (None, known.workspace):
        raise Rejected(f"The line {id_} is of workspace {known.workspace}, and stays there: choose another id.")
    return replace(
        known,
        channel=wanted.channel or known.channel,
        address=known.address if wanted.address is None else address_of(wanted.address),
        account=wanted.account or known.account,
    )


def _new(id_: LineId, wanted: Wanted) -> Line:
    if wanted.address is None or not wanted.account:
        raise Rejected(
            f"There is no line {id_}: to make one, give --address, such as whatsapp:+14155550100, and --account, the "
            "provider's account that has it."
        )
    return Line(
        workspace=WorkspaceId(id_of(wanted.workspace or "main", what="--workspace")),
        id=id_,
        channel=wanted.channel or "twilio",
        address=address_of(wanted.address),
        account=wanted.account,
    )


def _with_own(line: Line, known: Line | None, source: Source) -> Line:
    """The line with the credentials that it is to have."""
    kind = find("channel", line.channel).driver.credentials
    if source.shared:
        return replace(line, credentials=NO_CREDENTIALS)
    values = _given(kind, source)
    if values:
        return replace(line, credentials=credentials_of(kind, values, channel=line.channel))
    if known is not None and known.credentials and (known.account, known.channel) != (line.account, line.channel):
        raise Rejected("The credentials it has are of another account: give those of this one too, or --shared.")
    return line


def _given(kind: type[Any] | None, source: Source) -> Mapping[str, str]:
    if source.variables:
        return dict(_of_variable(text) for text in source.variables)
    if source.stdin:
        return dict(_of_line(text) for text in sys.stdin.read().splitlines() if text.strip())
    if source.ask is None or kind is None:
        return {}
    return _asked(kind, source.ask)


def _asked(kind: type[Any], ask: Callable[[str], str]) -> Mapping[str, str]:
    """What a person answers; nothing, if the first that is needed is left empty."""
    values = {}
    for name, field in kind.model_fields.items():
        empty = "empty: as it is, or as the channel's settings say" if field.is_required() else "empty: none"
        answer = ask(f"{name} ({empty}): ").strip()
        if answer:
            values[name] = answer
        elif field.is_required():
            return {}
    return values


def _of_variable(text: str) -> tuple[str, str]:
    name, _, variable = text.partition("=")
    value = environment().get(variable, "")
    if not name or not value:
        raise Rejected("--from-env: write a name and a variable that is set, such as auth_token=SHOP_TOKEN.")
    return name, value


def _of_line(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise Rejected("--stdin: each line is a name and a value, such as auth_token=….")
    return name.strip(), value.strip()


def _row(line: Line) -> tuple[str, ...]:
    own = "lost" if line.credentials.fault is not None else "own" if line.credentials else "of the settings"
    sender = f"{line.medium.value}:{line.address.value}"
    return line.id, line.workspace, line.channel, sender, line.account, own
