"""A claim about the notes is shown only where the excerpt that it cites says it, letter for letter."""

import pytest

from kb.learn.tutor.state import Excerpt
from kb.learn.tutor.verify import sentences_of, stands_in, supported

LEDGER = (
    "## Decision Outcome\n\nChosen option: \"SQLite as the ledger\", because one file\nis all there is to back up. "
    "A rebuild copies 384 floats and does not load a model."
)  # fmt: skip
UNDO = "To undo the last commit and keep its changes, type `git reset --soft HEAD~1`."
EXCERPTS = {
    n: Excerpt(n, "notes", path, f"/n/{path}", 1, 4, text, "adr", "Keep the truth in SQLite")
    for n, path, text in ((1, "adr/0001-truth.md", LEDGER), (2, "til/undo.md", UNDO))
}


@pytest.mark.parametrize(
    "claim",
    [
        'Your notes chose "SQLite as the ledger" [1].',
        "The decision says “because one file is all there is” [1]",
        "Type `git reset --soft HEAD~1` to undo the commit [2].",
        '"A rebuild copies 384 floats" [1].',
        'The truth is kept in SQLite: "one file is all there is to back up" [1].',
    ],
)
def test_what_the_excerpt_says_stays(claim: str) -> None:
    claims, dropped = supported(claim, EXCERPTS)
    assert ([found.text for found in claims], dropped) == ([claim], 0)


@pytest.mark.parametrize(
    "claim",
    [
        "SQLite is used as the ledger.",
        "SQLite is used as the ledger [1].",
        'Your notes chose "SQLite as the ledger" [3].',
        'Your notes chose "SQLite as a ledger" [1].',
        'Your notes chose "SQLite as the ledger" [2].',
        'The ledger "copies 384 floats" in 12 seconds [1].',
        'Your notes never chose "SQLite as the ledger" [1].',
        'Postgres replication guarantees linearizable consistency, so "one file is all" [1].',
        'It uses "SQLite" [1].',
        'Your notes chose "SQLite as the ledger" and "Chroma as the mirror" [1].',
        "[1]",
    ],
)
def test_what_it_does_not_say_is_dropped_and_counted(claim: str) -> None:
    claims, dropped = supported(claim, EXCERPTS)
    assert claims == []
    assert dropped == (0 if claim == "[1]" else 1)


def test_sentences_are_cut_outside_of_quotes_and_keep_their_citations() -> None:
    reply = 'Intro. "One. Two" is said [1]. Then\n- more "x. Y" here [2] And again [1]\n\n2. last? yes'
    assert sentences_of(reply) == [
        "Intro.", '"One. Two" is said [1].', "Then", 'more "x. Y" here [2]', "And again [1]", "last? yes",
    ]  # fmt: skip


def test_a_quote_may_run_over_a_line_break_and_not_over_a_word() -> None:
    assert stands_in("one file is all", EXCERPTS[1])
    assert not stands_in("one file was all", EXCERPTS[1])
