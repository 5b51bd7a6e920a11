"""Damage in the ledger's file is found, mended, and costs only the rows that it hit."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kb.errors import IndexMismatchError, KbError, NoIndexError, StorageError
from kb.store.backup import backup
from kb.store.integrity import check
from kb.store.ledger import Ledger
from kb.store.repair import mend, repair
from kb.store.schema import SCHEMA_VERSION
from tests.unit.app.world import World
from tests.unit.store.damaged import dump, filled, flip, found_faults
from tests.unit.store.shelf import Shelf

FLIPS = 60
MADE_FROM_CHUNKS = ("chunk_fts_content", "chunk_fts_data", "chunk_fts_docsize", "chunk_fts_idx", "chunk_fts_config")
"""A flip here may leave the index as it is, as that of a letter's case: then what it finds is compared."""
PAGE_OF_VECTORS = 16
MOST_LOST = 32
"""Chunks of the few files that a lost row may have been of; there are 177 in all."""


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("clean") / "ledger.db")


def finds(path: Path) -> dict[str, list[int]]:
    """Which chunks each word of the full text finds."""
    with Ledger.open(path) as ledger:
        words = [row[0] for row in ledger.database.execute("SELECT term FROM chunk_vocabulary").fetchall()]
        return {
            word: [
                row[0]
                for row in ledger.database.execute(
                    "SELECT rowid FROM chunk_fts WHERE chunk_fts MATCH ? ORDER BY 1", (f'"{word}"',)
                )
            ]
            for word in words
        }


def kept(path: Path, table: str) -> set[tuple[bytes, ...]]:
    """The rows without their ids, which may be the damage."""
    return {row if table == "reference" else row[1:] for row in dump(path)[table]}


