"""What is said on stderr of an answer that may be behind the disk."""

from datetime import UTC, datetime, timedelta

from kb.cli.views.freshness import behind


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")


def test_a_daemon_that_waits_for_nothing_and_is_fresh_says_nothing() -> None:
    assert behind({"daemon": True, "pending_changes": 0, "as_of": ago(0)}) == ""


def test_a_daemon_whose_last_work_failed_is_behind_as_any_other() -> None:
    told = behind({"daemon": True, "pending_changes": 0, "as_of": ago(2.1)})
    assert "2 hours ago" in told


def test_changes_that_are_being_read_are_counted() -> None:
    assert behind({"daemon": True, "pending_changes": 3, "as_of": ago(5)}).startswith("3 changes are being read")
