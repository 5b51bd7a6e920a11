"""A small embedder without a model: texts are near where they share words. For tests and rehearsals."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kb.embedding.port import Matrix, Vector

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Bag of hashed words; the same text gives the same vector in every process."""

    def __init__(self, dim: int = 64) -> None:
        self.dim = dim
        self.max_tokens = 1_000_000
        self.identity = f"hashing-{dim}"

    def embed_passages(self, texts: Sequence[str]) -> "Matrix":
        rows = [self.embed_query(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dim), dtype=np.float32)

    def embed_query(self, text: str) -> "Vector":
        vector = np.zeros(self.dim, dtype=np.float32)
        for word in _WORD.findall(text.lower()):
            vector += self._direction(word)
        length = float(np.linalg.norm(vector))
        # A text without words still needs a direction: a zero vector has no cosine.
        return vector / np.float32(length) if length else self._direction("")

    def embed_tokens(self, text: str) -> "tuple[list[tuple[int, int]], Matrix]":
        matches = list(_WORD.finditer(text))
        rows = [self._direction(match.group().lower()) for match in matches]
        return [match.span() for match in matches], np.stack(rows) if rows else self.embed_passages([])

    def _direction(self, word: str) -> "Vector":
        """A signed pair of coordinates drawn from the word's hash, of length 1."""
        vector = np.zeros(self.dim, dtype=np.float32)
        digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for start in (0, 8):
            place = int.from_bytes(digest[start : start + 4], "little") % self.dim
            vector[place] += 1.0 if digest[start + 4] & 1 else -1.0
        length = float(np.linalg.norm(vector))
        if not length:
            vector[0] = length = 1.0
        return vector / np.float32(length)
