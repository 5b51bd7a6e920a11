"""What waits for somebody: files that could not be read, and a night that did not end well."""

from datetime import UTC, datetime

from ingest.discover import LINK_OUTSIDE, NOT_REGULAR, QUIET, SECRET
from kb.app.api import Payload
from kb.app.brief.section import MOST_ITEMS, Morning, Section
from kb.app.last_night import read_night
from kb.model import SkippedFile

AS_MEANT = QUIET | {SECRET, LINK_OUTSIDE, NOT_REGULAR, "binary file", "symbolic link", "holds a private key"}
"""Reasons by which nothing is to be done: every brief would begin with the same `.env`."""


def left_out(morning: Morning) -> Section | None:
    """Files that the user may want back: too large, closed, broken; and those served in an old version."""
    catalog = morning.ledger.catalog
    stale = {(source, item.path): item for source, item in catalog.stale_files()}
    found = [(source, item) for (source, _), item in stale.items()]
    found += [
        (source, item)
        for source, item in catalog.skipped()
        if item.reason not in AS_MEANT and (source, item.path) not in stale
    ]
    items = tuple(
        _item(morning, source, item, served=(source, item.path) in stale) for source, item in found[:MOST_ITEMS]
    )
    return Section("left_out", "Could not be read", items, len(found)) if items else None


def night(morning: Morning) -> Section | None:
    """The last nightly run, if it is news: it was since then, or something in it failed."""
    told = read_night(morning.ledger)
    if told is None or (told.get("ok") and not _is_later(str(told.get("at")), morning.since)):
        return None
    summary = str(told.get("summary") or ("all is well" if told.get("ok") else "it failed"))
    item = {
        "text": summary,
        "ok": bool(told.get("ok")),
        "at": told.get("at"),
        "took_s": told.get("took_s"),
        **morning.place("", ""),
    }
    return Section("night", "The last nightly run", (item,), 1)


def _item(morning: Morning, source: str, item: SkippedFile, *, served: bool) -> Payload:
    reason = f"{item.reason}; its old version is served" if served else item.reason
    return {
        "text": f"{item.path}: {reason}",
        "reason": item.reason,
        "stale": served,
        **morning.place(source, item.path),
    }


def _is_later(at: str, since: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) >= since
