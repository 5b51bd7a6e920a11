"""The ramp-up plan: its stages, what stands in them and why, and what every reading and question must keep."""

from pathlib import Path
from typing import Any

import pytest

from kb.errors import NoIndexError, UsageError
from tests.unit.app.world import World
from tests.unit.learn.ramp import FILES, TOPIC, indexed


def plan(world: World, topic: str = TOPIC, **options: Any) -> dict[str, Any]:
    with world.app() as app:
        return app.learn(topic, plan=True, **options)


def stage(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return next(stage for stage in payload["stages"] if stage["name"] == name)


def readings(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for stage in payload["stages"] for item in stage["reading"]]


def questions(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for stage in payload["stages"] for item in stage["questions"]]


def test_the_stages_are_ground_of_notes_fit_of_decisions_and_practice_of_code_with_its_test(world: World) -> None:
    payload = plan(indexed(world))
    assert [item["name"] for item in payload["stages"]] == ["Ground", "Fit", "Practice"]
    assert {item["path"] for item in stage(payload, "Ground")["reading"]} == {
        "til/cache/expire.md",
        "til/cache/stale.md",
    }
    fit = [item["path"] for item in stage(payload, "Fit")["reading"]]
    assert fit[:2] == ["docs/adr/0002-sqlite.md", "docs/adr/0001-files.md"]
    assert "shop/cache.py" in fit
    practice = {item["path"]: item["why"] for item in stage(payload, "Practice")["reading"]}
    assert practice["tests/test_cache.py"].startswith("the test that guards it: named after cache.py")
    assert "til/bread/dough.md" not in [item["path"] for item in readings(payload)]


def test_what_is_no_longer_in_force_comes_after_its_successor_and_is_marked(world: World) -> None:
    payload = plan(indexed(world))
    found = {item["path"]: item for item in readings(payload)}
    assert found["docs/adr/0001-files.md"]["superseded_by"] == "docs/adr/0002-sqlite.md"
    assert "no longer in force" in found["docs/adr/0001-files.md"]["why"]
    assert found["docs/adr/0002-sqlite.md"]["superseded_by"] is None
    assert "2 options turned down" in found["docs/adr/0002-sqlite.md"]["why"]


def test_what_a_note_builds_on_is_read_before_it(world: World) -> None:
    ground = [item["path"] for item in stage(plan(indexed(world)), "Ground")["reading"]]
    assert ground.index("til/cache/stale.md") < ground.index("til/cache/expire.md")


def test_a_common_mistake_is_told_where_the_note_tells_it(world: World) -> None:
    ground = {item["path"]: item["why"] for item in stage(plan(indexed(world)), "Ground")["reading"]}
    assert "Beware of the stampede" in ground["til/cache/stale.md"]


def test_every_question_is_answered_by_its_own_lines_on_the_disk(world: World) -> None:
    with indexed(world).app() as app:
        payload = app.learn(TOPIC)
        assert questions(payload)
        for question in questions(payload):
            told = app.study_reveal(TOPIC, question["id"])
            lines = Path(question["abspath"]).read_text("utf-8").split("\n")
            quote = "\n".join(lines[question["start"] - 1 : question["end"]])
            assert told["quote"] == quote
            assert told["answer"] and told["answer"] in quote
            assert told["answer"] not in question["prompt"]


def test_the_option_that_was_chosen_is_asked_for_before_the_decision_is_shown(world: World) -> None:
    with indexed(world).app() as app:
        payload = app.learn(TOPIC)
        asked = next(item for item in questions(payload) if item["path"] == "docs/adr/0002-sqlite.md")
        assert (asked["kind"], asked["options"]) == ("predict", ["Plain files", "Redis", "SQLite"])
        assert app.study_reveal(TOPIC, asked["id"])["answer"] == "SQLite"
    assert "answer" not in asked


def test_a_place_to_choose_is_right_only_once(world: World) -> None:
    before = [item["prompt"] for item in questions(plan(indexed(world))) if item["kind"] == "where"]
    assert "Where would a change to `PriceCache` go?" in before
    world.write("shop/other.py", "class PriceCache:\n    '''Another price cache of the shop.'''\n")
    world.index()
    after = [item for item in questions(plan(world)) if "`PriceCache`" in item["prompt"]]
    assert all({"shop/cache.py", "shop/other.py"} - set(item["options"]) for item in after)


def test_concepts_stand_after_what_they_need(world: World) -> None:
    payload = plan(indexed(world))
    assert payload["concepts"]
    seen: set[str] = set()
    for concept in payload["concepts"]:
        assert set(concept["needs"]) <= seen
        seen.add(concept["key"])
        text = Path(concept["abspath"]).read_text("utf-8").split("\n")
        assert 1 <= concept["start"] <= concept["end"] <= len(text)


def test_what_is_known_is_neither_read_nor_asked(world: World) -> None:
    before = plan(indexed(world))
    name = next(item["name"] for item in before["concepts"] if item["name"] == "price cache")
    after = plan(world, knows=["Price Caches"])
    assert [item["known"] for item in after["concepts"] if item["name"] == name] == [True]
    assert not [item for item in questions(after) if item["concept"] == "cach price"]
    assert "til/cache/expire.md" in [item["path"] for item in readings(before)]
    assert "til/cache/expire.md" not in [item["path"] for item in stage(after, "Ground")["reading"]]


def test_a_topic_that_is_hardly_touched_gets_a_plan_of_its_neighbours_and_says_what_is_missing(world: World) -> None:
    payload = plan(indexed(world), "invoices of the cache")
    assert payload["coverage"] == "thin"
    assert payload["missing"] == ["invoices"]
    assert readings(payload)


def test_nothing_near_is_an_empty_plan(world: World) -> None:
    payload = plan(indexed(world), "zymurgy")
    assert (payload["stages"], payload["coverage"], payload["missing"]) == ([], "thin", ["zymurgy"])


def test_a_folder_beside_the_index_is_brought_in_and_not_kept(world: World, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    text = "# Invoices\n\nAn invoice is a bill that the price cache never sees. Invoices are numbered.\n"
    (docs / "invoices.md").write_text(text, "utf-8")
    indexed(world)
    before = world.files()
    payload = plan(world, "invoices for the price cache", outside=str(docs))
    found = [item for item in readings(payload) if item["abspath"] == str(docs / "invoices.md")]
    assert len(found) == 1 and found[0]["source"] == ""
    assert "from outside of your notes" in found[0]["why"]
    assert payload["missing"] == []
    assert world.files() == before
    assert (docs / "invoices.md").read_text("utf-8") == text


def test_a_plan_is_the_same_for_the_same_notes(world: World) -> None:
    first, second = plan(indexed(world)), plan(world)
    assert {**first, "took_ms": 0} == {**second, "took_ms": 0}


def test_a_file_that_was_deleted_since_is_no_reading(world: World) -> None:
    indexed(world)
    (world.notes / "til/cache/expire.md").unlink()
    assert "til/cache/expire.md" not in [item["path"] for item in readings(plan(world))]


def test_without_vectors_the_words_lead(world: World) -> None:
    for path, text in FILES.items():
        world.write(path, text)
    world.index(text_only=True)
    assert "docs/adr/0002-sqlite.md" in [item["path"] for item in readings(plan(world))]


@pytest.mark.parametrize("topic", ["", " \n ", "x" * 10_000, "price cache " * 1_000])
def test_no_subject_is_a_usage_error(world: World, topic: str) -> None:
    with pytest.raises(UsageError):
        plan(indexed(world), topic)


@pytest.mark.parametrize(
    "topic", ['"', "AND OR NOT", "*", "the of", "\x1b]0;x\x07 cache", "a/../b", "キャッシュ", "🥖"]
)
def test_any_topic_is_a_plan_or_none(world: World, topic: str) -> None:
    assert plan(indexed(world), topic)["coverage"] in ("good", "thin")


def test_nothing_is_stored_by_a_look_at_the_plan(world: World) -> None:
    plan(indexed(world))
    assert not world.settings.journal.exists()


def test_without_an_index_it_says_so(world: World) -> None:
    with pytest.raises(NoIndexError):
        plan(world)


def test_the_notes_stay_as_they_are(world: World) -> None:
    indexed(world)
    before = {path: (world.notes / path).stat().st_mtime_ns for path in FILES}
    plan(world)
    assert {path: (world.notes / path).read_text("utf-8") for path in FILES} == FILES
    assert {path: (world.notes / path).stat().st_mtime_ns for path in FILES} == before


def test_the_skeleton_is_letter_for_letter_out_of_the_code_to_touch(world: World) -> None:
    skeleton = stage(plan(indexed(world)), "Practice")["skeleton"]
    text = Path(skeleton["abspath"]).read_text("utf-8").split("\n")
    assert skeleton["lines"] and set(skeleton["lines"]) <= set(text[skeleton["start"] - 1 : skeleton["end"]])


def test_a_decision_without_options_is_asked_for_what_it_decided(world: World) -> None:
    text = "# 3. How long prices live\n\n## Status\n\nAccepted\n\n## Decision\n\nThe price cache keeps them an hour.\n"
    world.write("docs/adr/0003-ttl.md", text)
    asked = [item for item in questions(plan(indexed(world))) if item["path"] == "docs/adr/0003-ttl.md"]
    assert [item["options"] for item in asked] == [[]] and "what was decided" in asked[0]["prompt"]
