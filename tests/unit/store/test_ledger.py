"""The ledger alone: replacing and removing, transactions, filters, vectors by content, and what it refuses to read."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.embedding.hashing import HashingEmbedder
from kb.errors import IndexMismatchError, NoIndexError, StorageError
from kb.model import SkippedFile
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.passages import Filter
from kb.terms import all_forms, query_terms, terms
from tests.unit.store.shelf import EVERYTHING, Shelf, small_disk
from tests.unit.words import matching


def test_a_replaced_file_leaves_nothing_of_its_old_version(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\n[link](b.md) koala\n\n## More\n\n" + "words " * 300)
    shelf.put("a.md", "# A\n\nwombat\n")
    assert [shelf.rows(table) for table in ("file", "chunk", "chunk_fts", "reference")] == [1, 1, 1, 0]
    assert (shelf.found("koala"), shelf.found("wombat")) == ([], ["a.md"])


def test_a_removed_file_leaves_nothing_and_an_unknown_one_is_no_error(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\n[link](b.md) koala\n")
    with shelf.ledger.database.transaction():
        assert shelf.ledger.catalog.remove_files(shelf.source.id, ["a.md", "never.md"]) == 1
    assert [shelf.rows(table) for table in ("file", "chunk", "chunk_fts", "reference")] == [0, 0, 0, 0]
    assert shelf.ledger.passages.document_frequency(["koala"]) == {}


def test_a_removed_source_takes_all_of_its_own_and_nothing_else(shelf: Shelf) -> None:
    other = shelf.ledger.catalog.add_source("other", "/other")
    shelf.put("a.md", "# A\n\nkoala\n")
    shelf.put("a.md", "# A\n\nkoala\n", other)
    with shelf.ledger.database.transaction():
        shelf.ledger.catalog.replace_skipped(other.id, [SkippedFile("x", "why")])
    assert shelf.ledger.catalog.remove_source(other) == 1
    assert [shelf.rows(table) for table in ("source", "file", "chunk_fts", "skipped")] == [1, 1, 1, 0]


def test_the_files_below_a_folder_and_no_neighbour(shelf: Shelf) -> None:
    for path in ("in/a.md", "in/deep/b.md", "in.md", "in-not/c.md", "in0/d.md", "out.md"):
        shelf.put(path, "# X\n")
    assert shelf.ledger.catalog.paths_below(shelf.source.id, "in") == ["in/a.md", "in/deep/b.md"]


def test_twins_share_one_vector_and_a_sweep_drops_the_dead(shelf: Shelf) -> None:
    shelf.put("a.md", "# Same\n\nkoala\n")
    shelf.put("b/a.md", "# Same\n\nkoala\n")
    shelf.put("c.md", "# Other\n\nwombat\n")
    generation, embedded = shelf.embed()
    assert (embedded, shelf.ledger.embeddings.count(generation)) == (2, 2)
    with shelf.ledger.database.transaction():
        shelf.ledger.catalog.remove_files(shelf.source.id, ["a.md", "c.md"])
        assert shelf.ledger.embeddings.count_dead(generation) == 1
        assert shelf.ledger.embeddings.sweep(generation) == 1
    assert shelf.ledger.embeddings.count(generation) == 1
    assert shelf.ledger.embeddings.count_pending(generation) == 0


def test_a_vector_waits_for_content_that_comes_back(shelf: Shelf) -> None:
    shelf.put("a.md", "# Same\n\nkoala\n")
    generation, _ = shelf.embed()
    with shelf.ledger.database.transaction():
        shelf.ledger.catalog.remove_files(shelf.source.id, ["a.md"])
    assert shelf.ledger.embeddings.matrix(generation)[0] == []
    shelf.put("elsewhere/renamed.md", "# Same\n\nkoala\n")
    assert shelf.embed()[1] == 0
    assert len(shelf.ledger.embeddings.matrix(generation)[0]) == 1


def test_generations_never_mix(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    old, _ = shelf.embed()
    shelf.embedder = HashingEmbedder(32)
    new, embedded = shelf.embed()
    assert (embedded, new.id != old.id) == (1, True)
    assert shelf.ledger.embeddings.matrix(new)[1].shape == (1, 32)
    with pytest.raises(IndexMismatchError):
        shelf.ledger.embeddings.add(new, [b"k"], np.zeros((1, 64), dtype=np.float32))
    with shelf.ledger.database.transaction():
        shelf.ledger.embeddings.sweep(new)
    assert (shelf.rows("generation"), shelf.rows("vector")) == (1, 1)


def test_a_model_that_changed_its_dimension_is_refused(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    shelf.embed()
    with pytest.raises(IndexMismatchError), shelf.ledger.database.transaction():
        shelf.ledger.embeddings.use(shelf.embedder.identity, 32)
    assert shelf.ledger.embeddings.generation() == Generation(1, shelf.embedder.identity, 64)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_transaction_is_all_or_nothing(shelf: Shelf, error: type[BaseException]) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    with pytest.raises(error), shelf.ledger.database.transaction():
        shelf.put("a.md", "# A\n\nwombat\n")
        shelf.put("b.md", "# B\n\nwombat\n")
        raise error
    assert (shelf.found("koala"), shelf.found("wombat")) == (["a.md"], [])
    shelf.put("b.md", "# B\n\nwombat\n")
    assert shelf.found("wombat") == ["b.md"]


def test_a_failed_commit_does_not_swallow_the_next_one(shelf: Shelf, tmp_path: Path) -> None:
    database = shelf.ledger.database
    with pytest.raises(StorageError), database.transaction():
        # Checked at the commit, so that nothing before it can fail.
        database.execute("PRAGMA defer_foreign_keys = ON")
        database.execute("INSERT INTO reference VALUES (99, 1, 'links', 'x', 'x', 0)")
    shelf.put("a.md", "# A\n\nkoala\n")
    with Ledger.open(tmp_path / "ledger.db") as other:
        assert other.catalog.count_files() == 1


def test_filters_by_kind_path_and_source(shelf: Shelf) -> None:
    other = shelf.ledger.catalog.add_source("other", "/other")
    decision = "# 1. Koala\n\n## Status\n\nAccepted\n\n## Context\n\nx\n\n## Decision\n\nkoala\n"
    shelf.put("docs/adr/0001-koala.md", decision)
    shelf.put("src/koala.py", "def koala():\n    return 1\n")
    shelf.put("notes/koala [1].md", "# Koala\n\nkoala\n")
    shelf.put("docs/koala.md", "# Koala\n\nkoala\n", other)
    expected = {
        Filter(kinds=("adr",)): {"docs/adr/0001-koala.md"},
        Filter(kinds=("adr", "code")): {"docs/adr/0001-koala.md", "src/koala.py"},
        Filter(path_glob="docs"): {"docs/adr/0001-koala.md", "docs/koala.md"},
        Filter(path_glob="docs/", source="other"): {"docs/koala.md"},
        Filter(path_glob="**/*.py"): {"src/koala.py"},
        Filter(path_glob="*.py"): {"src/koala.py"},
        Filter(path_glob="'; DROP TABLE file; --"): set(),
        Filter(source="nowhere"): set(),
    }
    generation, _ = shelf.embed()
    for chosen, paths in expected.items():
        assert set(shelf.found("koala", chosen)) == paths, chosen
        keys, matrix = shelf.ledger.embeddings.matrix(generation, chosen)
        chunks = shelf.ledger.passages.by_key(keys, chosen)
        assert {chunk.path for chunk in chunks} == paths, chosen
        assert len(matrix) == len(keys)


def test_document_frequency_counts_chunks_and_leaves_out_what_stands_nowhere(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\nkoala koala\n")
    shelf.put("b.md", "# B\n\nkoala and wombat\n")
    assert shelf.ledger.passages.document_frequency(["koala", "wombat", "emu"]) == {"koala": 2, "wombat": 1}
    assert shelf.ledger.passages.document_frequency([]) == {}


def test_many_ids_and_keys_at_once(shelf: Shelf) -> None:
    for number in range(3):
        shelf.put(f"{number}.md", f"# N\n\nitem{number}\n")
    assert len(shelf.ledger.passages.by_id(range(2_000))) == 3
    generation, _ = shelf.embed()
    keys, _ = shelf.ledger.embeddings.matrix(generation)
    absent = [number.to_bytes(16, "big") for number in range(2_000)]
    assert len(shelf.ledger.passages.by_key([*absent, *keys], EVERYTHING)) == 3
    assert len(shelf.ledger.embeddings.of_keys(generation, [*absent, *keys])) == 3


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200) | st.text(alphabet="ab01'\"’`*^:(){}[]-–._/\\$#@+&|<>=!?%~ \n\0中あ한é", max_size=80))
def test_every_term_of_any_text_can_be_asked_for(shelf: Shelf, text: str) -> None:
    shelf.put("any.md", f"x\n\n{text}")
    stored = " ".join(chunk.text for chunk in shelf.ledger.passages.of_file(last_file(shelf)))
    for term in set(terms(stored)):
        assert matching(shelf.ledger, [term], 5, EVERYTHING), ascii(term)
        assert shelf.ledger.passages.document_frequency([term]), ascii(term)
    # The words of a question too, whatever is asked.
    matching(shelf.ledger, all_forms(query_terms(text)), 5, EVERYTHING)


def last_file(shelf: Shelf) -> int:
    return int(shelf.ledger.database.execute("SELECT max(id) FROM file").fetchone()[0])


def test_no_ledger_is_told_from_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="no index"):
        Ledger.open(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_a_newer_schema_is_refused_with_the_way_out(shelf: Shelf, tmp_path: Path) -> None:
    shelf.ledger.database.execute("PRAGMA user_version = 99")
    for create in (False, True):
        with pytest.raises(IndexMismatchError, match="schema 99") as refused:
            Ledger.open(tmp_path / "ledger.db", create=create)
        assert "kb index PATH" in refused.value.hint


def test_another_word_list_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    shelf.ledger.database.set_meta("terms", "0")
    with pytest.raises(IndexMismatchError, match="word list 0"):
        Ledger.open(tmp_path / "ledger.db")


@pytest.mark.parametrize("content", [b"not a database at all" * 400, b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_damaged_ledger_is_a_storage_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        Ledger.open(tmp_path / "ledger.db")


def test_a_reader_sees_the_old_version_while_a_writer_works(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    with Ledger.open(tmp_path / "ledger.db") as reader:
        with shelf.ledger.database.transaction():
            shelf.put("b.md", "# B\n\nkoala\n")
            assert reader.catalog.count_files() == 1
        assert reader.catalog.count_files() == 2


def test_a_version_tells_of_writes_by_anyone(shelf: Shelf, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as reader:
        before = reader.database.version()
        assert reader.database.version() == before
        shelf.put("a.md", "# A\n")
        assert reader.database.version() != before


def test_a_ledger_opened_for_reading_refuses_writes(shelf: Shelf, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", read_only=True) as reader:
        assert reader.catalog.count_files() == 0
        with pytest.raises(StorageError, match="read-only"):
            reader.catalog.add_source("x", "/x")


def test_a_full_disk_rolls_back_and_room_lets_writing_go_on(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    database = shelf.ledger.database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match="disk is full"):
        shelf.put("b.md", "# B\n\n" + "".join(f"word{n} and its text\n\n" for n in range(20_000)))
    assert (shelf.found("koala"), shelf.ledger.catalog.count_files()) == (["a.md"], 1)
    database.execute("PRAGMA max_page_count = 1000000")
    shelf.put("b.md", "# B\n\nkoala\n")
    assert sorted(shelf.found("koala")) == ["a.md", "b.md"]


def test_reading_goes_on_while_the_disk_is_full_and_writing_after_it(shelf: Shelf) -> None:
    shelf.put("a.md", "# A\n\nkoala\n")
    long = "# B\n\n" + "".join(f"word{n} and its text\n\n" for n in range(2_000))
    with small_disk(32_768), Ledger.open(shelf.path) as reader:
        for _ in range(3):
            with pytest.raises(StorageError):
                shelf.put("b.md", long)
            assert (shelf.found("koala"), reader.catalog.count_files()) == (["a.md"], 1)
    shelf.put("b.md", long)
    assert shelf.found("word7") == ["b.md"]


def test_the_tables_are_what_this_kb_says(shelf: Shelf, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    plain.close()
