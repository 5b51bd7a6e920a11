"""The mirror follows the ledger, is not trusted when it is damaged, and is made again without embedding."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.progress import ignore
from kb.store.chroma import ChromaVectors
from kb.store.ledger import Ledger
from kb.store.lock import WriterLock
from kb.store.mirror import Mirror
from kb.store.mirrored import MirrorRows
from tests.unit.app.world import CountingEmbedder, World

COUNT = 30


@pytest.fixture
def indexed(world: World) -> World:
    for number in range(COUNT):
        world.write(f"n{number:02}.md", f"# Note {number}\n\nThis is about item{number} and thing{number % 7}.\n")
    world.index()
    world.embedder.texts = []
    return world


def held(world: World) -> int | None:
    """How many vectors a mirror that may be trusted holds, None when there is none."""
    with Ledger.open(world.settings.ledger) as ledger:
        generation = ledger.embeddings.generation()
        assert generation is not None
        index = Mirror(ledger, world.settings.vectors_dir).open(generation)
        if index is None:
            return None
        count = index.count()
        index.close()
        return count


def forget(world: World) -> None:
    with Ledger.open(world.settings.ledger) as ledger:
        MirrorRows(ledger.database).forget()


def unlist(world: World) -> None:
    """As after an older ledger was put in the place of this one."""
    with Ledger.open(world.settings.ledger) as ledger, ledger.database.transaction():
        ledger.database.execute("DELETE FROM mirrored WHERE vector_id = 3")


def damage(world: World) -> None:
    for file in world.settings.vectors_dir.glob("*/*/*.bin"):
        file.write_bytes(file.read_bytes()[:-20])


def damage_database(world: World) -> None:
    for file in world.settings.vectors_dir.glob("*/chroma.sqlite3"):
        file.write_bytes(b"\0" * file.stat().st_size)


def replace_by_file(world: World) -> None:
    shutil.rmtree(world.settings.vectors_dir)
    world.settings.vectors_dir.write_text("not a folder")


def delete(world: World) -> None:
    shutil.rmtree(world.settings.vectors_dir)


def test_an_index_run_fills_the_mirror(indexed: World) -> None:
    assert held(indexed) == COUNT


def test_leftovers_are_deleted_and_additions_added(indexed: World) -> None:
    for number in range(COUNT // 2):
        (indexed.notes / f"n{number:02}.md").unlink()
    indexed.write("new.md", "# New\n\nfresh\n")
    indexed.index()
    assert held(indexed) == COUNT - COUNT // 2 + 1


@pytest.mark.parametrize("wrong", [forget, unlist, damage, damage_database, delete])
def test_what_is_wrong_is_made_again_without_embedding(indexed: World, wrong: Callable[[World], None]) -> None:
    wrong(indexed)
    assert held(indexed) is None
    indexed.index()
    assert held(indexed) == COUNT
    assert indexed.embedder.texts == []


def test_a_file_in_the_place_of_the_mirror_does_not_stop_searching(indexed: World) -> None:
    replace_by_file(indexed)
    assert held(indexed) is None
    assert indexed.paths("item7")[0] == "n07.md"


def test_another_model_has_a_mirror_of_its_own(indexed: World) -> None:
    indexed.use("other", CountingEmbedder(32))
    indexed.index()
    assert held(indexed) == COUNT
    assert indexed.paths("item7")[0] == "n07.md"


def test_a_sync_with_nothing_to_do_opens_nothing(indexed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(Mirror, "_connect", lambda self, *given, **named: opened.append(given))
    indexed.index()
    assert opened == []


@pytest.fixture
def small_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mirror is asked as in a large index."""
    monkeypatch.setattr("kb.search.nearest.MIRROR_FROM", 5)


def test_the_mirror_gives_the_hits_of_the_scan(
    indexed: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    queries = [f"something about item{number} or thing{number % 7}" for number in range(0, COUNT, 4)]
    scanned = [[(hit["path"], hit["score"]) for hit in indexed.search(query)] for query in queries]
    request.getfixturevalue("small_scans")
    asked: list[int] = []
    plain = ChromaVectors.query
    monkeypatch.setattr(ChromaVectors, "query", lambda self, vector, k: asked.append(k) or plain(self, vector, k))
    with indexed.app() as app:
        for query, expected in zip(queries, scanned, strict=True):
            asked.clear()
            hits = app.search(query)["hits"]
            assert len(asked) > 1  # one of them is the probe
            assert hits[0]["path"] == expected[0][0]
            # Equals may change places: the two differ in the last digits of a cosine.
            assert [hit["score"] for hit in hits] == pytest.approx([score for _, score in expected], abs=1e-3)


@pytest.mark.usefixtures("small_scans")
@pytest.mark.parametrize("wrong", [forget, unlist, damage, damage_database, delete, replace_by_file])
def test_without_a_mirror_the_scan_serves(indexed: World, wrong: Callable[[World], None]) -> None:
    wrong(indexed)
    assert indexed.paths("item7")[0] == "n07.md"


@pytest.mark.usefixtures("small_scans")
def test_while_another_process_holds_the_mirror_the_scan_serves(indexed: World) -> None:
    with WriterLock(indexed.settings.home):
        assert indexed.paths("item7")[0] == "n07.md"


@pytest.mark.usefixtures("small_scans")
def test_a_filter_keeps_to_itself(indexed: World) -> None:
    found = indexed.paths("item7", path_glob="n1*")
    assert len(found) == 10
    assert all(path.startswith("n1") for path in found)


@pytest.mark.usefixtures("small_scans")
def test_one_application_can_search_index_and_change_sources_in_turn(indexed: World) -> None:
    other = Path(indexed.folder / "other")
    other.mkdir()
    (other / "x.md").write_text("# X\n\nThe potoroo digs.\n")
    with indexed.app() as app:
        assert app.search("item7")["hits"][0]["path"] == "n07.md"
        app.source_add(str(other))
        assert app.search("item8")["hits"][0]["path"] == "n08.md"
        app.index([])
        assert app.search("potoroo")["hits"][0]["path"] == "x.md"
        app.source_remove("other")
        assert [hit for hit in app.search("potoroo")["hits"] if hit["source"] == "other"] == []


def test_progress_is_told_batch_by_batch(indexed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.store.mirror.BATCH", 10)
    delete(indexed)
    told: list[tuple[int, int]] = []
    indexed.index(
        on_progress=lambda step: told.append((step.done, step.total)) if step.stage == "mirror" else ignore(step)
    )
    assert told == [(10, COUNT), (20, COUNT), (30, COUNT)]
