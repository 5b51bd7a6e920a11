"""What is told of the studies without a plan being made, and a study written to a file."""

from typing import Any

import pytest

from kb.app.moments import until
from kb.app.study_order import in_turn
from kb.errors import StorageError, UsageError
from tests.unit.app.world import World
from tests.unit.learn.ramp import TOPIC, indexed


def test_the_studies_are_told_the_last_first_with_what_is_done(world: World) -> None:
    indexed(world)
    with world.app() as app:
        plan = app.learn(TOPIC)
        item = plan["stages"][0]["reading"][0]["id"]
        app.study_mark(TOPIC, item)
        app.learn("checkout of a cart")
        told = app.studies()
    assert [study["topic"] for study in told["studies"]] == ["checkout of a cart", TOPIC]
    assert told["studies"][1]["progress"]["reading_done"] == 1
    assert told["studies"][1]["progress"]["reading"] == plan["progress"]["reading"]
    assert told["tutor"] is None


def test_the_open_session_of_the_tutor_is_told_with_its_lines(world: World) -> None:
    indexed(world)
    with world.app() as app:
        opened = app.tutor_open(TOPIC, at="notes:shop/cache.py:1-3", level="some", goal="know", cwd="/")
        here = {"source": "notes", "path": "shop/cache.py", "start": 1}
        assert app.studies()["tutor"] == {
            "session": opened["session"], "topic": TOPIC, "stage": opened["stage"], "here": here,
        }  # fmt: skip
        while opened["stage"] != "done":
            opened = app.tutor_tell(opened["session"])
        assert app.studies()["tutor"] is None


def test_who_only_looks_makes_no_journal(world: World) -> None:
    with world.app() as app:
        assert app.studies() == {"studies": [], "tutor": None}
    assert not world.settings.home.exists()


def test_a_damaged_study_or_session_does_not_hide_the_others(world: World) -> None:
    indexed(world)
    with world.app() as app:
        app.learn("checkout of a cart")
        app.learn(TOPIC)
        app.tutor_open(TOPIC, cwd="/")
        with app.journal.transaction():
            app.journal.execute("UPDATE study SET plan = '{}' WHERE topic = ?", (TOPIC,))
            app.journal.execute("UPDATE tutoring SET state = '{}'")
        told = app.studies()
    assert [study["topic"] for study in told["studies"]] == ["checkout of a cart"]
    assert told["tutor"] is None


def test_a_study_is_written_to_a_new_file_only(world: World) -> None:
    indexed(world)
    target = world.folder / "own.md"
    with world.app() as app:
        app.learn(TOPIC)
        assert app.study_write(TOPIC, "own.md", cwd=str(world.folder)) == {"topic": TOPIC, "path": str(target)}
        assert target.read_text("utf-8") == app.study_note(TOPIC)["text"]
        target.write_text("mine", "utf-8")
        with pytest.raises(UsageError, match="there is a file already"):
            app.study_write(TOPIC, "own.md", cwd=str(world.folder))
        assert target.read_text("utf-8") == "mine"
        for name in ("no/such/folder.md", "nul\0.md", "."):
            with pytest.raises((StorageError, UsageError)):
                app.study_write(TOPIC, name, cwd=str(world.folder))
        assert app.study_note(TOPIC)["name"] == "price-cache.md"


def test_each_question_comes_once_and_before_its_file() -> None:
    def item(name: str, file: str) -> dict[str, Any]:
        return {"id": name, "abspath": file}

    stage = {
        "reading": [item("r1", "/a"), item("r2", "/a"), item("r3", "/b")],
        "questions": [item("q1", "/b"), item("q2", "/a"), item("q3", "/elsewhere")],
    }
    assert [found["id"] for found in in_turn(stage)] == ["q2", "r1", "r2", "q1", "r3", "q3"]


def test_a_moment_that_is_past_is_now() -> None:
    assert until("2000-01-01T00:00:00+00:00") == "now"
    assert until("9999-01-01T00:00:00+00:00").endswith(" days")
