"""Deleted text leaves the disk, and a purge has nothing to do where nothing was deleted."""

from pathlib import Path

import pytest

from kb.errors import StorageError
from kb.store.backup import backup
from kb.store.catalog import UNPURGED
from kb.store.integrity import check
from kb.store.ledger import Ledger
from kb.store.purge import purge
from tests.unit.store.shelf import Shelf, old_ledger, small_disk

# Its stem differs, and no other word begins as either does: full text would keep only the rest of it.
SECRET, STEM = "Xylofonquizzes", b"xylofonquizz"


def traces(folder: Path, *words: bytes) -> set[str]:
    """The files below a folder in which a word stands, in upper or lower case."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(word.lower() in path.read_bytes().lower() for word in words)
    }


def fill(shelf: Shelf, count: int = 300) -> None:
    for number in range(count):
        shelf.put(f"n{number}.md", f"# Note {number}\n\n" + f"item{number} thing{number % 7} and more words. " * 20)


def test_a_removed_word_stands_in_no_file_after_a_purge(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf)
    text = f"# About {SECRET}\n\n[{SECRET}](x.md)\n\n" + f"The {SECRET} play. " * 100 + "\n"
    shelf.put("secret.md", text)
    shelf.embed()
    fill(shelf, 50)
    backup(shelf.ledger, tmp_path / "backup")
    assert traces(tmp_path, SECRET.encode(), STEM) >= {"ledger.db"}
    with shelf.ledger.database.transaction():
        shelf.ledger.catalog.remove_files(shelf.source.id, ["secret.md"])
    assert traces(tmp_path, SECRET.encode(), STEM)
    assert purge(shelf.ledger.database)
    backup(shelf.ledger, tmp_path / "backup")
    assert traces(tmp_path, SECRET.encode(), STEM) == set()
    assert check(shelf.ledger) == []
    assert shelf.found("item17")[0] == "n17.md"
    assert "secret.md" in [change.path for change in shelf.ledger.catalog.changes("")]


def test_a_word_that_was_edited_out_is_purged_and_its_like_elsewhere_stays(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", f"# A\n\n{SECRET} here\n")
    shelf.put("b.md", "# B\n\nwombat\n")
    shelf.put("a.md", "# A\n\nnothing here\n")
    assert purge(shelf.ledger.database)
    assert traces(tmp_path, SECRET.encode(), STEM) == set()
    assert shelf.found("wombat") == ["b.md"]


def test_where_nothing_was_deleted_there_is_nothing_to_purge(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    before = shelf.ledger.database.version()
    assert not purge(shelf.ledger.database)
    assert shelf.ledger.database.version() == before
    shelf.put("a.md", "# A\n\nwombat\n")
    assert purge(shelf.ledger.database)
    assert not purge(shelf.ledger.database)
    shelf.ledger.catalog.remove_source(shelf.source)
    assert purge(shelf.ledger.database)


def test_an_old_ledger_may_hold_deleted_text(tmp_path: Path) -> None:
    with Ledger.open(old_ledger(tmp_path / "ledger.db", 1)) as ledger:
        assert purge(ledger.database)
        assert not purge(ledger.database)
        assert check(ledger) == []


def test_a_reader_in_the_way_makes_the_purge_come_back(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", f"# A\n\n{SECRET} here\n")
    shelf.ledger.database.execute("PRAGMA busy_timeout = 50")
    with Ledger.open(shelf.path) as reader:
        with reader.database.snapshot():
            assert reader.catalog.count_files() == 1
            with shelf.ledger.database.transaction():
                shelf.ledger.catalog.remove_files(shelf.source.id, ["a.md"])
            assert not purge(shelf.ledger.database)
            assert reader.catalog.count_files() == 1
        assert purge(shelf.ledger.database)
        assert traces(tmp_path, SECRET.encode(), STEM) == set()


def test_a_purge_without_room_changes_nothing_and_is_done_later(shelf: Shelf) -> None:
    fill(shelf, 20)
    with shelf.ledger.database.transaction():
        shelf.ledger.catalog.remove_files(shelf.source.id, ["n3.md"])
    database = shelf.ledger.database
    with small_disk(8_192), pytest.raises(StorageError):
        purge(database)
    assert database.meta(UNPURGED)
    assert shelf.found("item5") == ["n5.md"]
    assert purge(database)
    assert shelf.found("item5") == ["n5.md"]
    assert check(shelf.ledger) == []
