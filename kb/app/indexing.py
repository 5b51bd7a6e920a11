"""`kb index`: which sources a call means, the two passes, and the report of what was done."""

import os
import time
from collections.abc import Iterator

from ingest.discover import Rules, discover, discover_file
from ingest.indexer import Indexer, Tally
from kb.app import places
from kb.app.opened import OpenIndex
from kb.app.payload import Payload
from kb.app.sources import ensure_source
from kb.config import DEFAULT_MODEL, Settings
from kb.embedding.manifest import RECIPE
from kb.errors import NoIndexError, NotFoundError, UsageError
from kb.model import FoundFile, SkippedFile, Source
from kb.progress import OnProgress
from kb.store.embeddings import Generation
from kb.store.mirror import Mirror

DEAD_SHARE = 0.2
"""Vectors of content that is gone are swept when they are more than this share of all."""


def bring_up_to_date(
    opened: OpenIndex, paths: list[str], *, full: bool, text_only: bool, on_progress: OnProgress
) -> Payload:
    """Read what changed, then embed it and bring the mirror up; the text is searchable after the first pass."""
    started = time.perf_counter()
    for path in paths:
        # Before the ledger is made: a mistyped path must not leave an empty index behind.
        if not os.path.exists(path):
            raise NotFoundError(f"no such file or folder: {path}", "kb index PATH takes what exists")
    with opened.shared.writing():
        if any(os.path.isdir(path) for path in paths):
            opened.create_ledger()
        elif paths and not opened.settings.ledger.exists():
            # Said before an index is made: a file alone must not leave an empty one behind.
            raise _in_no_source(paths[0])
        sources, files = _meant(opened, paths)
        indexer = Indexer(
            opened.ledger, rules=rules(opened.settings), load_embedder=lambda: opened.load_embedder(on_progress),
            on_progress=on_progress,
        )  # fmt: skip
        tally = indexer.read(sources, files=files, full=full)
        if not text_only:
            tally.embedded = _embed(opened, indexer, on_progress)
    return _report(tally, time.perf_counter() - started)


def rules(settings: Settings) -> Rules:
    return Rules(max_file_bytes=settings.max_file_bytes)


def survey_paths(opened: OpenIndex, paths: list[str]) -> Payload:
    """What `kb index` would read, and how long that would take; nothing is written."""
    from ingest.overview import survey

    found: list[FoundFile] = []
    skipped: list[SkippedFile] = []
    for path in paths or [source.root for source in opened.ledger.catalog.sources()]:
        for item in _would_read(os.path.realpath(path), rules(opened.settings)):
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


def _meant(opened: OpenIndex, paths: list[str]) -> tuple[list[Source], list[tuple[Source, bytes]]]:
    """Whole sources, and single files of sources that are known already (raw paths below their roots)."""
    catalog = opened.ledger.catalog
    if not paths:
        if not (sources := catalog.sources()):
            raise NoIndexError("no source is known yet", "kb index PATH")
        return sources, []
    chosen: dict[int, Source] = {}
    files: list[tuple[Source, bytes]] = []
    for path in paths:
        if os.path.isdir(path):
            source = ensure_source(catalog, path)
        elif (place := _place_in(catalog.sources(), path)) is not None:
            files.append(place)
            continue
        else:
            # Its folder may be a home of ten thousand files: nobody asked for those.
            raise _in_no_source(path)
        chosen[source.id] = source
    return list(chosen.values()), [(source, raw) for source, raw in files if source.id not in chosen]


def _in_no_source(path: str) -> UsageError:
    return UsageError(f"{path} lies in no source", f"kb index {os.path.dirname(os.path.abspath(path))}")


def _place_in(sources: list[Source], path: str) -> tuple[Source, bytes] | None:
    """The source that owns a file, with the file's raw path in it; a link counts where it points to, if it can."""
    folder, name = os.path.split(os.path.abspath(path))
    for place in (os.path.realpath(path), os.path.join(os.path.realpath(folder), name)):
        if (source := places.owner(sources, os.path.dirname(place))) is not None:
            return source, os.fsencode(os.path.relpath(place, source.root))
    return None


def _embed(opened: OpenIndex, indexer: Indexer, on_progress: OnProgress) -> int:
    rows = opened.ledger.embeddings
    generation = rows.generation()
    current = _is_current(opened, generation, on_progress)
    if not current:
        # Until all is embedded no model may pass for the index's own: an interrupt would leave it so for good.
        with opened.ledger.database.transaction():
            opened.ledger.database.set_meta("model", "")
    # With nothing to embed the model is not even loaded: a run without changes stays under a second.
    embedded = indexer.embed() if not current or rows.count_pending(generation) else 0
    if (generation := rows.generation()) is None:
        return embedded
    with opened.ledger.database.transaction():
        opened.ledger.database.set_meta("model", _wanted(opened.settings))
        if rows.count_dead(generation) > DEAD_SHARE * rows.count(generation) or not current:
            rows.sweep(generation)
    Mirror(opened.ledger, opened.settings.vectors_dir).sync(generation, on_progress)
    return embedded


def _is_current(opened: OpenIndex, generation: Generation | None, on_progress: OnProgress) -> bool:
    """Whether the vectors in use are those that the configured model would make."""
    if generation is None or opened.ledger.database.meta("model") != _wanted(opened.settings):
        return False
    # The default's weights are pinned; others may have been replaced under their name, and searches would refuse.
    return opened.settings.model == DEFAULT_MODEL or opened.load_embedder(on_progress).identity == generation.identity


def _wanted(settings: Settings) -> str:
    # The recipe too: vectors of an older export would be refused by every later search.
    return f"{settings.model} {RECIPE}"


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
