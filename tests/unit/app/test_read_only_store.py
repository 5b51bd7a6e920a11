"""A store that may not be written is searched as before and refuses writes; in a child, for root may write anywhere."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import KbError, StorageError
from tests.unit.app.world import World

NOBODY = 65534


@pytest.fixture
def lent(world: World) -> Iterator[World]:
    """An index in a folder that everyone may read and nobody else may write."""
    base = Path(tempfile.mkdtemp(prefix="kb-read-only-"))
    base.chmod(0o755)
    lent = World(base)
    for number in range(10):
        lent.write(f"n{number}.md", f"# Note {number}\n\nThis is about item{number}.\n")
    lent.index()
    for folder, _, names in os.walk(base):
        os.chmod(folder, 0o555)
        for name in names:
            os.chmod(os.path.join(folder, name), 0o444)
    yield lent
    for folder, _, _ in os.walk(base):
        os.chmod(folder, 0o755)
    shutil.rmtree(base)


def all_commands(world: World) -> dict[str, str]:
    """What each command gives, or the kind and text of its error."""

    def told(work: object) -> str:
        try:
            return str(work())  # type: ignore[operator]
        except KbError as error:
            return f"{type(error).__name__}: {error.message} -> {error.hint}"

    with world.app() as app:
        return {
            "search": told(lambda: app.search("item7")["hits"][0]["path"]),
            "ask": told(lambda: app.ask("what is item7 about?")["nearest"][0]["path"]),
            "get": told(lambda: app.get("notes:n7.md:1", cwd="/")["text"]),
            "status": told(lambda: app.status()["files"]),
            "list": told(lambda: app.source_list()["sources"][0]["files"]),
            "index": told(lambda: app.index([])),
            "index path": told(lambda: app.index([str(world.notes)])),
            "add": told(lambda: app.source_add(str(world.folder))),
            "remove": told(lambda: app.source_remove("notes")),
        }


def as_nobody(world: World) -> dict[str, str]:
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            os.write(writing, json.dumps(all_commands(world)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    assert text, "the child failed"
    told: dict[str, str] = json.loads(text)
    return told


@pytest.mark.parametrize("small_scans", [False, True])
def test_reading_goes_on_and_writing_is_refused(
    lent: World, world: World, monkeypatch: pytest.MonkeyPatch, small_scans: bool
) -> None:
    # Here first: the child may not be able to import what lies in the developer's folder.
    world.write("n7.md", "# Note 7\n\nThis is about item7.\n")
    world.index()
    assert all_commands(world)["search"] == "n7.md"
    if small_scans:
        monkeypatch.setattr("kb.search.nearest.MIRROR_FROM", 5)
    before = lent.settings.ledger.read_bytes()
    told = as_nobody(lent)
    assert [told[name] for name in ("search", "ask", "get", "status", "list")] == [
        "n7.md", "n7.md", "# Note 7", "10", "10",
    ]  # fmt: skip
    for name in ("index", "index path", "add", "remove"):
        assert told[name].startswith(f"{StorageError.__name__}: the index cannot be written to"), told[name]
        assert "check the rights" in told[name]
    assert lent.settings.ledger.read_bytes() == before
