"""A superseded decision is never given as current: its successor comes first, whatever the dialect that names it."""

import pytest

from kb.answer.standing import without_year
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


DIALECTS = [
    ("---\nstatus: superseded by ADR-0002\n---\n# {t}\n\n{b}", "---\nstatus: accepted\n---\n# {t}\n\n{b}"),
    ("# {t}\n\n- Status: superseded by [x](0002-new.md)\n\n{b}", "# {t}\n\n- Status: accepted\n\n{b}"),
    ("---\nstatus: replaced\nsuperseded-by: 0002-new.md\n---\n# {t}\n\n{b}", "# {t}\n\n{b}"),
    ("# {t}\n\n{b}", "---\nstatus: accepted\nreplaces: 0001-old.md\n---\n# {t}\n\n{b}"),
    ("# {t}\n\n## Status\n\nErsetzt durch [ADR-2](0002-new.md)\n\n{b}", "# {t}\n\n## Status\n\nAkzeptiert\n\n{b}"),
    ("# {t}\n\n*Note:* this ADR has been superseded by [ADR 2](0002-new.md).\n\n{b}", "# {t}\n\n{b}"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), DIALECTS, ids=["madr-4", "list", "kep", "only-the-new-says", "de", "note"])
def test_each_dialect_gives_the_successor_first_and_labels_the_old_one(answering: World, old: str, new: str) -> None:
    body = "## Context\n\nThe sessions of the customers live somewhere.\n\n## Decision\n\nThe sessions live in {p}.\n"
    answering.write("adr/0001-old.md", old.format(t="Sessions of customers", b=body.format(p="MySQL")))
    answering.write("adr/0002-new.md", new.format(t="Sessions of customers anew", b=body.format(p="Postgres")))
    answering.index()
    answer = cited(answering, "do the sessions of the customers live in MySQL?")
    assert answer[0][0] == "adr/0002-new.md"
    assert ("adr/0001-old.md", "superseded", "adr/0002-new.md") in answer


def test_a_successor_that_shares_no_word_with_the_question_is_quoted_by_its_decision(answering: World) -> None:
    answering.write("adr/0001-old.md", decision(1, "MySQL", "Superseded by ADR-2"))
    new = (
        "# 2. Redis\n\n## Status\n\nAccepted\n\n## Context\n\nLatency.\n\n## Decision\n\nEverything volatile: Redis.\n"
    )
    answering.write("adr/0002-new.md", new)
    answering.index()
    first, second, *_ = answering.ask(QUESTION)["citations"]
    assert (first["path"], second["path"]) == ("adr/0002-new.md", "adr/0001-old.md")
    assert "Everything volatile: Redis." in first["quote"]


def dated(number: int, place: str, status: str, day: str) -> str:
    return decision(number, place, status).replace("## Status", f"Date: {day}\n\n## Status")


@pytest.fixture
def moved(answering: World) -> World:
    answering.write("adr/0001-old.md", dated(1, "MySQL", "Superseded by ADR-2 on 2025-03-02", "2021-05-01"))
    answering.write("adr/0002-new.md", dated(2, "Postgres", "Accepted", "2025-03-01"))
    answering.index()
    return answering


@pytest.mark.parametrize(
    "question",
    ["where did the sessions of the customers live in 2023?", "where did the sessions used to live?",
     "why did we put the sessions of the customers there?", "where did sessions live in 2021?"],
)  # fmt: skip
def test_a_question_about_the_past_gets_the_old_decision_labelled_and_then_the_new_one(
    moved: World, question: str
) -> None:
    first, second, *_ = moved.ask(question)["citations"]
    assert (first["path"], first["status"], first["superseded_by"]) == (
        "adr/0001-old.md",
        "superseded",
        "adr/0002-new.md",
    )
    assert (first["superseded_on"], second["path"]) == ("2025-03-02", "adr/0002-new.md")


