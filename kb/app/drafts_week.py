"""The days that a draft tells of: since when, and what was written in them."""

import os
import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from kb.app import places
from kb.errors import UsageError

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex
    from kb.draft.ground import Surveyor
    from kb.draft.status import Written

WEEK_DAYS = 7
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = re.compile(rf"(?:last[- ])?({'|'.join(DAYS)})")
EXAMPLES = "as in: --since last-friday, --since yesterday, --since 7d or --since 2026-03-01"


def parse_since(text: str, now: datetime | None = None) -> datetime:
    """The moment that `last-friday`, `friday`, `yesterday`, `7d` or a day means; nothing said means seven days ago."""
    from kb.app.brief.since import parse_since as parse_day

    now = now or datetime.now().astimezone()
    word = "-".join(text.lower().split())
    if not word:
        return _morning(now.date() - timedelta(days=WEEK_DAYS))
    if named := WEEKDAY.fullmatch(word):
        # On a Friday "last Friday" is the one a week ago.
        back = (now.weekday() - DAYS.index(named[1])) % WEEK_DAYS or WEEK_DAYS
        return _morning(now.date() - timedelta(days=back))
    if word == "last-week":
        return _morning(now.date() - timedelta(days=now.weekday() + WEEK_DAYS))
    try:
        return parse_day(text, now)
    except UsageError as error:
        raise UsageError(error.message, EXAMPLES) from error


def written_since(
    opened: "OpenIndex", surveyor: "Surveyor", paths: list[str], added: dict[str, set[str]], begin: datetime, cwd: str
) -> "Written":
    """The notes that commits touched or that are dated since then, and the decisions that nobody has taken yet."""
    from kb.draft.ground import PROPOSED
    from kb.draft.status import Written

    sources = opened.ledger.catalog.sources()
    home = places.owner(sources, cwd) if cwd else None
    ids: dict[int, frozenset[str] | None] = {}
    for path in dict.fromkeys(paths):
        if (source := places.owner(sources, path)) is not None:
            inside = os.path.relpath(os.path.realpath(path), source.root).replace(os.sep, "/")
            if (file := opened.ledger.passages.file_in(source.name, places.as_known(inside))) is not None:
                ids[file.file_id] = frozenset(added.get(path, ()))
    rows = opened.ledger.database.execute(
        "SELECT f.id FROM file f JOIN source s ON s.id = f.source_id WHERE f.kind IN ('adr', 'til', 'note')"
        " AND f.date >= ? AND (? = '' OR s.name = ?) ORDER BY f.date DESC LIMIT 100",
        (begin.date().isoformat(), home.name if home else "", home.name if home else ""),
    )
    for row in rows:
        ids.setdefault(int(row[0]), None)
    touched = [surveyor.material(file_id) for file_id in ids]
    decided = [m for m in touched if m.file.kind == "adr" and m.file.status not in PROPOSED and m.parts]
    waiting = [d for d in surveyor.graph.decisions if d.status in PROPOSED and (home is None or d.source == home.name)]
    return Written(
        notes=tuple(m for m in touched if m.file.kind in ("til", "note", "adr") and m.parts),
        new_lines={file_id: lines for file_id, lines in ids.items() if lines is not None},
        decided=tuple(sorted(decided, key=lambda m: (m.file.date, m.file.number or 0), reverse=True)),
        open=tuple(surveyor.material(d.file_id) for d in waiting),
    )


def _morning(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone()
