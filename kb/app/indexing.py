"""`kb index`: which sources a call means, the two passes, and the report of what was done."""

import os
import time
from collections.abc import Iterator

from ingest.diff import Look
from ingest.discover import Rules, discover, discover_at, shown
from ingest.indexer import Tally
from kb.app import places
from kb.app.api import Payload
from kb.app.opened import OpenIndex
from kb.app.sources import ensure_source
from kb.app.upkeep import embed_pending, look_again, rules, tend
from kb.errors import NoIndexError, NotFoundError, UsageError
from kb.model import FoundFile, SkippedFile, Source
from kb.progress import OnProgress


def bring_up_to_date(
    opened: OpenIndex, paths: list[str], *, full: bool, text_only: bool, on_progress: OnProgress
) -> Payload:
    """Read what changed, then embed it and bring the mirror up; the text is searchable after the first pass."""
    started = time.perf_counter()
    for path in paths:
        # Before the ledger is made: a mistyped path must not leave an empty index behind.
        if not os.path.exists(path) and not _was_indexed(opened, path):
            raise NotFoundError(f"no such file or folder: {path}", "kb index PATH takes what exists")
    with opened.shared.writing():
        if any(os.path.isdir(path) for path in paths):
            opened.create_ledger()
        elif paths and not opened.settings.ledger.exists():
            # Said before an index is made: a file alone must not leave an empty one behind.
            raise _in_no_source(paths[0])
        before = opened.ledger.catalog.sources()
        sources, files = _meant(opened, paths)
        tally = look_again(
            opened, sources, places=files, look=Look.FULL if full else Look.STAT, on_progress=on_progress
        )
        if not text_only:
            tally.embedded = embed_pending(opened, on_progress)
            if not opened.shared.owned:
                # A daemon does it when nobody waits for it.
                tend(opened, on_progress)
    nested = [told for source in sources if source not in before and (told := _taken_from(before, source))]
    return {**_report(tally, time.perf_counter() - started), "notices": nested}


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
    else:
        yield from discover_at(os.path.dirname(path), [os.fsencode(os.path.basename(path))], rules)


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


def _taken_from(before: list[Source], new: Source) -> str:
    """That a folder of a source has become one of its own: it is found under another name from now on."""
    if (outer := places.owner(before, os.path.dirname(new.root))) is None:
        return ""
    back = f"kb source remove {new.name} && kb index"
    return f"{new.name} is a source of its own now, its files are no longer found in {outer.name}; to undo it: {back}"


def _was_indexed(opened: OpenIndex, path: str) -> bool:
    """Whether the index knows a path that is gone: then its going is what changed."""
    if not opened.settings.ledger.exists():
        return False
    catalog = opened.ledger.catalog
    if (place := _place_in(catalog.sources(), path)) is None:
        return False
    source, known = place[0], shown(place[1])
    return bool(catalog.known_files(source.id, known) or catalog.paths_below(source.id, known))


def _in_no_source(path: str) -> UsageError:
    return UsageError(f"{path} lies in no source", f"kb index {os.path.dirname(os.path.abspath(path))}")


def _place_in(sources: list[Source], path: str) -> tuple[Source, bytes] | None:
    """The source that owns a file, with the file's raw path in it; a link counts where it points to, if it can."""
    folder, name = os.path.split(os.path.abspath(path))
    for place in (os.path.realpath(path), os.path.join(os.path.realpath(folder), name)):
        if (source := places.owner(sources, os.path.dirname(place))) is not None:
            return source, os.fsencode(os.path.relpath(place, source.root))
    return None


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
