"""Contract suites run against drivers, some of which serve a stand-in of their vendor: never further than loopback."""

from collections.abc import Iterator

import pytest

from tests.sockets import loopback, sockets_only_to


@pytest.fixture(autouse=True)
def _no_sockets_beyond_loopback() -> Iterator[None]:
    with sockets_only_to(loopback):
        yield
