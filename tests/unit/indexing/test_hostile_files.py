"""One file that breaks its reader, or kills it, is left out and named; all others are read."""

import os
from pathlib import Path
from typing import Any

import pytest

import ingest.workers
from ingest.prepare import Job, Prepared, Refused, prepare
from ingest.workers import KILLED, prepare_in_workers
from kb.model import FoundFile
from tests.unit.app.world import World

BOMB = "a: &a [x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)


class Killer(str):
    """The name of a source that ends the worker which is handed it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def job(folder: Path, name: str, *, source_name: str = "s") -> Job:
    file = folder / name
    file.write_text(f"# {name}\n\ntext\n")
    stat = file.stat()
    return Job(str(folder), source_name, FoundFile(name, name.encode(), stat.st_size, stat.st_mtime_ns), 1_000_000)


@pytest.mark.parametrize(
    "front",
    ["tags: &a [*a]\n", "authors: &a {name: *a}\n", f"{BOMB}title: *h\n", f"{BOMB}kind: *h\n", f"{BOMB}date: *h\n"],
    ids=["own tag", "own name", "title", "kind", "date"],
)
def test_a_note_whose_front_matter_repeats_itself_does_not_stop_the_run(world: World, front: str) -> None:
    world.write("a.md", f"---\n{front}---\n\n# Numbat\n\nThe numbat eats termites.\n")
    world.write("b.md", "# B\n\nA quokka.\n")
    report = world.index()
    assert (report["added"], report["skipped"]) == (2, [])
    assert world.paths("numbat")[0] == "a.md"
    assert (
        world.look(lambda ledger: ledger.database.execute("SELECT max(length(title || tags)) FROM file").fetchone())[0]
        < 100
    )


def test_a_reader_that_fails_leaves_its_file_out_and_keeps_the_old_version(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("a.md", "# A\n\nA quokka.\n")
    world.write("b.md", "# B\n\nA numbat.\n")
    world.index()

    def failing(path: str, *_: object, **__: object) -> None:
        raise ZeroDivisionError(path)

    monkeypatch.setattr("ingest.prepare.read_document", failing)
    world.write("a.md", "# A\n\nAnother quokka.\n")
    assert world.index()["skipped"] == [{"path": "a.md", "reason": "its reader failed: ZeroDivisionError"}]
    assert world.paths("quokka")[0] == "a.md"
    assert [item["path"] for item in world.status()["stale"]] == ["a.md"]


def test_a_file_that_kills_its_worker_is_refused_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest.workers, "JOBS_PER_TURN", 2)
    names = [f"n{number}.md" for number in range(6)]
    jobs = [job(tmp_path, name, source_name=Killer() if name == "n3.md" else "s") for name in names]
    outcomes = list(prepare_in_workers(jobs))
    assert [outcome.found.path for outcome in outcomes] == names
    assert [outcome for outcome in outcomes if not isinstance(outcome, Prepared)] == [
        Refused(jobs[3].found, KILLED, keep_old=True)
    ]
    assert outcomes[0] == prepare(jobs[0])
