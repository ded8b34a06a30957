"""The verbs of `recado`, each a few lines over the module that does it; errors become one line on stderr."""

import sys
from collections.abc import Coroutine, Sequence
from typing import Annotated, Any, NoReturn

import typer

from core.errors import Permanent, RecadoError, Rejected

app = typer.Typer(
    name="recado",
    help="Answers people who write to a business on WhatsApp or SMS, with an assistant that can act.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command, that of the process if none is given.

    It ends with 2 for a mistake in the set-up or the command line, with 1 for what may work later.
    """
    try:
        app(argv, prog_name="recado")
    except RecadoError as error:
        print("\n".join(f"recado: {line}" for line in str(error).splitlines()), file=sys.stderr)
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
def dev() -> None:
    """Run everything here, without any account."""
    from entrypoints.cli.dev import dev as run_dev

    _run(run_dev())


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
    number: Annotated[
        str, typer.Option("--as", metavar="NUMBER", help="Who writes: a phone number in full, +5511…")
    ] = "+5511987654321",
    name: Annotated[str, typer.Option(help="The name the person shows on WhatsApp.")] = "Ana",
    timeout: Annotated[float, typer.Option(help="In a pipe: seconds to wait for the answer to a line.")] = 30,
) -> None:
    """Write as a person would, and see the answers.

    It speaks through the emulator of the running `dev`, or starts one for itself. In a pipe it writes each line and
    prints what is answered.
    """
    from entrypoints.cli.chat import Person
    from entrypoints.cli.chat import chat as run_chat

    if sms and whatsapp:
        raise typer.BadParameter("choose one of --sms and --whatsapp")
    _run(run_chat(Person(number=number, name=name, sms=sms), patience=timeout))


@app.command()
def emulate(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port it listens on.")] = 8001,
) -> None:
    """Run the emulator of Twilio alone."""
    from entrypoints.cli.emulate import emulate as run_emulate

    _run(run_emulate(port))


@app.command()
def drivers() -> None:
    """List what is installed, with its settings."""
    from entrypoints.cli.inventory import drivers as list_drivers

    list_drivers()


@app.command()
def migrate() -> None:
    """Bring the store's schema up to date."""
    from entrypoints.cli.inventory import migrate as run_migrate

    _run(run_migrate())


def _run(main: Coroutine[Any, Any, int]) -> None:
    from entrypoints.process import run

    code = run(main)
    if code:
        raise typer.Exit(code)
