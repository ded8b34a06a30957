"""The verbs of `recado`, each a few lines over the module that does it; errors become one line on stderr."""

import atexit
import gc
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from core.errors import Permanent, RecadoError, Rejected
from entrypoints.cli.visible import visible

app = typer.Typer(
    name="recado",
    help="Answers people who write to a business on WhatsApp or SMS, with an assistant that can act.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
keys = typer.Typer(help="Make, list and revoke keys for the API.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(keys, name="keys")
lines = typer.Typer(
    help="List, make and change lines, and keep their own credentials.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(lines, name="lines")

Workspace = Annotated[str, typer.Option(help="Whose keys they are.")]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command, that of the process if none is given.

    It ends with 2 for a mistake in the set-up or the command line, with 1 for what may work later.
    """
    atexit.register(gc.freeze)  # what is left then goes with the process: to walk through it takes a fifth of a second
    try:
        app(argv, prog_name="recado")
    except RecadoError as error:
        print("\n".join(f"recado: {line}" for line in visible(str(error)).splitlines()), file=sys.stderr)
        raise SystemExit(2 if isinstance(error, Permanent | Rejected) else 1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(0)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"recado {version('recado')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def dev(
    stack: Annotated[
        bool, typer.Option("--stack", help="As in production: PostgreSQL, Supabase's API, Redis, and two workers.")
    ] = False,
) -> None:
    """Run everything here, without any account."""
    if stack:
        if sys.platform == "win32":
            raise Permanent("recado dev --stack needs Linux or macOS; on Windows, use the Windows Subsystem for Linux.")
        from entrypoints.cli.dev_stack import dev_stack

        _run(dev_stack())
        return
    from entrypoints.cli.dev import dev as run_dev

    _run(run_dev())


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("recado.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace it if it is there.")] = False,
) -> None:
    """Write the assistant's file, to change it."""
    from entrypoints.cli.init import init as run_init

    run_init(path, force=force)


@app.command()
def serve() -> None:
    """Run the HTTP app.

    With the inline queue it also answers what it records, in the same process.
    """
    from entrypoints.cli.serve import serve as run_serve

    _run(run_serve())


@app.command()
def worker() -> None:
    """Run a worker, which answers what was recorded."""
    from entrypoints.cli.serve import worker as run_worker

    _run(run_worker())


@app.command()
def chat(
    sms: Annotated[bool, typer.Option("--sms", help="Write by SMS.")] = False,
    whatsapp: Annotated[bool, typer.Option("--whatsapp", help="Write on WhatsApp, which is the default.")] = False,
    who: Annotated[
        str,
        typer.Option("--as", metavar="NAME|NUMBER", help="Who writes: a name, or a phone number in full, +5511…"),
    ] = "+5511987654321",
    name: Annotated[str, typer.Option(help="The name that a number shows on WhatsApp.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print each reply as one JSON object in a line.")] = False,
    timeout: Annotated[float, typer.Option(help="In a pipe: seconds to wait for the answer to a line.")] = 30,
) -> None:
    """Write as a person would, and see the answers.

    It speaks through the emulator of the running `dev`, or starts one for itself. /help says what else can be typed.
    In a pipe it writes each line and prints what is answered, before the next; it ends with 1 if something got no
    answer.
    """
    from core.identity.medium import Medium
    from entrypoints.cli.chat import chat as run_chat

    if sms and whatsapp:
        raise typer.BadParameter("choose one of --sms and --whatsapp")
    medium = Medium.SMS if sms else Medium.WHATSAPP
    _run(run_chat(f"{name} {who}".strip(), medium=medium, as_json=as_json, patience=timeout))


@app.command()
def emulate(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port it listens on.")] = 8001,
) -> None:
    """Run the emulator of Twilio alone."""
    from entrypoints.cli.emulate import emulate as run_emulate

    _run(run_emulate(port))


@app.command("eval")
def evaluate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Conversations, and what must come of them.")],
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="The model to ask, instead of the configured one.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
    only: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Hold only the conversations of such a name: 'pt *', undo.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=1000, help="Conversations held at once.")] = 8,
    at_least: Annotated[str, typer.Option(metavar="PERCENT", help="How many must go as they should.")] = "100%",
) -> None:
    """Hold the conversations of some files with the assistant, and say which went as they should.

    It ends with 1 when too few did, and with 2 for a mistake in a file.
    """
    from entrypoints.cli.evaluate import evaluate as run_evals
    from entrypoints.cli.evaluate import part_of

    try:
        enough = part_of(at_least)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at-least") from None
    code = run_evals(files, model=model, machine=json, only=only, jobs=jobs, at_least=enough)
    if code:
        raise typer.Exit(code)


