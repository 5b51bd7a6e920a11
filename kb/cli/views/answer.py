"""What an answer looks like: whole passages, the place under each, a decision with its standing."""

import textwrap
from typing import Any

from kb.cli.views.page import Line, Page, Payload, clip, columns, decision_name, path_list, shown_place, spread
from kb.sanitize import TAB_WIDTH

BAR = "│ "
WIDEST = 88
"""A passage is set no wider than this: long lines are hard to read on a wide terminal."""


def answer_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of an `ask` payload, answered or not; of a follow-up with what was asked for it."""
    asked = payload.get("asked")
    # Else nobody could tell an answer to another question from one to this.
    lines: list[Line] = [[("asked: ", "dim"), asked], []] if asked and asked != payload["question"] else []
    if payload["status"] != "answered":
        return [*lines, *not_found_lines(payload, page)]
    citations = payload["citations"]
    if payload.get("mode") == "generated":
        lines += [*([text] for text in _wrapped(payload["answer"], page, WIDEST)), _written_by(payload), []]
    for place, citation in enumerate(citations):
        if _is_before(citation, citations):
            # What was replaced stands right under its successor, without a gap.
            lines += _before_lines(citation, page)
        else:
            lines += [*([[]] if place else []), *_passage_lines(citation, page)]
    return lines


def _written_by(payload: Payload) -> Line:
    """`written by llama3.2 · each sentence checked against what it cites`; a remote model is said to be one."""
    writer = payload["writer"]
    place = "" if writer["local"] else ", not on this machine"
    return [(f"written by {writer['name']}{place} · each sentence checked against what it cites", "dim")]


def not_found_lines(payload: Payload, page: Page) -> list[Line]:
    """`Not in your notes. Nearest: …, which does not speak of: …`, and what else lies near."""
    nearest = payload.get("nearest") or []
    if not nearest:
        return [[("Not in your notes.", "title")]]
    missing = payload.get("missing") or []
    silent = f", which does not speak of: {', '.join(missing)}." if missing else "."
    first: Line = [("Not in your notes.", "title"), " Nearest: ", *_named(nearest[0], page), silent]
    others: list[Line] = [["  ", *_named(hit, page)] for hit in nearest[1:3]]
    also: Line = [("Also near:", "dim")]
    return [first, also, *others] if others else [first]


def _passage_lines(citation: dict[str, Any], page: Page) -> list[Line]:
    quoted: list[Line] = [[(BAR, "dim"), text] for text in _wrapped(citation["quote"], page, WIDEST - len(BAR))]
    return [_heading(citation, page), *quoted, _place_line(citation, page)]


def _place_line(citation: dict[str, Any], page: Page) -> Line:
    return [(f"[{citation['n']}] ", "dim"), (shown_place(citation, page), "place")]


def _heading(citation: dict[str, Any], page: Page) -> Line:
    """Title left, kind right; a decision shows its number and standing first, its title right."""
    title, kind, status = citation["title"] or citation["path"], citation["kind"], citation.get("status")
    width = min(page.width, WIDEST)
    name = decision_name(citation["path"], citation.get("number")) if kind == "adr" else ""
    if name:
        left: Line = [(name, "title"), *_standing(citation)]
        room = width - columns("".join(part if isinstance(part, str) else part[0] for part in left)) - 2
        return spread(left, [(clip(title, room), "dim")], width) if room > 10 else left
    right = f"{kind.upper()} · {status}" if status else kind.upper() if kind in ("til", "adr") else kind
    return spread([(clip(title, width - len(right) - 2), "title")], [(right, "dim")], width)


def _standing(citation: dict[str, Any]) -> Line:
    """` · accepted`, or ` · superseded by ADR-0057`: never a replaced decision without its successor."""
    status, successors = citation.get("status"), path_list(citation.get("superseded_by"))
    if successors:
        return [" · ", (_replaced(citation, successors), "warn")]
    return [" · ", (status, "good" if status in ("accepted", "implemented") else "warn")] if status else []


def _is_before(citation: dict[str, Any], citations: list[dict[str, Any]]) -> bool:
    """True for a replaced decision that is shown for the sake of its successor among the citations."""
    shown = {other["path"] for other in citations if other["n"] < citation["n"]}
    return bool(shown.intersection(path_list(citation.get("superseded_by"))))


def _before_lines(citation: dict[str, Any], page: Page) -> list[Line]:
    name = decision_name(citation["path"], citation.get("number")) or citation["title"]
    replaced = _replaced(citation, path_list(citation["superseded_by"]))
    return [
        [("Before: ", "dim"), name, (f", {replaced}", "warn"), (f" [{citation['n']}]", "dim")],
        _place_line(citation, page),
    ]


def _named(hit: dict[str, Any], page: Page) -> Line:
    name = decision_name(hit["path"]) if hit["kind"] == "adr" else ""
    one_line = {**hit, "end": hit["start"]}
    standing = _standing(hit) if path_list(hit.get("superseded_by")) else []
    return [name or clip(hit["title"] or hit["path"], 60), *standing, " (", (shown_place(one_line, page), "place"), ")"]


def _replaced(item: dict[str, Any], successors: list[str]) -> str:
    """`superseded by ADR-0057 on 2025-03-02`, the day where it is known."""
    partly = "partly " if item.get("status") == "partly superseded" else ""
    since = f" on {item['superseded_on']}" if item.get("superseded_on") else ""
    return f"{partly}superseded by {_names(successors)}{since}"


def _names(paths: list[str]) -> str:
    return ", ".join(decision_name(path) or path for path in paths)


def _wrapped(text: str, page: Page, widest: int) -> list[str]:
    """The lines of a quote; on a terminal the long ones are broken at spaces, under their own indent."""
    lines = text.replace("\r\n", "\n").split("\n")
    if not page.wrap:
        return lines
    width = max(min(page.width - len(BAR), widest), 20)
    folded: list[str] = []
    for line in (line.expandtabs(TAB_WIDTH) for line in lines):
        indent = line[: len(line) - len(line.lstrip())]
        fits = columns(line) <= width or len(indent) > width // 2
        folded += [line] if fits else textwrap.wrap(
            line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )  # fmt: skip
    return folded
