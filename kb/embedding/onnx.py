"""Serves an exported model with onnxruntime and tokenizers: neither torch nor transformers is imported."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.embedding.cores import thread_count
from kb.embedding.manifest import MODEL, TOKENIZER, Manifest, read_checked
from kb.embedding.windows import batches, window_spans
from kb.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kb.embedding.port import Matrix, Vector

TOKENS_PER_BATCH = 2_048
"""With padding. Measured from 512 to 8,192: 512 is a fifth slower, more than 2,048 gains nothing and costs memory."""
TEXTS_PER_ROUND = 1_024
"""Bounds the memory that tokens and hidden states of a long list take."""


class OnnxEmbedder:
    """An exported model; safe to use from several threads."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.identity = manifest.identity
        self.dim = manifest.dim
        self.max_tokens = manifest.max_tokens
        self._pooling = manifest.pooling
        self._tokenizer = _load_tokenizer(read_checked(folder, TOKENIZER, manifest))
        self._session = _load_session(read_checked(folder, MODEL, manifest))
        head, tail = self._frame()
        self._tail = tail
        self._query_head = head + self._plain_ids(manifest.query_prefix)
        self._passage_head = head + self._plain_ids(manifest.passage_prefix)

    def embed_passages(self, texts: Sequence[str]) -> "Matrix":
        """Vectors (n, dim); a long text is the mean of its windows, weighted by their tokens."""
        parts = [
            self._embed(self._token_ids(texts[start : start + TEXTS_PER_ROUND]), self._passage_head)
            for start in range(0, len(texts), TEXTS_PER_ROUND)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self.dim), dtype=np.float32)

    def embed_query(self, text: str) -> "Vector":
        vector: Vector = self._embed(self._token_ids([text]), self._query_head)[0]
        return vector

    def embed_tokens(self, text: str) -> "tuple[list[tuple[int, int]], Matrix]":
        """Each token once: of two windows that share it, the one in which it stands further from the edge."""
        encoding = self._tokenizer.encode(_clean(text), add_special_tokens=False)
        ids, offsets = encoding.ids, [(int(a), int(b)) for a, b in encoding.offsets]
        head = self._passage_head
        spans = window_spans(len(ids), self._room(head))
        rows: list[Matrix] = []
        done = 0
        for i, (start, end) in enumerate(spans):
            seam = (end + spans[i + 1][0]) // 2 if i + 1 < len(spans) else end
            hidden = self._run([head + ids[start:end] + self._tail])[0][0]
            first = len(head) - start
            rows.append(hidden[first + done : first + seam])
            done = seam
        return offsets, _normalised(np.concatenate(rows))

    def _embed(self, sequences: list[list[int]], head: list[int]) -> "Matrix":
        """Cut into windows, embed them in batches of like length, and join them by text."""
        windows = [
            (text, ids[start:end])
            for text, ids in enumerate(sequences)
            for start, end in window_spans(len(ids), self._room(head))
        ]
        lengths = [len(ids) for _, ids in windows]
        frame = len(head) + len(self._tail)
        sums = np.zeros((len(sequences), self.dim), dtype=np.float32)
        for batch in batches([length + frame for length in lengths], TOKENS_PER_BATCH):
            vectors = self._pool(*self._run([head + windows[i][1] + self._tail for i in batch]))
            for i, vector in zip(batch, vectors, strict=True):
                sums[windows[i][0]] += vector * np.float32(max(lengths[i], 1))
        return _normalised(sums)

    def _run(self, rows: list[list[int]]) -> "tuple[NDArray[np.float32], NDArray[np.int64]]":
        """Hidden states (n, longest, dim) and the mask (n, longest) of framed rows."""
        longest = max(map(len, rows))
        ids = np.zeros((len(rows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        try:
            (hidden,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        except RuntimeError as error:
            raise ModelError(f"the model failed: {error}", "kb model list") from error
        return hidden, mask

    def _pool(self, hidden: "NDArray[np.float32]", mask: "NDArray[np.int64]") -> "Matrix":
        if self._pooling == "cls":
            return _normalised(hidden[:, 0])
        weights = mask.astype(np.float32)[:, None, :]
        return _normalised(np.matmul(weights, hidden)[:, 0])

    def _token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast([_clean(text) for text in texts], add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def _plain_ids(self, prefix: str) -> list[int]:
        # Without its last blank: word-piece models then cut "query: text" just as they cut the two apart.
        return list(self._tokenizer.encode(prefix.rstrip(), add_special_tokens=False).ids)

    def _frame(self) -> tuple[list[int], list[int]]:
        """The special tokens that stand before and after every text."""
        framed = list(self._tokenizer.encode("a").ids)
        plain = list(self._tokenizer.encode("a", add_special_tokens=False).ids)
        start = next(i for i in range(len(framed)) if framed[i : i + len(plain)] == plain)
        return framed[:start], framed[start + len(plain) :]

    def _room(self, head: list[int]) -> int:
        return self.max_tokens - len(head) - len(self._tail)


def _load_tokenizer(data: bytes) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(data)
    # The file brings the settings of its training: cut at 128 tokens, filled up to 128.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _load_session(data: bytes) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = thread_count()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"the exported model cannot be loaded: {error}", "kb index") from error


def _clean(text: str) -> str:
    """Lone surrogates cannot cross into the tokenizer; one character each, so that offsets stay true."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _normalised(rows: "NDArray[np.float32]") -> "Matrix":
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)
