"""An accepted link in every dialect: written in the file's own form, read back as just the edge accepted."""

import codecs
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from kb.decisions.graph import Graph
from kb.store.ledger import Ledger
from tests.unit.app.world import World
from tests.unit.decisions.dialects import DIALECTS, files_of

Edges = set[tuple[str, str, str]]


@pytest.fixture
def accept(world: World) -> Callable[..., dict[str, Any]]:
    """Accepts a link as the command does, and brings the index up to date for what was changed."""

    def accepted(src: str, dst: str, relation: str) -> dict[str, Any]:
        with world.app() as app:
            done = app.link_accept(src, dst, relation=relation, cwd="/", write=True)
        world.index(*(world.folder / item["abspath"] for item in done["changed"])) if done["changed"] else None
        return done

    return accepted


def edges(world: World) -> Edges:
    """What the files declare of each other, as a new reader of the index finds it."""

    def read(ledger: Ledger) -> Edges:
        graph = Graph.read(ledger)
        return {(graph.nodes[e.src].path, graph.nodes[e.dst].path, e.relation) for e in graph.edges if e.declared}

    found: Edges = world.look(read)
    return found


def lay_out(world: World, name: str) -> tuple[str, str]:
    """The paths of the older and the newer decision of a dialect, written and indexed."""
    (old, older), (new, newer) = files_of(name)
    world.write(old, older)
    world.write(new, newer)
    world.index()
    return old, new


def status_of(world: World, path: str) -> str:
    def read(ledger: Ledger) -> str:
        return next(decision.status for decision in Graph.read(ledger).decisions if decision.path == path)

    status: str = world.look(read)
    return status


@pytest.mark.parametrize("name", DIALECTS)
def test_a_successor_is_written_on_both_sides_and_read_back_as_one_edge(
    world: World, accept: Callable[..., dict[str, Any]], name: str
) -> None:
    dialect = DIALECTS[name]
    old, new = lay_out(world, name)
    done = accept(new, old, "supersedes")
    assert [item["path"] for item in done["changed"]] == [new, old]
    assert edges(world) == {(new, old, "supersedes")}
    assert status_of(world, old) == "superseded"
    old_lines = (world.notes / old).read_text().splitlines()
    new_lines = (world.notes / new).read_text().splitlines()
    assert [line for line in dialect.in_old if line not in old_lines] == []
    assert [line for line in dialect.in_new if line not in new_lines] == []
    assert [line for line in dialect.gone if line in old_lines] == []
    assert accept(new, old, "supersedes")["changed"] == []


@pytest.mark.parametrize("name", ["nygard", "madr-4", "madr-2", "tep", "pep", "no-status-at-all"])
def test_line_ends_and_the_byte_order_mark_stay_as_they_are(
    world: World, accept: Callable[..., dict[str, Any]], name: str
) -> None:
    before = {}
    for path, text in files_of(name):
        before[path] = codecs.BOM_UTF8 + text.rstrip("\n").replace("\n", "\r\n").encode()
        world.write(path, before[path])
    world.index()
    old, new = before
    accept(new, old, "supersedes")
    assert edges(world) == {(new, old, "supersedes")}
    for path, content in before.items():
        after = (world.notes / path).read_bytes()
        assert after.startswith(codecs.BOM_UTF8)
        assert after.count(b"\n") == after.count(b"\r\n")
        assert not after.endswith(b"\n")
        changed = [line for line in content.split(b"\r\n") if line not in after.split(b"\r\n")]
        assert len(changed) <= 1
        assert all(b"tatus" in line or line == b"Accepted" for line in changed)


@pytest.mark.parametrize(
    ("name", "relation"),
    [
        *product(DIALECTS, ("extends", "related")),
        *product(("nygard", "madr-4", "kep", "pep"), ("amends", "requires", "contradicts")),
    ],
)
def test_a_relation_is_written_by_the_one_that_has_it_and_read_back(
    world: World, accept: Callable[..., dict[str, Any]], name: str, relation: str
) -> None:
    dialect = DIALECTS[name]
    old, new = lay_out(world, name)
    before = (world.notes / old).read_bytes()
    done = accept(new, old, relation)
    assert [item["path"] for item in done["changed"]] == [new]
    (found,) = edges(world)
    assert found[:2] == (new, old)
    assert found[2] in {relation} | ({"links", "related"} if relation in ("related", "contradicts") else set())
    assert (world.notes / old).read_bytes() == before
    if relation == "extends":
        lines = (world.notes / new).read_text().splitlines()
        assert [line for line in dialect.extends if line not in lines] == []
    assert accept(new, old, relation)["changed"] == []
