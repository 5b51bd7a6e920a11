"""What every embedder promises, the small one of the tests and the real one alike."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kb.embedding.catalog import load_embedder
from kb.embedding.hashing import HashingEmbedder
from kb.embedding.port import Embedder

EMBEDDERS: dict[str, Callable[[Path], Embedder]] = {
    "hashing": lambda _: HashingEmbedder(dim=64),
    "onnx": lambda models_dir: load_embedder("all-MiniLM-L6-v2", models_dir),
}


@pytest.fixture(scope="module", params=sorted(EMBEDDERS))
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return EMBEDDERS[request.param](tmp_path_factory.getbasetemp() / "models")


def test_passages_have_length_one_and_keep_their_order(embedder: Embedder):
    texts = ["git rebase rewrites commits", "x", "the cat sat on the mat " * 30, "sourdough bread needs salt"]
    vectors = embedder.embed_passages(texts)
    assert vectors.shape == (4, embedder.dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert [int(np.argmax(vectors @ embedder.embed_passages([text])[0])) for text in texts] == [0, 1, 2, 3]


def test_a_question_is_nearest_to_the_passage_that_shares_its_words(embedder: Embedder):
    vectors = embedder.embed_passages(["bake bread with salt and flour", "rebase a git branch onto main"])
    query = embedder.embed_query("rebase git branch")
    assert query.shape == (embedder.dim,)
    assert vectors[1] @ query > vectors[0] @ query + 0.2


def test_no_passages_give_an_empty_matrix(embedder: Embedder):
    assert embedder.embed_passages([]).shape == (0, embedder.dim)


def test_an_empty_text_has_a_direction(embedder: Embedder):
    assert np.linalg.norm(embedder.embed_query("")) == pytest.approx(1, abs=1e-5)


def test_the_same_text_gives_the_same_vector(embedder: Embedder):
    assert (embedder.embed_query("twice") == embedder.embed_query("twice")).all()


def test_tokens_lie_where_their_words_stand(embedder: Embedder):
    text = "vacuum removes rows"
    offsets, vectors = embedder.embed_tokens(text)
    assert vectors.shape == (len(offsets), embedder.dim)
    assert [text[start:end] for start, end in offsets] == ["vacuum", "removes", "rows"]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_tokens_of_an_empty_text_are_none(embedder: Embedder):
    offsets, vectors = embedder.embed_tokens("")
    assert offsets == []
    assert vectors.shape == (0, embedder.dim)


def test_an_embedder_says_who_it_is(embedder: Embedder):
    assert embedder.identity
    assert embedder.max_tokens > 0
