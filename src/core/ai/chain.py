"""Which model answers: the first of a chain that is well; in the middle of a tool loop, always the same one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from core.ai.ports import LanguageModel
from core.ai.prices import Price
from core.errors import Permanent, RecadoError, Unavailable
from core.log import Log

T = TypeVar("T")

_FAILURES = 5
"""In a row, after which a model is left alone for a while."""
_REST = 15.0
"""Seconds of the first rest; each further one is twice as long."""
_LONGEST_REST = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that can be asked. `name` is the driver's and the model's, `openai:gpt-6-luna`; `model` is the latter."""

    name: str
    driver: LanguageModel
    model: str
    price: Price | None


@dataclass(slots=True)
class Breaker:
    """Keeps calls from a model that fails: open after failures in a row, then one probe at a time until one succeeds.

    Times are the event loop's, so that the state is this process's own.
    """

    failures: int = 0
    rest: float = _REST
    closed_from: float = 0.0
    """When the rest ends; a probe is allowed from then on."""
    probing: bool = False

    @property
    def is_open(self) -> bool:
        return self.failures >= _FAILURES

    def wait(self, now: float) -> float | None:
        """Seconds until a call may be made; none when it may be made now."""
        if not self.is_open or (now >= self.closed_from and not self.probing):
            return None
        return max(self.closed_from - now, 1.0)

    def begin(self) -> bool:
        """Whether the call that begins now is a probe."""
        self.probing = self.is_open
        return self.probing

    def succeed(self) -> None:
        self.failures, self.rest, self.probing = 0, _REST, False

    def fail(self, now: float, *, probe: bool) -> None:
        """A call that was under way when the rest began tells nothing new: it fails with those that it began with."""
        was_open = self.is_open
        if was_open and not probe:
            return
        self.failures += 1
        self.probing = False
        if self.is_open:
            self.rest = min(self.rest * 2, _LONGEST_REST) if was_open else _REST
            self.closed_from = now + self.rest

    def abandon(self, *, probe: bool) -> None:
        """The call was broken off by us: it says nothing about the model."""
        if probe:
            self.probing = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChain:
    """The models of an agent, in the order in which they are asked.

    `drivers` are open, by name; `prices` overrule list prices, by a model's full name. `breakers` live longer than the
    chain: an edited agent does not make a sick model well.
    """

    drivers: Mapping[str, LanguageModel]
    names: Sequence[str]
    prices: Mapping[str, Price] = field(default_factory=dict)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    log: Log

    @property
    def first(self) -> Model:
        return self.named(self.names[0])

    def named(self, name: str) -> Model:
        """The model of this full name. Raises `Permanent` when its driver is not open (any more)."""
        driver_name, _, model = name.partition(":")
        driver = self.drivers.get(driver_name)
        if driver is None:
            raise Permanent(
                f"model {name} cannot be asked: its driver is not in use; name it in the agent's file again"
            )
        model = model or driver.name
        return Model(name=name, driver=driver, model=model, price=self.prices.get(name, driver.price(model)))

    def reader_of(self, name: str) -> LanguageModel:
        """Who reads what the model of this full name wrote: its driver; the first one's, if that is gone."""
        return self.drivers.get(name.partition(":")[0]) or self.first.driver

    async def ask(self, call: Callable[[Model], Awaitable[T]], *, pinned: str | None) -> T:
        """What `call` makes of the first model that answers; with `pinned`, of that one and no other.

        Raises `Unavailable` when none can be asked now, and of `call`'s errors the last one; an error that is about the
        prompt rather than the model is raised at once.
        """
        waits: list[float] = []
        failure: RecadoError | None = None
        for name in self.names if pinned is None else (pinned,):
            breaker = self.breakers.setdefault(name, Breaker())
            wait = breaker.wait(_now())
            if wait is not None:
                waits.append(wait)
                continue
            try:
                return await self._through(breaker, self.named(name), call)
            except (Unavailable, Permanent) as error:
                self.log.warning("model failed", model=name, why=str(error), resting=breaker.is_open)
                failure = error
        if failure is not None:
            raise failure
        raise Unavailable("every model is resting after failures", after=timedelta(seconds=min(waits)))

    async def _through(self, breaker: Breaker, model: Model, call: Callable[[Model], Awaitable[T]]) -> T:
        probe = breaker.begin()
        try:
            answer = await call(model)
        except (Unavailable, Permanent):
            breaker.fail(_now(), probe=probe)
            raise
        except RecadoError:
            breaker.succeed()  # it is well, and refuses this prompt
            raise
        except BaseException:
            breaker.abandon(probe=probe)
            raise
        breaker.succeed()
        return answer


def full_name(model: str, drivers: Sequence[str], default: str) -> str:
    """`driver:model`, or `driver` alone, of what an agent's file calls a model: either of them, or a model of the
    `default` driver."""
    driver, colon, _ = model.partition(":")
    return model if model in drivers or (colon and driver in drivers) else f"{default}:{model}"


def _now() -> float:
    return asyncio.get_running_loop().time()
