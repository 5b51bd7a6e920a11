"""What a face gets: places and lines, sources, state, dry runs; and that no source folder is ever written to."""

import hashlib
import os
from pathlib import Path

import pytest

from kb.errors import KbError, LockedError, NotFoundError, UsageError
from kb.store.lock import WriterLock
from tests.unit.app.world import World


@pytest.fixture
def indexed(world: World) -> World:
    world.write("git/undo.md", "# Undo\n\none\ntwo\nthree\n")
    world.write("odd:name.md", "# Odd\n\ntext\n")
    world.write("lines.md:3", "# A file that is named like a place\n")
    world.index()
    return world


def got(world: World, ref: str, cwd: str = "/") -> tuple[str, int, int, str]:
    with world.app() as app:
        place = app.get(ref, cwd=cwd)
    return place["path"], place["start"], place["end"], place["text"]


def test_a_ref_is_a_path_with_a_source_and_lines_or_without(indexed: World) -> None:
    whole = ("git/undo.md", 1, 5, "# Undo\n\none\ntwo\nthree")
    assert got(indexed, "git/undo.md") == got(indexed, "notes:git/undo.md") == got(indexed, "./git/undo.md") == whole
    assert got(indexed, "git/undo.md:3") == ("git/undo.md", 3, 3, "one")
    assert got(indexed, "notes:git/undo.md:3-4") == ("git/undo.md", 3, 4, "one\ntwo")
    assert got(indexed, "git/undo.md:4-900") == ("git/undo.md", 4, 5, "two\nthree")
    assert got(indexed, "odd:name.md")[0] == "odd:name.md"
    assert got(indexed, "lines.md:3", str(indexed.notes))[0] == "lines.md:3"


def test_a_file_below_the_current_folder_wins(indexed: World) -> None:
    elsewhere = indexed.folder / "here" / "git"
    elsewhere.mkdir(parents=True)
    (elsewhere / "undo.md").write_text("mine\n")
    assert got(indexed, "git/undo.md", str(indexed.folder / "here"))[3] == "mine"


@pytest.mark.parametrize(
    ("ref", "error"),
    [
        ("no.md", NotFoundError),
        ("git", NotFoundError),
        ("git/undo.md:900", NotFoundError),
        ("git/undo.md:0", UsageError),
        ("git/undo.md:4-3", UsageError),
        ("nowhere:git/undo.md", NotFoundError),
        ("", KbError),
    ],
)
def test_a_ref_that_means_nothing_is_refused(indexed: World, ref: str, error: type[KbError]) -> None:
    with pytest.raises(error):
        got(indexed, ref)


def test_a_path_in_two_sources_has_to_be_told_apart(indexed: World) -> None:
    other = indexed.folder / "other" / "git"
    other.mkdir(parents=True)
    (other / "undo.md").write_text("# Other\n")
    indexed.index(other.parent)
    with pytest.raises(UsageError) as refused:
        got(indexed, "git/undo.md")
    assert "notes:git/undo.md, other:git/undo.md" in refused.value.hint
    assert got(indexed, "other:git/undo.md")[3] == "# Other"


def test_what_is_on_disk_now_is_given(indexed: World) -> None:
    indexed.write("git/undo.md", "new\n")
    assert got(indexed, "notes:git/undo.md")[3] == "new"
    (indexed.notes / "git/undo.md").unlink()
    with pytest.raises(NotFoundError, match="no longer exists"):
        got(indexed, "notes:git/undo.md")


def test_sources_are_added_listed_and_removed(indexed: World) -> None:
    other = indexed.folder / "other"
    other.mkdir()
    with indexed.app() as app:
        assert app.source_add(str(other), "mine") == {"name": "mine", "root": str(other), "files": 0}
        assert app.source_add(str(other))["name"] == "mine"
        with pytest.raises(UsageError, match="already"):
            app.source_add(str(indexed.folder), "mine")
        with pytest.raises(NotFoundError):
            app.source_add(str(indexed.folder / "none"))
        assert [source["name"] for source in app.source_list()["sources"]] == ["notes", "mine"]
        assert app.source_remove(str(other))["name"] == "mine"
        assert app.source_remove("notes")["removed"] == 3
        with pytest.raises(NotFoundError):
            app.source_remove("notes")
        assert app.status()["files"] == 0


def test_state_counts_files_passages_and_what_waits(world: World) -> None:
    world.write("a.md", "# A\n\ntext\n")
    world.write("src/b.py", "def b():\n    return 1\n")
    world.index(text_only=True)
    status = world.status()
    assert (status["files"], status["kinds"], status["pending"]) == (2, {"code": 1, "note": 1}, status["chunks"])
    assert status["index"]["embedder"] is None
    world.index()
    status = world.status()
    assert (status["pending"], status["index"]["embedder"]) == (0, "hashing-64")
    assert status["index"]["as_of"]


def test_a_dry_run_tells_and_writes_nothing(world: World) -> None:
    world.write("a.md", "# A\n")
    world.write("src/b.py", "b = 1\n")
    world.write(".env", "X=1\n")
    told = world.index(world.notes, dry_run=True)
    assert (told["files"], told["kinds"]) == (2, {"code": 1, "note": 1})
    assert [item["path"] for item in told["skipped"]] == [".env"]
    assert not world.settings.home.exists()


def test_two_writers_are_kept_apart_and_a_reader_is_not_kept_out(indexed: World) -> None:
    with WriterLock(indexed.settings.home):
        with pytest.raises(LockedError, match=str(os.getpid())):
            indexed.index()
        assert indexed.paths("undo")
        assert indexed.status()["files"] == 3
    assert indexed.index()["unchanged"] == 3


def test_sources_are_never_written_to(indexed: World) -> None:
    before = marks(indexed.notes)
    indexed.index(full=True)
    indexed.search("undo")
    indexed.ask("how do I undo?")
    got(indexed, "git/undo.md")
    with indexed.app() as app:
        app.source_remove("notes")
    assert marks(indexed.notes) == before


def marks(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, time and content of everything below a folder."""
    return {
        str(path): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in (folder, *folder.rglob("*"))
    }
