"""A ledger of passages that are nothing but a key and a direction: for tests of the vectors alone."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.model import Chunk, Document, FoundFile
from kb.store.catalog import IndexedChunk
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.mirror import Mirror

Vectors = NDArray[np.float32]


def directions(count: int, *, seed: int = 0, dim: int = 32) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def key_of(number: int) -> bytes:
    return b"key-%06d" % number


class Library:
    """One file for each passage; `living` is what a search over all must be able to find."""

    def __init__(self, folder: Path, *, dim: int = 32) -> None:
        self.path, self.vectors_dir, self.dim = folder / "ledger.db", folder / "vectors", dim
        self.ledger = Ledger.open(self.path, create=True)
        self.living: dict[bytes, Vectors] = {}
        self._source = self.ledger.catalog.add_source("notes", "/notes")
        with self.ledger.database.transaction():
            self.generation: Generation = self.ledger.embeddings.use("test", dim)
        self._made = 0

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.ledger, self.vectors_dir)

    def add(self, count: int, *, kind: str = "note") -> list[int]:
        """New passages with vectors of their own; returns their numbers."""
        numbers = list(range(self._made, self._made + count))
        rows = directions(count, seed=self._made + 1, dim=self.dim)
        self._made += count
        with self.ledger.database.transaction():
            for number in numbers:
                self.put(number, kind=kind)
            self.ledger.embeddings.add(self.generation, [key_of(number) for number in numbers], rows)
        self.living.update({key_of(number): row for number, row in zip(numbers, rows, strict=True)})
        return numbers

    def put(self, number: int, *, kind: str = "note") -> None:
        """A passage without a vector, or one whose vector is there already."""
        path = f"n{number:06}.md"
        chunk = Chunk(0, 1, 1, f"passage {number}")
        indexed = IndexedChunk(chunk, "", key_of(number), ("", "", "", f"passage p{number}"))
        self.ledger.catalog.replace_file(
            self._source.id,
            FoundFile(path, path.encode(), 1, 1),
            digest=b"d",
            document=Document(kind, path, (), ()),  # type: ignore[arg-type]
            chunks=[indexed],
        )

    def remove(self, numbers: Iterable[int]) -> None:
        numbers = list(numbers)
        with self.ledger.database.transaction():
            self.ledger.catalog.remove_files(self._source.id, [f"n{number:06}.md" for number in numbers])
        for number in numbers:
            self.living.pop(key_of(number), None)

    def sweep(self) -> int:
        with self.ledger.database.transaction():
            return self.ledger.embeddings.sweep(self.generation)

    def exact(self, vector: Vectors, k: int) -> list[bytes]:
        """The keys of the k nearest living passages, by comparing all."""
        return sorted(self.living, key=lambda key: (-float(self.living[key] @ vector), key))[:k]

    def close(self) -> None:
        self.ledger.close()
