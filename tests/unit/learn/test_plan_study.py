"""Studies: what was done stays done over new plans, kills and clocks; what changed since is told first."""

import json
import re
import sqlite3
from typing import Any

import pytest

from kb.errors import NotFoundError, StorageError, UsageError
from kb.learn.study import Studies
from kb.store.journal import Journal
from tests.unit.app.world import World
from tests.unit.learn.ramp import EXPIRE, TOPIC, indexed


def learn(world: World, topic: str = TOPIC, **options: Any) -> dict[str, Any]:
    with world.app() as app:
        return app.learn(topic, **options)


def reading(payload: dict[str, Any], path: str) -> dict[str, Any]:
    return next(item for stage in payload["stages"] for item in stage["reading"] if item["path"] == path)


def question(payload: dict[str, Any], path: str) -> dict[str, Any]:
    return next(item for stage in payload["stages"] for item in stage["questions"] if item["path"] == path)


def mark(world: World, item: str, **options: Any) -> dict[str, Any]:
    with world.app() as app:
        return app.study_mark(TOPIC, item, **options)


def test_what_is_done_is_done_when_the_plan_is_made_again(world: World) -> None:
    first = learn(indexed(world))
    assert first["progress"]["reading_done"] == 0
    done = mark(world, reading(first, "til/cache/expire.md")["id"])
    assert done["progress"]["reading_done"] == 1
    again = learn(world, "  PRICE   cache ")
    assert reading(again, "til/cache/expire.md")["done"]
    assert again["progress"]["minutes_left"] < first["progress"]["minutes_left"]
    mark(world, reading(first, "til/cache/expire.md")["id"], done=False)
    assert not reading(learn(world), "til/cache/expire.md")["done"]


def test_a_question_keeps_how_well_it_was_answered(world: World) -> None:
    asked = question(learn(indexed(world)), "docs/adr/0002-sqlite.md")
    mark(world, asked["id"], grade="partly")
    again = question(learn(world), "docs/adr/0002-sqlite.md")
    assert (again["done"], again["grade"]) == (True, "partly")
    with pytest.raises(UsageError, match="no such grade"):
        mark(world, asked["id"], grade="brilliant")


def test_resume_goes_on_with_the_last_topic_and_how_it_was_asked_for(world: World) -> None:
    learn(indexed(world), knows=["stale cache"])
    learn(world, "checkout of a cart")
    learn(world, TOPIC)
    resumed = learn(world, "", resume=True)
    assert resumed["topic"] == TOPIC
    assert [item["known"] for item in resumed["concepts"] if item["key"] == "cach stale"] in ([], [True])
    with world.app() as app:
        study = Studies(app.journal).last()
    assert study is not None and study.knows == ("stale cache",)


def test_there_is_nothing_to_resume_before_something_was_begun(world: World) -> None:
    indexed(world)
    with pytest.raises(NotFoundError):
        learn(world, "", resume=True)
    with pytest.raises(NotFoundError):
        learn(world, TOPIC, resume=True)


def test_what_changed_since_it_was_read_is_told_first_and_is_to_be_read_again(world: World) -> None:
    first = learn(indexed(world))
    for path in ("til/cache/expire.md", "til/cache/stale.md", "docs/adr/0002-sqlite.md"):
        mark(world, reading(first, path)["id"])
    assert learn(world, resume=True)["changed"] == []
    world.write("til/cache/expire.md", EXPIRE.replace("thirty", "sixty"))
    (world.notes / "til/cache/stale.md").unlink()
    decision = (
        "# 4. Cache in Redis\n\n## Status\n\nAccepted\n\nSupersedes [2. Cache in one place](0002-sqlite.md)\n\n"
        "## Decision\n\nThe price cache moves to Redis.\n"
    )
    world.write("docs/adr/0004-redis.md", decision)
    world.index()
    after = learn(world, resume=True)
    what = {item["path"]: item["what"] for item in after["changed"]}
    assert what == {
        "til/cache/expire.md": "changed",
        "til/cache/stale.md": "gone",
        "docs/adr/0002-sqlite.md": "superseded",
        "docs/adr/0004-redis.md": "new",
    }
    assert not reading(after, "til/cache/expire.md")["done"]
    mark(world, reading(after, "til/cache/expire.md")["id"])
    again = learn(world, resume=True)
    assert reading(again, "til/cache/expire.md")["done"]
    assert "til/cache/expire.md" not in [item["path"] for item in again["changed"]]


def test_an_answer_is_read_from_the_disk_wherever_it_moved_to(world: World) -> None:
    asked = question(learn(indexed(world)), "docs/adr/0002-sqlite.md")
    file = world.notes / "docs/adr/0002-sqlite.md"
    text = file.read_text("utf-8")
    file.write_text(text.replace("## Status", "A line more.\n\n## Status"), "utf-8")
    with world.app() as app:
        moved = app.study_reveal(TOPIC, asked["id"])
        assert (moved["start"], moved["changed"], moved["answer"]) == (asked["start"] + 2, False, "SQLite")
        file.write_text(text.replace('"SQLite", because readers of', '"Redis", because readers of'), "utf-8")
        rewritten = app.study_reveal(TOPIC, asked["id"])
        assert rewritten["changed"] and rewritten["notices"] and '"Redis"' in rewritten["quote"]
        file.unlink()
        gone = app.study_reveal(TOPIC, asked["id"])
        assert (gone["changed"], gone["quote"], gone["answer"]) == (True, "", "")


