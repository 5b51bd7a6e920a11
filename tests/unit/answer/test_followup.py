"""What a follow-up is understood to ask: by pairs labelled by hand, and by table."""

import json
from pathlib import Path
from typing import Any

import pytest

from kb.answer.followup import leans, understood, unspoken
from kb.answer.likes import KINDS, same_kind

PAIRS = [json.loads(line) for line in (Path(__file__).parents[2] / "data/followups.jsonl").read_text().splitlines()]
MYSQL = "where do sessions live in MySQL?"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["question"])
def test_a_labelled_pair_is_understood(pair: dict[str, Any]) -> None:
    told = understood(pair["question"], pair["before"])
    assert told.leans == pair["leans"], told.asked
    asked = told.asked.lower()
    assert [word for word in pair["has"] if word.lower() not in asked] == []
    assert [word for word in pair["lacks"] if word.lower() in asked.split()] == []


def test_there_are_enough_pairs_and_half_of_them_were_held_back() -> None:
    assert len(PAIRS) >= 40
    assert sum(pair["held"] for pair in PAIRS) == len(PAIRS) // 2
    assert {pair["leans"] for pair in PAIRS} == {True, False}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("why?", True),
        ("and?", True),
        ("since when?", True),
        ("is it safe?", True),
        ("is it possible to squash merged commits?", False),
        ("what does this repository use for logging?", False),
        ("how do I stop a process and restart it?", False),
        ("how does the cache evict its oldest entries?", False),
        ("why is that?", True),
        ("which tests check that a file exists?", False),
        ("which one?", True),
        ("backups", False),
        ("retry policy", False),
    ],
)
def test_what_has_words_enough_of_its_own_stands_alone(question: str, expected: bool) -> None:
    assert leans(question) == expected


@pytest.mark.parametrize(
    ("before", "question", "asked"),
    [
        ([], "why?", "why?"),
        (["why?"], "and now?", "and now?"),
        ([MYSQL], "what about Postgres?", "where do sessions live in Postgres?"),
        ([MYSQL, "what about Postgres?"], "why?", "where do sessions live in Postgres – why?"),
        ([MYSQL, "how do I sign a release?"], "and on Windows?", "how do I sign a release – and on Windows?"),
        ([MYSQL], "what does ’it’  mean", "where do sessions live in MySQL – what does 'it' mean?"),
        (["how do I write an ADR?"], "and a TIL?", "how do I write a TIL?"),
    ],
)
def test_the_question_asked_is_made_of_both(before: list[str], question: str, asked: str) -> None:
    assert understood(question, before).asked == asked


def test_what_is_carried_on_stays_short() -> None:
    talk = ["how do I list the " + "very " * 500 + "large volumes?", *("how do I remove them?", "and prune them?") * 20]
    assert len(understood("why?", talk).asked) < 700


@pytest.mark.parametrize(
    ("own", "text", "absent"),
    [
        (("postgres",), "Sessions live in MySQL.", ("postgres",)),
        (("Postgres",), "Sessions live in postgres.", ()),
        (("stored",), "The store keeps them.", ()),
        (("nightly", "backups"), "Backups are kept.", ()),
        (("Go",), "go there", ("Go",)),
        (("Go",), "written in Go", ()),
        (("2023",), "no year", ()),
        ((), "anything", ()),
    ],
)
def test_an_answer_has_to_speak_of_what_the_follow_up_asked(
    own: tuple[str, ...], text: str, absent: tuple[str, ...]
) -> None:
    assert unspoken(own, text) == absent


def test_a_word_is_of_one_kind_only() -> None:
    names = [name for kind in KINDS for name in kind]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MySQL", "postgres", True),
        ("2021", "2024", True),
        ("2021", "12", False),
        ("ADR-12", "ADR-15", True),
        ("ADR-12", "RFC-15", False),
        ("3.10", "3.12", True),
        ("Go", "React", False),
        ("vim", "Vim", False),
    ],
)
def test_one_takes_the_place_of_its_kind(one: str, other: str, same: bool) -> None:
    assert same_kind(one, other) == same
