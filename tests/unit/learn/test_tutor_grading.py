"""A grade that is proposed by words says by which, and a choice is right by its name or number alone."""

import pytest

from kb.learn.model import Question, QuestionKind, Span
from kb.learn.tutor.grading import deciding_words, propose, right_option

SPAN = Span(0, "notes", "a.md", "/a.md", 1, 2)


def question(kind: QuestionKind, prompt: str, answer: str, *options: str) -> Question:
    return Question("q", kind, prompt, answer, SPAN, options)


CHOICE = question(
    "predict", "Which?", "SQLite with WAL, because many processes read.", "SQLite", "SQLite with WAL", "Redis"
)
WORDS = ("processes", "read")


@pytest.mark.parametrize(
    ("answer", "grade"),
    [
        ("2", "right"), ("2.", "right"), ("sqlite with wal", "right"), ("1", "wrong"), ("Redis", "wrong"),
        ("SQLite with WAL as many processes read it", "right"), ("many", "wrong"),
    ],
)  # fmt: skip
def test_a_choice(answer: str, grade: str) -> None:
    assert propose(CHOICE, WORDS, answer).grade == grade


def test_the_longest_option_that_the_answer_names_first_is_right() -> None:
    assert right_option(CHOICE) == "SQLite with WAL"
    assert right_option(question("predict", "Which?", "none of them", "A b", "C d")) == ""


@pytest.mark.parametrize(
    ("answer", "grade"), [("git reset --soft", "right"), ("`git reset --soft`", "right"), ("git reset", "wrong")]
)
def test_a_gap(answer: str, grade: str) -> None:
    assert propose(question("cloze", "Fill ____", "git reset --soft"), (), answer).grade == grade


def test_free_words_are_compared_by_their_stems_and_named() -> None:
    proposal = propose(
        question("predict", "Why?", "…"),
        ("partition", "available", "stale", "quorum", "lease"),
        "It is AVAILABLE when partitioned",
    )
    assert (proposal.grade, proposal.by, proposal.missing) == (
        "right",
        ("partition", "available"),
        ("stale", "quorum", "lease"),
    )
    assert propose(question("predict", "Why?", "…"), ("stale",), "no idea at all").grade == "wrong"


def test_deciding_words_are_the_rarest_that_the_prompt_does_not_give_away() -> None:
    asked = question("define", "What is a lease?", "A lease is a lock that expires after a quorum agreed.")
    rarity = {"lock": 9, "expir": 1, "quorum": 2, "agre": 30}
    assert deciding_words(asked, lambda forms: {form: rarity[form] for form in forms if form in rarity}) == (
        "expires", "quorum", "lock", "agreed",
    )  # fmt: skip