def test_a_clock_that_was_set_back_loses_nothing(world: World) -> None:
    first = learn(indexed(world))
    mark(world, reading(first, "til/cache/expire.md")["id"])
    with sqlite3.connect(world.settings.journal) as journal:
        assert journal.execute("SELECT count(*) FROM study").fetchone() == (1,)
    learn(world, "checkout of a cart")
    with world.app() as app:
        app.journal.execute("UPDATE study SET at = at")  # the time is told to nobody
        turns = [row[0] for row in app.journal.rows("SELECT turn FROM study ORDER BY id")]
    assert turns == [1, 2]
    assert learn(world, "", resume=True)["topic"] == "checkout of a cart"
    assert reading(learn(world), "til/cache/expire.md")["done"]


def test_a_study_that_was_damaged_is_told_and_a_damaged_mark_is_none(world: World) -> None:
    first = learn(indexed(world))
    mark(world, reading(first, "til/cache/expire.md")["id"])
    with sqlite3.connect(world.settings.journal) as journal:
        journal.execute("UPDATE study_mark SET digest = 'x'")
    assert not reading(learn(world), "til/cache/expire.md")["done"]
    with sqlite3.connect(world.settings.journal) as journal:
        journal.execute("UPDATE study SET plan = '{}'")
    with pytest.raises(StorageError, match="journal is damaged"):
        learn(world)


def test_a_journal_that_is_no_database_is_told(world: World) -> None:
    indexed(world)
    world.settings.journal.parent.mkdir(parents=True, exist_ok=True)
    world.settings.journal.write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(StorageError, match="journal is damaged"):
        learn(world)


def test_an_unknown_item_or_topic_is_named(world: World) -> None:
    first = learn(indexed(world))
    with pytest.raises(NotFoundError, match="has no nothing"):
        mark(world, "nothing")
    with world.app() as app, pytest.raises(NotFoundError, match="not under study"):
        app.study_note("bread")
    with world.app() as app, pytest.raises(UsageError, match="is a reading"):
        app.study_reveal(TOPIC, reading(first, "til/cache/expire.md")["id"])


def test_what_is_kept_is_kept_by_a_mark_that_was_cut_off(world: World) -> None:
    first = learn(indexed(world))
    mark(world, reading(first, "til/cache/expire.md")["id"])
    with Journal.open(world.settings.journal) as journal:
        studies = Studies(journal)
        study = studies.need(TOPIC)
        with pytest.raises(KeyboardInterrupt), journal.transaction():
            studies.mark(study, reading(first, "til/cache/stale.md")["id"], digest="d")
            raise KeyboardInterrupt
    again = learn(world)
    assert reading(again, "til/cache/expire.md")["done"] and not reading(again, "til/cache/stale.md")["done"]


def test_the_note_holds_the_answers_of_what_was_answered_and_no_other(world: World) -> None:
    first = learn(indexed(world))
    asked = question(first, "docs/adr/0002-sqlite.md")
    with world.app() as app:
        before = app.study_note(TOPIC)["text"]
        app.study_mark(TOPIC, asked["id"], grade="right")
        after = app.study_note(TOPIC)["text"]
    place = f"`notes:docs/adr/0002-sqlite.md:{asked['start']}-{asked['end']}`"
    assert f"  - SQLite ({place})" not in before
    assert f"  - SQLite ({place})" in after
    assert after.startswith("# Learning: price cache\n")
    assert "superseded by docs/adr/0002-sqlite.md" in after


def test_the_payload_is_json(world: World) -> None:
    assert json.loads(json.dumps(learn(indexed(world))))["topic"] == TOPIC


def test_what_was_read_is_read_also_where_its_file_was_moved_to(world: World) -> None:
    first = learn(indexed(world))
    asked = question(first, "docs/adr/0002-sqlite.md")
    mark(world, reading(first, "til/cache/expire.md")["id"])
    with world.app() as app:
        app.study_mark(TOPIC, asked["id"], grade="partly")
    (world.notes / "docs/adr/0002-sqlite.md").rename(world.notes / "docs/adr/0002-one-place.md")
    (world.notes / "til/cache/expire.md").rename(world.notes / "til/cache/drop.md")
    world.index()
    after = learn(world, resume=True)
    assert reading(after, "til/cache/drop.md")["done"]
    assert question(after, "docs/adr/0002-one-place.md")["grade"] == "partly"
    assert not {"til/cache/expire.md", "til/cache/drop.md"} & {item["path"] for item in after["changed"]}
    assert reading(learn(world, resume=True), "til/cache/drop.md")["done"]


def test_what_was_deleted_is_told_before_the_index_knows_of_it(world: World) -> None:
    first = learn(indexed(world))
    mark(world, reading(first, "til/cache/stale.md")["id"])
    (world.notes / "til/cache/stale.md").unlink()
    changed = learn(world, resume=True)["changed"]
    assert [(item["path"], item["what"]) for item in changed] == [("til/cache/stale.md", "gone")]


def test_nothing_that_a_note_quotes_is_markup_in_it(world: World) -> None:
    indexed(world)
    title = "The price cache <img src=x onerror=alert(1)> \x1b[31m"
    world.write("til/cache/bad`name.md", f"# {title}\n\nBeware: the price cache fails [here](javascript:a).\n")
    world.index()
    learn(world)
    with world.app() as app:
        text = app.study_note(TOPIC)["text"]
    assert "\\<img" in text and not re.search(r"(?<!\\)<img", text)
    assert "\x1b" not in text and "`` notes:til/cache/bad`name.md:1-3 ``" in text
