"""One line on how far an answer may be behind the disk, where there is something to say."""

from typing import Any

SOON_S = 60.0
"""An index as young as this is as good as new."""


def behind(index: dict[str, Any], *, found: bool = True) -> str:
    """What an answer's `index` tells of its age, empty where it is fresh.

    What was not `found` may just have been written: where nobody watches, the time is told then at any age.
    """
    if waiting := index.get("pending_changes"):
        return f"{waiting} {'change is' if waiting == 1 else 'changes are'} being read; --fresh waits for them"
    # With a daemon too: one whose last work failed (a full disk) waits for nothing, and is behind all the same.
    if not index.get("as_of"):
        return ""
    from datetime import UTC, datetime

    at = datetime.fromisoformat(index["as_of"])
    age_s = (datetime.now(UTC) - at).total_seconds()
    if age_s < SOON_S and (found or index.get("daemon")):
        return ""
    return f"as of {at.astimezone():%Y-%m-%d %H:%M}, {_span(age_s)} ago; --fresh looks at the disk first"


def _span(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "moments"
