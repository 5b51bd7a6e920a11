"""The night run: what a day leaves behind is found, taken off the disk, checked and copied, step by step."""

import threading
from pathlib import Path
from typing import Any

import pytest

from kb.app.night import STEPS, in_quiet_thread, night_run
from kb.app.opened import OpenIndex
from kb.service.protocol import Cancelled
from kb.store.ledger import Ledger
from tests.unit.app.serving import served
from tests.unit.app.world import World

SECRET = "xylofonquux"
ORDER = ["scan", "embed", "purge", "compact", "check", "backup"]


@pytest.fixture
def indexed(world: World) -> World:
    for number in range(20):
        world.write(f"n{number}.md", f"# Note {number}\n\nThis is about item{number}.\n")
    world.write("secret.md", f"# Secret\n\nThe word is {SECRET}.\n")
    world.index()
    return world


def night(world: World) -> dict[str, Any]:
    with world.app() as app:
        return app.night()


def holders(home: Path, word: str) -> list[str]:
    """The files of a home in whose bytes a word stands."""
    return [str(path) for path in home.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def test_all_steps_are_told_of_in_their_order_and_remembered(indexed: World) -> None:
    told = night(indexed)
    assert [step["name"] for step in told["steps"]] == ORDER == [step.name for step in STEPS]
    assert told["ok"], told
    remembered = indexed.status()["night"]
    assert {"at", "took_s", "ok", "summary", "steps"} == set(told)
    assert (remembered["at"], remembered["ok"]) == (told["at"], True)


def test_deleted_text_is_nowhere_in_the_home_after_the_night(indexed: World) -> None:
    assert holders(indexed.settings.home, SECRET), "else this test finds nothing out"
    (indexed.notes / "secret.md").unlink()
    told = night(indexed)
    assert told["ok"], told
    assert holders(indexed.settings.home, SECRET) == []
    assert "1 of 21 files changed" in told["summary"]
    assert "purged" in told["summary"]


def test_replaced_text_and_a_removed_source_are_purged_too(indexed: World) -> None:
    assert night(indexed)["ok"]
    assert holders(indexed.settings.home, SECRET), "the backup holds it, as the file does"
    indexed.write("secret.md", "# Nothing\n\nNothing here.\n")
    other = indexed.folder / "other"
    other.mkdir()
    (other / "x.md").write_text("# Other\n\nThe word is marimbafoo.\n")
    indexed.index(other)
    indexed.index()
    with indexed.app() as app:
        app.source_remove("other")
    assert night(indexed)["ok"]
    assert holders(indexed.settings.home, SECRET) == []
    assert holders(indexed.settings.home, "marimbafoo") == []


def test_a_purge_by_the_daemon_leaves_nothing_either(indexed: World) -> None:
    with served(indexed) as daemon, daemon.client() as client:
        (indexed.notes / "secret.md").unlink()
        told = client.call("night")
        assert told["ok"], told
        assert client.call("search", {"query": "item3"})["hits"]
        assert holders(indexed.settings.home, SECRET) == []
    assert (indexed.settings.backup_dir / "ledger.db").is_file()


def test_the_backup_is_whole_and_has_the_last_change(indexed: World) -> None:
    indexed.write("late.md", "# Late\n\nThis is about lateword.\n")
    assert night(indexed)["ok"]
    with Ledger.open(indexed.settings.backup_dir / "ledger.db") as copy:
        assert copy.catalog.count_files() == 22
        assert copy.passages.count() == indexed.look(lambda ledger: ledger.passages.count())


def test_a_damaged_ledger_fails_the_night_and_keeps_the_good_backup(indexed: World) -> None:
    assert night(indexed)["ok"]
    backup = indexed.settings.backup_dir / "ledger.db"
    good = backup.read_bytes()
    with Ledger.open(indexed.settings.ledger) as ledger, ledger.database.transaction():
        ledger.database.execute("UPDATE chunk SET text = text || 'x' WHERE id = (SELECT min(id) FROM chunk)")
    told = night(indexed)
    assert not told["ok"]
    assert {step["name"] for step in told["steps"] if not step["ok"]} == {"check", "backup"}
    assert told["summary"] == "failed: check, backup"
    assert backup.read_bytes() == good
    assert indexed.status()["night"]["ok"] is False


def test_a_night_that_grows_late_leaves_the_rest_to_the_next(indexed: World) -> None:
    times = iter([0.0, *[1.0] * 4])
    with indexed.app() as app, app.shared.writing():
        told = night_run(lambda job: job(app), cap_s=5.0, clock=lambda: next(times, 99.0))
    assert not told["ok"]
    assert [step["ok"] for step in told["steps"]][-1] is False
    assert told["steps"][-1]["detail"] == "no time was left"
    assert [step["name"] for step in told["steps"]] == ORDER


def test_a_step_in_its_quiet_thread_has_a_connection_of_its_own_and_hands_on_its_error(indexed: World) -> None:
    with indexed.app() as app:

        def look(opened: OpenIndex) -> tuple[str, int]:
            assert opened is not app
            return threading.current_thread().name, opened.ledger.catalog.count_files()

        assert in_quiet_thread(app.shared, look) == ("night", 21)

        def fail(opened: OpenIndex) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            in_quiet_thread(app.shared, fail)


def test_an_empty_index_has_a_quiet_night(world: World) -> None:
    world.index(world.notes)
    told = night(world)
    assert told["ok"], told
    assert told["summary"] == ""


def test_a_night_that_nobody_waits_for_any_more_begins_no_other_step(indexed: World) -> None:
    begun: list[object] = []

    def owner(job: Any) -> Any:
        begun.append(job)
        raise Cancelled

    with pytest.raises(Cancelled):
        night_run(owner)
    assert len(begun) == 1
