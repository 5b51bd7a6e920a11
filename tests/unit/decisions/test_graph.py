"""What indexed files say of each other becomes typed edges, each once, with the line that says it."""

import pytest

from kb.decisions.graph import Graph
from tests.unit.app.world import World, world

__all__ = ["world"]

Told = list[tuple[str, str, str]]


def decision(number: int, status: str = "Accepted", more: str = "", title: str = "Choice") -> str:
    return (
        f"# {number}. {title}\n\nDate: 2024-0{number % 9 + 1}-02\n\n## Status\n\n{status}\n\n"
        f"## Context\n\n{more or 'Something.'}\n\n## Decision\n\nWe choose.\n"
    )


def graph(world: World) -> Graph:
    world.index()
    return world.look(Graph.read)  # type: ignore[no-any-return]


def edges(found: Graph) -> Told:
    paths = {file_id: node.path for file_id, node in found.nodes.items()}
    return sorted((paths[edge.src], edge.relation, paths[edge.dst]) for edge in found.edges)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (decision(1, "Superseded by [ADR-2](0002-b.md)"), decision(2)),
        (decision(1, "Superceded by [2. Choice](0002-b.md)"), decision(2, "Accepted\n\nSupercedes [1](0001-a.md)")),
        ("---\nstatus: superseded by ADR-0002\n---\n# A\n\n## Decision Outcome\n\nx\n", decision(2)),
        ("# A\n\n- Status: superseded by [b](0002-b.md)\n\n## Context\n\nx\n\n## Decision\n\ny\n", decision(2)),
        (decision(1), "# B\n\n* Status: accepted\n\n## Context\n\nx\n\n## Links\n\n* Supersedes [A](0001-a.md)\n"),
        ("ADR: 1\nTitle: A\nStatus: Final\nSuperseded-By: 2\n\n# 1. A\n\n## Context\n\nx\n\n## Decision\n\ny\n", decision(2)),  # noqa: E501
        ("---\nstatus: replaced\nsuperseded-by:\n  - 0002-b.md\n---\n# A\n\n## Motivation\n\nx\n\n## Context\n\nx\n\n## Decision\n\ny\n", decision(2)),  # noqa: E501
        (decision(1), "---\nstatus: accepted\nreplaces: 0001-a.md\n---\n# B\n\n## Context\n\nx\n\n## Decision\n\ny\n"),
        (decision(1, "Ersetzt durch [ADR-2](0002-b.md)"), decision(2, "Akzeptiert")),
        (decision(1, "Remplacée par ADR-2"), decision(2, "Acceptée")),
    ],
    ids=["nygard", "adr-tools", "madr-4", "log4brains", "madr-2", "header", "kep-by", "kep-replaces", "de", "fr"],
)  # fmt: skip
def test_each_dialect_of_supersede_is_one_edge_from_the_new_to_the_old(world: World, old: str, new: str) -> None:
    world.write("adr/0001-a.md", old)
    world.write("adr/0002-b.md", new)
    found = graph(world)
    assert [e for e in edges(found) if e[1] == "supersedes"] == [("adr/0002-b.md", "supersedes", "adr/0001-a.md")]
    (older,) = (d for d in found.decisions if d.path == "adr/0001-a.md")
    assert [d.path for d in found.in_force(older.file_id)] == ["adr/0002-b.md"]


@pytest.mark.parametrize(
    ("passive", "relation"),
    [("Amended by", "amends"), ("Extended by", "extends"), ("Required by", "requires"), ("Clarified by", "amends")],
)
def test_an_inverse_pair_is_one_edge_in_the_active_voice(world: World, passive: str, relation: str) -> None:
    active = {"amends": "Amends", "extends": "Extends", "requires": "Requires"}[relation]
    world.write("adr/0001-a.md", decision(1, f"Accepted\n\n{passive} [2](0002-b.md)"))
    world.write("adr/0002-b.md", decision(2, f"Accepted\n\n{active} [1](0001-a.md)"))
    assert edges(graph(world)) == [("adr/0002-b.md", relation, "adr/0001-a.md")]


def test_an_edge_quotes_the_line_that_says_it_and_names_its_file(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, "Superseded by [ADR-2](0002-b.md)"))
    world.write("adr/0002-b.md", decision(2))
    found = graph(world)
    (edge,) = found.edges
    assert (edge.line, edge.evidence, edge.declared) == (7, "Superseded by [ADR-2](0002-b.md)", True)
    assert found.nodes[edge.stated_in].path == "adr/0001-a.md"


