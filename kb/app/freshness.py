"""How fresh an answer is: the time it speaks for, what is still to be read, and each repository's commit."""

from datetime import UTC, datetime

from ingest.head import head
from kb.app.api import Payload
from kb.app.opened import OpenIndex


def freshness(opened: OpenIndex, pending: int, presence: Payload | None) -> Payload:
    """The `index` of an answer; `pending` passages have no vector yet, `pending_changes` files were not read yet."""
    return {
        "as_of": as_of(opened, presence),
        "pending": pending,
        "pending_changes": presence["pending_changes"] if presence else 0,
        "daemon": presence is not None,
        "sources": [
            {"name": source.name, "branch": place.branch or None, "commit": place.commit or None}
            for source in opened.ledger.catalog.sources()
            if (place := head(source.root)) is not None
        ],
    }


def as_of(opened: OpenIndex, presence: Payload | None) -> str | None:
    """ISO time up to which every change is known to be in: now, where a daemon watches and nothing waits."""
    # Of a source that is polled nobody has told yet what changed since the last look.
    if presence and presence["settled"] and all(source["mode"] != "polled" for source in presence["sources"]):
        return datetime.now(UTC).isoformat(timespec="seconds")
    return opened.ledger.catalog.last_scan() or None
