"""Numbers, units and dates of a text, in one form: `2 hours`, `two hours` and `2h` say the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {"twice": "2", "thrice": "3", "dozen": "12", "hundred": "100", "thousand": "1000", "half": "0.5"}
VAGUE = frozenset(("one", "zero", "half", "hundred", "thousand"))
"""Of a sentence these count as words: "one of them", "half a reply"."""
MONTHS = {
    name: f"{number:02d}"
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), start=1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})\.?,?\s+(\d{{4}})\b", re.IGNORECASE)
MONTH_FIRST = re.compile(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.IGNORECASE)
MONTH_YEAR = re.compile(rf"\b({_MONTH})\.?,?\s+(\d{{4}})\b", re.IGNORECASE)
DATE = re.compile(r"(?<![\w-])(\d{4})-(\d\d)(?:-(\d\d))?(?![\w-])")
NUMBER = re.compile(r"(?<![\w.])\$?(\d[\d,_]*(?:\.\d+)*)\s?(%|[a-zA-Zµ]+\b)?")
WORD = re.compile(rf"(?<![\w-])({'|'.join(WORDS)})(?![\w-])(?:\s+([a-zA-Z]+))?", re.IGNORECASE)
ORDINAL = re.compile(r"^[>\s]*\d{1,2}[.)]\s", re.MULTILINE)
"""The number of a list's item counts nothing."""
UNITS = {
    unit: names.split()[0]
    for names in (
        "s sec secs second seconds", "ms millisecond milliseconds", "m min mins minute minutes", "h hr hrs hour hours",
        "d day days", "week weeks", "month months", "y yr year years", "% percent", "b byte bytes",
        "kb kilobyte kilobytes kib", "mb megabyte megabytes mib", "gb gigabyte gigabytes gib", "tb terabyte terabytes",
        "px pixel pixels", "k", "x times", "us µs microsecond microseconds", "ns nanosecond nanoseconds",
    )
    for unit in names.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A value as digits (a date as ISO) with its unit, empty where none is known."""

    value: str
    unit: str = ""


def figures(text: str, *, claimed: bool = False) -> list[Figure]:
    """Every figure of a text; `claimed` leaves out the words that mostly count nothing ("one of them")."""
    text = MONTH_YEAR.sub(
        lambda m: f"{m[2]}-{MONTHS[m[1].lower()]}",
        MONTH_FIRST.sub(
            lambda m: f"{m[3]}-{MONTHS[m[1].lower()]}-{int(m[2]):02d}",
            DAY_FIRST.sub(lambda m: f"{m[3]}-{MONTHS[m[2].lower()]}-{int(m[1]):02d}", text),
        ),
    )
    return [*_dates(text), *_numbers(DATE.sub(" ", text)), *_words(text, claimed=claimed)]


def unmatched(claimed: str, said: str) -> Figure | None:
    """The first figure of a sentence that a text does not have, or has with another unit."""
    there: dict[str, set[str]] = {}
    for figure in figures(ORDINAL.sub("", said)):
        there.setdefault(figure.value, set()).add(figure.unit)
        if DATE.fullmatch(figure.value):
            # A day tells its month and year too.
            for prefix in (figure.value[:4], figure.value[:7]):
                there.setdefault(prefix, set()).add("")
    for figure in figures(claimed, claimed=True):
        units = there.get(figure.value)
        if units is None or (figure.unit and units != {""} and figure.unit not in units):
            return figure
    return None


def is_figure(word: str) -> bool:
    """Whether a word is a number, a unit or a month: what `unmatched` has compared."""
    bare = word.lower().strip(".,")
    return bare[:1].isdigit() or bare in WORDS or bare in UNITS or bare in MONTHS


def _dates(text: str) -> Iterator[Figure]:
    for match in DATE.finditer(text):
        yield Figure(match[0])


def _numbers(text: str) -> Iterator[Figure]:
    for match in NUMBER.finditer(text):
        value = re.sub(r"[,_]", "", match[1]).rstrip(".")
        whole = value.lstrip("0") or "0"
        yield Figure(value if "." in value else whole, UNITS.get((match[2] or "").lower(), ""))


def _words(text: str, *, claimed: bool) -> Iterator[Figure]:
    for match in WORD.finditer(text):
        word = match[1].lower()
        before = text[: match.start()].rstrip().lower()
        # "the two packages" points at what was counted before, and counts nothing itself.
        if claimed and (word in VAGUE or before.endswith(("the", "both", "these", "those", "all", "other"))):
            continue
        yield Figure(WORDS[word], UNITS.get((match[2] or "").lower(), ""))
