"""Cutting into windows and batches."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.embedding.cores import physical_cores, thread_count
from kb.embedding.recipes import prefixes
from kb.embedding.windows import batches, window_spans
from kb.errors import ConfigError


@given(st.integers(0, 5_000), st.integers(4, 512), st.integers(0, 64))
def test_windows_cover_every_token_within_the_limit(tokens, limit, overlap):
    spans = window_spans(tokens, limit, overlap)
    assert spans[0][0] == 0
    assert spans[-1][1] == tokens
    assert all(0 < end - start <= limit for start, end in spans) or spans == [(0, 0)]
    assert all(following[0] <= previous[1] for previous, following in pairwise(spans))


def test_a_text_just_over_the_limit_is_cut_in_like_halves():
    assert window_spans(255, 254, 32) == [(0, 144), (111, 255)]


@given(st.lists(st.integers(1, 300)), st.integers(1, 2_000))
def test_batches_hold_each_text_once_within_the_budget(lengths, budget):
    found = list(batches(lengths, budget))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= budget for batch in found if len(batch) > 1)


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("all-MiniLM-L6-v2", "", ""),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-m3", "", ""),
        ("/models/e5-base-v2/", "query: ", "passage: "),
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("thenlper/gte-small", "", ""),
        ("someone/unheard-of", "Q: ", "D: "),
    ],
)
def test_prefixes_follow_the_family_else_the_model(name, query, passage):
    assert prefixes(name, {"query": "Q: ", "document": "D: "}) == (query, passage)


def test_threads_are_physical_cores_unless_told(monkeypatch, tmp_path):
    monkeypatch.delenv("KB_THREADS", raising=False)
    assert thread_count() == physical_cores() >= 1
    assert physical_cores(tmp_path) >= 1
    monkeypatch.setenv("KB_THREADS", "3")
    assert thread_count() == 3
    monkeypatch.setenv("KB_THREADS", "many")
    with pytest.raises(ConfigError):
        thread_count()
