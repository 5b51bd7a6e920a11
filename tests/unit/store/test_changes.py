"""The list of what changed: one line a file, the newest first, bounded, and silent where nothing did."""

import time
from pathlib import Path

import pytest

import kb.store.catalog
from kb.model import FoundFile, SkippedFile
from kb.store.catalog import CHANGES_BETWEEN_TRIMS, CHANGES_KEPT, Change
from kb.store.ledger import Ledger
from tests.unit.store.damaged import found_faults
from tests.unit.store.shelf import Shelf, old_ledger


def seen(shelf: Shelf, since: str = "", limit: int = 100) -> list[tuple[str, str, str, str]]:
    return [(c.what, c.path, c.title, c.kind) for c in shelf.ledger.catalog.changes(since, limit)]


def test_added_changed_and_removed_files_are_noted(shelf: Shelf) -> None:
    shelf.put("a.md", "# First\n\nkoala\n")
    shelf.put("adr/0001-x.md", "# 1. Choose\n\n## Status\n\nAccepted\n\n## Context\n\nx\n\n## Decision\n\ny\n")
    shelf.put("a.md", "# Second\n\nwombat\n")
    with shelf.ledger.database.transaction():
        shelf.ledger.catalog.remove_files(shelf.source.id, ["a.md", "never.md"])
    assert seen(shelf) == [
        ("removed", "a.md", "", "note"),
        ("changed", "a.md", "Second", "note"),
        ("added", "adr/0001-x.md", "1. Choose", "adr"),
        ("added", "a.md", "First", "note"),
    ]
    newest = shelf.ledger.catalog.changes("")[0]
    assert isinstance(newest, Change)
    assert newest.source == "notes"


def test_a_file_read_again_as_it_was_is_no_change(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    shelf.put("a.md", "# A\n\nkoala\n")
    assert seen(shelf) == [("added", "a.md", "A", "note")]


def test_changes_since_a_time_and_not_before(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        monkeypatch.setattr(kb.store.catalog, "_now", lambda day=day: f"{day}T08:00:00+00:00")
        shelf.put(f"{day}.md", f"# {day}\n")
    assert [row[1] for row in seen(shelf, "2026-03-02")] == ["2026-03-03.md", "2026-03-02.md"]
    assert [row[1] for row in seen(shelf, "2026-03-02T08:00:00+00:00")] == ["2026-03-03.md", "2026-03-02.md"]
    assert [row[1] for row in seen(shelf, "2026-03-02T08:00:01+00:00")] == ["2026-03-03.md"]
    assert [row[1] for row in seen(shelf, limit=1)] == ["2026-03-03.md"]


def test_a_change_that_was_rolled_back_is_none(shelf: Shelf) -> None:
    with pytest.raises(ValueError), shelf.ledger.database.transaction():
        shelf.put("a.md", "# A\n")
        raise ValueError
    assert seen(shelf) == []


def test_a_removed_source_is_spoken_of_no_more(shelf: Shelf) -> None:
    other = shelf.ledger.catalog.add_source("other", "/other")
    shelf.put("a.md", "# A\n", other)
    shelf.put("b.md", "# B\n")
    shelf.ledger.catalog.remove_source(other)
    assert [row[1] for row in seen(shelf)] == ["b.md"]


def test_only_the_newest_changes_are_kept(shelf: Shelf) -> None:
    with shelf.ledger.database.transaction():
        for number in range(CHANGES_KEPT + 2 * CHANGES_BETWEEN_TRIMS):
            shelf.ledger.catalog._note(shelf.source.id, f"{number}.md", "T", "note", "added")
    assert CHANGES_KEPT <= shelf.rows("change") <= CHANGES_KEPT + CHANGES_BETWEEN_TRIMS
    assert seen(shelf, limit=1)[0][1] == f"{CHANGES_KEPT + 2 * CHANGES_BETWEEN_TRIMS - 1}.md"


def test_the_list_costs_little(shelf: Shelf) -> None:
    with shelf.ledger.database.transaction():
        started = time.perf_counter()
        for number in range(2_000):
            shelf.ledger.catalog._note(shelf.source.id, f"{number}.md", "T", "note", "added")
        # 20 µs a file where reading one takes over 1,000; the bound leaves room for a busy machine.
        assert time.perf_counter() - started < 2_000 * 0.000_5


def test_every_writer_of_a_row_keeps_its_checksum(tmp_path: Path) -> None:
    with Ledger.open(old_ledger(tmp_path / "ledger.db", 1)) as ledger:
        catalog = ledger.catalog
        source = catalog.sources()[0]
        found = FoundFile("sqlite/wal.md", b"sqlite/wal.md", 7, 8)
        with ledger.database.transaction():
            catalog.touch_file(source.id, found)
            catalog.mark_stale(source.id, "sqlite/wal.md", "closed")
            catalog.mark_stale(source.id, "adr/0002-keep-notes-in-files.md", "closed")
            catalog.unmark_stale(source.id, ["sqlite/wal.md"])
            catalog.mark_scanned(source.id)
            catalog.replace_skipped(source.id, [SkippedFile("x", "why")], "x")
            ledger.database.set_meta("model", "another")
        stale = {item.path for _, item in catalog.stale_files()}
        assert stale == {"src/config.py", "adr/0002-keep-notes-in-files.md"}
    assert found_faults(tmp_path / "ledger.db") == []
