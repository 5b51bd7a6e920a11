"""`kb brief`: what is new since yesterday, section by section; reads the ledger and writes nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from kb.app.brief.attention import left_out, night
from kb.app.brief.changes import code, decisions, notes, sources
from kb.app.brief.due import due
from kb.app.brief.links import follows, suggestions
from kb.app.brief.section import Morning, Section
from kb.app.brief.since import parse_since
from kb.app.memory import cards_due
from kb.config import Settings
from kb.store.ledger import Ledger

SECTIONS: tuple[Callable[[Morning], Section | None], ...] = (
    sources, decisions, suggestions, notes, code, due, cards_due, follows, left_out, night,
)  # fmt: skip
"""In the order in which they are read; None leaves a section out."""


def brief(ledger: Ledger, settings: Settings, *, since: str = "", now: datetime | None = None) -> dict[str, Any]:
    """The sections that have something to tell since `since` (a day, `yesterday`, `7d`)."""
    now = now or datetime.now().astimezone()
    begin = parse_since(since, now)
    morning = Morning(ledger, settings, begin, now)
    sections = [section.payload() for make in SECTIONS if (section := make(morning)) is not None]
    return {
        "since": begin.isoformat(timespec="seconds"),
        "as_of": ledger.catalog.last_scan() or None,
        "sections": sections,
    }
