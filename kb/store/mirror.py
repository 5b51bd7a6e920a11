"""Keeps the vector mirror equal to the ledger, and decides when the mirror may be trusted.

The mirror can be lost at any time (its writer killed in a flush): it carries a dirty
mark while it is written, is probed before it is used, and is made again from the
ledger without embedding anything.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import StorageError
from kb.progress import OnProgress, Progress
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.seal import broken_seal
from kb.store.vectors import VectorIndex

if TYPE_CHECKING:
    from kb.store.chroma import ChromaVectors

BATCH = 2_000
DIRTY = "mirror_dirty"


class Mirror:
    """The Chroma copy of one generation's vectors; only the owner of the writer lock may hold one."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._ledger = ledger
        self._folder = folder

    def open(self, generation: Generation) -> VectorIndex | None:
        """The mirror, ready to be asked; None when it is behind, damaged or absent: scan the ledger instead."""
        database = self._ledger.database
        if database.meta(DIRTY) or not self._place(generation).exists():
            return None
        if self._ledger.embeddings.count_unmirrored(generation):
            # An interrupt between embedding and mirroring: the newest notes would be missing without a word.
            return None
        try:
            index = self._connect(generation)
            if self._sound(index, generation):
                return index
            index.close()
        except StorageError:
            pass
        if not database.read_only:
            # Or the next `kb index` would find nothing to add to it, and leave it as it is.
            with database.transaction():
                database.set_meta(DIRTY, "1")
        return None

    def sync(self, generation: Generation, on_progress: OnProgress) -> int:
        """Bring the mirror up to the ledger; returns how many vectors were written to it."""
        rows, database = self._ledger.embeddings, self._ledger.database
        place = self._place(generation)
        usable = not database.meta(DIRTY) and place.exists() and not broken_seal(place)
        if usable and not rows.count_unmirrored(generation) and not rows.leftover_in_mirror():
            return 0
        with database.transaction():
            # Before anything is taken away or written: a kill from here on must lead to a rebuild.
            database.set_meta(DIRTY, "1")
        index = self._writable(generation, usable=usable)
        try:
            written = self._write(index, generation, on_progress)
        finally:
            index.close()
        # Reached only when every batch was taken: a kill before this line leaves the mark, and a rebuild.
        with database.transaction():
            database.set_meta(DIRTY, "")
        return written

    def _writable(self, generation: Generation, *, usable: bool) -> "ChromaVectors":
        if usable:
            try:
                index = self._connect(generation)
                if self._sound(index, generation):
                    return index
                index.close()
            except StorageError:
                usable = False
        shutil.rmtree(self._folder, ignore_errors=True)
        with self._ledger.database.transaction():
            self._ledger.embeddings.unmark_mirrored()
        return self._connect(generation)

    def _write(self, index: VectorIndex, generation: Generation, on_progress: OnProgress) -> int:
        rows, database = self._ledger.embeddings, self._ledger.database
        if leftover := rows.leftover_in_mirror():
            index.delete(leftover)
            with database.transaction():
                rows.unmark_mirrored(leftover)
        total, written = rows.count_unmirrored(generation), 0
        while True:
            ids, vectors = rows.not_mirrored(generation, BATCH)
            if not ids:
                return written
            index.upsert(ids, vectors)
            with database.transaction():
                rows.mark_mirrored(ids)
            written += len(ids)
            on_progress(Progress("mirror", written, total, "vectors"))

    def _sound(self, index: "ChromaVectors", generation: Generation) -> bool:
        """Counts agree and a known vector finds itself: a lost HNSW file fails the second."""
        rows = self._ledger.embeddings
        if index.count() != rows.count_mirrored():
            return False
        sample = rows.mirrored_sample(generation)
        if sample is None:
            return rows.count(generation) == 0
        return index.probe(*sample)

    def _place(self, generation: Generation) -> Path:
        return self._folder / f"generation-{generation.id}"

    def _connect(self, generation: Generation) -> "ChromaVectors":
        from kb.store.chroma import ChromaVectors

        return ChromaVectors(self._place(generation), dim=generation.dim)
