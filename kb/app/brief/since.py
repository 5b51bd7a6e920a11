"""From when on a brief tells: the words a person types, as a moment."""

import re
from datetime import date, datetime, timedelta

from kb.errors import UsageError

SPAN = re.compile(r"(\d{1,4})\s*([hdw])")
HOURS = {"h": 1, "d": 24, "w": 7 * 24}
EXAMPLES = "as in: kb brief --since yesterday, --since 7d or --since 2026-03-01"


def parse_since(text: str, now: datetime) -> datetime:
    """The moment that `text` means, local time where it names no zone; nothing said means yesterday morning."""
    word = text.strip().lower()
    if word in ("", "yesterday", "today"):
        today = now.astimezone().date()
        return _morning_of(today if word == "today" else today - timedelta(days=1))
    if match := SPAN.fullmatch(word):
        return now.astimezone() - timedelta(hours=int(match[1]) * HOURS[match[2]])
    try:
        moment = datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError) as error:
        raise UsageError(f"not a day or a span of time: {text}", EXAMPLES) from error
    if moment > now:
        raise UsageError(f"that is still to come: {text}", EXAMPLES)
    return moment


def _morning_of(day: date) -> datetime:
    # Without an offset first: on the day the clocks change, midnight has another one than now.
    return datetime.combine(day, datetime.min.time()).astimezone()
