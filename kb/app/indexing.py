"""`kb index`: which sources a call means, the two passes, and the report of what was done."""

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.discover import Rules, discover, discover_file
from ingest.indexer import Indexer, Tally
from kb.app import places
from kb.app.payload import Payload
from kb.app.sources import ensure_source
from kb.config import Settings
from kb.embedding.manifest import RECIPE
from kb.errors import NoIndexError, NotFoundError
from kb.model import FoundFile, SkippedFile, Source
from kb.progress import OnProgress
from kb.store.lock import WriterLock
from kb.store.mirror import Mirror

if TYPE_CHECKING:
    from kb.app.application import App

DEAD_SHARE = 0.2
"""Vectors of content that is gone are swept when they are more than this share of all."""


def bring_up_to_date(app: "App", paths: list[str], *, full: bool, text_only: bool, on_progress: OnProgress) -> Payload:
    """Read what changed, then embed it and bring the mirror up; the text is searchable after the first pass."""
    started = time.perf_counter()
    for path in paths:
        # Before the ledger is made: a mistyped path must not leave an empty index behind.
        if not os.path.exists(path):
            raise NotFoundError(f"no such file or folder: {path}", "kb index PATH takes what exists")
    with WriterLock(app.settings.home):
        if paths:
            app.create_ledger()
        sources = _sources_of(app, paths)
        indexer = Indexer(
            app.ledger, rules=rules(app.settings), load_embedder=lambda: app.load_embedder(on_progress),
            on_progress=on_progress,
        )  # fmt: skip
        tally = indexer.read(sources, full=full)
        if not text_only:
            tally.embedded = _embed(app, indexer, on_progress)
    return _report(tally, time.perf_counter() - started)


def rules(settings: Settings) -> Rules:
    return Rules(max_file_bytes=settings.max_file_bytes)


def survey_paths(app: "App", paths: list[str]) -> Payload:
    """What `kb index` would read, and how long that would take; nothing is written."""
    from ingest.overview import survey

    found: list[FoundFile] = []
    skipped: list[SkippedFile] = []
    for path in paths or [source.root for source in app.ledger.catalog.sources()]:
        for item in _would_read(os.path.realpath(path), rules(app.settings)):
            if isinstance(item, FoundFile):
                found.append(item)
            else:
                skipped.append(item)
    overview = survey(found)
    return {
        "files": len(found),
        "bytes": sum(file.size for file in found),
        "kinds": overview.kinds,
        "folders": [{"path": path, "files": files, "bytes": size} for path, files, size in overview.folders],
        "expected_s": round(overview.expected_s, 1),
        "skipped": [{"path": item.path, "reason": item.reason} for item in skipped],
    }


def _would_read(path: str, rules: Rules) -> Iterator[FoundFile | SkippedFile]:
    if os.path.isdir(path):
        yield from discover(path, rules)
    elif (item := discover_file(os.path.dirname(path), os.fsencode(os.path.basename(path)), rules)) is not None:
        yield item


def _sources_of(app: "App", paths: list[str]) -> list[Source]:
    catalog = app.ledger.catalog
    if not paths:
        if not (sources := catalog.sources()):
            raise NoIndexError("no source is known yet", "kb index PATH")
        return sources
    chosen: dict[int, Source] = {}
    for path in paths:
        source = places.owner(catalog.sources(), path) if os.path.isfile(path) else None
        if source is None:
            source = ensure_source(catalog, path if os.path.isdir(path) else os.path.dirname(os.path.abspath(path)))
        chosen[source.id] = source
    return list(chosen.values())


def _embed(app: "App", indexer: Indexer, on_progress: OnProgress) -> int:
    rows = app.ledger.embeddings
    generation = rows.generation()
    # The recipe too: vectors of an older export would be refused by every later search.
    wanted = f"{app.settings.model} {RECIPE}"
    current = generation is not None and app.ledger.database.meta("model") == wanted
    # With nothing to embed the model is not even loaded: a run without changes stays under a second.
    embedded = indexer.embed() if not current or rows.count_pending(generation) else 0
    if (generation := rows.generation()) is None:
        return embedded
    with app.ledger.database.transaction():
        app.ledger.database.set_meta("model", wanted)
        if rows.count_dead(generation) > DEAD_SHARE * rows.count(generation) or not current:
            rows.sweep(generation)
    Mirror(app.ledger, app.settings.vectors_dir).sync(generation, on_progress)
    return embedded


def _report(tally: Tally, took_s: float) -> Payload:
    return {
        "added": tally.added,
        "changed": tally.changed,
        "removed": tally.removed,
        "unchanged": tally.unchanged,
        "chunks": tally.chunks,
        "embedded": tally.embedded,
        "skipped": [{"path": item.path, "reason": item.reason} for item in tally.skipped],
        "warnings": tally.warnings,
        "took_s": round(took_s, 2),
    }
