"""`kb status`: what is indexed, what was left out and why, and how fresh it all is."""

from kb.app.opened import OpenIndex
from kb.app.payload import Payload
from kb.model import SkippedFile


def status(opened: OpenIndex) -> Payload:
    catalog, rows = opened.ledger.catalog, opened.ledger.embeddings
    generation = rows.generation()
    return {
        "sources": [{"name": s.name, "root": s.root, "files": catalog.count_files(s.id)} for s in catalog.sources()],
        "files": catalog.count_files(),
        "kinds": catalog.count_by_kind(),
        "chunks": opened.ledger.passages.count(),
        "pending": rows.count_pending(generation),
        "skipped": [_skipped(name, item) for name, item in catalog.skipped()],
        "stale": [_skipped(name, item) for name, item in catalog.stale_files()],
        "warnings": [
            {"path": path, "source": source, "warning": warning} for source, path, warning in catalog.warned_files()
        ],
        "daemon": {"running": False, "pid": None, "uptime_s": None, "rss_mb": None},
        "index": {
            "embedder": generation.identity if generation else None,
            "generation": generation.id if generation else None,
            "as_of": catalog.last_scan() or None,
            "home": str(opened.settings.home),
        },
    }


def _skipped(source: str, item: SkippedFile) -> Payload:
    return {"path": item.path, "source": source, "reason": item.reason}
