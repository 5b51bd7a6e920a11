"""What decisions look like: the list, one of them with all around it, links, and problems."""

from typing import Any

from kb.cli.views.page import (
    Line,
    Page,
    Part,
    Payload,
    Style,
    clip,
    columns,
    count,
    decision_name,
    path_list,
    shown_path,
    shown_place,
)

GOOD = frozenset({"accepted", "implemented", "final", "active", "implementable"})
TITLE_WIDTH = 60
PASSIVE = {
    "supersedes": "superseded by", "amends": "amended by", "extends": "extended by", "requires": "required by",
    "links": "linked from", "mentions": "mentioned by", "related": "related", "contradicts": "contradicts",
}  # fmt: skip
ACTIVE = {"links": "links to", "mentions": "mentions", "related": "related"}


def list_lines(payload: Payload, page: Page) -> list[Line]:
    """One line a decision: number, title, standing, place."""
    decisions = payload["decisions"]
    if not decisions:
        return [["No decision."]]
    names = [_name(decision) for decision in decisions]
    widest = min(max(map(columns, names)), 24)
    return [
        [(f"{name:<{widest}}", "title"), "  ", clip(_title(decision), TITLE_WIDTH), *_standing(decision),
         "  ", (shown_path(decision, page), "place")]
        for name, decision in zip(names, decisions, strict=True)
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
        lines.append([link["src"], (f" {link['relation']} ", "title"), link["dst"]])
        lines.append(["  ", (shown_place(link, page), "place"), ("  " + clip(link["evidence"], 100), "dim")])
    return lines


def check_lines(payload: Payload, page: Page) -> list[Line]:
    """One line a problem, as compilers write them: an editor jumps to each."""
    problems = payload["problems"]
    if not problems:
        return [[(f"{count(payload['checked'], 'decision')}, nothing wrong with their links", "good")]]
    lines: list[Line] = [
        [(shown_path(problem, page), "place"), f":{problem['line']}: ", (problem["kind"], "warn"), " ",
         problem["message"]]
        for problem in problems
    ]  # fmt: skip
    found = f"{count(len(problems), 'problem')} in {count(payload['checked'], 'decision')}"
    return [*lines, [(found, "bad")]]


def _listed(head: str, items: list[Line], style: Style = "dim") -> list[Line]:
    return [[], [(f"{head}:", style)], *items] if items else []


def _chain_line(decision: dict[str, Any], page: Page) -> Line:
    dated: list[Part] = [(f" · {decision['date']}", "dim")] if decision.get("date") else []
    return ["  ", _name(decision), " ", clip(_title(decision), TITLE_WIDTH), *_standing(decision), *dated,
            "  ", (shown_path(decision, page), "place")]  # fmt: skip


def _neighbour_line(item: dict[str, Any], page: Page) -> Line:
    words = ACTIVE if item["direction"] == "to" else PASSIVE
    relation = words.get(item["relation"], item["relation"])
    standing = _standing(item) if path_list(item.get("superseded_by")) else []
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
    number = decision.get("number")
    bare = title.lstrip("0123456789").lstrip(" .:-–—)") if number is not None and title[:1].isdigit() else title
    return bare or title


def _standing(decision: dict[str, Any]) -> Line:
    status, since = decision.get("status"), decision.get("superseded_on")
    if successors := path_list(decision.get("superseded_by")):
        names = ", ".join(decision_name(path) or path for path in successors)
        partly = "partly " if status == "partly superseded" else ""
        return ["  ", (f"{partly}superseded by {names}" + (f" on {since}" if since else ""), "warn")]
    if not status:
        return ["  ", ("no status", "dim")]
    return ["  ", (str(status), "good" if status in GOOD else "warn")]
