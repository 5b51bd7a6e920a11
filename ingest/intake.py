"""Takes files into the ledger: reads them, here or in worker processes, and commits them in batches."""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TypeGuard

from ingest.diff import KnownFile
from ingest.history import FirstCommits
from ingest.prepare import Job, Outcome, Prepared, Refused, Same, prepare
from ingest.workers import prepare_in_workers
from kb.model import SkippedFile, Source
from kb.progress import OnProgress, Progress
from kb.store.ledger import Ledger

POOL_FROM = 200
"""Fewer files than this are read sooner here than a worker process starts."""
FILES_PER_COMMIT = 200


@dataclass(slots=True)
class Tally:
    """What a run did; counted after it was committed, never before."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    chunks: int = 0
    embedded: int = 0
    skipped: list[SkippedFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Intake:
    """Stores what was read of one source's files, and counts it in `tally`."""

    def __init__(self, ledger: Ledger, source: Source, *, tally: Tally, on_progress: OnProgress) -> None:
        self._ledger = ledger
        self._source = source
        self._tally = tally
        self._on_progress = on_progress

    def take_in(self, jobs: Sequence[Job], known: Mapping[str, KnownFile]) -> list[Refused]:
        """Read the jobs and commit them in batches; returns the files that were refused."""
        refused: list[Refused] = []
        commits = FirstCommits(self._source.root, count=len(jobs))
        done, chunks_before, started = 0, self._tally.chunks, monotonic()
        # Closed also when the listener raises: else the workers would go on for as long as the error is held.
        with closing(_outcomes(jobs)) as read:
            for batch in _batches(read, FILES_PER_COMMIT):
                # Before the transaction: git may take its time, and others may wait to write.
                outcomes = self._dated(batch, commits)
                with self._ledger.database.transaction():
                    for outcome in outcomes:
                        self._store(outcome)
                refused += [outcome for outcome in outcomes if isinstance(outcome, Refused)]
                self._count(outcomes, known)
                done += len(outcomes)
                rate = (self._tally.chunks - chunks_before) / max(monotonic() - started, 0.001)
                self._on_progress(Progress("read", done, len(jobs), "files", f"{rate:,.0f} chunks/s"))
        return refused

    def _dated(self, batch: Sequence[Outcome], commits: FirstCommits) -> list[Outcome]:
        """The outcomes; notes without a date of their own get that of their first commit."""
        undated = [os.fsdecode(outcome.found.raw) for outcome in batch if _wants_date(outcome)]
        # Without one, git is not even asked: it walks its history for the answer.
        days = commits.of(undated) if undated else {}
        return [self._with_date(outcome, days) if _wants_date(outcome) else outcome for outcome in batch]

    def _with_date(self, outcome: Prepared, days: Mapping[str, str]) -> Prepared:
        day = days.get(os.fsdecode(outcome.found.raw))
        if day is None:
            # What the ledger holds may be a date that the author has deleted: it counts only where git is too slow.
            day = self._ledger.catalog.date_of(self._source.id, outcome.found.path)
        return replace(outcome, document=replace(outcome.document, date=day))

    def _store(self, outcome: Outcome) -> None:
        catalog, source_id, found = self._ledger.catalog, self._source.id, outcome.found
        if isinstance(outcome, Same):
            catalog.touch_file(source_id, found)
        elif isinstance(outcome, Prepared):
            catalog.replace_file(
                source_id, found, digest=outcome.digest, document=outcome.document, chunks=outcome.chunks
            )
        elif outcome.keep_old:
            catalog.mark_stale(source_id, found.path, outcome.reason)
        else:
            catalog.remove_files(source_id, [found.path])

    def _count(self, batch: Sequence[Outcome], known: Mapping[str, KnownFile]) -> None:
        tally = self._tally
        for outcome in batch:
            if isinstance(outcome, Same):
                tally.unchanged += 1
            elif isinstance(outcome, Prepared):
                tally.chunks += len(outcome.chunks)
                if outcome.found.path in known:
                    tally.changed += 1
                else:
                    tally.added += 1


def _wants_date(outcome: Outcome) -> TypeGuard[Prepared]:
    return isinstance(outcome, Prepared) and not outcome.document.date and outcome.document.kind != "code"


def _outcomes(jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
    if len(jobs) < POOL_FROM:
        yield from map(prepare, jobs)
        return
    yield from prepare_in_workers(jobs)


def _batches(outcomes: Iterator[Outcome], size: int) -> Iterator[list[Outcome]]:
    batch: list[Outcome] = []
    for outcome in outcomes:
        batch.append(outcome)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
