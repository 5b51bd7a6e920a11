"""Single places are looked at as a run over everything would look at them, and nothing else is."""

import os
import shutil
from pathlib import Path

import pytest

from ingest import left_out
from ingest.discover import PERMISSION_DENIED
from ingest.ignore import BY_GITIGNORE
from ingest.indexer import Look
from kb.model import FoundFile, SkippedFile
from tests.unit.indexing.conftest import Shelf


def everything(shelf: Shelf) -> list[tuple[object, ...]]:
    """All that the ledger holds of the shelf's files and of what was left out, without the ids."""
    execute = shelf.ledger.database.execute
    files = execute(
        "SELECT f.path, f.size, f.title, c.ordinal, c.text FROM file f LEFT JOIN chunk c ON c.file_id = f.id"
    )
    return sorted(files.fetchall()) + sorted(execute("SELECT path, reason FROM skipped").fetchall())


def test_a_deleted_file_is_removed_and_a_new_one_added(shelf: Shelf) -> None:
    for path in ("a.md", "b.md", "c.md"):
        shelf.write(path)
    shelf.read()
    shelf.remove("a.md")
    shelf.remove("b.md")
    shelf.write("d.md")
    tally = shelf.read("a.md", "d.md", "never-was.md")
    assert (tally.added, tally.changed, tally.removed, tally.unchanged) == (1, 0, 1, 0)
    assert shelf.paths() == ["b.md", "c.md", "d.md"]


def test_a_deleted_folder_is_removed_with_all_that_was_in_it(shelf: Shelf) -> None:
    for path in ("sub/a.md", "sub/deep/b.md", "sub.md", "sub-way/c.md"):
        shelf.write(path)
    shelf.read()
    shelf.remove("sub")
    assert shelf.read("sub").removed == 2
    assert shelf.paths() == ["sub-way/c.md", "sub.md"]


def test_a_folder_that_appeared_is_read_whole(shelf: Shelf, tmp_path: Path) -> None:
    shelf.write("a.md")
    shelf.read()
    (tmp_path / "x/deep").mkdir(parents=True)
    for path in ("x/one.md", "x/deep/two.md"):
        (tmp_path / path).write_text("# New\n")
    (tmp_path / "x").rename(shelf.root / "x")
    assert shelf.read("x").added == 2
    assert shelf.paths() == ["a.md", "x/deep/two.md", "x/one.md"]


def test_a_folder_renamed_is_moved_without_embedding_anything(shelf: Shelf) -> None:
    shelf.write("old/a.md", "# A\n\nThe numbat eats termites.\n")
    shelf.read()
    assert shelf.indexer.embed() > 0
    (shelf.root / "old").rename(shelf.root / "new")
    tally = shelf.read("old", "new")
    assert (tally.added, tally.removed, shelf.paths()) == (1, 1, ["new/a.md"])
    assert shelf.indexer.embed() == 0


def test_two_files_that_swapped_their_names_are_right(shelf: Shelf) -> None:
    one, two = shelf.write("one.md", "# Alpha\n"), shelf.write("two.md", "# Gamma\n")
    stamp = one.stat().st_mtime_ns
    os.utime(two, ns=(stamp, stamp))
    shelf.read()
    one.rename(shelf.root / "swap")
    two.rename(one)
    (shelf.root / "swap").rename(two)
    shelf.read("one.md", "two.md", "swap", look=Look.HASH)
    assert (shelf.text_of("one.md"), shelf.text_of("two.md")) == ("# Gamma", "# Alpha")


def test_a_file_renamed_in_its_case_is_one_file(shelf: Shelf) -> None:
    shelf.write("Readme.md").rename(shelf.root / "tmp")
    (shelf.root / "tmp").rename(shelf.root / "Readme.md")
    shelf.read()
    (shelf.root / "Readme.md").rename(shelf.root / "README.md")
    shelf.read("Readme.md", "README.md")
    assert shelf.paths() == ["README.md"]


def test_a_folder_in_the_place_of_a_file_and_a_file_in_that_of_a_folder(shelf: Shelf) -> None:
    shelf.write("a/inner.md")
    shelf.write("b.md")
    shelf.read()
    shelf.remove("a")
    shelf.remove("b.md")
    shelf.write("a", "# Now a file\n")
    shelf.write("b.md/inner.md")
    tally = shelf.read("a/inner.md", "b.md")
    assert (tally.added, tally.removed) == (1, 2)
    shelf.read("a")
    assert shelf.paths() == ["a", "b.md/inner.md"]


def test_places_inside_others_are_looked_at_once(shelf: Shelf, read_paths: list[str]) -> None:
    shelf.write("sub/deep/a.md")
    shelf.read("sub/deep/a.md", "sub", "sub/deep", "sub/")
    assert read_paths == ["sub/deep/a.md"]


def test_the_empty_place_is_the_whole_source(shelf: Shelf) -> None:
    shelf.write("sub/a.md")
    shelf.write("b.md")
    shelf.read("", "b.md")
    assert shelf.paths() == ["b.md", "sub/a.md"]
    assert shelf.ledger.catalog.last_scan() != ""


