"""The nightly run: whether it is installed, when it comes, what the last one did."""

from typing import Any

from kb.cli.views.brief import moment
from kb.cli.views.page import Line, Page, Payload, seconds


def schedule_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `schedule show` payload."""
    if not payload["installed"]:
        first: Line = ["No nightly run is installed: kb schedule install"]
    elif payload.get("active") is False:
        first = [(f"The nightly run is known to {payload['by']} and will not run: kb schedule install", "warn")]
    else:
        first = [(f"Every night at {payload['at'] or 'a time of its own'}", "title"), f", by {payload['by']}"]
    lines: list[Line] = [first]
    if payload.get("next"):
        lines.append([("next    ", "dim"), moment(payload["next"])])
    if payload.get("last"):
        lines.append([("last    ", "dim"), *_result(payload["last"])])
    lines.extend([("file    ", "dim"), (file, "place")] for file in payload.get("files") or [])
    return lines


def installed_lines(payload: Payload, page: Page) -> list[Line]:
    """The same after an installation."""
    return schedule_lines({**payload, "last": None}, page)


def removed_lines(payload: Payload, page: Page) -> list[Line]:
    if not payload["removed"]:
        return [["No nightly run was installed"]]
    return [[f"The nightly run is gone from {', '.join(payload['by'])}"]]


def night_lines(payload: Payload, page: Page) -> list[Line]:
    """What a nightly run did, step by step where something failed."""
    failed = [step for step in payload.get("steps") or [] if not step.get("ok")]
    lines = [_result(payload)]
    lines.extend(["  ", (str(step["name"]), "title"), f"  {step['detail']}"] for step in failed)
    return lines


def _result(told: dict[str, Any]) -> Line:
    at = moment(str(told.get("at") or ""))
    took = f", {seconds(float(told['took_s']))}" if told.get("took_s") is not None else ""
    summary = str(told.get("summary") or "nothing had changed")
    return [f"{at}{took}: ", (summary, "good" if told.get("ok") else "bad")]
