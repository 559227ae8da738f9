"""Row 50 of the attacks: a fresh schema and an upgraded one are equal, on both stores."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from lychgate.kernel.errors import LychgateError
from lychgate.server.migrations import upgrade
from lychgate.server.stores import StoreUnavailable, migrate, open_store, schema, sql
from lychgate.server.stores.sql.statement import DATABASES
from lychgate.server.stores.sql.tables import client, issuer, metadata
from lychgate.server.stores.texts import dump, place
from support.postgres import Postgres

REVISIONS = [one.revision for one in reversed(list(ScriptDirectory.from_config(upgrade.config()).walk_revisions()))]
STORES = ("sqlite", "postgresql")

CATALOGUE = (
    """SELECT table_name || '.' || column_name, data_type, is_nullable, column_default
       FROM information_schema.columns WHERE table_schema = 'public'""",
    """SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT sequencename, data_type::text, increment_by FROM pg_sequences WHERE schemaname = 'public'",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)


@pytest.fixture(params=STORES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Makes URLs of databases without tables."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").empty
    numbers = iter(range(100))
    return lambda: f"sqlite:///{tmp_path}/{next(numbers)}/lychgate.db"


def tables_alone(connection: Connection) -> None:
    metadata.create_all(connection)


def of_sqlite(db: sqlite3.Connection) -> dict[str, Any]:
    """Tables, columns, keys and indexes by name. (Not their text: what is added later stands elsewhere in it.)"""
    found: dict[str, Any] = {}
    for table, text in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        found[table] = [word for word in ("WITHOUT ROWID", "AUTOINCREMENT", "CHECK") if word in (text or "")]
        for column in db.execute(f"PRAGMA table_xinfo({table})"):
            found[f"{table}.{column[1]}"] = column[2:]
        keys = db.execute(f"PRAGMA foreign_key_list({table})").fetchall()
        found[f"{table} refers"] = sorted(key[2:] for key in keys)
        for _, index, unique, origin, partial in db.execute(f"PRAGMA index_list({table})").fetchall():
            columns = tuple(row[2:5] for row in db.execute(f"PRAGMA index_xinfo({index})") if row[5])  # keys alone
            name = index if origin == "c" else f"{table} {columns}"
            found[name] = (unique, origin, partial, columns)
    partial = "SELECT name, sql FROM sqlite_master WHERE type NOT IN ('table', 'view') AND sql LIKE '% WHERE %'"
    others = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')"
    for name, text in db.execute(f"{partial} UNION {others}"):
        found[f"text of {name}"] = re.sub(r"\s+", " ", text)
    return found


def described(url: str, postgres: Any) -> dict[str, Any]:
    """All that a schema holds, but for the note of its revision."""
    if url.startswith("sqlite"):
        db = sqlite3.connect(url.removeprefix("sqlite:///"))
        found = of_sqlite(db)
        db.close()
    else:
        name = url.rpartition("/")[2]
        found = {row[0]: tuple(row)[1:] for query in CATALOGUE for row in postgres().run(query, name)}
    return {name: text for name, text in found.items() if "alembic_version" not in name}


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Any:
    return lambda url: described(url, lambda: request.getfixturevalue("postgres"))


def test_the_tables_in_the_program_are_those_that_migrations_make(empty: Any, look: Any) -> None:
    by_tables, by_migrations = empty(), empty()
    upgrade.work_on(by_tables, tables_alone)
    upgrade.work_on(by_migrations, upgrade.to("head"))
    assert look(by_migrations) == look(by_tables)
    assert len(look(by_tables)) > 25


@pytest.mark.parametrize("released", REVISIONS)
def test_every_released_schema_upgraded_is_equal_to_a_fresh_one(empty: Any, look: Any, released: str) -> None:
    fresh, old = empty(), empty()
    assert migrate(fresh)
    upgrade.work_on(old, upgrade.to(released))
    assert migrate(old) is (released != REVISIONS[-1])
    assert look(old) == look(fresh)


