"""The one backup: made while the ledger is in use, never worse than the one before, and gone back to as a whole."""

import threading
from pathlib import Path

import pytest

from kb.errors import NotFoundError, StorageError
from kb.store.backup import backup, restore
from kb.store.integrity import check
from kb.store.ledger import Ledger
from kb.store.mirrored import MirrorRows
from kb.store.schema import SCHEMA_VERSION
from tests.unit.store.damaged import dump, filled
from tests.unit.store.shelf import Shelf, old_ledger, small_disk

ALL_BUT_THE_MIRROR = ("source", "file", "chunk", "chunk_fts_content", "reference", "generation", "vector", "change")


def test_a_backup_is_the_ledger_and_private(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.db")
    with Ledger.open(path) as ledger:
        place = backup(ledger, tmp_path / "backup")
    assert dump(place) == dump(path)
    assert sorted(file.name for file in (tmp_path / "backup").iterdir()) == ["ledger.db", "sources.json"]
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_the_next_backup_takes_the_place_of_the_one_before(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    backup(shelf.ledger, tmp_path / "backup")
    shelf.put("b.md", "# B\n\nwombat\n")
    place = backup(shelf.ledger, tmp_path / "backup")
    with Ledger.open(place, read_only=True) as copy:
        assert copy.catalog.count_files() == 2
    assert shelf.found("wombat") == ["b.md"]


def test_a_backup_made_while_another_writes_is_one_state(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "ledger.db")
    for number in range(60):
        shelf.put(f"n{number}.md", f"# Note {number}\n\n" + "words of it " * 200)
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        writer = Shelf.again(tmp_path / "ledger.db")
        number = 0
        while not stop.is_set():
            number += 1
            with writer.ledger.database.transaction():
                writer.put("one.md", f"# One\n\nversion {number}\n")
                writer.put("two.md", f"# Two\n\nversion {number}\n")
            written.set()
        writer.ledger.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        written.wait(30)
        for _ in range(5):
            with Ledger.open(backup(shelf.ledger, tmp_path / "backup")) as copy:
                assert check(copy) == []
                texts = [c.text.split()[-1] for c in copy.passages.by_id(range(10_000)).values() if "version" in c.text]
                assert len(texts) == 2
                assert texts[0] == texts[1]
    finally:
        stop.set()
        thread.join()
        shelf.ledger.close()


def test_restoring_puts_the_backup_in_place_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.db")
    before = dump(path)
    with Ledger.open(path) as ledger:
        backup(ledger, tmp_path / "backup")
    shelf = Shelf.again(path)
    shelf.put("later.md", "# Later\n\nkoala\n")
    shelf.ledger.close()
    (tmp_path / "ledger.db-wal").write_bytes(b"")
    done = restore(tmp_path / "backup", path)
    assert "ledger.db.damaged-1" in done[0]
    now = dump(path)
    assert {table: now[table] for table in ALL_BUT_THE_MIRROR} == {table: before[table] for table in ALL_BUT_THE_MIRROR}
    with Ledger.open(path) as ledger:
        assert check(ledger) == []
        assert MirrorRows(ledger.database).current()[1] == 0  # of no generation
    with Ledger.open(tmp_path / "ledger.db.damaged-1") as aside:
        assert aside.catalog.known_files(1)["later.md"]
    assert path.stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "backup", path)
    assert (tmp_path / "ledger.db.damaged-2").exists()


def test_a_backup_of_an_older_schema_is_restored_and_migrated(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    old_ledger(tmp_path / "backup" / "ledger.db", 1)
    restore(tmp_path / "backup", tmp_path / "ledger.db")
    with Ledger.open(tmp_path / "ledger.db", read_only=True) as ledger:
        assert ledger.database.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
        assert check(ledger) == []
        assert ledger.catalog.count_files() == 4


def test_a_damaged_ledger_does_not_replace_a_good_backup(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    place = backup(shelf.ledger, tmp_path / "backup")
    good = place.read_bytes()
    shelf.ledger.database.execute("UPDATE chunk SET text = 'other'")
    with pytest.raises(StorageError, match="not backed up") as refused:
        backup(shelf.ledger, tmp_path / "backup")
    assert refused.value.hint == "kb doctor --repair"
    assert place.read_bytes() == good
    assert not list((tmp_path / "backup").glob("*.partial*"))


def test_a_damaged_backup_is_not_restored(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    place = backup(shelf.ledger, tmp_path / "backup")
    place.write_bytes(place.read_bytes()[:9_000])
    with pytest.raises(StorageError, match=r"backup .* is damaged"):
        restore(tmp_path / "backup", shelf.path)
    assert shelf.found("koala") == ["a.md"]
    with Ledger.open(shelf.path) as ledger:
        assert ledger.catalog.count_files() == 1


def test_without_a_backup_nothing_is_restored(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no backup"):
        restore(tmp_path / "backup", shelf.path)
    assert shelf.path.exists()


def test_a_full_disk_leaves_the_old_backup(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    place = backup(shelf.ledger, tmp_path / "backup")
    good = place.read_bytes()
    for number in range(100):
        shelf.put(f"n{number}.md", f"# Note {number}\n\n" + f"words {number} " * 300)
    with small_disk(len(good) * 2), pytest.raises(StorageError):
        backup(shelf.ledger, tmp_path / "backup")
    assert place.read_bytes() == good
    assert not list((tmp_path / "backup").glob("*.partial*"))
    with Ledger.open(backup(shelf.ledger, tmp_path / "backup"), read_only=True) as copy:
        assert copy.catalog.count_files() == 101
