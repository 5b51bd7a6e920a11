"""A superseded decision is never given as current: its successor comes first, whatever the dialect that names it."""

import pytest

from tests.unit.app.world import World

QUESTION = "where do the sessions of the customers live?"


def decision(number: int, place: str, status: str) -> str:
    return (
        f"# {number}. Customers' sessions live in {place}\n\n## Status\n\n{status}\n\n## Context\n\n"
        f"The sessions of the customers have to live somewhere.\n\n## Decision\n\nThe sessions live in {place}.\n"
    )


@pytest.fixture
def answering(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("kb.answer.answerer.THRESHOLD", 0.0)
    return world


def cited(world: World, question: str = QUESTION) -> list[tuple[str, str, str | None]]:
    answer = world.ask(question)
    return [(c["path"], c["status"], c["superseded_by"]) for c in answer["citations"]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Superseded by [ADR-2](0002-new.md)", "Accepted"),
        ("Superseded by ADR-0002", "Accepted"),
        ("Accepted", "Accepted\n\nSupersedes [ADR-1](0001-old.md)"),
        ("Rejected in favour of ADR-2", "Accepted"),
        ("Superseded by [[0002-new]]", "Accepted"),
    ],
)
@pytest.mark.parametrize("place", ["MySQL", "Postgres"])
def test_the_successor_comes_first(answering: World, old: str, new: str, place: str) -> None:
    answering.write("adr/0001-old.md", decision(1, "MySQL", old))
    answering.write("adr/0002-new.md", decision(2, "Postgres", new))
    answering.index()
    # Asked in the words of the one or of the other.
    answer = cited(answering, f"why do the sessions of the customers live in {place}?")
    assert answer[0][0] == "adr/0002-new.md"
    assert answer[0][2] is None
    assert all(successor == "adr/0002-new.md" for path, _, successor in answer if path == "adr/0001-old.md")


def test_a_chain_is_followed_to_the_decision_in_force(answering: World) -> None:
    answering.write("adr/0001-a.md", decision(1, "MySQL", "Superseded by ADR-2"))
    answering.write("adr/0002-b.md", decision(2, "Postgres", "Superseded by ADR-3"))
    answering.write("adr/0003-c.md", decision(3, "Redis", "Accepted"))
    answering.index()
    assert cited(answering, "do sessions of the customers live in MySQL?")[0][0] == "adr/0003-c.md"


def test_a_circle_of_successors_ends(answering: World) -> None:
    answering.write("adr/0001-a.md", decision(1, "MySQL", "Superseded by ADR-2"))
    answering.write("adr/0002-b.md", decision(2, "Postgres", "Superseded by ADR-1"))
    answering.index()
    assert {path for path, _, _ in cited(answering)} <= {"adr/0001-a.md", "adr/0002-b.md"}


def test_an_old_decision_whose_successor_is_gone_keeps_its_status(answering: World) -> None:
    answering.write("adr/0001-a.md", decision(1, "MySQL", "Superseded by ADR-2"))
    answering.index()
    ((path, status, successor),) = set(cited(answering))
    assert (path, status, successor) == ("adr/0001-a.md", "superseded", None)


def test_a_successor_in_another_source_of_the_same_number_is_none_of_it(answering: World) -> None:
    answering.write("shop/adr/0001-a.md", decision(1, "MySQL", "Superseded by ADR-2"))
    answering.write("shop/adr/0002-b.md", decision(2, "Postgres", "Accepted"))
    answering.write("blog/adr/0002-b.md", decision(2, "Redis", "Accepted"))
    answering.index(answering.notes / "shop", answering.notes / "blog")
    answer = answering.ask("do sessions of the customers live in MySQL?", source="shop")
    assert answer["citations"][0]["source"] == "shop"
    assert "Redis" not in answer["answer"]


def test_a_filter_does_not_hide_that_a_decision_was_replaced(answering: World) -> None:
    answering.write("adr/0001-old.md", decision(1, "MySQL", "Superseded by ADR-2"))
    answering.write("adr/0002-new.md", decision(2, "Postgres", "Accepted"))
    answering.index()
    answer = answering.ask(QUESTION, path_glob="adr/0001*")
    assert answer["citations"][0]["path"] == "adr/0002-new.md"


def test_a_successor_that_was_rewritten_on_disk_is_not_quoted_and_the_old_one_says_so(answering: World) -> None:
    answering.write("adr/0001-old.md", decision(1, "MySQL", "Superseded by ADR-2"))
    new = answering.write("adr/0002-new.md", decision(2, "Postgres", "Accepted"))
    answering.index()
    new.unlink()
    for path, status, successor in cited(answering, "do the sessions of the customers live in MySQL?"):
        assert (path, status, successor) == ("adr/0001-old.md", "superseded", "adr/0002-new.md")


def test_a_replaced_note_of_no_kind_is_an_ordinary_note(answering: World) -> None:
    answering.write("til/sessions.md", "# Sessions\n\nSuperseded by luck. Sessions of the customers live in a jar.\n")
    answering.index()
    assert cited(answering)[0] == ("til/sessions.md", None, None)