@app.command()
def drivers() -> None:
    """List what is installed, with its settings."""
    from entrypoints.cli.inventory import drivers as list_drivers

    list_drivers()


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Say what is wrong with this set-up, and the cure.

    It looks at the settings, the assistant, store, queue, models, the public address and each line, and changes
    nothing. It ends with 1 if there is a problem; warnings are none.
    """
    from entrypoints.cli.doctor import doctor as run_doctor

    _run(run_doctor(as_json=as_json))


@app.command()
def migrate() -> None:
    """Bring the store's schema up to date."""
    from entrypoints.cli.inventory import migrate as run_migrate

    _run(run_migrate())


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Who uses it, such as: order system.")],
    permissions: Annotated[
        str, typer.Option(help="What it may do: some of read, send and operate, separated by commas.")
    ] = "read,send,operate",
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long it is good, such as 12h, 90d or 52w; for ever if not.")
    ] = None,
    workspace: Workspace = "main",
) -> None:
    """Make a key, and print it: it is shown only now."""
    from entrypoints.cli.keys import create

    _run(create(name, permissions=permissions, expires=expires, workspace=workspace))


@keys.command("list")
def list_keys(workspace: Workspace = "main") -> None:
    """List the keys there are, without the keys themselves."""
    from entrypoints.cli.keys import list_all

    _run(list_all(workspace=workspace))


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `recado keys list` shows it.")],
    workspace: Workspace = "main",
) -> None:
    """End a key, now and for ever."""
    from entrypoints.cli.keys import revoke

    _run(revoke(key, workspace=workspace))


@lines.command("list")
def list_lines() -> None:
    """List the lines there are, without their credentials."""
    from entrypoints.cli.lines import list_all

    _run(list_all())


@lines.command("put")
def put_line(
    line: Annotated[str, typer.Argument(metavar="ID", help="Its id, the last part of its webhook's address.")],
    workspace: Annotated[str | None, typer.Option(help="Whose line it is; main if not given.")] = None,
    channel: Annotated[str | None, typer.Option(help="The channel that it is on; twilio if not given.")] = None,
    address: Annotated[
        str | None, typer.Option(help="Its sender: whatsapp:+14155550100, or +14155550100 for SMS.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="The provider's account that has the sender, AC….")] = None,
    from_env: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VARIABLE", help="Take a credential from a variable: auth_token=SHOP_TOKEN."),
    ] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read credentials from stdin, as lines name=value.")] = False,
    shared: Annotated[
        bool, typer.Option("--shared", help="Keep no credentials for it: it uses the channel's settings.")
    ] = False,
) -> None:
    """Make a line, or change one: what is not given stays as it is.

    In a terminal it asks for the line's own credentials, without showing them. They are sealed with the first of
    RECADO_SECRET_KEYS before they are stored.
    """
    from entrypoints.cli.lines import Source, Wanted, ask_hidden, put

    if sum((bool(from_env), stdin, shared)) > 1:
        raise typer.BadParameter("choose one of --from-env, --stdin and --shared")
    wanted = Wanted(workspace=workspace, channel=channel, address=address, account=account)
    ask = ask_hidden if sys.stdin.isatty() else None
    _run(put(line, wanted, Source(ask=ask, stdin=stdin, variables=from_env or (), shared=shared)))


@lines.command("rotate")
def rotate_lines() -> None:
    """Seal all credentials with the first of RECADO_SECRET_KEYS, so that the other keys can be dropped."""
    from entrypoints.cli.lines import rotate

    _run(rotate())


@lines.command("new-key")
def new_key() -> None:
    """Print a new key for RECADO_SECRET_KEYS."""
    from entrypoints.cli.lines import make_key

    make_key()


def _run(main: Coroutine[Any, Any, int]) -> None:
    from entrypoints.process import run

    code = run(main)
    if code:
        raise typer.Exit(code)
