"""The brief as a person reads it with the first coffee: a heading a section, a line an item."""

from datetime import datetime
from typing import Any

from kb.cli.views.page import Line, Page, Part, Payload, clip, decision_name, path_list, shown_place

SHOWN_ITEMS = 12
WITH_LINES = ("due", "suggestions", "follows")
"""Sections whose items are about a line; the others mean the file."""


def brief_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `brief` payload."""
    since = moment(payload["since"])
    sections = payload["sections"]
    if not sections:
        return [[f"Nothing new since {since}"]]
    lines: list[Line] = [[(f"Since {since}", "dim")]]
    for section in sections:
        lines += [[], [(section["title"], "title"), (f"  {section['total']:,}", "dim")]]
        shown = section["items"][:SHOWN_ITEMS]
        lines += [_item_line(item, section["name"], page) for item in shown]
        rest = section["total"] - sum(item.get("files", 1) for item in shown)
        if rest > 0:
            lines.append([(f"  and {rest:,} more", "dim")])
    return lines


def moment(iso: str) -> str:
    """`Fri 2026-11-20 03:00`, in local time."""
    try:
        return datetime.fromisoformat(iso).astimezone().strftime("%a %Y-%m-%d %H:%M")
    except ValueError:
        return iso


def _item_line(item: dict[str, Any], section: str, page: Page) -> Line:
    place = shown_place(item if section in WITH_LINES else {**item, "start": None}, page) if item.get("path") else ""
    # The place says the path already.
    text = item["reason"] if section == "left_out" else item["text"]
    room = max(page.width - len(place) - 4, 30) if page.wrap else 200
    parts: list[Part] = ["  ", clip(text, room)]
    if section == "night":
        parts = ["  ", (clip(text, room), "good" if item.get("ok") else "bad")]
    parts += _standing(item)
    if place:
        parts += ["  ", (place, "place")]
    return parts


def _standing(item: dict[str, Any]) -> Line:
    """That a decision was replaced, so that nobody takes it for the one in force."""
    if later := path_list(item.get("superseded_by")):
        return ["  ", (f"superseded by {', '.join(decision_name(path) or path for path in later)}", "warn")]
    return ["  ", (str(item["status"]), "dim")] if item.get("status") else []
