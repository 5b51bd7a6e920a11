"""Where a note's date comes from: its author, else git; never what an earlier version of the file said."""

import subprocess
from pathlib import Path

import pytest

import ingest.history
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
    monkeypatch.setattr(ingest.history, "TIME_LIMIT_S", 0.0)
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
