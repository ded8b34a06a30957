"""Unit tests run in memory: none of them may open a socket."""

from collections.abc import Iterator

import pytest

from tests.sockets import nowhere, sockets_only_to


@pytest.fixture(autouse=True)
def _no_sockets() -> Iterator[None]:
    with sockets_only_to(nowhere):
        yield
