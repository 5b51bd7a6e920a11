"""What the keeper has begun and could not end is taken up again, without an event that reminds of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.app.daemon.keeper import RETRY_S, Keeper
from kb.app.night import STEPS, in_quiet_thread
from kb.app.shared import Shared
from kb.app.upkeep import mirror_of
from kb.errors import KbError, StorageError
from kb.progress import Progress, ignore
from kb.service.protocol import Cancelled
from tests.unit.app.world import World
from tests.unit.daemon.running import Running
from tests.unit.daemon.served import eventually
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


def test_what_an_inner_source_takes_and_leaves_is_the_outer_ones_without_an_event(running: Running, tree: Tree) -> None:
    text = Text(new_word())
    tree.write("inner/second.md", text)
    index(running, tree)

    def owners() -> list[str]:
        return [hit["source"] for hit in running.search(text.word) if hit["path"].endswith("second.md")]

    running.submitted(lambda app: app.source_add(str(tree.root / "inner")))
    running.until_quiet()
    assert owners() == ["inner"]
    running.submitted(lambda app: app.source_remove("inner"))
    running.until_quiet()
    assert owners() == ["notes"]


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


def test_nothing_passes_for_fresh_before_the_first_look(tmp_path: Path) -> None:
    keeper = Keeper(Shared(World(tmp_path).settings), [].append)
    assert not keeper.settled
    assert keeper.pending


def test_a_damaged_ledger_does_not_leave_a_daemon_that_answers_no_job(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write("first.md", "# First\n")
    world.index()
    sound = world.settings.ledger.read_bytes()
    world.settings.ledger.write_bytes(sound[:100] + bytes(len(sound) - 100))
    said: list[str] = []
    keeper = Keeper(Shared(world.settings), said.append)
    keeper.start()
    try:
        checks = keeper.submit(lambda app: app.doctor()).result(timeout=30)["checks"]
        assert next(check["name"] for check in checks if not check["ok"]) == "ledger"
        eventually(lambda: "damaged" in keeper.problem)
        with pytest.raises(StorageError, match="damaged"):
            keeper.submit(lambda app: app.index([])).result(timeout=30)
    finally:
        keeper.stop()
        keeper.join(30)
    assert not keeper.is_alive()


def test_a_job_that_ends_as_no_exception_does_costs_no_other_its_answer(running: Running) -> None:
    class Panic(BaseException):
        """As of a library in Rust."""

    def panic(_: object) -> None:
        raise Panic

    with pytest.raises(Panic):
        running.submitted(panic)
    assert running.submitted(lambda _: 7) == 7


def test_all_who_wait_at_the_end_are_told(running: Running) -> None:
    given_up, waiting = (running.keeper.submit(lambda _: 7) for _ in range(2))
    given_up.cancel()
    running.keeper.end()
    late = running.keeper.submit(lambda _: 7)
    for future in (waiting, late):
        with pytest.raises(KbError, match="leaving"):
            future.result(timeout=0)


def test_a_look_is_left_when_the_daemon_leaves_and_taken_up_at_the_next_start(running: Running, tree: Tree) -> None:
    index(running, tree)
    for number in range(5):
        running.tell(str(tree.root), *tree.write(f"{number}.md", Text(new_word())))
    running.keeper.stop()
    running.after(3.0)
    assert running.said == []
    assert running.reader.status()["files"] == 1
    running.restart()
    running.until_quiet()
    assert running.reader.status()["files"] == 6


def test_the_night_and_the_day_never_write_one_mirror(running: Running, tree: Tree) -> None:
    running.submitted(lambda app: app.index([str(tree.root)]))
    running.keeper._tend(running.app)
    assert list(running.settings.vectors_dir.iterdir()), "else it was not begun by day"
    compact = next(step for step in STEPS if step.name == "compact")

    def by_night(_: object) -> str:
        running.keeper.give_up_tending()
        return str(in_quiet_thread(running.shared, lambda opened: compact.do(opened, ignore)))

    running.submitted(by_night)
    running.until_quiet()
    assert running.said == []
    assert mirror_of(running.app).check() == []
