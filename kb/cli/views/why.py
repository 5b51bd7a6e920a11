"""Why a line is there: the line, its reasons with the way that led to each, and the commit it goes back to."""

from collections.abc import Iterable, Sequence
from typing import Any

from kb.cli.views.page import Line, Page, Payload, clip, columns, decision_name, path_list, plain, shown_place, spread

BAR = "│ "
WIDEST = 88
SHORT_HASH = 10
NOTHING = "No reason is written down for this line."


def head_lines(payload: Payload, page: Page) -> list[Line]:
    """The place, what is declared there, and the line itself."""
    place = {**payload, "start": payload["line"], "end": payload["line"]}
    symbol: Line = ["  ", (payload["symbol"], "dim")] if payload.get("symbol") else []
    text: list[Line] = [[("> ", "dim"), _fit(payload["text"].strip(), page)]] if payload.get("text") else []
    return [[(shown_place(place, page), "place"), *symbol], *text]


def reason_lines(reasons: Sequence[dict[str, Any]], page: Page) -> list[Line]:
    """Each reason with its standing, its quote, and what led to it."""
    lines: list[Line] = []
    for reason in reasons:
        quoted: list[Line] = [[(BAR, "dim"), text] for text in reason["quote"].split("\n")]
        lines += [[], _heading(reason, page), *quoted, _way(reason, page)]
    return lines


def later_lines(payload: Payload, early: Sequence[dict[str, Any]], page: Page) -> list[Line]:
    """The commit, and the reasons that were not shown before git was asked."""
    before = {_key(reason): reason["how"] for reason in early}
    new = [reason for reason in payload["because"] if _key(reason) not in before]
    better = [r for r in payload["because"] if _key(r) in before and before[_key(r)] != r["how"]]
    lines = [*blame_lines(payload), *_again(better), *reason_lines(new, page)]
    return lines if payload["because"] else [*lines, [], [NOTHING]]


def trace_lines(payload: Payload, page: Page) -> list[Line]:
    """The frames that are ours, the innermost first, each as a line of its own is shown."""
    if not payload["frames"]:
        return [["None of the trace's files is indexed."]]
    lines: list[Line] = []
    for frame in payload["frames"]:
        said: list[Line] = reason_lines(frame["because"], page) or [[], [NOTHING]]
        lines += [*([[]] if lines else []), *head_lines(frame, page), *blame_lines(frame), *said]
    return lines


def blame_lines(payload: Payload) -> list[Line]:
    blame = payload.get("blame")
    if not blame:
        return []
    passed = len(blame["passed"])
    # The words come from a commit: anything may stand in them.
    first: Line = [
        ("commit ", "dim"), (blame["commit"][:SHORT_HASH], "place"), f" · {blame['date']} · ", blame["author"],
    ]  # fmt: skip
    over: Line = [(f", past {passed} that only reformatted it", "dim")] if passed else []
    return [[], [*first, *over], [(BAR, "dim"), blame["summary"]]]


def _again(reasons: Iterable[dict[str, Any]]) -> list[Line]:
    return [[(_name(reason), "title"), (f" · {_words(reason)}", "dim")] for reason in reasons]


def _heading(reason: dict[str, Any], page: Page) -> Line:
    """A decision's number and standing, its title at the right; another note's title and kind."""
    width = min(page.width, WIDEST)
    title, kind = reason["title"] or reason["path"], reason["kind"]
    if kind != "adr":
        return spread([(clip(title, width - 6), "title")], [(kind.upper() if kind == "til" else kind, "dim")], width)
    left: Line = [(_name(reason), "title"), *_standing(reason)]
    room = width - columns(plain(left)) - 2
    return spread(left, [(clip(title, room), "dim")], width) if room > 10 else left


def _standing(reason: dict[str, Any]) -> Line:
    successors = path_list(reason.get("superseded_by"))
    if successors:
        names = ", ".join(decision_name(path) or path for path in successors)
        since = f" on {reason['superseded_on']}" if reason.get("superseded_on") else ""
        return [" · ", (f"superseded by {names}{since}", "warn")]
    status = reason.get("status")
    return [" · ", (status, "good" if status in ("accepted", "implemented") else "warn")] if status else []


def _way(reason: dict[str, Any], page: Page) -> Line:
    return [(shown_place(reason, page), "place"), (f" · {_words(reason)}", "dim")]


def _words(reason: dict[str, Any]) -> str:
    """How the reason was found, in words."""
    words = _led_by(reason)
    # What is only near says so itself.
    return words if reason["sure"] or reason["how"] == "nearest by meaning" else f"{words} (not sure)"


def _led_by(reason: dict[str, Any]) -> str:
    how, named = reason["how"], reason.get("named") or ""
    if how == "takes its place":
        old = reason.get("instead_of") or ""
        return f"took the place of {decision_name(old) or old}"
    if how in ("named in commit", "named in merge", "same commit"):
        return f"{how} {named[:SHORT_HASH]}"
    return f"{how}: {named}" if named else how


def _name(reason: dict[str, Any]) -> str:
    name = decision_name(reason["path"], reason.get("number")) if reason["kind"] == "adr" else ""
    return name or clip(reason["title"] or reason["path"], 60)


def _key(reason: dict[str, Any]) -> tuple[str, str]:
    return reason["source"], reason["path"]


def _fit(text: str, page: Page) -> str:
    return clip(text, max(page.width - 2, 20)) if page.wrap else text
