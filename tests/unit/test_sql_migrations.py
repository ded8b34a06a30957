"""The migrations as files: what the Supabase CLI, which applies them too, expects of them."""

import re
import tomllib
from importlib.resources import files

import pytest

from adapters.supabase.migrating import Migration, migrations
from adapters.supabase.statements import statements


def test_they_are_in_order_and_named_as_the_cli_wants_them() -> None:
    found = migrations()

    assert [migration.version for migration in found] == sorted({migration.version for migration in found})
    assert all(re.fullmatch(r"\d{14}", migration.version) for migration in found)
    assert all(re.fullmatch(r"[a-z_]+", migration.name) for migration in found)


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_each_closes_what_it_opens_to_everybody(migration: Migration) -> None:
    assert statements(migration.sql)[-1].endswith("select recado.settle_rights()")


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_each_can_be_applied_again(migration: Migration) -> None:
    once = re.compile(
        r"^create (?:unique )?(?:table|index|schema)(?! if not exists)|^create (?:function|view)", re.MULTILINE
    )

    assert once.findall(migration.sql) == []


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_each_is_a_list_of_whole_statements(migration: Migration) -> None:
    begun = {re.sub(r"--[^\n]*\n|\s+", " ", each).split()[0] for each in statements(migration.sql)}

    assert begun <= {"create", "do", "select", "alter", "insert", "grant", "revoke", "drop", "comment"}


def test_the_folder_is_a_project_of_the_cli() -> None:
    config = tomllib.loads(files("adapters.supabase").joinpath("config.toml").read_text(encoding="utf-8"))

    assert config["project_id"] == "recado"
    assert config["api"]["schemas"] == ["public"], "tables are in a schema that is not served"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1; select 2;", ["select 1", "select 2"]),
        ("select 1;\n\n;; select 2", ["select 1", "select 2"]),
        ("select ';'; select 'it''s; so'", ["select ';'", "select 'it''s; so'"]),
        ('select ";"', ['select ";"']),
        ("do $$ begin; end $$; select 1", ["do $$ begin; end $$", "select 1"]),
        ("do $a$ begin; $$;$$ end $a$; select 1", ["do $a$ begin; $$;$$ end $a$", "select 1"]),
        ("-- one; two\nselect 1; -- three;\n", ["-- one; two\nselect 1"]),
        ("/* one; */ select 1; /* two */", ["/* one; */ select 1"]),
        ("select $1; select 2", ["select $1", "select 2"]),
        ("", []),
        ("-- nothing; here\n", []),
    ],
)
def test_a_semicolon_ends_a_statement_where_it_is_one(sql: str, expected: list[str]) -> None:
    assert statements(sql) == expected