def test_only_the_place_is_walked(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("sub/deep/a.md", "sub/beside/b.md", "other/c.md"):
        shelf.write(path)
    listed: list[str] = []
    plain = os.scandir
    monkeypatch.setattr(
        os, "scandir", lambda path: listed.append(os.path.relpath(path, os.fsencode(shelf.root))) or plain(path)
    )
    shelf.read("sub/deep")
    assert listed == [b".", b"sub", b"sub/deep"]


# What is left out


def test_a_folder_left_out_on_the_way_speaks_for_what_is_in_it(shelf: Shelf) -> None:
    shelf.write("node_modules/pad/readme.md")
    shelf.write("drafts/a.md")
    shelf.read()
    assert shelf.skipped() == {"node_modules": left_out.VENDORED}
    shelf.write(".gitignore", "drafts/\n")
    tally = shelf.read("node_modules/pad/readme.md", "drafts/a.md")
    assert sorted(tally.skipped, key=lambda item: item.path) == [
        SkippedFile("drafts/a.md", BY_GITIGNORE),
        SkippedFile("node_modules/pad/readme.md", left_out.VENDORED),
    ]
    # The folder's own line stays, and no file of it gets one.
    assert shelf.skipped() == {"node_modules": left_out.VENDORED}
    assert shelf.paths() == [".gitignore"] or shelf.paths() == []


def test_a_folder_newly_ignored_is_purged_and_listed(shelf: Shelf) -> None:
    shelf.write("sub/drafts/a.md")
    shelf.write("sub/b.md")
    shelf.read()
    shelf.write("sub/.gitignore", "drafts/\n")
    assert shelf.read("sub").removed == 1
    assert shelf.skipped()["sub/drafts"] == BY_GITIGNORE
    shelf.write("sub/.gitignore", "nothing\n")
    assert shelf.read("sub").added == 1
    assert "sub/drafts" not in shelf.skipped()


def test_a_skipped_file_that_is_gone_is_no_longer_listed(shelf: Shelf) -> None:
    shelf.write("sub/bad.md", "\0" * 500)
    shelf.write("sub/.env", "TOKEN=x")
    shelf.write("c.md", "\0" * 500)
    shelf.read()
    assert sorted(shelf.skipped()) == ["c.md", "sub/.env", "sub/bad.md"]
    shelf.remove("sub")
    shelf.read("sub")
    assert sorted(shelf.skipped()) == ["c.md"]


def test_a_closed_folder_on_the_way_keeps_what_is_known(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.write("sub/deep/a.md")
    shelf.read()
    closed = os.fsencode(shelf.root / "sub")
    plain = os.scandir

    def refusing(path: bytes) -> object:
        if os.path.normpath(path) == closed:
            raise PermissionError(13, "Permission denied", path)
        return plain(path)

    monkeypatch.setattr(os, "scandir", refusing)
    tally = shelf.read("sub/deep/a.md")
    assert (tally.removed, tally.skipped) == (0, [SkippedFile("sub/deep/a.md", PERMISSION_DENIED)])
    assert shelf.ledger.catalog.stale_files() == [("shelf", SkippedFile("sub/deep/a.md", PERMISSION_DENIED))]
    monkeypatch.undo()
    shelf.read("sub/deep/a.md")
    assert shelf.ledger.catalog.stale_files() == []


def test_a_link_on_the_way_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    shelf.write("sub/a.md")
    shelf.read()
    shelf.remove("sub")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.md").write_text("# Outside\n")
    (shelf.root / "sub").symlink_to(tmp_path / "outside")
    assert shelf.read("sub/a.md").removed == 1
    assert shelf.paths() == []


def test_git_folders_and_inner_sources_are_passed_by(shelf: Shelf) -> None:
    shelf.write(".git/hooks/a.md")
    shelf.write("inner/b.md")
    inner = shelf.ledger.catalog.add_source("inner", str(shelf.root / "inner"))
    tally = shelf.read(".git/hooks/a.md", "inner/b.md", "inner")
    assert (tally.added, tally.skipped) == (0, [])
    shelf.indexer.read([], files=[(inner, b"b.md")])
    assert (shelf.paths(), shelf.paths(inner)) == ([], ["b.md"])


# A root that is not there


@pytest.mark.parametrize("place", ["a.md", "sub"])
def test_a_place_of_a_root_that_is_gone_or_empty_keeps_what_is_known(shelf: Shelf, tmp_path: Path, place: str) -> None:
    shelf.write("a.md")
    shelf.write("sub/b.md")
    shelf.read()
    shelf.root.rename(tmp_path / "unmounted")
    for _ in ("gone", "an empty mount point"):
        tally = shelf.read(place)
        assert (tally.removed, len(tally.warnings), shelf.paths()) == (0, 1, ["a.md", "sub/b.md"])
        shelf.root.mkdir(exist_ok=True)


# The oracle: a run over everything


def test_looking_at_every_changed_place_is_like_looking_at_everything(shelf: Shelf, tmp_path: Path) -> None:
    for n in range(30):
        shelf.write(f"d{n % 3}/s{n % 5}/n{n}.md", f"# Note {n}\n")
    shelf.write("d0/bad.md", "\0" * 500)
    shelf.read()
    shelf.remove("d0/bad.md")
    shelf.write("d1/bad.md", "\0" * 500)
    shutil.rmtree(shelf.root / "d1/s1")
    shelf.write("d2/s2/n2.md", "# Edited\n\nat last\n")
    (shelf.root / "d2").rename(shelf.root / "e2")
    shelf.write(".gitignore", "s4/\n")
    shelf.read("d0/bad.md", "d1/bad.md", "d1/s1", "d2", "e2", "d0", "d1", ".gitignore")
    after = everything(shelf)
    tally = shelf.read(look=Look.FULL)
    assert (tally.added, tally.removed) == (0, 0)
    assert everything(shelf) == after


def test_a_found_place_has_its_size_and_time(shelf: Shelf) -> None:
    file = shelf.write("caf\udce9.md")
    shelf.read(os.fsencode("caf\udce9.md"))
    known = shelf.ledger.catalog.known_files(shelf.source.id)[r"caf\xe9.md"]
    status = file.stat()
    assert FoundFile(known.path, b"caf\xe9.md", known.size, known.mtime_ns) == FoundFile(
        r"caf\xe9.md", b"caf\xe9.md", status.st_size, status.st_mtime_ns
    )
