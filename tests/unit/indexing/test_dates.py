"""Where a note's date comes from: its author, else git; never what an earlier version of the file said."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import ingest.history
import ingest.intake
from ingest.history import first_commit_dates
from tests.unit.app.world import World

DAY = "2020-02-02"
SIGNER = """#!/bin/sh
echo run >> "{ran}"
case "$*" in *--verify*) exit 0 ;; esac
cat > /dev/null
echo '-----BEGIN PGP SIGNATURE-----'
echo '-----END PGP SIGNATURE-----'
printf '\\n[GNUPG:] SIG_CREATED \\n' >&2
"""
NOTING = """#!/bin/sh
for word in "$@"; do case "$word" in log|ls-tree) echo "$word" >> "{log}" ;; esac; done
exec "{real}" "$@"
"""


def git(folder: Path, *command: str) -> None:
    subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


def committed(folder: Path, *options: str) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x", "--date", f"{DAY}T12:00:00", *options)


def date_of(world: World, path: str) -> str:
    date: str = world.look(lambda ledger: ledger.catalog.date_of(1, path))
    return date


def test_a_date_that_its_author_deleted_is_gone(world: World) -> None:
    world.write("a.md", "---\ndate: 2011-11-11\n---\n\n# A\n")
    world.index()
    assert date_of(world, "a.md") == "2011-11-11"
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    assert date_of(world, "a.md") == ""


@pytest.mark.parametrize("asked_by_name", [0, 50])
def test_a_deleted_date_gives_way_to_that_of_git(
    world: World, asked_by_name: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.history.ASKED_BY_NAME", asked_by_name)
    world.write("a[1].md", "---\ndate: 2011-11-11\n---\n\n# A\n")
    committed(world.notes)
    world.index()
    world.write("a[1].md", "# A\n\nText.\n")
    world.index()
    assert date_of(world, "a[1].md") == DAY
    world.write("a[1].md", "# A\n\nAnother text.\n")
    world.index()
    assert date_of(world, "a[1].md") == DAY


def test_a_known_date_stays_when_git_is_too_slow(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("a.md", "# A\n")
    committed(world.notes)
    world.index()
    monkeypatch.setattr(ingest.history, "TIME_LIMIT_OF_FEW_S", 0.0)
    ingest.history._told.clear()
    world.write("a.md", "# A\n\nText.\n")
    assert world.index()["changed"] == 1
    assert date_of(world, "a.md") == DAY


def test_git_checks_no_signatures_for_a_date(tmp_path: Path) -> None:
    ran, signer, notes = tmp_path / "ran", tmp_path / "gpg", tmp_path / "notes"
    signer.write_text(SIGNER.format(ran=ran))
    signer.chmod(0o755)
    notes.mkdir()
    (notes / "a.md").write_text("# A\n")
    git(notes, "init", "-q")
    git(notes, "config", "gpg.program", str(signer))
    committed(notes, "-S")
    git(notes, "config", "log.showSignature", "true")
    ran.unlink()
    git(notes, "log")
    assert ran.exists(), "the stand-in is not what git asks"
    ran.unlink()
    assert first_commit_dates(str(notes)) == {"a.md": DAY}
    assert not ran.exists()


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What git was told to do since the last call, by the name of the command."""
    log, real = tmp_path / "asked", shutil.which("git")
    wrapper = tmp_path / "bin/git"
    wrapper.parent.mkdir()
    wrapper.write_text(NOTING.format(log=log, real=real))
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")

    def since_then() -> list[str]:
        words = log.read_text().split() if log.exists() else []
        log.write_text("")
        return words

    return since_then


def test_a_note_saved_all_day_long_costs_one_walk_through_the_history(
    world: World, asked: Callable[[], list[str]]
) -> None:
    world.write("a.md", "# A\n")
    committed(world.notes)
    world.index()
    assert asked() == ["ls-tree", "log"]
    for n in range(3):
        world.write("a.md", f"# A\n\nText {n}.\n")
        assert world.index()["changed"] == 1
    assert asked() == []
    assert date_of(world, "a.md") == DAY


def test_a_note_that_is_not_committed_costs_no_walk_until_it_is(world: World, asked: Callable[[], list[str]]) -> None:
    world.write("first.md", "# First\n")
    committed(world.notes)
    world.index()
    world.write("new.md", "# New\n")
    asked()
    world.index()
    world.write("new.md", "# New\n\nText.\n")
    world.index()
    assert (asked(), date_of(world, "new.md")) == (["ls-tree"], "")
    git(world.notes, "add", ".")
    git(world.notes, "commit", "-qm", "y", "--date", "2021-03-03T12:00:00")
    asked()
    world.write("new.md", "# New\n\nMore text.\n")
    world.index()
    assert (asked(), date_of(world, "new.md")) == (["ls-tree", "log"], "2021-03-03")


def test_many_notes_are_asked_for_in_one_walk(
    world: World, asked: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest.history, "ASKED_BY_NAME", 3)
    monkeypatch.setattr(ingest.intake, "FILES_PER_COMMIT", 2)
    for n in range(7):
        world.write(f"n{n}.md", "# N\n")
    committed(world.notes)
    world.index()
    assert asked() == ["log"]
    assert {date_of(world, f"n{n}.md") for n in range(7)} == {DAY}
