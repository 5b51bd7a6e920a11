"""The list of decisions as rows, narrowed by words and by a status. Pure; a decision's own names are made here."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui import entries
from tui.entries import Entry, Place, Standing, one_line, shown_place
from tui.fold import clip, columns
from tui.rows import Row

GOOD = frozenset({*entries.GOOD, "final", "active", "implementable"})
NUMBERED = re.compile(r"^(?:[A-Za-z]+[-_ ]?)?(\d{1,5})(?!\d)")
WIDEST_STATUS = 26
NUMBER_WIDTH = 5
NO_STATUS = "no status"
WHOLE = 0
"""The last line of a place that is a whole file: none of its lines is marked as cited."""

EMPTY = (
    "No decision is in the index yet.",
    "",
    "A decision is a file in a folder called adr, decisions, rfcs or the like, one with the headings",
    "of a decision (Status, Context, Decision), or one whose front matter says: kind: adr",
    "",
    'kb new adr "Use SQLite for the ledger"    writes the first one from a template',
    "kb index PATH                             takes in a folder that has some",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A decision of the list."""

    source: str
    status: str
    """In one word, as the status key goes through them."""
    words: str
    """What a filter is looked for in, in lower case."""
    row: Row[Entry]


def listed(payload: Mapping[str, Any], cwd: str) -> list[Listed]:
    """All decisions of a `decisions_list` payload, source by source."""
    items = sorted(payload["decisions"], key=lambda item: item["source"])
    shown = [decision_entry(item, cwd) for item in items]
    width = min(max((columns(entry.status) for entry in shown), default=0), WIDEST_STATUS)
    return [_listed(item, entry, width) for item, entry in zip(items, shown, strict=True)]


def matching(decisions: Iterable[Listed], query: str, status: str = "") -> list[Listed]:
    """Those that hold every word of `query`, and are of a status where one is given."""
    words = query.lower().split()
    return [known for known in decisions if status in ("", known.status) and all(word in known.words for word in words)]


def list_rows(decisions: Sequence[Listed]) -> list[Row[Entry]]:
    """A row each; under the name of their source where there are several."""
    counted = Counter(known.source for known in decisions)
    if len(counted) < 2:
        return [known.row for known in decisions]
    rows: list[Row[Entry]] = []
    source = None
    for known in decisions:
        if known.source != source:
            source = known.source
            rows.append(Row(f"{one_line(source)} · {counted[source]:,}", "dim"))
        rows.append(known.row)
    return rows


def statuses(decisions: Iterable[Listed]) -> list[str]:
    """The statuses that occur, the most frequent first: what the status key goes through."""
    return [status for status, _ in Counter(known.status for known in decisions).most_common()]


def decision_entry(item: Mapping[str, Any], cwd: str) -> Entry:
    """A decision as the reader and the keys take it: the whole file."""
    status, standing = standing_of(item)
    return Entry(
        title_of(item),
        kind="adr",
        status=status,
        standing=standing,
        shown=shown_place({**item, "start": 1, "end": 1}, cwd),
        label=number_of(item),
        place=Place(item["source"], item["path"], item["abspath"], 1, WHOLE),
    )


def number_of(item: Mapping[str, Any]) -> str:
    """The digits that the file's own name shows, or the number that its text gives; empty where there is none."""
    if match := NUMBERED.match(item["path"].rpartition("/")[2]):
        return match[1]
    number = item.get("number")
    return f"{number:04d}" if number is not None else ""


def title_of(item: Mapping[str, Any]) -> str:
    """The title without the number that stands before it anyway."""
    title = one_line(item["title"] or item["path"])
    if not title[:1].isdigit() or not number_of(item):
        return title
    return title.lstrip("0123456789").lstrip(" .:-–—)") or title


def standing_of(item: Mapping[str, Any]) -> tuple[str, Standing]:
    """The status as it is today, and whether the decision may be relied on; a replaced one names its successor."""
    after = item.get("superseded_by") or []
    status = one_line(item.get("status") or "")
    if successors := [after] if isinstance(after, str) else list(after):
        names = ", ".join(number_of({"path": path}) or path.rpartition("/")[2] for path in successors)
        partly = "partly " if status == "partly superseded" else ""
        return f"{partly}superseded by {one_line(names)}", "warn"
    if not status:
        return NO_STATUS, ""
    return status, "good" if status in GOOD else "warn"


def _listed(item: Mapping[str, Any], entry: Entry, width: int) -> Listed:
    status = one_line(item.get("status") or "") or NO_STATUS
    told = clip(entry.status, width)
    date = one_line(item.get("date") or "")
    row = Row(
        entry.title,
        before=((f"{entry.label:<{NUMBER_WIDTH}}", "title"),),
        after=((told + " " * (width - columns(told)), entry.standing or "dim"), (f"{date:<10}", "dim")),
        target=entry,
    )
    words = f"{entry.label} {entry.title} {entry.status} {item['path']} {item['source']} {date}".lower()
    return Listed(item["source"], status, words, row)
