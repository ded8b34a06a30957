"""One of our own commands, in a process of its own: what it prints is handed on line by line."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from entrypoints.stack.child import Child, Program, is_well
from entrypoints.stack.guarding import Guard


class Command(Child):
    """`recado serve` or `recado worker`. It answers once it says on its port for monitoring that it is ready."""

    stop_within = 30.0
    """A worker's turns get 20 of them."""

    def __init__(
        self,
        name: str,
        verb: str,
        environment: Mapping[str, str],
        guard: Guard,
        *,
        host: str,
        port: int,
        hear: Callable[[str], None],
    ) -> None:
        super().__init__(name, Path.cwd(), guard, hear=hear)
        self.port = port
        self._host = host
        self._verb = verb
        self._environment = {**environment, "RECADO_METRICS_PORT": str(port)}

    async def _program(self) -> Program:
        return Program(argv=(*_recado(), self._verb), environment=self._environment, folder=self.folder)

    async def _answers(self) -> bool:
        return await is_well(self._host, self.port, "/readyz")


def _recado() -> Sequence[str]:
    """The command that came with this interpreter's packages."""
    command = Path(sys.executable).with_name("recado")
    if command.exists():
        return (str(command),)
    return (sys.executable, "-c", "from entrypoints.cli import main; main()")
