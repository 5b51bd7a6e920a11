"""What `kb decisions check` finds, each with its file and line, and what it must not cry about."""

import pytest

from kb.decisions.check import check, circles
from kb.decisions.edges import Edge
from kb.decisions.graph import Graph
from kb.store.ledger import Ledger
from tests.unit.app.world import World, world
from tests.unit.decisions.test_graph import decision

__all__ = ["world"]

Found = list[tuple[str, str, int]]


def problems(world: World) -> Found:
    world.index()

    def look(ledger: Ledger) -> Found:
        graph = Graph.read(ledger)
        return [(p.kind, graph.nodes[p.file_id].path, p.line) for p in check(graph, ledger)]

    return world.look(look)  # type: ignore[no-any-return]


def test_a_folder_in_order_has_no_problem(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, "Superseded by [ADR-2](0002-b.md)"))
    world.write("adr/0002-b.md", decision(2, "Accepted\n\nSupersedes [ADR-1](0001-a.md)", "As RFC 2119 says."))
    assert problems(world) == []


def test_a_link_to_a_deleted_file_dangles(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, more="See [that](0009-gone.md) and [[0010-gone]] and ADR-11."))
    found = problems(world)
    assert found == [("dangling-link", "adr/0001-a.md", 11)] * 3


def test_a_successor_that_is_gone_is_one_problem_not_two(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, "Superseded by [ADR-9](0009-gone.md)"))
    assert problems(world) == [("dangling-link", "adr/0001-a.md", 7)]


@pytest.mark.parametrize(
    "more",
    ["See [us](https://example.org/x.md).", "See [the folder](../src).", "![drawing](a.png)", "See [top](#context).",
     "Ask [them](example.org).", "Code: [main](../src/main.bin).", "I am ADR-1, [here](0001-a.md)."],
)  # fmt: skip
def test_what_leads_somewhere_outside_of_the_index_is_no_dangling_link(world: World, more: str) -> None:
    world.write("src/main.bin", b"\0\1")
    world.write("adr/0001-a.md", decision(1, more=more))
    assert problems(world) == []


def test_code_that_names_a_decision_which_is_none(world: World) -> None:
    world.write("adr/0001-a.md", decision(1))
    world.write("src/a.py", "x = 1\n# as ADR-41 says, and RFC 41\n")
    assert problems(world) == [("dangling-link", "src/a.py", 2)]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("Superseded by ADR-2", "Accepted", ("adr/0001-a.md", 7)),
        ("Accepted", "Accepted\n\nSupersedes ADR-1", ("adr/0002-b.md", 9)),
    ],
)
def test_a_succession_that_one_side_tells(world: World, old: str, new: str, place: tuple[str, int]) -> None:
    world.write("adr/0001-a.md", decision(1, old))
    world.write("adr/0002-b.md", decision(2, new))
    assert problems(world) == [("one-sided-supersede", *place)]


@pytest.mark.parametrize("status", ["Proposed\n\nSupersedes ADR-1", "Accepted\n\nPartially supersedes ADR-1"])
def test_what_is_not_decided_yet_or_only_in_part_needs_no_other_side(world: World, status: str) -> None:
    world.write("adr/0001-a.md", decision(1))
    world.write("adr/0002-b.md", decision(2, status))
    assert problems(world) == []


def test_a_circle_is_told_once(world: World) -> None:
    for number, later in ((1, 2), (2, 3), (3, 1)):
        earlier = (number + 1) % 3 + 1
        status = f"Superseded by ADR-{later}\n\nSupersedes ADR-{earlier}"
        world.write(f"adr/000{number}-x.md", decision(number, status))
    assert [kind for kind, *_ in problems(world)] == ["cycle"]


def test_two_decisions_with_one_number_and_an_annex(world: World) -> None:
    world.write("adr/0001-a.md", decision(1))
    world.write("adr/0001-b.md", decision(1))
    world.write("adr/0002-c.md", decision(2))
    world.write("adr/0002-c-annex.md", decision(2))
    world.write("blog/adr/0001-a.md", decision(1))
    assert problems(world) == [("duplicate-number", "adr/0001-b.md", 1)]