def test_what_clients_serve_is_found_after_the_upgrade_of_a_database_that_knew_it_before(empty: Any) -> None:
    url, uri = empty(), "https://api.example.org"
    upgrade.work_on(url, upgrade.to("0008"))
    upgrade.work_on(url, lambda db: _serve(db, uri))
    migrate(url)

    async def found() -> list[bool]:
        store = open_store(url)
        await store.open()
        try:
            return await store.serving("main", uri)
        finally:
            await store.close()

    assert sorted(asyncio.run(found())) == [False, True]


def _serve(db: Connection, uri: str) -> None:
    db.execute(issuer.insert(), {"id": "main", "url": "https://x", "realm": "", "settings": "{}"})
    lists = dict.fromkeys(("redirect_uris", "scopes", "audiences", "groups", "methods", "grants"), "[]")
    times = {"not_before": 0, "created_at": 0}
    for id, active, uris in (("a", True, [uri]), ("b", False, [uri, "https://b.example.org"]), ("c", True, [])):
        named = {"id": id, "name": id, "sought": id, "extra": "{}", "active": active, "resources": json.dumps(uris)}
        db.execute(client.insert(), {"issuer": "main", **lists, **times, **named})


def test_alembic_finds_nothing_to_add(empty: Any) -> None:
    url = empty()
    migrate(url)
    found: list[Any] = []
    options = {"compare_type": True, "compare_server_default": False}
    upgrade.work_on(
        url, lambda db: found.extend(compare_metadata(MigrationContext.configure(db, opts=options), metadata))
    )
    assert found == []


def test_the_programs_mark_is_the_newest_revision() -> None:
    assert REVISIONS[-1] == schema.HEAD
    assert sorted(REVISIONS) == REVISIONS, "older and newer are told by comparing the texts"


def test_migrating_twice_does_nothing_the_second_time(empty: Any) -> None:
    url = empty()
    assert migrate(url) is True
    assert migrate(url) is False


def test_two_who_migrate_at_once_both_succeed(empty: Any, look: Any) -> None:
    url = empty()
    command = [sys.executable, "-m", "lychgate.server.migrations"]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(url.encode(), timeout=60)[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert len(look(url)) > 25


def test_a_migration_that_fails_changes_nothing_and_says_why(empty: Any, look: Any) -> None:
    url = empty()
    upgrade.work_on(url, lambda connection: connection.exec_driver_sql("CREATE TABLE change (mine TEXT)"))
    before = look(url)
    with pytest.raises(StoreUnavailable, match="already exists") as refused:
        migrate(url)
    assert isinstance(refused.value, LychgateError)
    assert look(url) == before


def test_neither_migrating_nor_opening_loads_alembic_sqlalchemy_or_rich(empty: Any) -> None:
    url = empty()
    code = (
        "import asyncio, sys\n"
        "from lychgate.server.stores import migrate, open_store\n"
        "from lychgate.server.model import Issuer\n"
        "async def use():\n"
        "    store = open_store(sys.argv[1]); await store.open()\n"
        "    await store.ensure_issuer(Issuer('main', 'https://x')); await store.close()\n"
        "assert migrate(sys.argv[1]); asyncio.run(use())\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('alembic', 'sqlalchemy', 'rich', 'mako')])"
    )
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]", done.stdout


@pytest.mark.parametrize("database", list(DATABASES))
def test_the_compiled_sql_is_what_the_statements_say(database: str) -> None:
    hint = "run: python -m lychgate.server.stores.sql"
    assert place(database).read_text(encoding="utf-8") == dump(sql.texts(database)), hint


def test_a_value_in_a_statement_or_a_name_given_twice_is_refused() -> None:
    from sqlalchemy import select

    from lychgate.server.stores.sql.statement import gather, text
    from lychgate.server.stores.sql.tables import users

    with pytest.raises(ValueError, match="a value stands"):
        text(select(users.c.id).where(users.c.id == "x"), DATABASES["sqlite"])
    with pytest.raises(ValueError, match="twice"):
        gather({"a": select(users.c.id)}, {"a": select(users.c.id)})


def test_the_postgres_fixture_is_of_a_version_that_is_supported(postgres: Postgres) -> None:
    assert int(postgres.run("SHOW server_version_num")[0][0]) >= 150_000
