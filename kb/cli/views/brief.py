"""The brief as a person reads it with the first coffee: a heading a section, a line an item."""

from datetime import datetime
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
    decision_name,
    path_list,
    plain,
    shown_place,
)

SHOWN_ITEMS = 12
MOST_NAMES = 24
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
        for item in shown:
            lines += _pair_lines(item, page) if "dst" in item else [_item_line(item, section["name"], page)]
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
    standing = _standing(item)
    room = page.width - 2 - columns(plain(standing))
    # The text gets what it needs first: of a long path the end is enough to know the file.
    place = clip_start(place, max(room - 2 - columns(text), room // 2 - 2)) if place else ""
    room -= columns(place) + 2 if place else 0
    style: Style = "good" if item.get("ok") else "bad"
    shown = clip(text, max(room, 10))
    parts: list[Part] = ["  ", (shown, style) if section == "night" else shown, *standing]
    return [*parts, "  ", (place, "place")] if place else parts


def _pair_lines(item: dict[str, Any], page: Page) -> list[Line]:
    """Both ends of a link that could be, one below the other, each with its place."""
    far = {"path": item["dst"], "source": item["dst_source"], "abspath": item.get("dst_abspath")}
    ends = (("", item.get("title"), item), (f"{item['relation']}? ", item.get("dst_title"), {**far, "start": None}))
    lines: list[Line] = []
    for word, title, end in ends:
        lead = "    " if lines else "  "
        room = page.width - len(lead) - len(word) - 2
        shown = str(title or end["path"])
        place = clip_start(shown_place(end, page), max(room - columns(shown), room // 2))
        lines.append([lead, (word, "warn"), clip(shown, room - columns(place)), "  ", (place, "place")])
    return lines


def _standing(item: dict[str, Any]) -> Line:
    """That a decision was replaced, so that nobody takes it for the one in force."""
    if later := path_list(item.get("superseded_by")):
        names = ", ".join(decision_name(path) or path.rpartition("/")[2] for path in later)
        return ["  ", (f"superseded by {clip(names, MOST_NAMES)}", "warn")]
    return ["  ", (str(item["status"]), "dim")] if item.get("status") else []
