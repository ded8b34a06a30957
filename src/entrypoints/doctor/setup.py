"""What is looked at: the set-up of the environment, or, while one runs here, that of `recado dev`."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.conversation.inspection import Finding
from core.errors import RecadoError, Unavailable
from entrypoints.cli.dev_state import DevState
from entrypoints.cli.phone import Phone
from entrypoints.doctor.findings import fine, of_error
from entrypoints.doctor.variables import understood
from entrypoints.settings import Settings, read

LOCAL = ("localhost", "127.0.0.1", "::1")
"""Names of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Settings as they hold, with whatever was wrong in them left out."""

    settings: Settings
    environ: Mapping[str, str]
    dev: bool
    """It is that of `recado dev`, whose credentials are made up."""
    runs: bool = False
    """Of `dev`: whether it runs now, and with it the emulator that plays the provider."""

    @property
    def start(self) -> str:
        """The command that starts the app of this set-up."""
        return "recado dev" if self.dev or not self.is_public else "recado serve"

    @property
    def local_url(self) -> str:
        """Where the app listens on this machine."""
        host = self.settings.host
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        return f"http://{host}:{self.settings.port}"

    @property
    def is_public(self) -> bool:
        """Whether the app is meant to be reached from outside this machine."""
        return (urlsplit(self.settings.public_url).hostname or "") not in LOCAL


async def found_setup(environ: Mapping[str, str]) -> tuple[Setup, list[Finding]]:
    """The set-up, and what is wrong with its settings."""
    settings, findings = understood(Settings, environ)
    given = Setup(settings=settings or read(Settings, {}), environ=environ, dev=False)
    try:
        state = DevState.found(given.settings.data)
    except RecadoError as error:
        return given, [*findings, *of_error(error)]
    if state is None:
        return given, findings
    emulator, app = await _emulator(state)
    if emulator is not None:
        # As `recado dev` itself puts them together.
        moved = {"TWILIO_API_URL": emulator, "RECADO_PUBLIC_URL": app or given.local_url}
        told = fine(f"`recado dev` runs here, with its data in {given.settings.data}: it is what is looked at.")
        return _of_dev({**state.environment(), **environ, **moved}, given, runs=True), [*findings, told]
    if not given.is_public and not set(state.environment()) & set(environ):
        told = fine(f"No account is set: `recado dev`, with its data in {given.settings.data}, is what is looked at.")
        return _of_dev({**state.environment(), **environ}, given, runs=False), [*findings, told]
    return given, findings


def _of_dev(environ: Mapping[str, str], given: Setup, *, runs: bool) -> Setup:
    settings, _ = understood(Settings, environ)
    return Setup(settings=settings or given.settings, environ=environ, dev=True, runs=runs)


async def _emulator(state: DevState) -> tuple[str | None, str | None]:
    """Where the emulator of a running `dev` answers, and the app that it calls."""
    if state.emulator is None:
        return None, None
    async with Phone.at(state.emulator) as phone:
        if not await phone.there():
            return None, None
        try:
            apps = [url.partition("/webhooks/")[0] for url in await phone.webhooks() if "/webhooks/" in url]
        except Unavailable:
            return None, None
    return state.emulator, apps[0] if apps else None
