"""Finds in the text of a decision the day on which somebody wanted to look at it again.

Said in a field (`review-by: 2026-03-01`, `**Valid until:** …`, `| Revisit | … |`, a heading with
the date under it) or in a sentence ("we revisit this in March 2027"). `Last reviewed` and
`Reviewed by` tell of a look that was taken, and are no such day.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ingest.readers.dates import MONTH, MONTHS, iso_date

SORTS = {
    "review": r"(?:next |planned )?review(?:[ _-]?(?:by|on|date|due|at))?"
    r"|(?:re-?visit|re-?evaluate|reassess|reconsider)(?:[ _-](?:by|on|date|in|after|before))?",
    "end": r"(?:expires|expiry|expiration|sunset)(?:[ _-]?(?:on|date|at))?|valid[ _-](?:until|to|thru|through)",
    "check": r"validat(?:ion|e)[ _-](?:date|by|on|due)",
}
FIELD = re.compile(
    r"^[\s>|*+_#-]*(?:" + "|".join(f"(?P<{sort}>{words})" for sort, words in SORTS.items()) + r")"
    r"[\s*_`]*(?:[:=|](?P<value>.*)|$)",
    re.IGNORECASE,
)
SENTENCE = re.compile(
    r"\b(?P<verb>re-?visit|re-?evaluate|reassess|reconsider|review again|review(?= by\b)|valid(?= until\b))\b"
    r"[^.]{0,60}?\b(?:by|on|in|before|after|until)\b(?P<value>.*)",
    re.IGNORECASE,
)
QUARTER = re.compile(r"\b(?:((?:19|20)\d\d)[- /]?q([1-4])|q([1-4])[- /]?((?:19|20)\d\d))\b", re.IGNORECASE)
YEAR_MONTH = re.compile(r"\b((?:19|20)\d\d)[-/.](0?[1-9]|1[0-2])\b")
NAMED_MONTH = re.compile(rf"\b{MONTH}[\s,]+((?:19|20)\d\d)\b", re.IGNORECASE)
HINTS = ("review", "visit", "evaluat", "assess", "consider", "expir", "sunset", "valid")
"""One of these, in either case, stands in whatever is found below: a text without them need not be read."""
FENCE = re.compile(r"^\s{0,3}(```|~~~)")

VALUE_CHARS = 40
LEAD_CHARS = 14
"""What may stand before a date that a field or a sentence leads up to: "the end of ", "Q3"."""
LINES_BELOW = 3
"""How far under its heading a date may stand."""


@dataclass(frozen=True, slots=True)
class ReviewDate:
    """A day that was set for a decision; `line` is where it stands, `evidence` that line."""

    day: date
    line: int
    sort: str
    """`review`, `end` or `check`."""
    evidence: str


def review_dates(lines: Iterable[tuple[int, str]]) -> list[ReviewDate]:
    """The days set in a decision's numbered lines: of each sort the latest, which replaces those before."""
    latest: dict[str, ReviewDate] = {}
    for found in _found(lines):
        if found.sort not in latest or found.day > latest[found.sort].day:
            latest[found.sort] = found
    return sorted(latest.values(), key=lambda found: found.day)


def _found(lines: Iterable[tuple[int, str]]) -> Iterator[ReviewDate]:
    heading, heading_at = "", 0
    for number, line in _outside_fences(lines):
        if field := FIELD.match(line):
            sort = next(sort for sort in SORTS if field[sort])
            value = (field["value"] or "").strip(" |*_`")
            if not value:
                heading, heading_at = sort, number
                continue
        elif heading and number - heading_at <= LINES_BELOW and _day(line):
            sort, value, heading = heading, line, ""
        elif sentence := SENTENCE.search(line):
            sort, value = "end" if sentence["verb"].lower() == "valid" else "review", sentence["value"]
        else:
            continue
        if day := _day(value):
            yield ReviewDate(day, number, sort, line.strip())


def _outside_fences(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """What expires in an example is a certificate, not the decision."""
    inside = ""
    for number, line in lines:
        if mark := FENCE.match(line):
            inside = "" if inside == mark[1] else inside or mark[1]
        elif not inside and line.strip():
            yield number, line


def _day(text: str) -> date | None:
    """The day that `text` begins with; of a month or a quarter its first, while there is still time."""
    text = text.strip(" \t|*_`\"'<>-")[:VALUE_CHARS]
    if match := _near(QUARTER, text):
        return date(int(match[1] or match[4]), 3 * int(match[2] or match[3]) - 2, 1)
    if (day := iso_date(text)) and re.match(rf"\D{{0,{LEAD_CHARS}}}\d", text):
        return date.fromisoformat(day)
    if match := _near(YEAR_MONTH, text):
        return date(int(match[1]), int(match[2]), 1)
    if match := _near(NAMED_MONTH, text):
        return date(int(match[2]), MONTHS[match[1].lower()], 1)
    return None


def _near(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    match = pattern.search(text)
    return match if match and match.start() <= LEAD_CHARS else None
