"""What the brief tells of the graph: links that changed decisions could have, and code that fell behind."""

import pytest

from kb.app.brief.links import MOST_SUGGESTED
from tests.unit.app.test_brief import Desk, desk

__all__ = ["desk"]

QUEUE = "\nThe broker of the order queue keeps each message until a consumer has acknowledged it.\n"
SUBJECTS = [f"Keep the {thing}" for thing in ("shed", "cats", "piano", "bread", "lawn", "boat", "lamp", "stove")]
OTHERS = ("Paint the shed", "Feed the cats", "Tune the piano", "Bake some bread", "Mow the lawn")


@pytest.fixture
def queues(desk: Desk) -> Desk:
    """Two decisions that are alike and name each other nowhere, among others."""
    for number, title in enumerate(OTHERS, 1):
        desk.decide(number, title)
    desk.decide(6, "Keep order messages in a broker queue", more=QUEUE)
    desk.index()
    desk.age(10)
    desk.decide(7, "Acknowledge order messages of the queue", more=QUEUE)
    desk.index()
    return desk


def test_a_new_decision_brings_its_likeliest_link(queues: Desk) -> None:
    (item,) = [i for i in queues.section("suggestions")["items"] if "0006" in i["dst"]]
    assert item["path"] == "docs/adr/0007-acknowledge-order-messages-of-the-queue.md"
    assert item["relation"] == "related"
    lines = (queues.root / item["path"]).read_text().split("\n")
    assert "\n".join(lines[item["start"] - 1 : item["end"]]) == item["evidence"]


def test_links_of_decisions_that_did_not_change_are_no_news(queues: Desk) -> None:
    queues.age(10)
    assert "suggestions" not in queues.names()
    assert "suggestions" in queues.names(since="20d")


def test_what_is_linked_already_is_not_suggested(queues: Desk) -> None:
    linked = QUEUE + "\nSee [6](0006-keep-order-messages-in-a-broker-queue.md)\n"
    queues.decide(7, "Acknowledge order messages of the queue", more=linked)
    queues.index()
    assert "suggestions" not in queues.names()


def test_a_flood_of_decisions_brings_few_suggestions(desk: Desk) -> None:
    for number, title in enumerate(SUBJECTS * 2, 1):
        *_, thing = title.split()
        said = f"\nThe {thing} of {title} was {thing}worthy, and every {thing} was {thing}like.\n"
        desk.decide(number, f"{title} {number}", more=said)
    desk.index()
    assert len(desk.section("suggestions")["items"]) == MOST_SUGGESTED


def test_code_that_names_only_the_replaced_decision_is_told_with_its_line(desk: Desk) -> None:
    old = desk.decide(1, "Use Redis", status="Superseded by [3](0003-use-sqlite.md)")
    desk.decide(2, "Use Python")
    new = desk.decide(3, "Use SQLite")
    desk.write("src/behind.py", "import redis\n\n# as ADR-1 says\nstore = redis.connect()\n")
    desk.write("src/moved.py", "# ADR-3 took the place of ADR-1\nstore = sqlite()\n")
    desk.write("src/fine.py", "# ADR-2\nx = 1\n")
    desk.index()
    desk.age(30)
    (item,) = desk.section("follows")["items"]
    assert (item["path"], item["start"], item["decision"]) == ("src/behind.py", 3, old)
    assert (item["status"], item["superseded_by"], item["evidence"]) == ("superseded", new, "# as ADR-1 says")


def test_code_of_a_decision_that_was_replaced_in_part_is_not_behind(desk: Desk) -> None:
    desk.decide(1, "Use Redis", status="Partly superseded by [2](0002-use-sqlite.md)")
    desk.decide(2, "Use SQLite")
    desk.write("src/store.py", "# as ADR-1 says\nx = 1\n")
    desk.index()
    assert "follows" not in desk.names()
