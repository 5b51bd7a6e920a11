"""A ledger of every released schema is led to the present one, keeps all it held, and is like one made anew."""

import re
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from kb.errors import IndexMismatchError
from kb.store.integrity import check
from kb.store.ledger import Ledger
from kb.store.passages import Filter
from kb.store.schema import SCHEMA_VERSION
from tests.unit.store.shelf import OLD_LEDGERS, old_ledger
from tests.unit.words import matching

SCHEMAS = range(1, SCHEMA_VERSION)
TABLES = ("source", "file", "chunk", "reference", "generation", "vector", "mirrored", "skipped", "chunk_fts")


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def content(path: Path, like: dict[str, list[str]] | None = None) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The columns of each table, or those of `like`, and the rows in them."""
    connection = sqlite3.connect(path)
    chosen = like or {table: columns(connection, table) for table in TABLES}
    rows = {
        table: connection.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1, 2").fetchall()
        if len(names) > 1
        else connection.execute(f"SELECT {names[0]} FROM {table} ORDER BY 1").fetchall()
        for table, names in chosen.items()
    }
    rows["given ids"] = connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY 1").fetchall()
    rows["meta"] = connection.execute("SELECT key, value FROM meta WHERE key <> 'unpurged' ORDER BY 1").fetchall()
    connection.close()
    return chosen, rows


def tables(path: Path) -> dict[str, str]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql <> ''").fetchall()
    connection.close()
    return {name: re.sub(r'[\s"]+', "", sql) for name, sql in found}


def test_there_is_a_ledger_of_every_earlier_schema() -> None:
    assert sorted(path.name for path in OLD_LEDGERS.glob("*.sql")) == [f"schema-{number}.sql" for number in SCHEMAS]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_old_ledger_keeps_all_it_held(tmp_path: Path, schema: int) -> None:
    path = old_ledger(tmp_path / "ledger.db", schema)
    names, before = content(path)
    with Ledger.open(path) as ledger:
        assert check(ledger) == []
        generation = ledger.embeddings.generation()
        assert generation is not None
        assert ledger.embeddings.count_pending(generation) == 0
        assert [s.name for s in ledger.catalog.sources()] == ["notes", "work"]
        assert ledger.catalog.stale_files()[0][1].path == "src/config.py"
        assert matching(ledger, ["koala"], 5, Filter())
        assert ledger.catalog.changes("") == []
    after = content(path, names)[1]
    assert {**after, "file": []} == {**before, "file": []}
    assert [read_again(row) for row in before["file"]] == after["file"]


def read_again(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of `file` as it is after the step in which readers learnt to tell more of decisions and code."""
    digest, kind = row[6], row[7]
    return (*row[:5], -1, b"", kind, *row[8:]) if kind in ("adr", "code") else (*row[:6], digest, kind, *row[8:])


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_old_ledger_becomes_like_one_made_anew(tmp_path: Path, schema: int) -> None:
    with Ledger.open(old_ledger(tmp_path / "old.db", schema)), Ledger.open(tmp_path / "new.db", create=True):
        pass
    assert tables(tmp_path / "old.db") == tables(tmp_path / "new.db")


def test_an_old_ledger_opened_for_reading_only_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = old_ledger(tmp_path / "ledger.db", 1)
    with pytest.raises(IndexMismatchError, match="schema 1") as refused:
        Ledger.open(path, read_only=True)
    assert "kb index" in refused.value.hint
    Ledger.open(path).close()
    Ledger.open(path, read_only=True).close()


def test_two_who_open_an_old_ledger_at_once_migrate_it_once(tmp_path: Path) -> None:
    for attempt in range(20):
        path = old_ledger(tmp_path / f"{attempt}.db", 1)
        barrier, found = threading.Barrier(4), list[Any]()

        def opened(path: Path = path, barrier: threading.Barrier = barrier, found: list[Any] = found) -> None:
            barrier.wait()
            try:
                with Ledger.open(path) as ledger:
                    found.append(check(ledger))
            except Exception as error:
                found.append(error)

        threads = [threading.Thread(target=opened) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [[], [], [], []]


def test_a_migration_that_fails_leaves_the_old_ledger(tmp_path: Path) -> None:
    path = old_ledger(tmp_path / "ledger.db", 1)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE change (its_in_the_way)")
    connection.close()
    before = tables(path), content(path)
    with pytest.raises(Exception, match="already exists"):
        Ledger.open(path)
    assert (tables(path), content(path)) == before
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
    connection.execute("DROP TABLE change")
    connection.close()
    with Ledger.open(path) as ledger:
        assert check(ledger) == []
