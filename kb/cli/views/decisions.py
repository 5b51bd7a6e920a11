"""What decisions look like: the list, one of them with all around it, links, and problems."""

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from kb.cli.views.page import (
    Line,
    Page,
    Part,
    Payload,
    Style,
    clip,
    clip_start,
    columns,
    count,
    decision_name,
    pad,
    path_list,
    plain,
    shown_path,
    shown_place,
)

GOOD = frozenset({"accepted", "implemented", "final", "active", "implementable"})
NUMBERED = re.compile(
    r"(?:(?:ADR|RFC|PEP|KEP|TEP|OEP)[-_ #]*)?(?P<number>\d{1,5})(?:\s*[.:)–—-]\s*|\s+)", re.IGNORECASE
)
TITLE_WIDTH = 60
LEAST_TITLE = 10
MOST_NAME = 12
MOST_STANDING = 24
GAP = 2
PASSIVE = {
    "supersedes": "superseded by", "amends": "amended by", "extends": "extended by", "requires": "required by",
    "links": "linked from", "mentions": "mentioned by", "related": "related", "contradicts": "contradicts",
}  # fmt: skip
ACTIVE = {"links": "links to", "mentions": "mentions", "related": "related"}


def list_lines(payload: Payload, page: Page) -> list[Line]:
    """One line a decision, as wide as the page: number, title, standing, place, each below the other."""
    decisions = payload["decisions"]
    if not decisions:
        return [["No decision."]]
    names = [_name(decision) for decision in decisions]
    standings = [_standing(decision, dated=False)[1] for decision in decisions]
    titles, paths = [_title(decision) for decision in decisions], [shown_path(decision, page) for decision in decisions]
    first, third = min(_widest(names), MOST_NAME), min(_widest([part[0] for part in standings]), MOST_STANDING)
    room = page.width - first - third - 3 * GAP
    fourth = min(_widest(paths), max(room - _widest(titles), room // 2))
    second = min(_widest(titles), max(room - fourth, LEAST_TITLE))
    gap = " " * GAP
    return [
        [(pad(clip(name, first), first), "title"), gap, pad(clip(title, second), second), gap,
         (pad(clip(standing, third), third), style), gap, (clip_start(path, max(fourth, LEAST_TITLE)), "place")]
        for name, title, (standing, style), path in zip(names, titles, standings, paths, strict=True)
    ]  # fmt: skip


def show_lines(payload: Payload, page: Page) -> list[Line]:
    """A decision, what it replaced and what replaced it, its neighbours, and the code that cites it."""
    decision = payload["decision"]
    dated: list[Part] = [(f" · {decision['date']}", "dim")] if decision.get("date") else []
    lines: list[Line] = [
        [(_name(decision), "title"), " ", (_title(decision), "title")],
        [*_standing(decision)[1:], *dated, "  ", (shown_path(decision, page), "place")],
    ]
    chain = payload["chain"]
    lines += _listed("Took the place of", [_chain_line(item, page) for item in chain["before"]])
    lines += _listed("Its place was taken by", [_chain_line(item, page) for item in chain["after"]])
    lines += _listed("Neighbours", [_neighbour_line(item, page) for item in payload["neighbours"]])
    stale = any(item["follows_superseded"] for item in payload["code"])
    head = (
        "Code that still follows it, though it is no longer in force"
        if stale
        else "Code that cites it, or that it names"
    )
    return lines + _listed(head, [_code_line(item, page) for item in payload["code"]], "warn" if stale else "dim")


def link_lines(payload: Payload, page: Page) -> list[Line]:
    """`src relation dst`, and under it the line that says so."""
    if not payload["links"]:
        return [["No link between decisions."]]
    lines: list[Line] = []
    for link in payload["links"]:
        relation = link["relation"] if link.get("in_effect", True) else "would supersede"
        lines.append([link["src"], (f" {relation} ", "title"), link["dst"]])
        lines.append(["  ", (shown_place(link, page), "place"), ("  " + clip(link["evidence"], 100), "dim")])
    return lines


def check_lines(payload: Payload, page: Page) -> list[Line]:
    """A problem begins with its place, as compilers write them: an editor jumps to each; what is long goes below."""
    problems = payload["problems"]
    if not problems:
        return [[(f"{count(payload['checked'], 'decision')}, nothing wrong with their links", "good")]]
    lines = [line for problem in problems for line in _problem_lines(problem, page)]
    found = f"{count(len(problems), 'problem')} in {count(payload['checked'], 'decision')}"
    return [*lines, [(found, "bad")]]


def _problem_lines(problem: dict[str, Any], page: Page) -> list[Line]:
    end = f":{problem['line']}: "
    path = clip_start(shown_path(problem, page), page.width - columns(end) - columns(problem["kind"]))
    head: Line = [(path, "place"), end, (problem["kind"], "warn")]
    if columns(plain(head)) + 1 + columns(problem["message"]) <= page.width:
        return [[*head, " ", problem["message"]]]
    told = wrap(problem["message"], page.width - 2, break_on_hyphens=False)
    return [head, *(["  ", text] for text in told)]


def _widest(texts: Sequence[str]) -> int:
    return max(map(columns, texts), default=0)


def _listed(head: str, items: list[Line], style: Style = "dim") -> list[Line]:
    return [[], [(f"{head}:", style)], *items] if items else []


def _chain_line(decision: dict[str, Any], page: Page) -> Line:
    dated: list[Part] = [(f" · {decision['date']}", "dim")] if decision.get("date") else []
    return ["  ", _name(decision), " ", clip(_title(decision), TITLE_WIDTH), *_standing(decision), *dated,
            "  ", (shown_path(decision, page), "place")]  # fmt: skip


def _neighbour_line(item: dict[str, Any], page: Page) -> Line:
    words = ACTIVE if item["direction"] == "to" else PASSIVE
    relation = words.get(item["relation"], item["relation"])
    if not item.get("in_effect", True):
        relation = "would supersede" if item["direction"] == "to" else "would be superseded by"
    told = path_list(item.get("superseded_by")) or not item.get("in_effect", True)
    standing: Line = _standing(item) if told else []
    name = (decision_name(item["path"]) or item["title"]) if item["kind"] == "adr" else item["title"]
    return ["  ", (f"{relation} ", "title"), clip(name, TITLE_WIDTH), *standing, "  ",
            (shown_path(item, page), "place"), (f"  (said in {item['stated_in']}:{item['line']})", "dim")]  # fmt: skip


def _code_line(item: dict[str, Any], page: Page) -> Line:
    if item["direction"] == "to":
        told = f"  (named in {item['stated_in']}:{item['line']})"
        return ["  ", (shown_path(item, page), "place"), (told, "dim")]
    place = f"{shown_path(item, page)}:{item['line']}"
    return ["  ", (place, "place"), ("  " + clip(item["evidence"], 80), "dim")]


def _name(decision: dict[str, Any]) -> str:
    return decision_name(decision["path"], decision.get("number")) or "—"


def _title(decision: dict[str, Any]) -> str:
    title = str(decision["title"] or decision["path"])
    number, numbered = decision.get("number"), NUMBERED.match(title)
    # The name beside it says the number already.
    same = numbered is not None and number is not None and int(numbered["number"]) == number
    return (title[numbered.end() :] if numbered and same else title) or title


def _standing(decision: dict[str, Any], *, dated: bool = True) -> tuple[str, tuple[str, Style]]:
    status, since = decision.get("status"), decision.get("superseded_on")
    if successors := path_list(decision.get("superseded_by")):
        names = ", ".join(decision_name(path) or path for path in successors)
        partly = "partly " if status == "partly superseded" else ""
        return "  ", (f"{partly}superseded by {names}" + (f" on {since}" if since and dated else ""), "warn")
    if not status:
        return "  ", ("no status", "dim")
    return "  ", (str(status), "good" if status in GOOD else "warn")
