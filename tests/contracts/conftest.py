"""Contract suites run against drivers, some of which serve a stand-in of their vendor: never further than loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sockets import loopback, sockets_only_to

# Contracts are not test modules: without this their assertions would not say what they compared.
_HERE = Path(__file__).parent
pytest.register_assert_rewrite(
    *(
        ".".join(("tests.contracts", *module.relative_to(_HERE).with_suffix("").parts))
        for module in _HERE.rglob("*.py")
        if module.stem not in ("__init__", "conftest")
    )
)


@pytest.fixture(autouse=True)
def _no_sockets_beyond_loopback() -> Iterator[None]:
    with sockets_only_to(loopback):
        yield