def test_related_told_by_both_is_one_edge(world: World) -> None:
    world.write("adr/0001-a.md", decision(1) + "\n## Links\n\n* Related to [b](0002-b.md)\n")
    world.write("adr/0002-b.md", decision(2) + "\n## Links\n\n* Related to [a](0001-a.md)\n")
    assert edges(graph(world)) == [("adr/0001-a.md", "related", "adr/0002-b.md")]


def test_notes_tils_and_comments_join_the_graph(world: World) -> None:
    world.write("docs/adr/0023-use-postgres.md", decision(23))
    world.write("til/postgres.md", "# Postgres\n\nSee [[0023-use-postgres]].\n")
    world.write("notes/day.md", "# Day\n\nWe talked of [the store](../docs/adr/0023-use-postgres.md#status).\n")
    world.write("src/store.py", '"""The store, as ADR-23 wants it."""\n\nVERSION = "ADR-23"\n')
    world.write("src/other.py", 'NAME = "ADR-23"\nURL = "docs/adr/0023-use-postgres.md"\n')
    world.write("src/main.go", "package main\n\n// See docs/adr/0023-use-postgres.md for why.\nfunc main() {}\n")
    assert edges(graph(world)) == [
        ("notes/day.md", "links", "docs/adr/0023-use-postgres.md"),
        ("src/main.go", "mentions", "docs/adr/0023-use-postgres.md"),
        ("src/store.py", "mentions", "docs/adr/0023-use-postgres.md"),
        ("til/postgres.md", "links", "docs/adr/0023-use-postgres.md"),
    ]


def test_a_number_means_the_decision_of_the_nearest_folder(world: World) -> None:
    for team in ("shop", "blog"):
        world.write(f"{team}/docs/adr/0007-x.md", decision(7))
        world.write(f"{team}/src/a.py", "# as ADR-7 says\nx = 1\n")
    world.write("tools/a.py", "# as ADR-7 says\nx = 1\n")
    assert edges(graph(world)) == [
        ("blog/src/a.py", "mentions", "blog/docs/adr/0007-x.md"),
        ("shop/src/a.py", "mentions", "shop/docs/adr/0007-x.md"),
    ]


def test_the_rfcs_of_the_world_are_not_our_decisions(world: World) -> None:
    world.write("adr/0007-x.md", decision(7))
    world.write("adr/0008-y.md", decision(8, more="Ids as in RFC 7 and PEP 7, and we like MADR 7.x."))
    assert edges(graph(world)) == []


def test_a_decision_of_another_project_is_not_ours_by_its_number(world: World) -> None:
    world.write("adr/0010-use-h2.md", decision(10))
    more = "See [Winery's ADR-0010](https://example.org/winery/docs/adr/0010-tosca-yaml.md) for how they do it."
    world.write("adr/0020-y.md", decision(20, more=more))
    assert edges(graph(world)) == []


def test_a_renamed_decision_is_still_meant_by_its_number(world: World) -> None:
    world.write("adr/0010-use-postgres-15.md", decision(10))
    world.write("adr/0020-y.md", decision(20, more="Builds on [the store](0010-use-postgres.md)."))
    found = graph(world)
    assert [e[2] for e in edges(found)] == ["adr/0010-use-postgres-15.md"]
    assert [missing.target for missing in found.loose] == ["0010-use-postgres.md"]


def test_links_lead_into_another_source(world: World) -> None:
    world.write("til/a.md", "# A\n\nSee [it](../shop/adr/0001-a.md), or ADR-1.\n")
    world.write("shop/adr/0001-a.md", decision(1))
    world.index(world.notes / "til", world.notes / "shop")
    found: Graph = world.look(Graph.read)
    (edge,) = found.edges
    assert (found.nodes[edge.src].source, found.nodes[edge.dst].source) == ("til", "shop")


def test_the_graph_is_kept_until_a_file_changes(world: World) -> None:
    world.write("adr/0001-a.md", decision(1))
    first = graph(world)
    assert world.look(Graph.read) is first
    world.write("adr/0002-b.md", decision(2, "Accepted\n\nSupersedes ADR-1"))
    second = graph(world)
    assert second is not first
    assert edges(second) == [("adr/0002-b.md", "supersedes", "adr/0001-a.md")]


