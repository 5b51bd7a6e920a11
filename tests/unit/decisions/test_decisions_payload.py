"""What `kb decisions …` gives to scripts, and how what stands in a file reaches a drawing."""

import json
import re
from typing import Any

import pytest

from kb.decisions.drawing import dot, mermaid
from kb.decisions.edges import Edge
from kb.errors import NotFoundError, UsageError
from tests.unit.app.world import World, world
from tests.unit.decisions.test_graph import decision

__all__ = ["world"]


@pytest.fixture
def shop(world: World) -> World:
    world.write("docs/adr/0001-mysql.md", decision(1, "Superseded by [ADR-2](0002-postgres.md)", title="Use MySQL"))
    world.write("docs/adr/0002-postgres.md", decision(2, "Superseded by ADR-3 on 2025-03-02", title="Use Postgres"))
    world.write("docs/adr/0003-sqlite.md", decision(3, title="Use SQLite") + "\nBuilds on ADR-4.\n")
    world.write("docs/adr/0004-files.md", decision(4, title="Keep files"))
    world.write("src/store.py", "x = 1\n# MySQL, see ADR-1\n")
    world.write("src/lite.py", "# as ADR-3 wants it\nx = 1\n")
    world.write("til/sql.md", "# SQL\n\nSee [[0003-sqlite]].\n")
    world.index()
    return world


def told(world: World, verb: str, *args: Any, **named: Any) -> dict[str, Any]:
    with world.app() as app:
        return getattr(app, f"decisions_{verb}")(*args, **named)  # type: ignore[no-any-return]


def test_the_list_gives_status_date_and_both_sides_of_a_succession(shop: World) -> None:
    found = {d["path"]: d for d in told(shop, "list")["decisions"]}
    old = found["docs/adr/0001-mysql.md"]
    assert (old["number"], old["title"], old["date"]) == (1, "1. Use MySQL", "2024-02-02")
    assert (old["status"], old["supersedes"], old["superseded_by"]) == ("superseded", [], ["docs/adr/0003-sqlite.md"])
    assert found["docs/adr/0002-postgres.md"]["supersedes"] == ["docs/adr/0001-mysql.md"]
    assert found["docs/adr/0002-postgres.md"]["superseded_on"] == "2025-03-02"
    assert found["docs/adr/0003-sqlite.md"]["superseded_by"] == []
    assert old["abspath"] == str(shop.notes / "docs/adr/0001-mysql.md")


def test_the_list_can_be_narrowed_to_a_status(shop: World) -> None:
    assert len(told(shop, "list", status="Accepted")["decisions"]) == 2
    assert len(told(shop, "list", status="superseded")["decisions"]) == 2
    with pytest.raises(UsageError, match="no such source"):
        told(shop, "list", source="nowhere")


@pytest.mark.parametrize("status", ["Accepted", "Final", ""])
def test_a_decision_that_only_its_successor_calls_replaced_is_listed_as_superseded(world: World, status: str) -> None:
    world.write("adr/0001-a.md", decision(1, status))
    world.write("adr/0002-b.md", decision(2, "Accepted\n\nSupersedes ADR-1"))
    world.index()
    old = told(world, "list")["decisions"][0]
    assert (old["status"], old["superseded_by"]) == ("superseded", ["adr/0002-b.md"])


def test_links_are_plain_paths_with_their_sources_and_the_place_of_the_evidence(shop: World) -> None:
    links = told(shop, "links", relation="supersedes")["links"]
    assert [(link["src"], link["dst"]) for link in links] == [
        ("docs/adr/0002-postgres.md", "docs/adr/0001-mysql.md"),
        ("docs/adr/0003-sqlite.md", "docs/adr/0002-postgres.md"),
    ]
    assert links[0] | {
        "src_source": "notes", "dst_source": "notes", "relation": "supersedes", "line": 7, "declared": True,
        "path": "docs/adr/0001-mysql.md", "source": "notes",
    } == links[0]  # fmt: skip


@pytest.mark.parametrize(
    "ref", ["2", "ADR-2", "adr-0002", "docs/adr/0002-postgres.md", "notes:docs/adr/0002-postgres.md"]
)
def test_show_gives_the_whole_chain(shop: World, ref: str) -> None:
    shown = told(shop, "show", ref, cwd="/")
    assert shown["decision"]["path"] == "docs/adr/0002-postgres.md"
    assert [d["path"] for d in shown["chain"]["before"]] == ["docs/adr/0001-mysql.md"]
    assert [d["path"] for d in shown["chain"]["after"]] == ["docs/adr/0003-sqlite.md"]


def test_show_flags_code_that_follows_a_superseded_decision(shop: World) -> None:
    (stale,) = told(shop, "show", "1")["code"]
    assert (stale["path"], stale["line"], stale["follows_superseded"]) == ("src/store.py", 2, True)
    (alive,) = told(shop, "show", "3")["code"]
    assert (alive["path"], alive["line"], alive["follows_superseded"]) == ("src/lite.py", 1, False)
    assert {n["path"]: n["relation"] for n in told(shop, "show", "3")["neighbours"]} == {
        "docs/adr/0004-files.md": "extends",
        "til/sql.md": "links",
    }