def test_a_sound_ledger_has_nothing_to_find_and_nothing_to_mend(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(clean.read_bytes())
    before = dump(tmp_path / "ledger.db")
    assert found_faults(tmp_path / "ledger.db") == []
    assert mend(tmp_path / "ledger.db", tmp_path / "backup") == []
    assert dump(tmp_path / "ledger.db") == before


def test_a_flipped_bit_is_found_or_changed_nothing_and_its_repair_costs_little(clean: Path, tmp_path: Path) -> None:
    before, words = dump(clean), finds(clean)
    chance, found_count = random.Random(20_260_301), 0
    for attempt in range(FLIPS):
        bit = chance.randrange(clean.stat().st_size * 8)
        home = tmp_path / str(attempt)
        home.mkdir()
        path = flip(clean, home / "ledger.db", bit)
        faults = found_faults(path)
        if not faults:
            now = dump(path)
            assert {t for t in before if now[t] != before[t]} <= {*MADE_FROM_CHUNKS}, bit
            assert finds(path) == words, bit
            continue
        found_count += 1
        mend(path, home / "backup")
        assert found_faults(path) == [], bit
        if b"CREATE TABLE" in clean.read_bytes()[bit // 32_768 * 4_096 :][:4_096]:
            # Without the names of its tables nothing can be read from it: that is what the backup is for.
            continue
        for table in ("source", "chunk", "reference", "vector", "generation"):
            assert kept(path, table) <= kept(clean, table), (bit, table)
        lost = {row[2] for row in before["file"]} - {row[2] for row in dump(path)["file"]}
        assert len(lost) <= 3, (bit, lost)
        assert len(kept(clean, "vector") - kept(path, "vector")) <= PAGE_OF_VECTORS, bit
    assert FLIPS / 4 < found_count < FLIPS


@pytest.mark.parametrize("left", [0, 1, 99, 100, 512, 4_095, 4_096, 65_536, -4_097, -4_096, -1])
def test_a_truncated_ledger_is_found_and_made_sound(clean: Path, tmp_path: Path, left: int) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(clean.read_bytes()[:left])
    assert found_faults(path)
    if left in (0, 1):
        # To SQLite no database yet, as after a `touch`: there may never have been an index, or a list of sources.
        with pytest.raises(NoIndexError):
            mend(path, tmp_path / "backup")
        return
    done = mend(path, tmp_path / "backup")
    assert done
    assert found_faults(path) == []
    assert kept(path, "chunk") <= kept(clean, "chunk")
    if left in (-1, -4_096, -4_097):
        assert len(kept(path, "vector")) > 100


@pytest.mark.parametrize("damage", ["truncated", "zeroed", "garbage", "deleted", "empty", "schema"])
def test_what_cannot_be_read_comes_back_from_the_backup(clean: Path, tmp_path: Path, damage: str) -> None:
    path, backups = tmp_path / "ledger.db", tmp_path / "backup"
    path.write_bytes(clean.read_bytes())
    with Ledger.open(path) as ledger:
        backup(ledger, backups)
    if damage == "deleted":
        path.unlink()
    elif damage == "schema":
        path.write_bytes(path.read_bytes().replace(b"CREATE TABLE chunk", b"CREATE TABLE \xffhunk"))
    else:
        data = path.read_bytes()
        path.write_bytes(
            {"truncated": data[:2_000], "zeroed": bytes(len(data)), "garbage": b"#" * 9_000, "empty": b""}[damage]
        )
    # What stood in the log belongs to the ledger that is lost.
    (tmp_path / "ledger.db-wal").write_bytes(b"what is left of a log" * 200)
    done = mend(path, backups)
    assert "backup" in " ".join(done)
    assert found_faults(path) == []
    for table in ("source", "file", "chunk", "reference", "vector", "change"):
        assert dump(path)[table] == dump(clean)[table], table
    assert (damage == "deleted") or list(tmp_path.glob("ledger.db.damaged-1"))


def test_a_lost_ledger_without_a_backup_is_begun_anew_with_its_sources(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.catalog.add_source("garden", "/notes/garden")
        ledger.catalog.add_source("gone", "/notes/gone")
        ledger.catalog.add_source("work", "/work")
        ledger.catalog.remove_source(ledger.catalog.sources()[1])
    (tmp_path / "ledger.db").unlink()
    done = mend(tmp_path / "ledger.db", tmp_path / "backup")
    assert "garden, work" in " ".join(done)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        assert [(s.name, s.root) for s in ledger.catalog.sources()] == [("garden", "/notes/garden"), ("work", "/work")]
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "backup" / "sources.json").stat().st_mode & 0o777 == 0o600


def test_where_there_never_was_a_ledger_there_is_nothing_to_mend(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError):
        mend(tmp_path / "ledger.db", tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_of_a_newer_kb_is_no_damage(clean: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(clean.read_bytes())
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE file ADD COLUMN of_the_future")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(IndexMismatchError):
        mend(path, tmp_path / "backup")
    assert path.read_bytes() == before


def test_a_version_number_that_was_hit_is_mended(clean: Path, tmp_path: Path) -> None:
    path = flip(clean, tmp_path / "ledger.db", 63 * 8 + 6)
    (fault,) = found_faults(path)
    assert f"schema {SCHEMA_VERSION + 64}, this kb reads schema {SCHEMA_VERSION}" in fault
    mend(path, tmp_path / "backup")
    assert found_faults(path) == []
    assert kept(path, "chunk") == kept(clean, "chunk")


def test_opening_a_damaged_ledger_names_the_repair(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database at all, but some text " * 300)
    with pytest.raises(StorageError) as refused:
        Ledger.open(tmp_path / "ledger.db")
    assert refused.value.hint == "kb doctor --repair"


def spoil(sql: str, *values: object) -> Callable[[Ledger], None]:
    def spoiled(ledger: Ledger) -> None:
        ledger.database.execute("PRAGMA foreign_keys = OFF")
        ledger.database.execute(sql, values)
        ledger.database.execute("PRAGMA foreign_keys = ON")

    return spoiled


DAMAGES = {
    "text": ("rows", spoil("UPDATE chunk SET text = 'other' WHERE id = 60")),
    "text that is no UTF-8": ("rows", spoil("UPDATE chunk SET text = CAST(X'FFFE' AS TEXT) WHERE id = 60")),
    "the file of a chunk": ("rows", spoil("UPDATE chunk SET file_id = file_id + 3 WHERE id = 60")),
    "a chunk without a file": ("orphans", spoil("DELETE FROM file WHERE path = 'n7.md'")),
    "a title": ("rows", spoil("UPDATE file SET title = 'other' WHERE path = 'n7.md'")),
    "evidence": ("rows", spoil("UPDATE reference SET evidence = 'other' WHERE rowid = 12")),
    "the key of a vector": ("rows", spoil("UPDATE vector SET key = X'00' WHERE id = 5")),
    "a vector's length": ("vectors", spoil("UPDATE vector SET data = X'00', crc = crc(key, X'00') WHERE id = 5")),
    "a vector of no model": ("vectors", spoil("UPDATE vector SET generation = 9 WHERE id = 5")),
    "the dimension": ("vectors", spoil("UPDATE generation SET dim = 65")),
    "the name of the model": ("meta", spoil("UPDATE generation SET identity = 'hashing-6t'")),
    "the model in use": ("rows", spoil("UPDATE meta SET value = 'hashing-6t' WHERE key = 'generation'")),
    "no model in use": ("meta", spoil("DELETE FROM meta WHERE key = 'generation'")),
    "a source": ("rows", spoil("UPDATE source SET root = '/notes2'")),
    "what was skipped": ("rows", spoil("UPDATE skipped SET reason = 'other'")),
    "what changed": ("rows", spoil("UPDATE change SET title = 'other' WHERE id = 3")),
    "a word's row": ("full text", spoil("DELETE FROM chunk_fts WHERE rowid = 60")),
    "words of nothing": ("full text", spoil("INSERT INTO chunk_fts (rowid, body) VALUES (9999, 'koala')")),
    "words and no text": ("full text", spoil("UPDATE chunk_fts_content SET c3 = 'koala' WHERE id = 60")),
    "an index": ("tables", spoil("DROP INDEX chunk_of_key")),
    "the mirror's list": ("vectors", spoil("INSERT INTO mirrored VALUES (99999)")),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGES)
def test_each_kind_of_damage_is_named_and_mended(clean: Path, tmp_path: Path, what: str) -> None:
    name, damage = DAMAGES[what]
    path = tmp_path / "ledger.db"
    path.write_bytes(clean.read_bytes())
    with Ledger.open(path) as ledger, Ledger.open(path) as reader:
        # As `add_source` would have left it.
        (tmp_path / "backup").mkdir()
        (tmp_path / "backup/sources.json").write_text('{"sources": [{"name": "notes", "root": "/notes"}]}')
        damage(ledger)
        found = check(ledger)
        assert name in [finding.name for finding in found], found
        assert all(finding.repairable and finding.remedy == "kb doctor --repair" for finding in found)
        done = repair(ledger)
        assert done
        assert (check(ledger), check(reader)) == ([], [])
        assert repair(ledger) == []
        assert [s.root for s in reader.catalog.sources()] == ["/notes"]
        generation = reader.embeddings.generation()
        assert generation is not None
        assert (generation.identity, generation.dim) == ("hashing-64", 64)
    for table in ("file", "chunk", "reference", "vector"):
        missing = kept(clean, table) - kept(path, table)
        if what not in ("an index", "a source"):
            assert len(missing) <= MOST_LOST, (table, len(missing))
    assert not list(tmp_path.glob("ledger.db?*.re*"))


def test_vectors_that_are_no_directions_are_found(clean: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(clean.read_bytes())
    rows = [np.zeros(64), np.full(64, np.nan), np.full(64, np.inf)]
    with Ledger.open(path) as ledger:
        for number, row in enumerate(rows, start=3):
            data = row.astype(np.float32).tobytes()
            ledger.database.execute("UPDATE vector SET data = ?1, crc = crc(key, ?1) WHERE id = ?2", (data, number))
        assert [finding.detail for finding in check(ledger)] == ["3 vectors are no directions: zero, or not finite"]
        repair(ledger)
        assert check(ledger) == []
        assert ledger.database.execute("SELECT id FROM vector WHERE id BETWEEN 3 AND 5").fetchall() == []


def test_damage_below_what_a_long_open_connection_remembers_is_found(clean: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(clean.read_bytes())
    with Ledger.open(path, cache_kb=64_000, mmap_bytes=0) as ledger:
        assert check(ledger) == []
        # In place, as a failing disk does it: the connection goes on with this very file.
        with path.open("r+b") as file:
            file.seek(8 * 4096)
            file.write(b"\xa5" * 4096 * 20)
        assert check(ledger) != []


def test_ids_that_were_given_once_do_not_come_back(clean: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(clean.read_bytes())
    with Ledger.open(path) as ledger:
        highest = ledger.database.execute("SELECT max(id) FROM vector").fetchone()[0]
        ledger.database.execute("UPDATE vector SET data = X'00' WHERE id = ?", (highest,))
        repair(ledger)
    shelf = Shelf.again(path)
    shelf.put("new.md", "# New\n\nbrand new words\n")
    shelf.embed()
    assert (
        shelf.ledger.database.execute("SELECT min(id) FROM vector WHERE id > ?", (highest - 1,)).fetchone()[0] > highest
    )
    shelf.ledger.close()


def test_a_read_only_ledger_is_checked_and_not_mended(clean: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(clean.read_bytes())
    with Ledger.open(path) as ledger:
        DAMAGES["text"][1](ledger)
    with Ledger.open(path, read_only=True) as ledger:
        assert [finding.name for finding in check(ledger)] == ["rows"]
        with pytest.raises(StorageError, match="read-only"):
            repair(ledger)


def test_the_next_index_run_brings_back_what_a_repair_left_out(world: World) -> None:
    for number in range(30):
        world.write(f"n{number:02}.md", f"# Note {number}\n\nThis is about item{number} and thing{number % 7}.\n")
    world.index()
    whole = world.files()
    with Ledger.open(world.settings.ledger) as ledger:
        ledger.database.execute("UPDATE chunk SET text = 'other' WHERE id = 12")
        ledger.database.execute("UPDATE vector SET data = zeroblob(256) WHERE id IN (3, 4)")
        repair(ledger)
        assert ledger.catalog.count_files() < 30
    world.embedder.texts = []
    world.index()
    assert world.files() == whole
    assert len(world.embedder.texts) == 2
    assert world.paths("item11")[0] == "n11.md"
    assert world.look(check) == []


def test_a_damaged_log_leaves_an_older_state_or_is_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "ledger.db")
    for number in range(20):
        shelf.put(f"n{number}.md", f"# Note {number}\n\nitem{number}\n")
    # As a kill leaves them: a ledger, and a log that was not moved into it.
    files = {name: (tmp_path / name).read_bytes() for name in ("ledger.db", "ledger.db-wal")}
    shelf.ledger.close()
    chance = random.Random(7)
    for attempt in range(12):
        home = tmp_path / str(attempt)
        home.mkdir()
        (home / "ledger.db").write_bytes(files["ledger.db"])
        log = bytearray(files["ledger.db-wal"])
        if attempt % 3 == 0:
            log = log[: chance.randrange(len(log))]
        elif attempt % 3 == 1:
            log[chance.randrange(len(log))] ^= 1 << chance.randrange(8)
        if attempt % 3 < 2:
            (home / "ledger.db-wal").write_bytes(log)
        try:
            with Ledger.open(home / "ledger.db") as ledger:
                assert check(ledger) == []
                paths = {f"n{n}.md" for n in range(ledger.catalog.count_files())}
                assert set(ledger.catalog.known_files(1)) == paths
        except KbError as error:
            assert isinstance(error, NoIndexError) or error.hint == "kb doctor --repair"
