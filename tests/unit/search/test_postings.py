"""What is kept of the postings is never older than the ledger, and never more than is allowed."""

from collections.abc import Iterator

import numpy as np
import pytest

from kb.search import words
from kb.search.words import _Postings


def postings(count: int) -> "tuple[np.ndarray, np.ndarray]":
    return np.arange(count, dtype=np.int64), np.ones(count)


def test_a_word_is_read_once_for_one_state() -> None:
    kept, read = _Postings(), iter([postings(3)])
    first = kept.of("word", (1, 1, 1), lambda: next(read))
    assert kept.of("word", (1, 1, 1), lambda: next(read)) is first


@pytest.mark.parametrize("state", [(2, 1, 1), (1, 0, 1), (1, 1, 9)])
def test_a_changed_ledger_is_read_again(state: tuple[int, int, int]) -> None:
    kept, read = _Postings(), iter([postings(3), postings(4)])
    kept.of("word", (1, 1, 1), lambda: next(read))
    assert len(kept.of("word", state, lambda: next(read))[0]) == 4


def test_the_longest_unused_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "KEPT_POSTINGS", 10)
    kept, asked = _Postings(), list[str]()

    def read(form: str) -> "Iterator[None] | tuple[np.ndarray, np.ndarray]":
        asked.append(form)
        return postings(4)

    for form in ("a", "b", "a", "c", "a", "b"):
        kept.of(form, (1, 1, 1), lambda form=form: read(form))
    assert asked == ["a", "b", "c", "b"]
