"""The nearest vectors: the mirror's bulk and the scan beside it give what comparing all of them gives, at any time."""

import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.embedding.hashing import HashingEmbedder
from kb.errors import StorageError
from kb.search.legs import CANDIDATES
from kb.search.nearest import Nearest
from kb.search.searcher import Searcher
from kb.store.database import Database
from kb.store.ledger import Ledger
from kb.store.mirror import Mirror
from kb.store.passages import Filter
from kb.store.vectors import VectorIndex
from tests.unit.store.library import Library, Vectors, directions, key_of

ALL = 1_000_000
"""A limit that no test reaches: the mirror is never asked."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    made.add(200)
    yield made
    made.close()


def nearest_of(library: Library, *, mirror_from: int) -> Nearest:
    return Nearest(
        open_mirror=lambda ledger, generation: Mirror(ledger, library.vectors_dir).open(generation),
        mirror_from=mirror_from,
    )


def keys(library: Library, nearest: Nearest, vector: Vectors, k: int) -> list[bytes]:
    """What is found and still there."""
    found = nearest.query(library.ledger, library.generation, vector, k)
    return [key for key, _ in found if key in library.living]


STEPS = st.lists(
    st.sampled_from(["add", "add many", "remove", "remove many", "back", "sweep", "sync", "compact", "ask"]),
    min_size=3,
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, mirror_from=st.sampled_from([0, 60, ALL]), data=st.data())
def test_whatever_was_done_all_that_lives_is_found_as_by_comparing_all(
    steps: list[str], mirror_from: int, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        library = Library(Path(folder), dim=8)
        nearest = nearest_of(library, mirror_from=mirror_from)
        gone: list[int] = []
        for number, step in enumerate([*steps, "ask"]):
            there = sorted(int(key[4:]) for key in library.living)
            if step.startswith("add"):
                library.add(60 if step == "add many" else 3)
            elif step.startswith("remove") and there:
                taken = there[: len(there) * 2 // 3] if step == "remove many" else [data.draw(st.sampled_from(there))]
                library.remove(taken)
                gone += taken
            elif step == "back" and gone:
                back(library, gone.pop())
            elif step == "sweep":
                library.sweep()
            elif step == "sync":
                library.mirror.sync(library.generation)
            elif step == "compact":
                library.mirror.compact(library.generation)
            else:
                query = directions(1, seed=number, dim=8)[0]
                assert keys(library, nearest, query, 1_000) == library.exact(query, 1_000)
        nearest.close()
        library.close()


def back(library: Library, number: int) -> None:
    """The passage is there again; its vector may have been kept."""
    generation, rows = library.generation, library.ledger.embeddings
    with library.ledger.database.transaction():
        library.put(number)
        if rows.count_pending(generation):
            rows.add(generation, [key_of(number)], directions(1, seed=number, dim=library.dim))
        library.living[key_of(number)] = rows.of_keys(generation, [key_of(number)])[key_of(number)]


def test_an_edit_reads_its_own_vectors_and_no_others(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    nearest, query = nearest_of(library, mirror_from=ALL), directions(1, seed=5)[0]
    nearest.query(library.ledger, library.generation, query, 5)
    told: list[tuple[str, object]] = []
    plain = Database.execute

    def noted(self: Database, sql: str, parameters: object = ()) -> object:
        told.append((sql, parameters))
        return plain(self, sql, parameters)

    monkeypatch.setattr(Database, "execute", noted)
    nearest.query(library.ledger, library.generation, query, 5)
    # BEGIN, one look at the state, COMMIT.
    assert len(told) == 3
    told.clear()
    library.add(2)
    told.clear()
    assert keys(library, nearest, library.living[key_of(201)], 1) == [key_of(201)]
    read = [parameters for sql, parameters in told if "v.data" in sql]
    assert read == [(200, library.generation.id)]


def test_the_mirror_is_asked_above_the_limit_and_only_the_rest_is_held(library: Library) -> None:
    library.mirror.sync(library.generation)
    library.add(7)
    nearest = nearest_of(library, mirror_from=100)
    query = directions(1, seed=5)[0]
    assert keys(library, nearest, query, 50) == library.exact(query, 50)
    assert nearest._held is not None
    assert nearest._held.bulk is not None
    assert nearest._held.count == 7
    below = nearest_of(library, mirror_from=300)
    below.query(library.ledger, library.generation, query, 5)
    assert below._held is not None
    assert below._held.bulk is None
    nearest.close()


def test_growing_over_the_limit_takes_up_the_mirror(library: Library) -> None:
    nearest, query = nearest_of(library, mirror_from=250), directions(1, seed=5)[0]
    library.mirror.sync(library.generation)
    assert keys(library, nearest, query, 9) == library.exact(query, 9)
    library.add(100)
    for _ in range(2):
        assert keys(library, nearest, query, 9) == library.exact(query, 9)
    assert nearest._held is not None
    assert nearest._held.bulk is not None
    assert nearest._held.count == 100
    nearest.close()


class Breaking:
    """A mirror that stops answering, as one whose folder was replaced."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self.broken = False

    def query(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        if self.broken:
            raise StorageError("gone", "")
        return self._index.query(vector, k)

    def close(self) -> None:
        self._index.close()


def test_a_mirror_that_stops_answering_is_replaced_by_the_scan(library: Library) -> None:
    library.mirror.sync(library.generation)
    opened: list[Breaking] = []

    def opening(ledger: Ledger, generation: object) -> VectorIndex:
        opened.append(Breaking(Mirror(ledger, library.vectors_dir).open(library.generation)))  # type: ignore[arg-type]
        return opened[-1]  # type: ignore[return-value]

    nearest, query = Nearest(open_mirror=opening, mirror_from=0), directions(1, seed=5)[0]
    assert keys(library, nearest, query, 20) == library.exact(query, 20)
    opened[0].broken = True
    for _ in range(2):
        assert keys(library, nearest, query, 20) == library.exact(query, 20)
    assert len(opened) == 1
    # The next one is tried again.
    library.mirror.compact(library.generation)
    assert keys(library, nearest, query, 20) == library.exact(query, 20)
    assert len(opened) == 2
    nearest.close()


@pytest.mark.parametrize("mirror_from", [0, ALL])
def test_threads_that_search_while_one_writes_find_what_was_there_all_along(library: Library, mirror_from: int) -> None:
    nearest = nearest_of(library, mirror_from=mirror_from)
    stays = {key: library.living[key] for key in map(key_of, range(100))}
    stop, failures, asked = threading.Event(), list[str](), [0, 0, 0]

    def search(reader: int) -> None:
        try:
            with Ledger.open(library.path) as ledger:
                while not stop.is_set():
                    for key, vector in stays.items():
                        found = nearest.query(ledger, library.generation, vector, 3)
                        if found[0][0] != key:
                            failures.append(f"{key!r} is not in {found}")
                        asked[reader] += 1
        except BaseException as error:
            failures.append(repr(error))
            raise

    threads = [threading.Thread(target=search, args=(reader,)) for reader in range(3)]
    for thread in threads:
        thread.start()
    for round_ in range(6):
        added = library.add(50)
        library.remove(added[:25])
        if round_ % 2:
            library.sweep()
        library.mirror.sync(library.generation)
        if round_ % 3 == 2:
            library.mirror.compact(library.generation)
    stop.set()
    for thread in threads:
        thread.join(60)
    nearest.close()
    assert failures == []
    assert min(asked) > 0


# The leg over it


class Pointing(HashingEmbedder):
    """Takes any question for one direction."""

    def __init__(self, vector: Vectors) -> None:
        super().__init__(len(vector))
        self.identity = "test"
        self._vector = vector

    def embed_query(self, text: str) -> Vectors:
        return self._vector


def leg(library: Library, vector: Vectors, chosen: Filter) -> set[bytes]:
    """What a question without any words finds."""
    nearest = nearest_of(library, mirror_from=ALL)
    searcher = Searcher(library.ledger, load_embedder=lambda: Pointing(vector), nearest=nearest)
    return {item.chunk.key for item in searcher.search("?", limit=10, chosen=chosen).scored}


def test_the_leg_finds_as_many_as_asked_though_most_of_what_is_near_is_gone(library: Library) -> None:
    query = directions(1, seed=8)[0]
    library.remove(int(key[4:]) for key in library.exact(query, 110))
    assert leg(library, query, Filter()) == set(library.exact(query, CANDIDATES))


@pytest.mark.parametrize("scanned", [0, 100, 10_000])
@pytest.mark.parametrize("share", [1, 4, 40])
def test_under_a_filter_the_leg_finds_the_nearest_of_the_set(
    library: Library, share: int, scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.search.legs.SCANNED", scanned)
    library.add(1_000)
    chosen = set(library.add(1_000 // share, kind="adr"))
    query = directions(1, seed=8)[0]
    expected = [key for key in library.exact(query, 10_000) if int(key[4:]) in chosen]
    assert leg(library, query, Filter(kinds=("adr",))) == set(expected[:CANDIDATES])
    assert leg(library, query, Filter(path_glob="n000000.md")) == {key_of(0)}
    assert leg(library, query, Filter(kinds=("til",))) == set()


def test_a_filtered_set_that_lies_far_from_the_question_is_still_found(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.search.legs.SCANNED", 20)
    query = directions(1, seed=8)[0]
    library.add(2_000)
    far = library.exact(query, 10_000)[-300:]
    with library.ledger.database.transaction():
        for key in far:
            library.put(int(key[4:]), kind="adr")
    assert leg(library, query, Filter(kinds=("adr",))) == set(far[:CANDIDATES])
