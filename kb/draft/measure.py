"""A figure in a draft is the writer's own, or stands in what is cited; every other one is written `[measure]`.

Alone owns that rule, for all drafts. It knows figures with units, percentages, multiples and dates; digits that
belong to a name (`HTTP/2`, `ADR-0012`, `v1.4`, `sha256`) are compared as that name. Links, places and the numbers
of citations are no figures.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MEASURE = "[measure]"

UNITS: Mapping[str, str] = {
    spelled: unit
    for unit, all_spelled in {
        "ns": "ns nanosecond nanoseconds", "us": "us µs μs microsecond microseconds",
        "ms": "ms msec millis millisecond milliseconds", "s": "s sec secs second seconds",
        "min": "min mins minute minutes", "h": "h hr hrs hour hours", "day": "d day days", "week": "week weeks",
        "month": "month months", "year": "year years yr yrs", "%": "% percent pct",
        "b": "b byte bytes", "kb": "kb kib kilobyte kilobytes", "mb": "mb mib megabyte megabytes",
        "gb": "gb gib gigabyte gigabytes", "tb": "tb tib terabyte terabytes",
        "rps": "rps req/s requests/s qps", "x": "x × times fold", "eur": "€ eur euro euros", "usd": "$ usd dollars",
    }.items()
    for spelled in all_spelled.split()
}  # fmt: skip
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 2)
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100",
     "thousand": "1000", "million": "1000000", "billion": "1000000000"}  # fmt: skip
FACTORS = {"hundred": 100, "thousand": 1000, "k": 1000, "million": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9}

_month = "|".join(sorted(MONTHS, key=len, reverse=True))
_unit = "|".join(sorted((re.escape(unit) for unit in UNITS), key=len, reverse=True))
_word = "|".join(WORDS)
NOT_FIGURES = re.compile(
    r"\[measure[^\]\n]*\]"
    r"|(?:\[\d{1,3}\])+"  # citations
    r"|\]\([^)\n]*\)|https?://\S+"  # targets of links
    r"|(?m:^\s*(?:\d{1,2}[.)]|#+\s+\d{1,4}\.)\s)"  # counts of a list, the number of a title
    r"|`[^`\s]*/[^`\s]*`|(?<!\w)[\w./~-]*\.[A-Za-z]\w{0,5}:\d+(?:-\d+)?"  # places
    r"|(?<!\w)(?:[\w.~-]*/)+[\w.-]*\.[A-Za-z]\w{0,5}\b"  # paths
)
FIGURE = re.compile(
    rf"""
      (?P<iso>(?<![\w-])(?:19|20)\d\d-[01]\d(?:-[0-3]\d)?(?![\w]))
    | (?P<dmy>(?<!\w)(?P<d1>[0-3]?\d)(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<m1>{_month})\.?,?
        \s+(?P<y1>(?:19|20)\d\d)(?!\w))
    | (?P<mdy>(?<!\w)(?P<m2>{_month})\.?\s+(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?,\s*(?P<y2>(?:19|20)\d\d)(?!\w))
    | (?P<my>(?<!\w)(?P<m3>{_month})\.?,?\s+(?P<y3>(?:19|20)\d\d)(?!\w))
    | (?P<quarter>(?<!\w)Q[1-4][ /-]?(?:19|20)\d\d(?!\w))
    | (?P<fold>(?<!\w)(?:twice|thrice|two-fold|threefold|tenfold|half\s+(?:as|the|of)|double[ds]?|tripled?|halved?
        |(?:an?|two|three)\s+orders?\s+of\s+magnitude)(?!\w))
    | (?P<name>(?<![\w.])[A-Za-z][\w]*(?:[-_/.]?\d[\w.]*[\w]|[-_/.]?\d)(?:[-_/]\w+)*)
    | (?P<figure>(?P<money>[€$])?(?<![\w.,])(?P<number>\d+(?:[.,]\d+)*)(?!\d|(?:st|nd|rd|th)\b)
        (?:[ \u00a0-]?(?P<factor>thousand|million|billion|bn|k|m(?=\s))(?!\w))?
        (?:[ \u00a0-]?(?P<unit>{_unit})(?![\w/]))?(?![^\W\d_]|_))
    | (?P<glued>(?<![\w.,])\d+(?:[.,]\d+)*(?!(?:st|nd|rd|th)\b)[^\W\d]\w*(?:\.\d\w*)*)
    | (?P<spelled>(?<!\w)(?P<word>{_word})[ -](?:(?P<scale>hundred|thousand|million|billion)[ -]?)?
        (?P<wunit>{_unit})(?![\w/]))
    """,
    re.VERBOSE | re.IGNORECASE,
)  # fmt: skip
SENTENCE_END = re.compile(r"(?<=[.!?])(?:\s*\[\d{1,3}\])*\s+(?=[A-Z\"“`*_\[(])|\n")
CITED = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Figures:
    """What figures a text holds: amounts with their units, days, and names with digits in them."""

    amounts: frozenset[tuple[str, str]] = frozenset()
    """(number as written in digits, unit or nothing)."""
    days: frozenset[str] = frozenset()
    """ISO days and months; a year alone is an amount."""
    others: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Figures":
        amounts, days, others = set[tuple[str, str]](), set[str](), set[str]()
        for text in texts:
            # All that stands in a source counts, also in its paths and counts: only a draft is held to figures.
            for match in FIGURE.finditer(text):
                if day := _day(match):
                    days |= {day, day[:7]}
                    amounts.add((day[:4], ""))
                elif amount := _amount(match):
                    amounts.add(amount)
                else:
                    others.add(_plain(match[0]))
        return cls(frozenset(amounts), frozenset(days), frozenset(others), frozenset(number for number, _ in amounts))

    def holds(self, match: re.Match[str]) -> bool:
        """Whether a figure that was matched in a draft stands here too: the number with its unit, the day."""
        if day := _day(match):
            return day in self.days
        if amount := _amount(match):
            # A number is no other with a unit: from "5 s" nobody may make "5 ms". One without may be a part of it.
            return amount in self.amounts or (not amount[1] and amount[0] in self.numbers)
        return _plain(match[0]) in self.others


def measured(text: str, *, facts: str, spans: Mapping[int, str]) -> str:
    """`text` with `[measure]` for each figure that neither the facts nor the spans that its sentence cites have."""
    given = Figures.of([facts])
    known: dict[int, Figures] = {}
    told: list[str] = []
    for sentence in _sentences(text):
        cited = [n for n in dict.fromkeys(map(int, CITED.findall(sentence))) if n in spans]
        known |= {n: Figures.of([spans[n]]) for n in cited if n not in known}
        told.append(_checked(sentence, [given, *(known[n] for n in cited)]))
    return "".join(told)


def held(text: str, *, texts: Iterable[str]) -> str:
    """`text` with `[measure]` for each figure that none of `texts` has; for an item that cites them as a whole."""
    return _checked(text, [Figures.of(texts)])


def _checked(sentence: str, sources: Sequence[Figures]) -> str:
    kept = [match.span() for match in NOT_FIGURES.finditer(sentence)]

    def judged(match: re.Match[str]) -> str:
        if any(start < match.end() and match.start() < end for start, end in kept):
            return match[0]
        # A name with digits is taken for a figure only where it is a version of something.
        if match["name"] and not re.search(r"\d\.\d", match[0]):
            return match[0]
        return match[0] if any(figures.holds(match) for figures in sources) else MEASURE

    return FIGURE.sub(judged, sentence)


def _sentences(text: str) -> list[str]:
    """The sentences with what stands between them, so that they join to the same text; fenced blocks are left whole."""
    found: list[str] = []
    start = 0
    for match in SENTENCE_END.finditer(text):
        found.append(text[start : match.end()])
        start = match.end()
    found.append(text[start:])
    return found


def _day(match: re.Match[str]) -> str:
    if match["iso"]:
        return match["iso"]
    for day, month, year in (("d1", "m1", "y1"), ("d2", "m2", "y2")):
        if match[month]:
            return f"{match[year]}-{MONTHS[match[month].lower()]:02d}-{int(match[day]):02d}"
    return f"{match['y3']}-{MONTHS[match['m3'].lower()]:02d}" if match["my"] else ""


def _amount(match: re.Match[str]) -> tuple[str, str] | None:
    if match["figure"]:
        number = _number(match["number"], FACTORS.get((match["factor"] or "").lower(), 1))
        return number, UNITS.get((match["unit"] or match["money"] or "").lower(), "")
    if match["spelled"]:
        number = _number(WORDS[match["word"].lower()], FACTORS.get((match["scale"] or "").lower(), 1))
        return number, UNITS[match["wunit"].lower()]
    return None


def _number(written: str, factor: int) -> str:
    """`1,000` and `1000` as the same; a comma before other than three digits is a decimal one."""
    plain = re.sub(r",(?=\d{3}(?!\d))", "", written).replace(",", ".")
    if plain.count(".") > 1:
        return plain
    value = float(plain) * factor
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
