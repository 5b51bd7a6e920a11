"""An interrupt at any stage leaves a good index, and the next run does the rest and nothing twice."""

from collections.abc import Callable
from typing import get_args

import pytest

import ingest.embed
import ingest.intake
from kb.progress import Progress, Stage
from tests.unit.app.world import World

FILES = 12


@pytest.fixture
def full_world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    for number in range(FILES):
        world.write(f"n{number:02}.md", f"# Note {number}\n\nThis is about item{number}.\n")
    # Small batches, so that there is something before and something after the interrupt.
    monkeypatch.setattr(ingest.intake, "FILES_PER_COMMIT", 5)
    monkeypatch.setattr(ingest.embed, "KEYS_PER_COMMIT", 5)
    monkeypatch.setattr(ingest.embed, "KEYS_PER_WINDOW", 10)
    monkeypatch.setattr("kb.store.mirror.BATCH", 5)
    return world


def interrupt_at(stage: Stage, time: int = 1) -> Callable[[Progress], None]:
    """Press Ctrl-C at the n-th report of a stage."""
    left = [time]

    def on_progress(progress: Progress) -> None:
        if progress.stage == stage:
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt

    return on_progress


def is_whole(world: World) -> None:
    for number in range(FILES):
        assert world.paths(f"item{number}")[0] == f"n{number:02}.md"
    status = world.status()
    assert (status["files"], status["pending"]) == (FILES, 0)
    last = world.index()
    assert (last["added"], last["unchanged"], last["embedded"]) == (0, FILES, 0)


@pytest.mark.parametrize(("stage", "time"), [("read", 1), ("read", 3), ("embed", 1), ("embed", 3), ("mirror", 1)])
def test_the_next_run_completes(full_world: World, stage: Stage, time: int) -> None:
    assert stage in get_args(Stage)
    with pytest.raises(KeyboardInterrupt):
        full_world.index(on_progress=interrupt_at(stage, time))
    kept = full_world.status()
    embedded = len(full_world.embedder.texts)
    again = full_world.index()
    assert again["added"] == FILES - kept["files"]
    assert again["unchanged"] == kept["files"]
    assert embedded + again["embedded"] == FILES
    is_whole(full_world)


def test_what_was_read_before_an_interrupt_is_found_by_its_words(full_world: World) -> None:
    with pytest.raises(KeyboardInterrupt):
        full_world.index(on_progress=interrupt_at("read"))
    assert full_world.paths("item3") == ["n03.md"]
    with full_world.app() as app:
        assert "by their words only" in app.search("item3")["notices"][0]


def test_an_interrupt_while_the_folder_is_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.intake, "POOL_FROM", 10_000)
    for number in range(501):
        world.write(f"n{number}.txt", "")
    with pytest.raises(KeyboardInterrupt):
        world.index(on_progress=interrupt_at("scan"))
    assert world.status()["files"] == 0
    assert world.index()["added"] == 501


def test_an_interrupt_in_the_middle_of_storing_a_batch(full_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ingest.intake.prepare

    def interrupted(job: ingest.intake.Job) -> ingest.intake.Outcome:
        if job.found.path == "n07.md":
            raise KeyboardInterrupt
        return plain(job)

    monkeypatch.setattr(ingest.intake, "prepare", interrupted)
    with pytest.raises(KeyboardInterrupt):
        full_world.index()
    assert full_world.status()["files"] == 5
    monkeypatch.setattr(ingest.intake, "prepare", plain)
    full_world.index()
    is_whole(full_world)


def test_an_interrupted_change_of_models_is_finished_by_the_next_run(full_world: World) -> None:
    from tests.unit.app.world import CountingEmbedder

    full_world.index()
    old, settings = full_world.embedder, full_world.settings
    full_world.use("other", CountingEmbedder(32))
    with pytest.raises(KeyboardInterrupt):
        # The last report of the stage: all is embedded, nothing is settled.
        full_world.index(on_progress=interrupt_at("embed", 3))
    full_world.settings, full_world.embedder = settings, old
    full_world.index()
    assert full_world.paths("item4")[0] == "n04.md"
    is_whole(full_world)
