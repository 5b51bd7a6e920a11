"""The exported model against the one that it was made from."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kb.embedding.port import Embedder

HOSTILE = ["empty", "blank", "surrogate", "nul", "one-word", "brackets"]


def test_vectors_are_near_those_of_sentence_transformers(embedder, reference, texts):
    cosines = (embedder.embed_passages(texts) * reference.default).sum(axis=1)
    assert cosines.mean() > 0.985
    assert cosines.min() > 0.96


def test_one_batch_or_many_give_nearly_the_same(embedder: Embedder, texts):
    together = embedder.embed_passages(texts)
    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    assert ((together * alone).sum(axis=1) > 0.97).all()


def test_the_end_of_a_long_text_counts(embedder: Embedder):
    filler = "The meeting began at nine and nothing of note was said. " * 60
    about = embedder.embed_query("how do I rotate a TLS certificate in nginx?")
    with_end, without = embedder.embed_passages([filler + "Rotate the TLS certificate of nginx. " * 20, filler])
    assert with_end @ about > without @ about + 0.1


def test_tokens_of_a_long_text_are_each_given_once_with_true_offsets(embedder: Embedder):
    text = "Größe matters — " + "word " * 700 + "end"
    offsets, vectors = embedder.embed_tokens(text)
    assert len(offsets) == len(vectors) > 700
    assert offsets == sorted(offsets)
    assert text[slice(*offsets[-1])] == "end"
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    "text", ["", " \n", "\ud800 lone surrogate", "a\x00b", "x" * 200_000, "[" * 2_000], ids=HOSTILE
)
def test_hostile_text_gets_a_finite_vector(embedder: Embedder, text):
    vectors = embedder.embed_passages([text])
    assert vectors.shape == (1, 384)
    assert np.isfinite(vectors).all()
    assert np.isfinite(embedder.embed_query(text)).all()


def test_a_served_model_needs_no_torch(embedder: Embedder, models_dir: Path):
    script = (
        "import sys; from pathlib import Path; from kb.embedding.catalog import load_embedder;"
        "load_embedder('all-MiniLM-L6-v2', Path(sys.argv[1])).embed_query('x');"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(models_dir)], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
