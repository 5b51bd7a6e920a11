"""The mirror is replaced, never written to: a kill at any moment leaves the last good one, and nothing is embedded."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb.progress import ignore
from kb.search.nearest import Nearest
from kb.store.ledger import Ledger
from kb.store.mirror import Mirror
from kb.store.mirrored import MirrorRows
from kb.store.seal import broken_seal
from tests.unit.store.library import Library, directions, key_of


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    made.add(300)
    yield made
    made.close()


def folders(library: Library) -> list[str]:
    return sorted(path.name for path in library.vectors_dir.iterdir())


def held(library: Library) -> int | None:
    index = library.mirror.open(library.generation)
    if index is None:
        return None
    count = index.count()
    index.close()
    return count


def test_a_new_mirror_takes_the_place_of_the_old_one(library: Library) -> None:
    assert library.mirror.sync(library.generation) == 300
    assert folders(library) == ["1"]
    library.add(20)
    assert library.mirror.sync(library.generation) == 20
    assert folders(library) == ["2"]
    assert held(library) == 320
    assert library.mirror.compact(library.generation) == 320
    assert folders(library) == ["3"]
    assert MirrorRows(library.ledger.database).count() == 320
    assert library.mirror.sync(library.generation) == 0
    assert folders(library) == ["3"]


def test_a_few_new_vectors_are_left_to_the_scan(library: Library) -> None:
    library.mirror.sync(library.generation)
    library.add(9)
    assert library.mirror.sync(library.generation, at_least=10) == 0
    library.add(1)
    assert library.mirror.sync(library.generation, at_least=10) == 10


def test_a_mirror_is_made_anew_when_a_fifth_of_it_is_dead(library: Library) -> None:
    library.mirror.sync(library.generation)
    library.remove(range(60))
    assert not library.mirror.needs_compaction(library.generation)
    assert library.mirror.sync(library.generation) == 0
    library.remove([60])
    assert library.mirror.needs_compaction(library.generation)
    library.sweep()
    assert library.mirror.needs_compaction(library.generation)
    assert library.mirror.sync(library.generation) == 239
    assert held(library) == 239
    assert not library.mirror.needs_compaction(library.generation)


def test_when_all_is_gone_the_mirror_goes_too(library: Library) -> None:
    library.mirror.sync(library.generation)
    library.remove(range(300))
    library.mirror.sync(library.generation)
    assert folders(library) == []
    assert held(library) is None
    assert library.mirror.check() == []
    library.add(5)
    library.mirror.sync(library.generation)
    assert folders(library) == ["2"]
    assert held(library) == 5


def test_a_stopped_attempt_leaves_the_old_mirror_and_is_cleared_away(library: Library) -> None:
    library.mirror.sync(library.generation)
    steps = library.mirror.compacting(library.generation)
    next(steps)
    assert folders(library) == ["1", "2"]
    steps.close()
    assert held(library) == 300
    library.mirror.sync(library.generation)
    assert folders(library) == ["1"]


def test_what_is_written_between_two_steps_is_not_lost(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.store.mirror.BATCH", 100)
    steps = library.mirror.compacting(library.generation)
    next(steps)
    library.add(5)
    library.remove(range(290, 300))
    library.sweep()
    for _ in steps:
        pass
    assert held(library) == 290
    nearest = Nearest(open_mirror=lambda ledger, g: Mirror(ledger, library.vectors_dir).open(g), mirror_from=0)
    for number in (0, 289, 302):
        assert nearest.query(library.ledger, library.generation, library.living[key_of(number)], 1)[0][0] == key_of(
            number
        )
    nearest.close()


def test_a_copy_that_will_not_do_is_made_from_the_ledger(library: Library) -> None:
    library.mirror.sync(library.generation)
    (library.vectors_dir / "1" / "chroma.sqlite3").write_bytes(b"")
    library.add(10)
    assert library.mirror.sync(library.generation) == 310
    assert held(library) == 310


def test_mirrors_of_an_earlier_form_are_cleared_away(library: Library) -> None:
    (library.vectors_dir / "generation-1").mkdir(parents=True)
    library.mirror.sync(library.generation)
    assert folders(library) == ["1"]


COMPACT = """
import sys
from pathlib import Path
import kb.store.mirror
from kb.store.ledger import Ledger
kb.store.mirror.BATCH = 50
with Ledger.open(Path(sys.argv[1]) / "ledger.db") as ledger:
    mirror = kb.store.mirror.Mirror(ledger, Path(sys.argv[1]) / "vectors")
    print("ready", flush=True)
    while True:
        mirror.compact(ledger.embeddings.generation())
        print("done", flush=True)