def test_superseded_by_nobody_knows_what(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, "Superseded"))
    assert problems(world) == [("no-successor", "adr/0001-a.md", 7)]


def test_half_written_decisions_are_no_problem(world: World) -> None:
    world.write("adr/0001-a.md", "")
    world.write("adr/0002-b.md", "# 2. B\n\n## Status\n")
    world.write("adr/0003-c.md", "---\nstatus: [\n---\n# C\n")
    world.write("adr/0004-d.md", "## Status\n\nSuperseded by\n")
    assert [(kind, path) for kind, path, _ in problems(world)] == [("no-successor", "adr/0004-d.md")]


def test_a_chain_of_thousands_does_not_end_the_recursion() -> None:
    edges = [Edge(n + 1, n, "supersedes", 1, "", n) for n in range(50_000)]
    assert circles(edges) == []
    (circle,) = circles([*edges, Edge(0, 50_000, "supersedes", 1, "", 0)])
    assert len(circle) == 50_001


def test_a_number_that_several_decisions_have_is_told_once_and_does_not_dangle(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, more="As ADR-2 says."))
    world.write("adr/0002-b.md", decision(2))
    world.write("adr/0002-c.md", decision(2))
    assert problems(world) == [("duplicate-number", "adr/0002-c.md", 1)]


def test_decisions_that_all_lead_to_each_other_are_few_problems_of_few_words() -> None:
    everyone = [(src, dst) for src in range(60) for dst in range(60) if src != dst]
    found = circles(Edge(src, dst, "requires", 1, "", stated_in=src) for src, dst in everyone)
    assert set().union(*found) == set(range(60))
    assert len(found) < 60


def test_a_long_circle_names_a_few_of_its_files_and_tells_all(world: World) -> None:
    for number in range(1, 41):
        after = number % 40 + 1
        world.write(f"adr/{number:04d}-a.md", decision(number, more=f"Requires [ADR-{after}]({after:04d}-a.md)"))
    world.index()
    (cycle,) = [p for p in world.look(lambda ledger: check(Graph.read(ledger), ledger)) if p.kind == "cycle"]
    assert len(cycle.others) == 40
    assert "29 more" in cycle.message
    assert cycle.message.count("→") == 12


def test_the_file_of_the_same_slug_is_proposed_for_a_dangling_link(world: World) -> None:
    world.write("adr/0002-a.md", decision(2, more="In [ADR 4](0004-name-prefixes.md) we changed that."))
    world.write("adr/0004-name-labels.md", decision(4))
    world.write("adr/0012-name-prefixes.md", decision(12))
    world.index()
    (message,) = world.look(lambda ledger: [p.message for p in check(Graph.read(ledger), ledger)])
    assert message == "0004-name-prefixes.md leads to no file; is adr/0012-name-prefixes.md meant?"


def test_an_rfc_in_a_list_of_references_is_no_file_that_is_missing(world: World) -> None:
    world.write(
        "adr/0001-a.md",
        f"{decision(1)}\n## References\n\n- [RFC 6455: WebSocket][ws]\n\n[ws]: https://example.org/rfc\n",
    )
    world.write("rfc/0001-b.md", f"{decision(1)}\n## References\n\n- RFC 6455, the WebSocket protocol\n")
    assert problems(world) == []


def test_a_sketch_that_calls_itself_a_decision_by_name_and_title_is_one(world: World) -> None:
    world.write("docs/architecture/adr-008-sockets.md", "# ADR 008: Sockets\n\nTwo kinds of sockets.\n")
    world.write("docs/architecture/adr-009-b.md", decision(9, more="See ADR-8."))
    assert problems(world) == []
    assert [d.number for d in world.look(Graph.read).decisions] == [8, 9]


def test_a_notes_own_number_in_its_title_is_no_problem(world: World) -> None:
    world.write("adr/0001-a.md", decision(1))
    world.write("docs/adr-008-sockets.md", "# Sockets (ADR-008)\n\nTwo kinds of sockets.\n")
    assert problems(world) == []
