"""What `recado dev` keeps between starts and tells `recado chat`: `.recado/dev.json`, for its owner only."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from core.errors import Permanent
from entrypoints.process import make_folder

_FILE = "dev.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevState:
    """Made-up credentials, the same at every start as the data is signed with them; and where the emulator is now."""

    account_sid: str
    auth_token: str
    senders: tuple[str, ...]
    emulator: str | None = None
    """The running emulator's address; nothing while none runs."""
    process: int | None = None
    """Whose emulator it is."""

    @classmethod
    def found(cls, data: Path) -> Self | None:
        """What was kept in this folder, if anything."""
        try:
            kept = json.loads((data / _FILE).read_text(encoding="utf-8"))
            state = cls(**{**kept, "senders": tuple(kept["senders"])})
            # A killed `dev` leaves its address behind, and the port to whoever takes it: they must get no credentials.
            return state if state.process is not None and _is_ours(state.process) else state.at(None)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise Permanent(f"{data / _FILE} cannot be read. Delete it, and start again.") from error

    @classmethod
    def of(cls, data: Path) -> Self:
        """What was kept in this folder, or new credentials, kept from now on."""
        state = cls.found(data)
        if state is None:
            state = cls(
                account_sid=f"AC{secrets.token_hex(16)}",
                auth_token=secrets.token_hex(16),
                senders=("whatsapp:+14155550100", "+14155550101"),
            )
            state.keep(data)
        return state

    def environment(self) -> Mapping[str, str]:
        """The settings that a channel and its emulator would otherwise ask a person for."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_FROM": ",".join(self.senders),
        }

    def at(self, emulator: str | None) -> Self:
        """The same, with the emulator's address."""
        return replace(self, emulator=emulator, process=None if emulator is None else os.getpid())

    def keep(self, data: Path) -> None:
        """Write it, whole or not at all."""
        make_folder(data)
        fresh = data / f".{_FILE}.{os.getpid()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=2)
        fresh.replace(data / _FILE)


def _is_ours(process: int) -> bool:
    """Whether it runs, as the same user."""
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
