"""No driver escapes its contract: each registered one has a subclass, and no subclass bends what it inherits."""

import inspect
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from core.driver import Driver
from tests.contracts.channel import ChannelContract
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.language_model import LanguageModelContract
from tests.contracts.records import RecordsContract
from tests.contracts.views import ViewsContract
from tests.contracts.wake_queue import WakeQueueContract

TESTS = Path(__file__).parents[1]

CONTRACTS: list[tuple[str, type]] = [
    ("recado.store", ConversationStoreContract),
    ("recado.store", ViewsContract),
    ("recado.store", DirectoryContract),
    ("recado.store", RecordsContract),
    ("recado.queue", WakeQueueContract),
    ("recado.model", LanguageModelContract),
    ("recado.channel", ChannelContract),
]


def suites(contract: type) -> list[type]:
    """The test classes that promise to keep a contract, wherever tests of drivers are."""
    for folder in ("contracts", "integration"):
        for module in sorted((TESTS / folder).glob("test_*.py")):
            if contract.__name__ in module.read_text(encoding="utf-8"):
                import_module(f"tests.{folder}.{module.stem}")
    return [suite for suite in subclasses(contract) if suite.__name__.startswith("Test")]


def subclasses(contract: type) -> Iterator[type]:
    subclass: type
    for subclass in contract.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def is_excused(test: object) -> bool:
    """Marked as expected to fail, with a reason."""
    marks: list[pytest.Mark] = getattr(test, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)


def bent(contract: type, suite: type) -> list[str]:
    """The tests of a contract that a suite replaces, removes or skips without a reason."""
    inherited = {name for name, _ in inspect.getmembers(contract) if name.startswith("test")}
    own = {
        name: test
        for parent in suite.__mro__
        if not issubclass(contract, parent)
        for name, test in vars(parent).items()
    }
    return sorted(name for name in inherited & own.keys() if not is_excused(own[name]))


@pytest.mark.parametrize(("group", "contract"), CONTRACTS)
def test_every_registered_driver_is_held_to_its_contract(group: str, contract: type) -> None:
    tested = [inspect.getsource(sys.modules[suite.__module__]) for suite in suites(contract)]

    untested = {point.name for point in entry_points(group=group) if not any(point.module in test for test in tested)}

    assert untested == set()


@pytest.mark.parametrize(("group", "contract"), CONTRACTS)
def test_no_driver_bends_its_contract(group: str, contract: type) -> None:
    assert suites(contract) != []
    assert {suite.__name__: names for suite in suites(contract) if (names := bent(contract, suite))} == {}


@pytest.mark.parametrize(("group", "contract"), CONTRACTS)
def test_no_part_of_a_contract_hides_another(group: str, contract: type) -> None:
    parts = [part for part in contract.__mro__ if part is not object]
    names = Counter(name for part in parts for name in vars(part) if name.startswith("test"))

    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("group", sorted({group for group, _ in CONTRACTS}))
def test_what_is_registered_is_a_driver(group: str) -> None:
    loaded = [point.load() for point in entry_points(group=group)]

    assert all(isinstance(driver, Driver) for driver in loaded)
    assert all(driver.summary for driver in loaded)


# The guard itself


class Contract:
    """One of two tests."""

    def test_one(self) -> None:
        """Holds."""

    def test_two(self) -> None:
        """Holds too."""


class Bending(Contract):
    """Replaces one test, and removes the other."""

    test_one = None  # type: ignore[assignment]

    def test_two(self) -> None:
        """Holds nothing."""


class Excused(Contract):
    """Has a reason."""

    @pytest.mark.xfail(reason="the vendor cannot")
    def test_one(self) -> None:
        """Does not hold."""


class Keeping(Contract):
    """Adds a test of its own."""

    def test_three(self) -> None:
        """Is its own."""


def test_a_bent_contract_is_seen() -> None:
    assert bent(Contract, Bending) == ["test_one", "test_two"]
    assert bent(Contract, Excused) == []
    assert bent(Contract, Keeping) == []
