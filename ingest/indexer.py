"""Brings the ledger up to the disk in two passes: the text at once, the vectors after it.

Every batch is its own transaction, and what is left to do is read from the ledger
itself (files whose bytes differ, content without a vector), so an interrupt at any
moment leaves a good index and the next run goes on where this one stopped.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from time import monotonic

from ingest.diff import Diff, KnownFile, diff
from ingest.discover import Rules, discover, discover_file, is_temporary, shown
from ingest.embedded import embedded_text
from ingest.history import first_commit_dates
from ingest.prepare import Job, Outcome, Prepared, Refused, Same, prepare
from ingest.workers import prepare_in_workers
from kb.embedding.port import Embedder
from kb.errors import NotFoundError
from kb.model import FoundFile, SkippedFile, Source
from kb.progress import OnProgress, Progress
from kb.store.catalog import RefusedFile
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger

POOL_FROM = 200
"""Fewer files than this are read sooner here than a worker process starts."""
FILES_PER_COMMIT = 200
ASKED_BY_NAME = 50
"""Git is asked for so few notes alone: after the edit of one it need not look at all others."""
KEYS_PER_WINDOW = 4_096
KEYS_PER_COMMIT = 64
"""A few seconds of work on a slow machine: what an interrupt can cost."""


Dates = Callable[[], dict[str, str] | None]


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


class Indexer:
    """Reads sources into the ledger; `load_embedder` is called only when something has to be embedded."""

    def __init__(
        self, ledger: Ledger, *, rules: Rules, load_embedder: Callable[[], Embedder], on_progress: OnProgress
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._load_embedder = load_embedder
        self._on_progress = on_progress

    def read(
        self, sources: Sequence[Source], *, files: Sequence[tuple[Source, bytes]] = (), full: bool = False
    ) -> Tally:
        """First pass: discover, compare, read and store the text of what changed.

        Whole `sources`, and single `files` by their raw path in a source: of those nothing else is looked at.
        """
        tally = Tally()
        for source, raw in [*((source, b"") for source in sources), *files]:
            try:
                if raw:
                    self._read_file(source, raw, tally, full=full)
                else:
                    self._read_source(source, tally, full=full)
            except NotFoundError as error:
                # An unmounted disk must not look like a thousand deleted notes: what is known stays.
                tally.warnings.append(f"{error.message}; its {self._count(source)} indexed files are kept")
        return tally

    def embed(self) -> int:
        """Second pass: embed all content that has no vector of the current model; returns how many."""
        rows = self._ledger.embeddings
        embedder = self._load_embedder()
        with self._ledger.database.transaction():
            generation = rows.use(embedder.identity, embedder.dim)
        total, done = rows.count_pending(generation), 0
        while window := rows.pending(generation, KEYS_PER_WINDOW):
            # Texts of like length share a batch, so that little is spent on padding.
            window.sort(key=lambda row: len(row[1]) + len(row[2]))
            for start in range(0, len(window), KEYS_PER_COMMIT):
                batch = window[start : start + KEYS_PER_COMMIT]
                self._embed_batch(embedder, generation, batch)
                done += len(batch)
                self._on_progress(Progress("embed", done, max(total, done), "chunks"))
        return done

    def _embed_batch(self, embedder: Embedder, generation: Generation, batch: list[tuple[bytes, str, str]]) -> None:
        vectors = embedder.embed_passages([embedded_text(header, text) for _, header, text in batch])
        with self._ledger.database.transaction():
            self._ledger.embeddings.add(generation, [key for key, _, _ in batch], vectors)

    def _read_source(self, source: Source, tally: Tally, *, full: bool) -> None:
        found, skipped = self._discover(source)
        known = self._ledger.catalog.known_files(source.id)
        if known and not found and not skipped and not os.listdir(source.root):
            # A mount point without its disk is an empty folder: no reason to forget what was on it.
            raise NotFoundError(f"{source.root} is empty", f"kb source remove {source.name}")
        refused = self._follow(source, found, skipped, known, tally, full=full)
        catalog = self._ledger.catalog
        with self._ledger.database.transaction():
            catalog.replace_skipped(source.id, skipped, refused=map(_remembered, refused))
            catalog.mark_scanned(source.id)
            for outer in self._around(source):
                # Only now: until the inner source has read them, the outer one's copies answer.
                below = shown(os.fsencode(os.path.relpath(source.root, outer.root)))
                catalog.remove_files(outer.id, catalog.paths_below(outer.id, below))

    def _read_file(self, source: Source, raw: bytes, tally: Tally, *, full: bool) -> None:
        item, path = discover_file(source.root, raw, self._rules_of(source)), shown(raw)
        found = [item] if isinstance(item, FoundFile) else []
        skipped = [item] if isinstance(item, SkippedFile) else []
        known = self._ledger.catalog.known_files(source.id, path)
        refused = self._follow(source, found, skipped, known, tally, full=full)
        with self._ledger.database.transaction():
            self._ledger.catalog.replace_skipped(source.id, skipped, path, refused=map(_remembered, refused))

    def _follow(
        self,
        source: Source,
        found: Sequence[FoundFile],
        skipped: Sequence[SkippedFile],
        known: Mapping[str, KnownFile],
        tally: Tally,
        *,
        full: bool,
    ) -> list[Refused]:
        """Make the ledger's `known` files what was found; returns those that were refused, now or before."""
        catalog = self._ledger.catalog
        changes = diff(found, known)
        if full:
            suspects = [file for file in found if file.path in known]
            changes = Diff(added=changes.added, suspect=suspects, removed=changes.removed, unchanged=0)
        kept = self._keep_unreadable(source, changes.removed, skipped)
        removed = [path for path in changes.removed if path not in kept]
        files = [*changes.added, *changes.suspect]
        refused = [] if full else self._refused_again(source, files)
        settled = {item.found.path for item in refused}
        jobs = self._jobs(
            source,
            [file for file in files if file.path not in settled],
            {} if full else {path: file.digest for path, file in known.items()},
        )
        if jobs:
            # Tells a listener that what is counted begins anew: each source has its own total.
            self._on_progress(Progress("scan", len(found), 0, "files"))
        # Additions come first: a moved file finds its vectors by content before the old path is gone.
        refused += self._store(source, jobs, set(known), tally)
        with self._ledger.database.transaction():
            catalog.remove_files(source.id, removed)
            catalog.unmark_stale(source.id, {file.path for file in found} - {file.path for file in files})
        tally.removed += len(removed)
        tally.unchanged += changes.unchanged
        tally.skipped.extend([*skipped, *(SkippedFile(item.found.path, item.reason) for item in refused)])
        return refused

    def _refused_again(self, source: Source, files: Iterable[FoundFile]) -> list[Refused]:
        """Those of the files that are as they were when they were refused: a big archive is opened once, not daily."""
        before = self._ledger.catalog.refused_files(source.id)
        return [
            Refused(file, known.reason, keep_old=False)
            for file in files
            if (known := before.get(file.path)) and (known.size, known.mtime_ns) == (file.size, file.mtime_ns)
        ]

    def _rules_of(self, source: Source) -> Rules:
        """Of nested sources the inner one owns its files."""
        inner = [other.root for other in self._ledger.catalog.sources() if _lies_in(other, source)]
        return replace(self._rules, exclude_roots=tuple(inner))

    def _around(self, source: Source) -> list[Source]:
        return [other for other in self._ledger.catalog.sources() if _lies_in(source, other)]

    def _discover(self, source: Source) -> tuple[list[FoundFile], list[SkippedFile]]:
        found: list[FoundFile] = []
        skipped: list[SkippedFile] = []
        for item in discover(source.root, self._rules_of(source)):
            if isinstance(item, FoundFile):
                found.append(item)
                if len(found) % 500 == 0:
                    self._on_progress(Progress("scan", len(found), 0, "files"))
            else:
                skipped.append(item)
        return found, skipped

    def _keep_unreadable(self, source: Source, removed: Sequence[str], skipped: Iterable[SkippedFile]) -> set[str]:
        """Files below a folder that cannot be entered now are not gone: they stay, marked stale."""
        closed = [item for item in skipped if is_temporary(item.reason)]
        kept: set[str] = set()
        with self._ledger.database.transaction():
            for item in closed:
                for path in removed:
                    if path == item.path or path.startswith(item.path.rstrip("/") + "/"):
                        self._ledger.catalog.mark_stale(source.id, path, item.reason)
                        kept.add(path)
        return kept

    def _jobs(self, source: Source, files: Iterable[FoundFile], digests: dict[str, bytes]) -> list[Job]:
        return [
            Job(source.root, source.name, file, self._rules.max_file_bytes, digests.get(file.path, b""))
            for file in files
        ]

    def _store(self, source: Source, jobs: list[Job], known: set[str], tally: Tally) -> list[Refused]:
        """Read the jobs and commit them in batches; returns the files that were refused."""
        # Asked only for a note that has no date: git walks its history for the answer.
        dates = cache(partial(_git_dates, source, jobs))
        refused: list[Refused] = []
        done, chunks_before, started = 0, tally.chunks, monotonic()
        for batch in _batches(_outcomes(jobs), FILES_PER_COMMIT):
            with self._ledger.database.transaction():
                for outcome in batch:
                    self._store_one(source, outcome, dates)
            for outcome in batch:
                _count(outcome, known, tally, refused)
            done += len(batch)
            rate = (tally.chunks - chunks_before) / max(monotonic() - started, 0.001)
            self._on_progress(Progress("read", done, len(jobs), "files", f"{rate:,.0f} chunks/s"))
        return refused

    def _store_one(self, source: Source, outcome: Outcome, dates: Dates) -> None:
        catalog = self._ledger.catalog
        if isinstance(outcome, Same):
            catalog.touch_file(source.id, outcome.found)
        elif isinstance(outcome, Prepared):
            document = outcome.document
            if not document.date and document.kind != "code":
                document = replace(document, date=self._date_from_git(source, outcome.found.path, dates))
            catalog.replace_file(
                source.id, outcome.found, digest=outcome.digest, document=document, chunks=outcome.chunks
            )
        elif outcome.keep_old:
            catalog.mark_stale(source.id, outcome.found.path, outcome.reason)
        else:
            catalog.remove_files(source.id, [outcome.found.path])

    def _date_from_git(self, source: Source, path: str, dates: Dates) -> str:
        # What the ledger holds may be a date that the author has deleted: it counts only where git gives no answer.
        answer = dates()
        return self._ledger.catalog.date_of(source.id, path) if answer is None else answer.get(path, "")

    def _count(self, source: Source) -> int:
        return self._ledger.catalog.count_files(source.id)


def _git_dates(source: Source, jobs: Sequence[Job]) -> dict[str, str] | None:
    if len(jobs) > ASKED_BY_NAME:
        return first_commit_dates(source.root)
    return first_commit_dates(source.root, [os.fsdecode(job.found.raw) for job in jobs])


def _lies_in(inner: Source, outer: Source) -> bool:
    return inner.root.startswith(outer.root.rstrip(os.sep) + os.sep)


def _count(outcome: Outcome, known: set[str], tally: Tally, refused: list[Refused]) -> None:
    if isinstance(outcome, Prepared):
        tally.chunks += len(outcome.chunks)
        if outcome.found.path in known:
            tally.changed += 1
        else:
            tally.added += 1
    elif isinstance(outcome, Same):
        tally.unchanged += 1
    else:
        refused.append(outcome)


def _remembered(refused: Refused) -> RefusedFile:
    found = refused.found
    size, mtime_ns = (found.size, found.mtime_ns) if refused.final else (0, 0)
    return RefusedFile(found.path, refused.reason, size, mtime_ns)


def _outcomes(jobs: list[Job]) -> Iterator[Outcome]:
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
