"""What an operator is told to ask the database can be asked of the schema as it is."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
QUERIES = re.findall(r"^ *```sql\n(.*?)^ *```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the database's owner; whatever is done on it is undone."""
    connection = await asyncpg.connect(database)
    undone = connection.transaction()
    await undone.start()
    yield connection
    await undone.rollback()
    await connection.close()


@pytest.mark.parametrize("query", QUERIES, ids=[" ".join(query.split())[:40] for query in QUERIES])
async def test_every_query_of_the_page_runs(connection: asyncpg.Connection, query: str) -> None:
    await connection.execute(query)


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 5
