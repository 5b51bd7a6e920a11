"""How hard a look is, and what each finds; no edit is missed for falling into the tick of another."""

import os
import time
from pathlib import Path

import pytest

from ingest.indexer import Look
from ingest.prepare import RACY, Job, Prepared, Refused, Same, prepare
from kb.model import FoundFile
from tests.unit.indexing.conftest import Shelf


def test_a_hash_look_reads_all_and_stores_only_what_differs(shelf: Shelf, read_paths: list[str]) -> None:
    shelf.write("a.md", "# One\n")
    shelf.write("b.md", "# Two\n")
    shelf.read()
    read_paths.clear()
    shelf.edit_in_secret("a.md", "# Ten\n")
    assert (shelf.read().changed, read_paths) == (0, [])
    tally = shelf.read(look=Look.HASH)
    assert (tally.changed, tally.unchanged, tally.chunks) == (1, 1, 1)
    assert sorted(read_paths) == ["a.md", "b.md"]
    assert shelf.text_of("a.md") == "# Ten"


def test_a_full_look_understands_everything_anew(shelf: Shelf) -> None:
    shelf.write("a.md")
    shelf.read()
    tally = shelf.read(look=Look.FULL)
    assert (tally.changed, tally.unchanged) == (1, 0)


def test_an_edit_after_the_clock_was_set_back_is_found_at_once(shelf: Shelf) -> None:
    file = shelf.write("a.md", "# One\n")
    shelf.read()
    file.write_text("# Ten\n")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert shelf.read().changed == 1


@pytest.mark.parametrize("look", [Look.HASH, Look.FULL])
def test_a_refused_file_edited_in_secret_is_found_by_a_harder_look(shelf: Shelf, look: Look) -> None:
    shelf.write("a.md", "\0" * 6)
    shelf.read()
    shelf.edit_in_secret("a.md", "# One\n")
    assert shelf.read().added == 0
    assert shelf.read(look=look).added == 1
    assert shelf.skipped() == {}


def test_no_edit_of_the_same_size_is_missed_however_fast_they_come(shelf: Shelf) -> None:
    file = shelf.root / "a.md"
    stamps = set()
    for n in range(200):
        file.write_text(f"# Note {n:03}\n")
        # As a file system with a clock of ten milliseconds has it: many edits share a time.
        tick_ns = file.stat().st_mtime_ns // 10_000_000 * 10_000_000 + 1
        os.utime(file, ns=(tick_ns, tick_ns))
        stamps.add(tick_ns)
        shelf.read()
        assert shelf.text_of("a.md") == f"# Note {n:03}"
    assert len(stamps) < 200


def test_an_edit_in_the_tick_of_its_reading_is_found(shelf: Shelf) -> None:
    file = shelf.root / "a.md"
    file.write_text("# One\n")
    shelf.read()
    shelf.edit_in_secret("a.md", "# Ten\n")
    assert shelf.read().changed == 1
    assert shelf.text_of("a.md") == "# Ten"


def test_a_file_just_written_gets_its_true_time_by_a_later_look(shelf: Shelf, read_paths: list[str]) -> None:
    file = shelf.root / "a.md"
    file.write_text("# One\n")
    shelf.read()
    assert shelf.ledger.catalog.known_files(shelf.source.id)["a.md"].mtime_ns == RACY
    recent_ns = time.time_ns() - 60_000_001
    os.utime(file, ns=(recent_ns, recent_ns))
    tally = shelf.read()
    assert (tally.changed, tally.unchanged) == (0, 1)
    shelf.read()
    assert read_paths == ["a.md", "a.md"]


def outcome(file: Path, *, before_ns: int, known: bool) -> Prepared | Same | Refused:
    mtime_ns = time.time_ns() - before_ns
    os.utime(file, ns=(mtime_ns, mtime_ns))
    job = Job(str(file.parent), "s", FoundFile(file.name, os.fsencode(file.name), 0, 0), 1 << 20)
    first = prepare(job)
    if not known:
        return first
    assert isinstance(first, Prepared)
    return prepare(Job(job.root, "s", job.found, job.max_bytes, first.digest))


SECOND_NS = 1_000_000_000


@pytest.mark.parametrize(
    ("before_ns", "known", "racy"),
    [
        (10_000_000, False, True),
        (10_000_000, True, True),
        (80_000_001, False, False),
        (-3_600 * SECOND_NS + 1, False, True),
        (-3_600 * SECOND_NS + 1, True, False),
    ],
    ids=["just now", "just now, and still the same", "a tick ago", "in the future", "in the future, and the same"],
)
def test_a_time_is_believed_once_no_edit_can_share_it(tmp_path: Path, before_ns: int, known: bool, racy: bool) -> None:
    file = tmp_path / "a.md"
    file.write_text("# A\n")
    assert (outcome(file, before_ns=before_ns, known=known).found.mtime_ns == RACY) is racy


def test_a_file_system_that_counts_in_seconds_is_given_two(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# A\n")
    whole_ns = time.time_ns() // SECOND_NS * SECOND_NS
    os.utime(file, ns=(whole_ns, whole_ns))
    job = Job(str(tmp_path), "s", FoundFile("a.md", b"a.md", 0, 0), 1 << 20)
    assert prepare(job).found.mtime_ns == RACY
    os.utime(file, ns=(whole_ns - 9 * SECOND_NS, whole_ns - 9 * SECOND_NS))
    assert prepare(job).found.mtime_ns == whole_ns - 9 * SECOND_NS


def test_a_file_refused_in_the_tick_of_its_writing_is_looked_at_again(shelf: Shelf) -> None:
    file = shelf.root / "a.md"
    file.write_bytes(b"\0" * 6)
    shelf.read()
    assert shelf.skipped() == {"a.md": "binary file"}
    shelf.edit_in_secret("a.md", "# One\n")
    assert shelf.read().added == 1


# Embedding gives way


def test_embedding_stops_between_commits_when_something_urgent_waits(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.embed.KEYS_PER_COMMIT", 4)
    for n in range(20):
        shelf.write(f"n{n}.md", f"# Note {n}\n\nabout item{n}\n")
    shelf.read()
    answers = iter([False, False, True])
    assert shelf.indexer.embed(pause=lambda: next(answers)) == 8
    assert shelf.indexer.embed(pause=lambda: True) == 0
    assert shelf.indexer.embed() == 12
    assert shelf.indexer.embed() == 0
