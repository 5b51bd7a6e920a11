"""What cannot be read now keeps its old version, marked stale; run in a child, for root may read everything."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.app.world import World

NOBODY = 65534


@pytest.fixture
def lent(world: World) -> Iterator[World]:
    """A world that an ordinary user owns."""
    # Here first: the child may not be able to import what lies in the developer's folder.
    world.write("a.md", "# A\n\ntext\n")
    world.index()
    world.search("text")
    base = Path(tempfile.mkdtemp(prefix="kb-unreadable-"))
    base.chmod(0o755)
    lent = World(base)
    lent.write("a.md", "# A\n\nThe first kiwi.\n")
    lent.write("closed/b.md", "# B\n\nThe second kiwi.\n")
    lent.write("closed/deep/c.md", "# C\n\nThe third kiwi.\n")
    lent.index()
    give_away(base)
    yield lent
    for folder, _, _ in os.walk(base):
        os.chmod(folder, 0o755)
    shutil.rmtree(base)


def give_away(base: Path) -> None:
    if os.geteuid():
        return
    os.chown(base, NOBODY, NOBODY)
    for folder, folders, names in os.walk(base):
        for name in (*folders, *names):
            os.chown(os.path.join(folder, name), NOBODY, NOBODY)


def index_as_nobody(world: World) -> None:
    if (child := os.fork()) == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            # The text only: the runtime that Chroma started in the parent does not live on in a fork.
            world.index(text_only=True)
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def stale(world: World) -> dict[str, str]:
    return {item["path"]: item["reason"] for item in world.status()["stale"]}


def test_a_changed_file_of_mode_000_stays_and_is_marked_stale(lent: World) -> None:
    file = lent.write("a.md", "# A\n\nA takahe instead.\n")
    file.chmod(0)
    index_as_nobody(lent)
    assert stale(lent) == {"a.md": "permission denied"}
    assert lent.paths("the first kiwi")[0] == "a.md"
    file.chmod(0o644)
    index_as_nobody(lent)
    assert stale(lent) == {}
    assert lent.paths("takahe")[0] == "a.md"


def test_an_unchanged_file_of_mode_000_stays_and_is_marked_stale(lent: World) -> None:
    (lent.notes / "a.md").chmod(0)
    index_as_nobody(lent)
    assert stale(lent) == {"a.md": "permission denied"}
    assert len(lent.files()) == 3
    (lent.notes / "a.md").chmod(0o644)
    index_as_nobody(lent)
    assert stale(lent) == {}


def test_a_folder_that_cannot_be_entered_keeps_its_files_until_it_can(lent: World) -> None:
    (lent.notes / "closed").chmod(0)
    index_as_nobody(lent)
    assert stale(lent) == {"closed/b.md": "permission denied", "closed/deep/c.md": "permission denied"}
    assert len(lent.files()) == 3
    listed = {item["path"] for item in lent.status()["skipped"]}
    assert listed == {"closed"}
    (lent.notes / "closed").chmod(0o755)
    (lent.notes / "closed/deep/c.md").unlink()
    index_as_nobody(lent)
    assert stale(lent) == {}
    assert lent.status()["skipped"] == []
    assert [path for _, path in lent.files()] == ["a.md", "closed/b.md"]


def test_a_closed_root_keeps_everything(lent: World) -> None:
    lent.notes.chmod(0)
    index_as_nobody(lent)
    lent.notes.chmod(0o755)
    assert len(lent.files()) == 3
