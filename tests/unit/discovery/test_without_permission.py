"""What may not be read is skipped with a reason; run as an ordinary user, for root may read everything."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.discover import PERMISSION_DENIED, Rules, discover, is_temporary
from ingest.files import Unreadable, read_text
from kb.errors import NotFoundError

NOBODY = 65534
RULES = Rules(max_file_bytes=1 << 20)


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: its parents are closed to the user that the child becomes.
    path = Path(tempfile.mkdtemp(prefix="kb-permission-"))
    path.chmod(0o755)
    yield path
    for inner, _, _ in os.walk(path):
        os.chmod(inner, 0o755)
    shutil.rmtree(path)


def as_nobody(work: Callable[[], list[list[str]]]) -> list[list[str]]:
    """The result of `work` in a forked child without root's rights."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    if not text:
        pytest.skip("this system does not let a child give up its rights")
    result: list[list[str]] = json.loads(text)
    return result


def walk(root: Path) -> list[list[str]]:
    try:
        return [[item.path, getattr(item, "reason", "")] for item in discover(str(root), RULES)]
    except NotFoundError as error:
        return [["root", error.message]]


def test_a_closed_folder_is_skipped_with_a_reason_and_may_come_back(folder: Path) -> None:
    (folder / "closed").mkdir()
    (folder / "closed" / "a.md").write_text("x")
    (folder / "open.md").write_text("x")
    (folder / "closed").chmod(0)
    assert as_nobody(lambda: walk(folder)) == [["open.md", ""], ["closed", PERMISSION_DENIED]]
    assert is_temporary(PERMISSION_DENIED)


def test_a_folder_that_may_be_listed_but_not_entered(folder: Path) -> None:
    (folder / "half").mkdir()
    (folder / "half" / "a.md").write_text("x")
    (folder / "half").chmod(0o744)
    assert as_nobody(lambda: walk(folder)) == [["half/a.md", PERMISSION_DENIED]]


def test_a_closed_root_is_no_empty_one(folder: Path) -> None:
    folder.chmod(0)
    ((what, message),) = as_nobody(lambda: walk(folder))
    assert what == "root"
    assert PERMISSION_DENIED in message or "cannot be reached" in message


def test_what_an_unreadable_ignore_file_may_hide_is_not_shown(folder: Path) -> None:
    (folder / "docs").mkdir()
    (folder / "docs" / "hidden.md").write_text("x")
    (folder / "docs" / ".gitignore").write_text("hidden.md\n")
    (folder / "docs" / ".gitignore").chmod(0)
    assert as_nobody(lambda: walk(folder)) == [["docs", PERMISSION_DENIED]]


def test_a_file_of_mode_000_keeps_its_old_version(folder: Path) -> None:
    (folder / "a.md").write_text("x")
    (folder / "a.md").chmod(0)

    def read() -> list[list[str]]:
        try:
            return [[read_text(str(folder), b"a.md", max_bytes=100).text]]
        except Unreadable as error:
            return [[error.reason, str(error.keep_old)]]

    assert as_nobody(read) == [[PERMISSION_DENIED, "True"]]
