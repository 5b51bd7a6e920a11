"""What the writer says stays as it was said, under what the writer or its words call it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.draft.facts import Fact, read_facts


@pytest.mark.parametrize(
    ("text", "role", "told"),
    [
        ("- Problem: it hangs", "problem", "it hangs"),
        ("* **Option:** Redis", "option", "Redis"),
        ("1. Trade-offs: slower", "bad", "slower"),
        ("Open questions: who pays?", "question", "who pays?"),
        ("- [ ] Next: ship it", "next", "ship it"),
        ("- Why now: the contract ends", "problem", "the contract ends"),
        ("- because all can read it", "reason", "because all can read it"),
        ("- but it costs a server", "bad", "but it costs a server"),
        ("- blocked by the bank", "blocker", "blocked by the bank"),
        ("- the build fails at night", "problem", "the build fails at night"),
        ("- we decided to use Redis", "chosen", "we decided to use Redis"),
        ("- the sky is blue", "plain", "the sky is blue"),
        ("https://example.org: a page", "plain", "https://example.org: a page"),
    ],
)
def test_a_fact_by_its_label_or_its_words(text: str, role: str, told: str) -> None:
    (fact,) = read_facts(text).items
    assert (fact.role, fact.text) == (role, told)


def test_a_heading_or_a_label_alone_names_the_list_below_it() -> None:
    facts = read_facts(
        "## Considered Options\n\n- Redis\n- SQLite,\n  on disk\n\n- because it is there\n\nRisks:\n- fire\n"
    )
    assert facts.items == (
        Fact("Redis", "option", stated=True),
        Fact("SQLite, on disk", "option", stated=True),
        Fact("because it is there", "reason"),
        Fact("fire", "risk", stated=True),
    )
    assert [fact.text for fact in facts.guessed] == ["because it is there"]


def test_a_fence_is_one_fact_and_stays_as_it_is() -> None:
    facts = read_facts("Solution: run\n```sh\n# Problem: none\n- x\n```\nafter\n")
    assert [fact.text for fact in facts.items] == ["run", "```sh\n# Problem: none\n- x\n```", "after"]
    assert facts.items[1].is_code and facts.items[1].role == "solution"
    assert [fact.text for fact in read_facts("```\nnever closed").items] == ["```\nnever closed"]


@given(st.text(alphabet="abc :-*#`\n.", max_size=80))
def test_no_word_of_the_writer_is_lost(text: str) -> None:
    kept = read_facts(text)
    words = [word for line in text.split("\n") if not line.lstrip().startswith("#") for word in line.split()]
    told = kept.text.replace("`", " ").split()
    assert [w for w in words if w.isalpha() and len(w) > 2 and w not in told] == []
