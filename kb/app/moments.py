"""How long it is to a moment, in a person's words. Imported by the faces, so it imports nothing of the house."""

from datetime import UTC, datetime, timedelta


def until(iso: str) -> str:
    """`in 10 min`, `in 4 days`, `now`."""
    left = datetime.fromisoformat(iso) - datetime.now(UTC)
    if left <= timedelta(0):
        return "now"
    if left < timedelta(hours=1):
        return f"in {max(1, round(left.total_seconds() / 60))} min"
    if left < timedelta(days=1):
        return _counted(round(left.total_seconds() / 3600), "hour")
    return _counted(round(left / timedelta(days=1)), "day")


def _counted(number: int, noun: str) -> str:
    return f"in {number:,} {noun}" if number == 1 else f"in {number:,} {noun}s"
