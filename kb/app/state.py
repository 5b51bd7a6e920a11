"""`kb status`: what is indexed, what was left out and why, and how fresh it all is."""

from kb.app.api import ABSENT, Payload
from kb.app.freshness import freshness
from kb.app.last_night import read_night
from kb.app.opened import OpenIndex
from kb.app.sources import why_gone
from kb.model import SkippedFile, Source


def status(opened: OpenIndex) -> Payload:
    catalog, rows = opened.ledger.catalog, opened.ledger.embeddings
    generation = rows.generation()
    pending = rows.count_pending(generation)
    presence = opened.shared.presence()
    return {
        "sources": [{"name": s.name, "root": s.root, "files": catalog.count_files(s.id)} for s in catalog.sources()],
        "files": catalog.count_files(),
        "kinds": catalog.count_by_kind(),
        "chunks": opened.ledger.passages.count(),
        "pending": pending,
        "skipped": [_skipped(name, item) for name, item in catalog.skipped()],
        "stale": [_skipped(name, item) for name, item in catalog.stale_files()],
        "warnings": [
            {"path": path, "source": source, "warning": warning} for source, path, warning in catalog.warned_files()
        ],
        "gone": [_gone(source, why) for source in catalog.sources() if (why := why_gone(opened, source))],
        "daemon": presence or ABSENT,
        "index": {
            "embedder": generation.identity if generation else None,
            "generation": generation.id if generation else None,
            **freshness(opened, pending, presence),
            "home": str(opened.settings.home),
        },
        "night": read_night(opened.ledger),
    }


def _gone(source: Source, why: str) -> Payload:
    return {"name": source.name, "root": source.root, "why": why}


def _skipped(source: str, item: SkippedFile) -> Payload:
    return {"path": item.path, "source": source, "reason": item.reason}
