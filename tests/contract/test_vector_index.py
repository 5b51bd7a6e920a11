"""One suite over the exact scan and the Chroma mirror; what only a mirror on disk can do comes after it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.errors import IndexMismatchError, LockedError, StorageError
from kb.store.chroma import ChromaVectors
from kb.store.lock import WriterLock, holder_pid
from kb.store.seal import broken_seal
from kb.store.vectors import ExactVectors, VectorIndex

DIM = 32
INDEXES: dict[str, Callable[[Path], VectorIndex]] = {
    "exact": lambda _: ExactVectors(DIM),
    "chroma": lambda folder: ChromaVectors(folder, dim=DIM),
}


def directions(count: int, *, seed: int = 0, dim: int = DIM) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(params=sorted(INDEXES))
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    made = INDEXES[request.param](tmp_path / "vectors")
    yield made
    made.close()


def test_an_empty_index_finds_nothing(index):
    assert index.count() == 0
    assert index.query(directions(1)[0], 5) == []


def test_hits_are_the_true_cosines_best_first(index):
    rows = directions(60)
    index.upsert(range(100, 160), rows)
    query = directions(1, seed=9)[0]
    cosines = rows @ query
    hits = index.query(query, 10)
    assert [vector_id - 100 for vector_id, _ in hits] == np.argsort(-cosines)[:10].tolist()
    assert [cosine for _, cosine in hits] == pytest.approx(np.sort(cosines)[::-1][:10].tolist(), abs=1e-5)


def test_more_than_there_are_gives_all(index):
    index.upsert([1, 2, 3], directions(3))
    assert len(index.query(directions(1)[0], 50)) == 3
    assert index.query(directions(1)[0], 0) == []


def test_upsert_replaces_and_the_last_of_twins_wins(index):
    rows = directions(4)
    index.upsert([1, 2], rows[:2])
    index.upsert([2, 3, 3], rows[1:4])
    index.upsert([1], rows[2:3])
    assert index.count() == 3
    assert index.query(rows[2], 1)[0] == (1, pytest.approx(1, abs=1e-5))
    assert index.query(rows[3], 1)[0] == (3, pytest.approx(1, abs=1e-5))


def test_the_deleted_are_gone_and_the_unknown_no_error(index):
    rows = directions(20)
    index.upsert(range(20), rows)
    index.delete([0, 7, 19, 999])
    index.delete([])
    assert index.count() == 17
    assert {vector_id for vector_id, _ in index.query(rows[7], 20)} == set(range(20)) - {0, 7, 19}
    index.upsert([7], rows[7:8])
    assert index.query(rows[7], 1)[0][0] == 7


def test_nothing_to_add_is_no_error(index):
    index.upsert([], np.zeros((0, DIM), dtype=np.float32))
    assert index.count() == 0


def test_another_dimension_is_refused(index):
    with pytest.raises(IndexMismatchError):
        index.upsert([1], directions(1, dim=DIM + 1))
    with pytest.raises(IndexMismatchError):
        index.upsert([1, 2], directions(1))
    with pytest.raises(IndexMismatchError):
        index.query(directions(1, dim=DIM - 1)[0], 1)


def test_closing_twice_is_no_error(index):
    index.close()
    index.close()


def test_an_exact_scan_leaves_the_matrix_it_was_given_alone():
    rows = directions(3)
    rows.flags.writeable = False
    index = ExactVectors(DIM, ids=[1, 2, 3], vectors=rows)
    index.delete([1])
    index.upsert([9], directions(1, seed=4))
    assert (rows == directions(3)).all()
    assert index.count() == 3


# Only the mirror


def filled(folder: Path, count: int = 1_200) -> NDArray[np.float32]:
    rows = directions(count)
    mirror = ChromaVectors(folder, dim=DIM)
    mirror.upsert(range(count), rows)
    mirror.close()
    return rows


def test_a_reopened_mirror_gives_the_same(tmp_path):
    rows, query = directions(300), directions(1, seed=5)[0]
    mirror = ChromaVectors(tmp_path / "v", dim=DIM)
    mirror.upsert(range(300), rows)
    mirror.delete([4])
    before = mirror.query(query, 20)
    mirror.close()
    again = ChromaVectors(tmp_path / "v", dim=DIM)
    assert again.query(query, 20) == before
    assert again.count() == 299
    again.close()


def test_a_mirror_is_made_anew_where_one_was_deleted(tmp_path):
    filled(tmp_path / "v", 20)
    shutil.rmtree(tmp_path / "v")
    mirror = ChromaVectors(tmp_path / "v", dim=DIM)
    assert mirror.count() == 0
    mirror.upsert([1], directions(1))
    assert mirror.count() == 1
    mirror.close()


def test_batches_over_the_limit_of_chroma_are_taken(tmp_path):
    mirror = ChromaVectors(tmp_path / "v", dim=DIM)
    mirror.upsert(range(6_000), directions(6_000))
    mirror.delete(range(5_999))
    assert mirror.count() == 1
    mirror.close()


def test_recall_against_the_exact_scan(tmp_path):
    rows, queries = directions(20_000, dim=384), directions(40, seed=3, dim=384)
    exact = ExactVectors(384, ids=range(20_000), vectors=rows)
    mirror = ChromaVectors(tmp_path / "v", dim=384, to_come=20_000)
    mirror.upsert(range(20_000), rows)
    found = sum(len(dict(mirror.query(query, 10)).keys() & dict(exact.query(query, 10)).keys()) for query in queries)
    mirror.close()
    assert found / 400 >= 0.99


def test_vectors_that_were_told_of_are_all_in_the_graph_when_it_is_opened_again(tmp_path):
    rows = directions(1_700)
    for start, count in ((0, 1_500), (1_500, 200)):
        mirror = ChromaVectors(tmp_path / "v", dim=DIM, to_come=count)
        mirror.upsert(range(start, start + count), rows[start : start + count])
        mirror.close()
        (lengths,) = (tmp_path / "v").glob("*/length.bin")
        assert lengths.stat().st_size >= 4 * (start + count)
        # Its log is empty but for the last entry, and does not hold the space of what it once held.
        assert (tmp_path / "v" / "chroma.sqlite3").stat().st_size < 800_000
    again = ChromaVectors(tmp_path / "v", dim=DIM)
    assert again.ids() == set(range(1_700))
    assert all(again.query(rows[vector_id], 1)[0][0] == vector_id for vector_id in (0, 1_499, 1_500, 1_699))
    again.close()


def test_a_probe_knows_what_is_there_from_what_is_not(tmp_path):
    rows = filled(tmp_path / "v", 50)
    mirror = ChromaVectors(tmp_path / "v", dim=DIM)
    assert mirror.probe(7, rows[7])
    assert not mirror.probe(50, directions(1, seed=8)[0])
    assert not mirror.probe(1, directions(1, dim=DIM + 1)[0])
    mirror.close()


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "deleted":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.write_bytes(bytes(len(data)))


@pytest.mark.parametrize("how", ["deleted", "truncated", "zeroed"])
@pytest.mark.parametrize("name", ["data_level0.bin", "header.bin", "length.bin", "link_lists.bin"])
def test_a_damaged_vector_file_is_a_storage_error(tmp_path, name, how):
    filled(tmp_path / "v")
    (path,) = (tmp_path / "v").glob(f"*/{name}")
    damage(path, how)
    with pytest.raises(StorageError):
        ChromaVectors(tmp_path / "v", dim=DIM)


@pytest.mark.parametrize("how", ["truncated", "zeroed"])
def test_a_damaged_database_is_a_storage_error(tmp_path, how):
    filled(tmp_path / "v")
    damage(tmp_path / "v/chroma.sqlite3", how)
    with pytest.raises(StorageError):
        ChromaVectors(tmp_path / "v", dim=DIM)


def test_a_file_in_place_of_the_folder_is_a_storage_error(tmp_path):
    (tmp_path / "v").write_text("no folder")
    with pytest.raises(StorageError):
        ChromaVectors(tmp_path / "v", dim=DIM)


def test_a_copied_mirror_is_still_sound(tmp_path):
    rows = filled(tmp_path / "v")
    shutil.copytree(tmp_path / "v", tmp_path / "w", copy_function=shutil.copyfile)
    assert broken_seal(tmp_path / "w", thorough=True) == ""
    mirror = ChromaVectors(tmp_path / "w", dim=DIM)
    assert mirror.probe(3, rows[3])
    mirror.close()


WRITE_AND_DIE = """
import os, signal, sys
from pathlib import Path
import numpy as np
from kb.store.chroma import ChromaVectors
rows = np.random.default_rng(0).standard_normal((2_500, 32)).astype(np.float32)
mirror = ChromaVectors(Path(sys.argv[1]), dim=32)
mirror.upsert(range(2_500), rows)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_mirror_whose_writer_was_killed_is_not_trusted(tmp_path):
    killed = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(tmp_path / "v")], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(StorageError, match="never closed"):
        ChromaVectors(tmp_path / "v", dim=DIM)


# The writer lock

HOLD = """
import sys
from pathlib import Path
from kb.store.lock import WriterLock
with WriterLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_the_first_one_is(tmp_path):
    home = tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=f"pid {holder.pid}") as caught, WriterLock(home):
            pass
        assert caught.value.exit_code == 4
        assert str(holder.pid) in caught.value.hint
        # Asking does not wipe the holder's name.
        assert holder_pid(home) == holder.pid
        holder.kill()
    with WriterLock(home):
        assert holder_pid(home) == os.getpid()
    assert holder_pid(home) is None


def test_a_lock_given_back_can_be_taken_again(tmp_path):
    lock = WriterLock(tmp_path)
    for _ in range(2):
        with lock, pytest.raises(LockedError, match=str(os.getpid())):
            WriterLock(tmp_path).acquire()
    lock.release()


def test_a_home_that_cannot_be_written_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError), WriterLock(tmp_path / "file"):
        pass


def test_the_lock_brings_in_no_database_and_no_arrays():
    script = "import sys, kb.store.lock; sys.exit(str({'numpy', 'chromadb', 'filelock', 'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == "set()"