@pytest.mark.parametrize("question", [QUESTION, "where will the sessions live in 2026?", "sessions in MySQL?"])
def test_a_question_about_today_gets_the_new_decision_first(moved: World, question: str) -> None:
    assert moved.ask(question)["citations"][0]["path"] == "adr/0002-new.md"


def test_the_text_of_an_answer_says_by_itself_which_part_holds_no_longer(moved: World) -> None:
    answer = moved.ask("do the sessions of the customers live in MySQL?")["answer"]
    before, _, after = answer.partition("[adr/0001-old.md · superseded on 2025-03-02; now adr/0002-new.md]\n")
    assert "MySQL" in after and "MySQL" not in before and "Postgres" in before


def test_a_search_lists_the_decision_in_force_before_the_one_that_it_replaced(moved: World) -> None:
    query = "customers sessions live in MySQL"
    assert moved.paths(query)[:2] == ["adr/0002-new.md", "adr/0001-old.md"]
    (only,) = moved.search(query, limit=1)
    assert (only["path"], only["rank"]) == ("adr/0002-new.md", 1)


def test_a_search_for_the_old_one_alone_still_finds_it_labelled(moved: World) -> None:
    (hit, *_) = moved.search("MySQL", path_glob="adr/0001*")
    assert (hit["path"], hit["superseded_by"]) == ("adr/0001-old.md", "adr/0002-new.md")


@pytest.mark.parametrize(
    ("question", "timeless"),
    [
        ("where did sessions live in 2023?", "where did sessions live?"),
        ("In March 2023, where did sessions live?", ", where did sessions live?"),
        ("what did we use back in 2021 for logs", "what did we use for logs"),
        ("as of 2024-03-01 what holds?", " what holds?"),
        ("is ISO 2022 what we use?", "is ISO 2022 what we use?"),
        ("does it hold in 20230 cases?", "does it hold in 20230 cases?"),
    ],
)
def test_a_year_is_when_and_not_what(question: str, timeless: str) -> None:
    assert without_year(question) == timeless


def test_a_year_does_not_make_a_question_too_far_from_the_decision_of_that_year(
    moved: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, timeless = "sessions of the customers live where in 2023?", "sessions of the customers live where?"
    with_year, without = (moved.ask(question)["confidence"] for question in (asked, timeless))
    assert with_year < without
    monkeypatch.setattr("kb.answer.answerer.THRESHOLD", (with_year + without) / 2)
    answer = moved.ask(asked)
    assert (answer["question"], answer["status"]) == (asked, "answered")
    assert answer["citations"][0]["path"] == "adr/0001-old.md"
    # Nothing was decided by then: a decision of later years is no answer.
    assert moved.ask("sessions of the customers live where in 2019?")["status"] == "not_found"


def test_a_decision_that_two_others_share_gets_both(answering: World) -> None:
    answering.write("adr/0001-old.md", decision(1, "MySQL", "Superseded by ADR-2 and ADR-3"))
    answering.write("adr/0002-b.md", decision(2, "Postgres", "Accepted"))
    answering.write("adr/0003-c.md", decision(3, "Redis", "Accepted"))
    answering.index()
    citations = answering.ask("do the sessions of the customers live in MySQL?")["citations"]
    assert [c["path"] for c in citations] == ["adr/0002-b.md", "adr/0003-c.md", "adr/0001-old.md"]
    assert citations[2]["superseded_by"] == ["adr/0002-b.md", "adr/0003-c.md"]


def test_what_was_replaced_in_part_says_so(answering: World) -> None:
    answering.write("adr/0001-old.md", decision(1, "MySQL", "Accepted"))
    answering.write("adr/0002-new.md", decision(2, "Postgres", "Accepted\n\nPartially supersedes ADR-1"))
    answering.index()
    assert ("adr/0001-old.md", "partly superseded", "adr/0002-new.md") in cited(
        answering, "do the sessions of the customers live in MySQL?"
    )
