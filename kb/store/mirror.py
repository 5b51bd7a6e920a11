"""Keeps the vector mirror near the ledger, and decides when it may be trusted.

The mirror lies in `vectors/<number>`, and the ledger names the number. It is never
written to once it serves: what is new goes into a copy beside it, and one transaction of
the ledger puts the copy in its place. So a kill at any moment leaves the last good one.
What the mirror does not hold yet is scanned from the ledger (kb.search.nearest).
"""

import shutil
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import StorageError
from kb.progress import OnProgress, Progress, ignore
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.mirrored import MirrorRows
from kb.store.seal import broken_seal, unseal

if TYPE_CHECKING:
    from kb.store.chroma import ChromaVectors

BATCH = 1_000
DEAD_SHARE = 0.2
"""A mirror that holds more than this share of vectors whose content is gone is made again without them."""
PROBES = 200

Steps = Generator[Progress, None, None]


class Mirror:
    """The Chroma copy of one generation's vectors; only the owner of the writer lock may hold one."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._ledger = ledger
        self._folder = folder
        self._rows = MirrorRows(ledger.database)

    def open(self, generation: Generation) -> "ChromaVectors | None":
        """The mirror, ready to be asked for what it holds; None where it is absent or damaged. Writes no ledger."""
        number = self._rows.standing(generation).mirror
        if not number or not self._place(number).is_dir():
            return None
        with suppress(StorageError):
            index = self._connect(number, generation)
            if self._sound(index, generation):
                return index
            with suppress(StorageError):
                index.close()
        # Or the next `kb index` would find nothing to add to it, and leave it as it is.
        with suppress(OSError):
            unseal(self._place(number))
        return None

    def sync(self, generation: Generation, on_progress: OnProgress = ignore, *, at_least: int = 1) -> int:
        """Bring the mirror up to the ledger, once it lacks `at_least` vectors; returns how many were written.

        A damaged one, and one that needs compaction, is made anew whatever it lacks.
        """
        return _consumed(self.syncing(generation, at_least=at_least), on_progress)

    def compact(self, generation: Generation, on_progress: OnProgress = ignore) -> int:
        """Make the mirror anew out of the ledger's living vectors, whatever it is now; returns how many it holds."""
        return _consumed(self.compacting(generation), on_progress)

    def syncing(self, generation: Generation, *, at_least: int = 1) -> Steps:
        """`sync` step by step, for a writer that has other work between two steps."""
        self._delete_leftovers()
        number = self._rows.standing(generation).mirror
        usable = bool(number) and self._place(number).is_dir() and not broken_seal(self._place(number))
        if usable and not self.needs_compaction(generation):
            missing = self._rows.missing(generation)
            if len(missing) < at_least:
                return
            try:
                yield from self._renewing(generation, missing, base=number)
                return
            except StorageError:
                # The copy would not do: the ledger has all that it takes to make it without one.
                self._delete_leftovers()
        elif not number and len(self._rows.living(generation)) < at_least:
            return
        yield from self.compacting(generation)

    def compacting(self, generation: Generation) -> Steps:
        """`compact` step by step."""
        self._delete_leftovers()
        if living := self._rows.living(generation):
            yield from self._renewing(generation, living)
        else:
            self._rows.forget()
            self._delete_leftovers()

    def needs_compaction(self, generation: Generation) -> bool:
        """Whether more than a fifth of what the mirror holds is of content that is gone."""
        held = self._rows.count() if self._rows.standing(generation).mirror else 0
        return held - self._rows.count_living(generation) > DEAD_SHARE * held if held else False

    def check(self) -> list[tuple[str, str]]:
        """What is wrong with the mirror, as (name, detail); empty when it is sound or there is none."""
        number, of = self._rows.current()
        generation = self._ledger.embeddings.generation()
        if generation is None or generation.id != of:
            return []
        place = self._place(number)
        if not place.is_dir():
            return [("vector mirror", f"its folder is gone: {place}")]
        if fault := broken_seal(place, thorough=True):
            return [("vector mirror", f"{place}: {fault}")]
        try:
            return self._lost(number, generation)
        except StorageError as error:
            return [("vector mirror", str(error))]

    def _lost(self, number: int, generation: Generation) -> list[tuple[str, str]]:
        """What the ledger knows to be in the mirror and cannot be found there."""
        index = self._connect(number, generation)
        try:
            if wrong := len(index.ids() ^ set(self._rows.ids())):
                return [("vector mirror", f"{self._place(number)}: {wrong} vectors are in it or in the ledger alone")]
            sample = self._rows.sample(generation, PROBES)
            lost = sum(not index.probe(vector_id, vector) for vector_id, vector in sample)
            # A graph is not exact: one in a hundred may be missed in a sound one.
            if lost > max(1, len(sample) // 50):
                return [("vector mirror", f"{self._place(number)}: {lost} of {len(sample)} vectors are not found")]
            return []
        finally:
            index.close()

    # Inside

    def _renewing(self, generation: Generation, ids: Sequence[int], *, base: int = 0) -> Steps:
        """Write a new folder, on top of a copy of `base` if given, and let it serve; nothing is lost by a stop."""
        from kb.store.chroma import copy_vectors

        number = self._rows.current()[0] + 1
        if base:
            copy_vectors(self._place(base), self._place(number))
        index = self._connect(number, generation, to_come=len(ids))
        written: list[int] = self._rows.ids() if base else []
        before = len(written)
        try:
            if index.count() != before:
                raise StorageError(f"the vector mirror does not hold what it should: {self._place(base)}", "kb index")
            for start in range(0, len(ids), BATCH):
                # What was swept since is left out.
                part, vectors = self._rows.vectors(generation, ids[start : start + BATCH])
                index.upsert(part, vectors)
                written += part
                yield Progress("mirror", min(start + BATCH, len(ids)), len(ids), "vectors")
            if index.count() != len(written):
                raise StorageError(f"the vector mirror took not all vectors: {self._place(number)}", "kb index")
        finally:
            index.close()
        self._rows.make_current(number, generation, written)
        self._delete_leftovers()

    def _delete_leftovers(self) -> None:
        """Whatever lies beside the mirror: what a dead attempt began, and what was replaced."""
        number, generation_id = self._rows.current()
        if self._folder.exists() and not self._folder.is_dir():
            self._folder.unlink()
        for path in self._folder.glob("*"):
            if not generation_id or path.name != str(number):
                shutil.rmtree(path, ignore_errors=True)

    def _sound(self, index: "ChromaVectors", generation: Generation) -> bool:
        """Counts agree and a known vector finds itself: a lost HNSW file fails the second."""
        if index.count() != self._rows.count():
            return False
        sample = self._rows.sample(generation, 1)
        return all(index.probe(vector_id, vector) for vector_id, vector in sample)

    def _place(self, number: int) -> Path:
        return self._folder / str(number)

    def _connect(self, number: int, generation: Generation, *, to_come: int = 0) -> "ChromaVectors":
        from kb.store.chroma import ChromaVectors

        return ChromaVectors(self._place(number), dim=generation.dim, to_come=to_come)


def _consumed(steps: Steps, on_progress: OnProgress) -> int:
    """Run all steps; returns how much was done."""
    done = 0
    # Closed also when the listener raises: else the folder would stay open for as long as the error is held.
    with closing(steps):
        for step in steps:
            done = step.done
            on_progress(step)
    return done
