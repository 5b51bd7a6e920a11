"""What the keeper has begun and could not end is taken up again, without an event that reminds of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.app.daemon.keeper import RETRY_S
from kb.errors import StorageError
from kb.progress import Progress
from kb.service.protocol import Cancelled
from tests.unit.daemon.running import Running
from tests.unit.daemon.tree import Text, Tree, new_word


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "notes").mkdir()
    tree = Tree(tmp_path / "notes")
    tree.write("first.md", Text(new_word()))
    return tree


@pytest.fixture
def running(tmp_path: Path, tree: Tree) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.close()


def index(running: Running, tree: Tree) -> None:
    running.submitted(lambda app: app.index([str(tree.root)]))
    running.until_quiet()


def test_what_is_written_while_a_new_source_is_read_is_found(running: Running, tree: Tree) -> None:
    late = Text(new_word())

    def write_late(progress: Progress) -> None:
        if progress.stage == "embed":
            tree.write("late.md", late)

    running.submitted(lambda app: app.index([str(tree.root)], on_progress=write_late))
    running.until_quiet()
    assert [hit["path"] for hit in running.search(late.word, limit=1)] == ["late.md"]


def test_what_was_indexed_by_its_text_only_gets_its_vectors(running: Running, tree: Tree) -> None:
    running.submitted(lambda app: app.index([str(tree.root)], text_only=True))
    running.until_quiet()
    assert running.reader.status()["pending"] == 0


def test_a_search_that_is_given_up_leaves_nothing_without_vectors(running: Running, tree: Tree) -> None:
    index(running, tree)
    tree.write("second.md", Text(new_word()))

    def give_up(progress: Progress) -> None:
        if progress.stage == "read":
            raise Cancelled

    with pytest.raises(Cancelled):
        running.done(running.keeper.freshen(give_up))
    running.until_quiet()
    status = running.reader.status()
    assert (status["files"], status["pending"]) == (2, 0)


def test_what_a_full_disk_kept_out_is_read_when_there_is_room_again(running: Running, tree: Tree) -> None:
    index(running, tree)
    text = Text(new_word())
    running.tell(str(tree.root), *tree.write("second.md", text))
    database = running.app.ledger.database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    tree.write("long.md", Text(new_word(), pattern="words " * 20_000))
    with pytest.raises(StorageError, match="full"):
        running.done(running.keeper.freshen())
    database.execute("PRAGMA max_page_count = 100000")
    running.after(1.1 * RETRY_S)
    assert [hit["path"] for hit in running.search(text.word, limit=1)] == ["second.md"]
    assert running.reader.status()["files"] == 3
