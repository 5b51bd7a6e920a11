"""A snapshot sees one state of the ledger, whatever others write."""

import threading
from pathlib import Path

import pytest

from kb.store.ledger import Ledger
from tests.unit.store.shelf import EVERYTHING, Shelf
from tests.unit.words import matching

SECTION = "word " * 120


def version_of(number: int) -> str:
    """A file of two chunks, which both say which version they are of."""
    return f"# Note\n\nversion v{number}. {SECTION}\n\n## More\n\nversion v{number}. {SECTION}\n"


def seen(ledger: Ledger) -> tuple[str, ...]:
    """What a search does: ids first, then their chunks, then those of the file, each a statement of its own."""
    ids = matching(ledger, ["version"], 10, EVERYTHING)
    chunks = ledger.passages.by_id(ids)
    of_file = ledger.passages.of_file(next(iter(chunks.values())).file_id) if chunks else []
    texts = [chunk.text.split("version ")[1].split(".")[0] for chunk in (*chunks.values(), *of_file)]
    return (str(len(ids)), str(len(chunks)), str(len(of_file)), *sorted(set(texts)))


def test_a_reader_never_sees_half_of_a_file_that_is_replaced_2000_times(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "ledger.db")
    shelf.put("note.md", version_of(0))
    assert shelf.rows("chunk") == 2
    shelf.ledger.close()
    stop = threading.Event()

    def write() -> None:
        writer = Shelf.again(tmp_path / "ledger.db")
        for number in range(1, 2_001):
            writer.put("note.md", version_of(number))
        writer.ledger.close()
        stop.set()

    thread = threading.Thread(target=write)
    thread.start()
    torn, looks, versions = 0, 0, set()
    with Ledger.open(tmp_path / "ledger.db") as reader:
        while not stop.is_set():
            with reader.database.snapshot():
                found = seen(reader)
            looks += 1
            versions.add(found[-1])
            torn += found[:3] != ("2", "2", "2") or len(found) != 4
    thread.join()
    assert torn == 0
    assert looks > 20
    assert len(versions) > 10


def test_without_a_snapshot_two_reads_differ_and_inside_one_they_agree(shelf: Shelf) -> None:
    with Ledger.open(shelf.path) as reader:
        shelf.put("a.md", "# A\n")
        assert reader.catalog.count_files() == 1
        with reader.database.snapshot():
            assert reader.catalog.count_files() == 1
            shelf.put("b.md", "# B\n")
            with reader.database.snapshot():
                assert reader.catalog.count_files() == 1
            assert reader.catalog.count_files() == 1
        assert reader.catalog.count_files() == 2


def test_a_snapshot_inside_a_transaction_sees_what_was_written(shelf: Shelf) -> None:
    with shelf.ledger.database.transaction():
        shelf.put("a.md", "# A\n")
        with shelf.ledger.database.snapshot():
            assert shelf.ledger.catalog.count_files() == 1
        shelf.put("b.md", "# B\n")
    with Ledger.open(shelf.path) as other:
        assert other.catalog.count_files() == 2


def test_nothing_is_written_inside_a_snapshot(shelf: Shelf) -> None:
    with pytest.raises(RuntimeError, match="snapshot"), shelf.ledger.database.snapshot():
        shelf.put("a.md", "# A\n")
    shelf.put("a.md", "# A\n")
    assert shelf.ledger.catalog.count_files() == 1


def test_an_error_ends_a_snapshot(shelf: Shelf) -> None:
    with pytest.raises(ValueError), shelf.ledger.database.snapshot():
        shelf.ledger.catalog.count_files()
        raise ValueError
    shelf.put("a.md", "# A\n")
    assert shelf.ledger.catalog.count_files() == 1


def test_a_connection_takes_no_more_memory_than_it_is_given(shelf: Shelf) -> None:
    with Ledger.open(shelf.path, cache_kb=2_000, mmap_bytes=0) as small:
        assert small.database.execute("PRAGMA cache_size").fetchone()[0] == -2_000
        assert small.database.execute("PRAGMA mmap_size").fetchone()[0] == 0
