"""Dates as authors write them, as ISO dates."""

import re
from datetime import date, datetime
from typing import Any

MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"

YEAR_FIRST = re.compile(r"\b((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b")
YEAR_LAST = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.]((?:19|20)\d\d)\b")
DAY_MONTH_YEAR = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?[-\s]+{MONTH}[-,\s]+((?:19|20)\d\d)\b", re.IGNORECASE)
MONTH_DAY_YEAR = re.compile(rf"\b{MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b", re.IGNORECASE)
YEAR_MONTH_DAY = re.compile(rf"\b((?:19|20)\d\d)[-,\s]+{MONTH}[-\s]+(\d{{1,2}})(?:st|nd|rd|th)?\b", re.IGNORECASE)
COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")


def iso_date(value: Any) -> str:
    """The first date in `value` (text, or what YAML made of it) as ``YYYY-MM-DD``; empty when there is none."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value or "")[:500]
    if match := YEAR_FIRST.search(text):
        return _iso(match[1], match[2], match[3])
    if match := YEAR_LAST.search(text):
        # Day first unless it cannot be: 04/07/2019 is the fourth of July in most of the world.
        return _iso(match[3], match[2], match[1]) or _iso(match[3], match[1], match[2])
    if match := DAY_MONTH_YEAR.search(text):
        return _iso(match[3], match[2], match[1])
    if match := MONTH_DAY_YEAR.search(text):
        return _iso(match[3], match[1], match[2])
    if match := YEAR_MONTH_DAY.search(text):
        return _iso(match[1], match[2], match[3])
    return ""


def date_in_name(name: str) -> str:
    """The date at the start of a file name such as ``20210113-use-npm.md``."""
    match = COMPACT.match(name)
    return _iso(match[1], match[2], match[3]) if match else iso_date(name[:10])


def _iso(year: str, month: str, day: str) -> str:
    number = MONTHS.get(month[:3].lower(), 0) or (int(month) if month.isdigit() else 0)
    try:
        return date(int(year), number, int(day)).isoformat()
    except ValueError:
        return ""