"""
KILLS = 20


def test_killed_at_any_moment_the_last_good_mirror_answers_and_nothing_is_lost(library: Library) -> None:
    library.add(200)
    queries = directions(5, seed=99)
    expected = [library.exact(query, 5) for query in queries]
    vectors = library.ledger.embeddings.count(library.generation)
    folder, chance, served = str(library.path.parent), random.Random(5), 0
    for kill in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", COMPACT, folder], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            if kill >= KILLS // 4:
                # The first ones die in their first attempt, while there is no mirror yet.
                assert child.stdout.readline() == b"done\n"
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(chance.random() * 0.6)
            os.kill(child.pid, signal.SIGKILL)
        with Ledger.open(library.path) as ledger:
            nearest = Nearest(open_mirror=lambda ledger, g: Mirror(ledger, library.vectors_dir).open(g), mirror_from=0)
            generation = ledger.embeddings.generation()
            assert generation == library.generation
            number = MirrorRows(ledger.database).standing(generation).mirror
            if number:
                served += 1
                assert broken_seal(library.vectors_dir / str(number), thorough=True) == ""
                assert Mirror(ledger, library.vectors_dir).check() == []
            for query, keys in zip(queries, expected, strict=True):
                assert [key for key, _ in nearest.query(ledger, generation, query, 5)] == keys
            nearest.close()
            assert ledger.embeddings.count(generation) == vectors
    assert served >= KILLS - KILLS // 4
    library.mirror.sync(library.generation)
    assert len(folders(library)) == 1
    assert held(library) == 500


# Damage


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    times = path.stat()
    path.write_bytes(data)
    # As a disk does it: without a new time stamp.
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def truncate(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size))


def delete(path: Path, _: random.Random) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [flip, truncate, delete])
@pytest.mark.parametrize(
    "name", ["data_level0.bin", "header.bin", "length.bin", "link_lists.bin", "pickle", "seal.json"]
)
def test_a_damaged_file_is_found_and_the_mirror_made_again(
    library: Library, name: str, damage: Callable[[Path, random.Random], None]
) -> None:
    library.mirror.sync(library.generation)
    assert library.mirror.check() == []
    (path,) = [path for path in library.vectors_dir.rglob("*") if path.name.endswith(name)]
    damage(path, random.Random(name))
    assert broken_seal(library.vectors_dir / "1", thorough=True)
    assert [finding for finding, _ in library.mirror.check()] == ["vector mirror"]
    library.mirror.compact(library.generation)
    assert library.mirror.check() == []
    assert held(library) == 300


def test_a_bit_flipped_in_the_database_is_found_or_changed_nothing(library: Library) -> None:
    library.mirror.sync(library.generation)
    path, chance, found = library.vectors_dir / "1" / "chroma.sqlite3", random.Random(3), 0
    whole = path.read_bytes()
    for _ in range(60):
        flip(path, chance)
        if broken_seal(library.vectors_dir / "1", thorough=True):
            found += 1
        else:
            nearest = Nearest(open_mirror=lambda ledger, g: Mirror(ledger, library.vectors_dir).open(g), mirror_from=0)
            query = directions(1, seed=7)[0]
            keys = [key for key, _ in nearest.query(library.ledger, library.generation, query, 5)]
            nearest.close()
            assert keys == library.exact(query, 5)
        path.write_bytes(whole)
    assert found > 10
    assert library.mirror.check() == []


@pytest.mark.parametrize("damage", [truncate, delete])
def test_a_damaged_database_is_found(library: Library, damage: Callable[[Path, random.Random], None]) -> None:
    library.mirror.sync(library.generation)
    damage(library.vectors_dir / "1" / "chroma.sqlite3", random.Random(1))
    assert library.mirror.check()


def test_a_wrong_list_of_what_the_mirror_holds_is_found(library: Library) -> None:
    library.mirror.sync(library.generation)
    library.add(1)
    with library.ledger.database.transaction():
        library.ledger.database.execute("UPDATE mirrored SET vector_id = 301 WHERE vector_id = 7")
    assert "2 vectors are in it or in the ledger alone" in library.mirror.check()[0][1]


def test_a_lost_folder_is_found(library: Library) -> None:
    library.mirror.sync(library.generation)
    (library.vectors_dir / "1").rename(library.vectors_dir / "elsewhere")
    assert "is gone" in library.mirror.check()[0][1]
    assert library.mirror.sync(library.generation, ignore) == 300
    assert library.mirror.check() == []


def test_reading_does_not_bless_a_damage_that_came_while_it_was_open(library: Library) -> None:
    library.mirror.sync(library.generation)
    index = library.mirror.open(library.generation)
    assert index is not None
    (path,) = library.vectors_dir.rglob("data_level0.bin")
    flip(path, random.Random(2))
    index.close()
    assert library.mirror.check()