def test_the_day_of_a_succession_is_the_one_written_else_that_of_the_successor(world: World) -> None:
    world.write("adr/0001-a.md", decision(1, "Superseded by ADR-3 on 2025-03-02"))
    world.write("adr/0002-b.md", decision(2, "Superseded by ADR-3"))
    world.write("adr/0003-c.md", decision(3))
    found = graph(world)
    days = {d.path: found.succession.superseded_on(d.file_id) for d in found.decisions}
    assert days == {"adr/0001-a.md": "2025-03-02", "adr/0002-b.md": "2024-04-02", "adr/0003-c.md": ""}


def test_what_is_only_proposed_took_nobodys_place(world: World) -> None:
    world.write("adr/0001-a.md", decision(1))
    world.write("adr/0002-b.md", decision(2, "Proposed\n\nSupersedes ADR-1"))
    found = graph(world)
    assert edges(found) == [("adr/0002-b.md", "supersedes", "adr/0001-a.md")]
    assert all(not found.in_force(d.file_id) for d in found.decisions)


def test_names_in_a_commit_message_are_resolved_from_a_path(world: World) -> None:
    world.write("docs/adr/0023-use-postgres.md", decision(23))
    found = graph(world)
    (own,) = (d.file_id for d in found.decisions)
    assert found.mentioned("Follow ADR-23, see docs/adr/0023-use-postgres.md\n\nRefs: #23", source="notes") == [own]
    assert found.resolve_in("notes", "ADR 0023", path="src/a.py") == own
    assert found.resolve_in("notes", "ADR-24") is None


# Numbers and names that mean another file than their number says

PREFIXES = decision(12, title="Resource name prefixes")


@pytest.mark.parametrize(
    "link", ["[ADR 0004](0004-name-prefixes.md)", "[[0004-name-prefixes]]", "0004-name-prefixes.md"]
)
def test_a_path_with_a_slug_means_the_file_of_that_slug_and_not_of_its_number(world: World, link: str) -> None:
    world.write("adr/0002-a.md", decision(2, more=f"In {link} we changed that."))
    world.write("adr/0004-name-labels.md", decision(4))
    world.write("adr/0012-name-prefixes.md", PREFIXES)
    assert edges(graph(world)) == [
        ("adr/0002-a.md", "links" if "[" in link else "mentions", "adr/0012-name-prefixes.md")
    ]


def test_a_path_with_the_slug_of_no_file_means_its_number_only_where_the_words_agree(world: World) -> None:
    world.write(
        "adr/0002-a.md", decision(2, more="See [that](0004-deploy-with-helm.md), [this](0005-use-blue-ink.md).")
    )
    world.write("adr/0004-labels-with-care.md", decision(4))
    world.write("adr/0005-use-blue-ink-only.md", decision(5))
    assert edges(graph(world)) == [("adr/0002-a.md", "links", "adr/0005-use-blue-ink-only.md")]


def test_a_mistyped_number_in_a_decisions_own_title_is_no_link(world: World) -> None:
    world.write(
        "adr/adr-012-peers.md", "# ADR 012: Peers\n\n## Status\n\nAccepted\n\n## Context\n\nx\n\n## Decision\n\ny\n"
    )
    world.write("adr/adr-021-events.md", "# ADR 012: Events\n\n## Context\n\nx\n\n## Decision\n\ny\n")
    world.write("notes/peers.md", "# ADR-012: how it went\n\nWell.\n")
    assert edges(graph(world)) == [("notes/peers.md", "mentions", "adr/adr-012-peers.md")]


@pytest.mark.parametrize(
    ("said", "links"),
    [("PR: [#35](https://example.org/pull/35): ADR 036: Reactor Refactor", 0),
     ("PR: [#35](https://example.org/pull/35): ADR 036: Skip empty blocks", 1),
     ("See ADR 036: Reactor Refactor", 1)],
)  # fmt: skip
def test_the_title_of_a_pull_request_means_a_decision_only_where_it_has_its_words(
    world: World, said: str, links: int
) -> None:
    world.write("adr/adr-036-empty-blocks.md", decision(36, title="Empty blocks"))
    world.write("adr/adr-039-peers.md", decision(39, more=said))
    assert len(edges(graph(world))) == links


def test_an_rfc_of_the_ietf_is_no_decision_of_that_number(world: World) -> None:
    world.write("proposals/1123-names.md", decision(1123))
    world.write("proposals/0007-a.md", decision(7, more="Labels are as in RFC 1123."))
    world.write("rfc/0009-b.md", decision(9, more="As RFC 10 says."))
    world.write("rfc/0010-c.md", decision(10))
    assert edges(graph(world)) == [("rfc/0009-b.md", "mentions", "rfc/0010-c.md")]
