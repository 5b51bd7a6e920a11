"""Notes are replaced whole or not at all, and never a note that is another one than was shown."""

import os
import stat
from pathlib import Path

import pytest

from kb.decisions.writing_disk import Rewrite, read_note, rewrite
from kb.errors import KbError, NotFoundError, StorageError, UsageError


def test_mode_owner_and_attributes_are_kept_and_nothing_is_left_beside(tmp_path: Path) -> None:
    note = tmp_path / "n.md"
    note.write_bytes(b"old")
    note.chmod(0o2640)
    if os.geteuid() == 0:
        os.chown(note, 12345, 23456)
        note.chmod(0o2640)
    before = note.stat()
    rewrite([Rewrite(str(note), b"old", b"new")])
    after = note.stat()
    assert note.read_bytes() == b"new"
    assert (stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (
        stat.S_IMODE(before.st_mode),
        before.st_uid,
        before.st_gid,
    )
    assert os.listdir(tmp_path) == ["n.md"]


def test_a_note_that_changed_since_it_was_shown_is_not_written_to(tmp_path: Path) -> None:
    first, second = tmp_path / "a.md", tmp_path / "b.md"
    first.write_bytes(b"a")
    second.write_bytes(b"changed by an editor")
    with pytest.raises(StorageError, match="changed meanwhile"):
        rewrite([Rewrite(str(first), b"a", b"A"), Rewrite(str(second), b"b", b"B")])
    assert (first.read_bytes(), second.read_bytes()) == (b"a", b"changed by an editor")
    assert sorted(os.listdir(tmp_path)) == ["a.md", "b.md"]


def test_where_the_second_note_cannot_be_written_the_first_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "a.md", tmp_path / "b.md"
    first.write_bytes(b"a")
    second.write_bytes(b"b")
    rename = os.rename

    def failing(src: str, dst: str) -> None:
        if dst == str(second):
            raise OSError(28, "No space left on device", dst)
        rename(src, dst)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(StorageError, match="No space left"):
        rewrite([Rewrite(str(first), b"a", b"A"), Rewrite(str(second), b"b", b"B")])
    assert (first.read_bytes(), second.read_bytes()) == (b"a", b"b")
    assert sorted(os.listdir(tmp_path)) == ["a.md", "b.md"]


def test_what_may_not_be_written_to_is_refused_before_it_is_planned(tmp_path: Path) -> None:
    root, outside = tmp_path / "notes", tmp_path / "outside.md"
    root.mkdir()
    outside.write_bytes(b"outside")
    (root / "plain.md").write_bytes(b"plain")
    (root / "link.md").symlink_to(outside)
    (root / "inner.md").symlink_to(root / "plain.md")
    (root / "locked.md").write_bytes(b"locked")
    (root / "locked.md").chmod(0o444)
    (root / "hard.md").write_bytes(b"hard")
    os.link(root / "hard.md", root / "twin.md")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.md")
    assert read_note(str(root / "plain.md"), str(root)) == b"plain"
    refused: list[tuple[str, type[KbError], str]] = [
        ("link.md", UsageError, "symbolic link"),
        ("inner.md", UsageError, "symbolic link"),
        ("folder/outside.md", UsageError, "outside of its source"),
        ("locked.md", StorageError, "read-only"),
        ("hard.md", UsageError, "hard links"),
        ("pipe.md", UsageError, "no regular file"),
        ("gone.md", NotFoundError, "no such file"),
    ]
    for name, error, message in refused:
        with pytest.raises(error, match=message):
            read_note(str(root / name), str(root))
    assert outside.read_bytes() == b"outside"
