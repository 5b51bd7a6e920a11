"""Brings the ledger up to the disk in two passes: the text at once, the vectors after it.

Every batch is its own transaction, and what is left to do is read from the ledger
itself (files whose bytes differ, content without a vector), so an interrupt at any
moment leaves a good index and the next run goes on where this one stopped.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ingest.diff import KnownFile, Look, diff
from ingest.discover import Rules, discover_at, folders_around, is_at, is_temporary, outermost, shown
from ingest.embed import embed_missing, never
from ingest.intake import Intake, Tally
from ingest.prepare import Job, Refused
from kb.embedding.port import Embedder
from kb.errors import NotFoundError
from kb.model import FoundFile, SkippedFile, Source
from kb.progress import OnProgress, Progress
from kb.store.catalog import RefusedFile
from kb.store.ledger import Ledger

__all__ = ["Indexer", "Look", "Tally"]

WHOLE = (b"",)
"""The place that is all of a source."""


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
        self,
        sources: Sequence[Source],
        *,
        files: Sequence[tuple[Source, bytes]] = (),
        look: Look = Look.STAT,
    ) -> Tally:
        """First pass: discover, compare, read and store the text of what changed.

        Whole `sources`, and single places by their raw path in a source: a file, a folder with all that is below
        it, or what is gone from there. Of those sources nothing else is looked at.
        """
        places: dict[Source, list[bytes]] = {source: list(WHOLE) for source in sources}
        for source, raw in files:
            places.setdefault(source, []).append(raw)
        tally = Tally()
        for source, raws in places.items():
            try:
                self._read(source, outermost(raws), tally, look)
            except NotFoundError as error:
                # An unmounted disk must not look like a thousand deleted notes: what is known stays.
                kept = self._ledger.catalog.count_files(source.id)
                tally.warnings.append(f"{error.message}; its {kept} indexed files are kept")
        return tally

    def embed(self, *, pause: Callable[[], bool] = never) -> int:
        """Second pass: embed all content that has no vector of the current model; returns how many.

        Early when `pause` says that something more urgent waits: the next call goes on.
        """
        return embed_missing(self._ledger, self._load_embedder(), pause=pause, on_progress=self._on_progress)

    def _read(self, source: Source, places: Sequence[bytes], tally: Tally, look: Look) -> None:
        found, skipped = self._discover(source, places)
        known = self._known_at(source, places)
        if known and not found and not skipped and not os.listdir(source.root):
            # A mount point without its disk is an empty folder: no reason to forget what was on it.
            raise NotFoundError(f"{source.root} is empty", f"kb source remove {source.name}")
        refused = self._follow(source, found, skipped, known, tally, look)
        tally.skipped += _as_asked(skipped, places)
        tally.skipped += [SkippedFile(item.found.path, item.reason) for item in refused]
        with self._ledger.database.transaction():
            self._remember_skipped(source, places, skipped, refused)
            if tuple(places) == WHOLE:
                self._finish(source)

    def _discover(self, source: Source, places: Sequence[bytes]) -> tuple[list[FoundFile], list[SkippedFile]]:
        found: list[FoundFile] = []
        skipped: list[SkippedFile] = []
        for item in discover_at(source.root, places, self._rules_of(source)):
            if isinstance(item, FoundFile):
                found.append(item)
                if len(found) % 500 == 0:
                    self._on_progress(Progress("scan", len(found), 0, "files"))
            else:
                skipped.append(item)
        return found, skipped

    def _known_at(self, source: Source, places: Sequence[bytes]) -> dict[str, KnownFile]:
        catalog = self._ledger.catalog
        if tuple(places) == WHOLE:
            return catalog.known_files(source.id)
        known: dict[str, KnownFile] = {}
        for place in map(shown, places):
            for path in (place, *catalog.paths_below(source.id, place)):
                known |= catalog.known_files(source.id, path)
        return known

    def _follow(
        self,
        source: Source,
        found: Sequence[FoundFile],
        skipped: Sequence[SkippedFile],
        known: Mapping[str, KnownFile],
        tally: Tally,
        look: Look,
    ) -> list[Refused]:
        """Make the ledger's `known` files what was found; returns those that were refused, now or before."""
        catalog = self._ledger.catalog
        changes = diff(found, known, look)
        kept = self._keep_unreadable(source, changes.removed, skipped)
        removed = [path for path in changes.removed if path not in kept]
        files = [*changes.added, *changes.suspect]
        refused = self._refused_again(source, files) if look is Look.STAT else []
        settled = {item.found.path for item in refused}
        jobs = [
            # Without a digest to compare with, a file is understood anew though its bytes are the same.
            Job(source.root, source.name, file, self._rules.max_file_bytes,
                known[file.path].digest if file.path in known and look is not Look.FULL else b"")
            for file in files if file.path not in settled
        ]  # fmt: skip
        if jobs:
            # Tells a listener that what is counted begins anew: each source has its own total.
            self._on_progress(Progress("scan", len(found), 0, "files"))
            intake = Intake(self._ledger, source, tally=tally, on_progress=self._on_progress)
            # Additions come first: a moved file finds its vectors by content before the old path is gone.
            refused += intake.take_in(jobs, known)
        with self._ledger.database.transaction():
            catalog.remove_files(source.id, removed)
            catalog.unmark_stale(source.id, {file.path for file in found} - {file.path for file in files})
        tally.removed += len(removed)
        tally.unchanged += changes.unchanged
        return refused

    def _refused_again(self, source: Source, files: Iterable[FoundFile]) -> list[Refused]:
        """Those of the files that are as they were when they were refused: a big archive is opened once, not daily."""
        before = self._ledger.catalog.refused_files(source.id)
        return [
            Refused(file, known.reason, keep_old=False)
            for file in files
            if (known := before.get(file.path)) and (known.size, known.mtime_ns) == (file.size, file.mtime_ns)
        ]

    def _keep_unreadable(self, source: Source, removed: Sequence[str], skipped: Iterable[SkippedFile]) -> set[str]:
        """Files below a folder that cannot be entered now are not gone: they stay, marked stale."""
        closed = [item for item in skipped if is_temporary(item.reason)]
        kept: set[str] = set()
        with self._ledger.database.transaction():
            for item in closed:
                for path in removed:
                    if is_at(path, item.path):
                        self._ledger.catalog.mark_stale(source.id, path, item.reason)
                        kept.add(path)
        return kept

    def _remember_skipped(
        self, source: Source, places: Sequence[bytes], skipped: Sequence[SkippedFile], refused: Sequence[Refused]
    ) -> None:
        """List what was left out at these places in place of what was listed of them before."""
        catalog = self._ledger.catalog
        names = [shown(place) for place in places]
        for name in names:
            catalog.replace_skipped(source.id, [], name)
        # A folder on the way that is left out has its own line already; one for each file in it would bury the others.
        on_the_way = _on_the_way(places)
        inside = [item for item in skipped if item.path not in on_the_way]
        catalog.replace_skipped(source.id, inside, names[0], refused=map(_remembered, refused))

    def _finish(self, source: Source) -> None:
        """A whole source was looked at."""
        catalog = self._ledger.catalog
        catalog.mark_scanned(source.id)
        for outer in self._around(source):
            # Only now: until the inner source has read them, the outer one's copies answer.
            below = shown(os.fsencode(os.path.relpath(source.root, outer.root)))
            catalog.remove_files(outer.id, catalog.paths_below(outer.id, below))

    def _rules_of(self, source: Source) -> Rules:
        """Of nested sources the inner one owns its files."""
        inner = [other.root for other in self._ledger.catalog.sources() if _lies_in(other, source)]
        return replace(self._rules, exclude_roots=tuple(inner))

    def _around(self, source: Source) -> list[Source]:
        return [other for other in self._ledger.catalog.sources() if _lies_in(source, other)]


def _lies_in(inner: Source, outer: Source) -> bool:
    return inner.root.startswith(outer.root.rstrip(os.sep) + os.sep)


def _on_the_way(places: Sequence[bytes]) -> set[str]:
    """The folders around the places: where one of them is left out, the place itself was never met."""
    return {shown(folder) for place in places for folder in folders_around(place) if folder}


def _as_asked(skipped: Sequence[SkippedFile], places: Sequence[bytes]) -> list[SkippedFile]:
    """What was left out, told of the places that were asked for rather than of a folder on the way to them."""
    on_the_way = _on_the_way(places)
    told: list[SkippedFile] = []
    for item in skipped:
        if item.path in on_the_way:
            told += [SkippedFile(name, item.reason) for name in map(shown, places) if is_at(name, item.path)]
        else:
            told.append(item)
    return told


def _remembered(refused: Refused) -> RefusedFile:
    found = refused.found
    size, mtime_ns = (found.size, found.mtime_ns) if refused.final else (0, 0)
    return RefusedFile(found.path, refused.reason, size, mtime_ns)