def test_show_asks_which_where_a_number_is_taken_twice(shop: World) -> None:
    shop.write("blog/adr/0001-other.md", decision(1))
    shop.index()
    with pytest.raises(UsageError, match="2 decisions") as caught:
        told(shop, "show", "1")
    assert "notes:blog/adr/0001-other.md" in caught.value.hint
    for ref in ("99", "src/store.py", "no.md", "ADR-²", "²"):
        with pytest.raises(NotFoundError):
            told(shop, "show", ref)


def test_the_graph_is_drawn_in_three_ways(shop: World) -> None:
    drawn = told(shop, "graph")["text"]
    assert drawn.startswith("flowchart TD\n") and "-->|supersedes|" in drawn and "store.py" not in drawn
    assert "store.py" in told(shop, "graph", everything=True)["text"]
    assert told(shop, "graph", form="dot")["text"].startswith("digraph decisions {\n")
    graph = told(shop, "graph", form="json")
    assert {node["path"] for node in graph["nodes"]} >= {"docs/adr/0001-mysql.md"}
    assert {edge["relation"] for edge in graph["edges"]} == {"supersedes", "extends"}
    json.dumps(graph)


HOSTILE = 'a"]\n  x-->y; click x "javascript:alert(1)" #quot; <script>\x1b]0;owned\x07 \u202e \\N [/'


def test_a_title_is_a_label_in_mermaid_and_never_syntax() -> None:
    drawn = mermaid({1: HOSTILE, 2: "b"}, [Edge(1, 2, "related", 1, "", 1)])
    head, one, *_ = drawn.splitlines()
    assert head == "flowchart TD"
    label = re.fullmatch(r'    d1\["(.*)"\]', one)
    assert label and not re.search(r'["<>;\[\]{}|\\](?<!\d;)', re.sub(r"#\d+;", "", label[1]))
    assert "\x1b" not in drawn and "\u202e" not in drawn
    assert len(drawn.splitlines()) == 4


def test_a_title_is_a_label_in_dot_and_never_syntax() -> None:
    drawn = dot({1: HOSTILE}, [])
    (line,) = (line for line in drawn.splitlines() if line.startswith("  d1"))
    body = re.fullmatch(r'  d1 \[label="((?:[^"\\]|\\.)*)"\];', line)
    assert body and "\\N" not in body[1].replace("\\\\", "")
    assert "\x1b" not in drawn and "\x07" not in drawn


def test_a_status_in_words_that_nobody_here_knows_is_told_and_the_rest_works(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, "Hyväksytty"))
    world.write("adr/0002-b.md", decision(2, "<!-- Proposed | Accepted -->"))
    world.index()
    checked = told(world, "check")
    assert checked["problems"] == []
    assert checked["notices"] == ["adr/0001-a.md: status not understood: Hyväksytty"]


def test_a_status_that_nobody_uses_is_refused_with_the_nearest_word(shop: World) -> None:
    with pytest.raises(UsageError, match="no such status: supersede") as caught:
        told(shop, "list", status="supersede")
    assert caught.value.hint == "is superseded meant?"
    assert len(told(shop, "list", status="superceded")["decisions"]) == 2
    assert told(shop, "list", status="rejected")["decisions"] == []


def test_a_number_that_is_taken_twice_is_told_apart_by_the_source(shop: World) -> None:
    other = shop.notes.parent / "blog"
    (other / "adr").mkdir(parents=True)
    (other / "adr" / "0001-other.md").write_text(decision(1, title="Other"), "utf-8")
    with shop.app() as app:
        app.index([str(other)])
    for ref, named in (("1", {"source": "blog"}), ("blog:1", {}), ("ADR-1", {"source": "blog"})):
        assert told(shop, "show", ref, **named)["decision"]["path"] == "adr/0001-other.md"
    assert told(shop, "show", "1", source="notes")["decision"]["path"] == "docs/adr/0001-mysql.md"
    with pytest.raises(UsageError, match="no such source"):
        told(shop, "show", "1", source="nowhere")
    with pytest.raises(NotFoundError, match="no decision in blog has the number 2"):
        told(shop, "show", "2", source="blog")


def test_a_succession_that_is_only_proposed_is_told_as_such_on_both_sides(world: World) -> None:
    world.write("adr/0060-a.md", decision(60))
    world.write("adr/0073-b.md", decision(73, "Proposed", "This ADR supersedes ADR-60."))
    world.index()
    (link,) = told(world, "links")["links"]
    assert (link["relation"], link["in_effect"]) == ("supersedes", False)
    for ref, direction in (("60", "from"), ("73", "to")):
        shown = told(world, "show", ref)
        assert shown["chain"] == {"before": [], "after": []}
        assert shown["decision"]["supersedes"] == shown["decision"]["superseded_by"] == []
        (other,) = shown["neighbours"]
        assert (other["relation"], other["direction"], other["in_effect"]) == ("supersedes", direction, False)
    assert "-.->|would supersede|" in told(world, "graph")["text"]
