"""A ledger that is empty, or damaged where it is read late, ends a command in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import NoIndexError, StorageError
from kb.store.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "whole.db", create=True) as ledger:
        yield ledger


def test_a_ledger_that_nothing_was_written_to_is_none(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    with pytest.raises(NoIndexError, match="no index"):
        Ledger.open(tmp_path / "ledger.db")
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        assert ledger.catalog.sources() == []


def test_damage_that_is_met_on_a_later_row_is_a_storage_error(ledger: Ledger) -> None:
    database = ledger.database
    broken = "SELECT json(value) FROM (SELECT '1' AS value UNION ALL SELECT '{')"
    with pytest.raises(StorageError, match="damaged"):
        list(database.execute(broken))
    with pytest.raises(StorageError, match="damaged"):
        database.execute(broken).fetchall()
    one_by_one = database.execute(broken)
    with pytest.raises(StorageError, match="damaged"):
        list(iter(one_by_one.fetchone, None))
    database.execute("DROP TABLE meta")
    with pytest.raises(StorageError, match="no such table"):
        database.meta("terms")


def test_rows_come_all_and_in_order(ledger: Ledger) -> None:
    counted = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n"
    assert [i for (i,) in ledger.database.execute(counted)] == list(range(2501))
    assert [i for (i,) in ledger.database.execute("SELECT 1 WHERE 0")] == []
