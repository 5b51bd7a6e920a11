"""The figures of memory and writing as a person reads them: a table of weeks, then what is to come."""

from typing import Any

from kb.cli.views.page import Line, Page, Part, Payload, count

KINDS = {"adr": "ADRs", "rfc": "RFCs", "til": "TILs", "review": "design reviews"}
COLUMN = 9


def stats_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `stats` payload."""
    weeks, targets = payload["weeks"], payload["targets"]
    names = [f"{title:>{_width(title)}}" for title in (*KINDS.values(), "grades", "retention")]
    lines: list[Line] = [[(f"{'week':<{COLUMN}}" + "".join(names), "dim")]]
    lines += [_week_line(week, targets) for week in weeks]
    if targets:
        goals = "".join(f"{targets.get(kind, '-'):>{_width(title)}}" for kind, title in KINDS.items())
        lines.append([(f"{'target':<{COLUMN}}{goals}", "dim")])
    lines += [[], *_recall_lines(payload["recall"])]
    if payload["undated"]:
        lines.append([(f"{count(payload['undated'], 'note')} without a date {_are(payload['undated'])} not counted",
                       "dim")])  # fmt: skip
    lines.append([(f"Written: {payload['from']['written']}", "dim")])
    return lines


def _week_line(week: dict[str, Any], targets: dict[str, int]) -> Line:
    parts: list[Part] = [f"{week['week']:<{COLUMN}}"]
    for kind, title in KINDS.items():
        number = week["written"][kind]
        told = f"{number:>{_width(title)}}"
        goal = targets.get(kind)
        parts.append(told if goal is None else (told, "good" if number >= goal else "warn"))
    parts.append(f"{week['grades']:>{_width('grades')}}")
    parts.append(f"{_percent(week['retention']):>{_width('retention')}}")
    return parts


def _recall_lines(recall: dict[str, Any]) -> list[Line]:
    if not recall["cards"]:
        return [["No cards yet: kb recall add"]]
    first = f"{count(recall['cards'], 'card')}, {recall['new']:,} new, {recall['due']:,} due"
    ahead = " ".join(f"{day['cards']:,}" for day in recall["forecast"])
    share = recall["retention"]
    told = f"retention {_percent(share)} of {count(recall['in_review'], 'grade')} in review" if share is not None else (
        "no card was in review yet"
    )  # fmt: skip
    return [[first, (f"; {told}", "dim")], [("due on the next days: ", "dim"), ahead]]


def _width(title: str) -> int:
    return len(title) + 2


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
