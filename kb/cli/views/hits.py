"""Search results: rank, kind, place, title and heading, two lines of the passage."""

from typing import Any

from kb.cli.views.page import Line, Page, Payload, clip, decision_name, path_list, shown_place

SNIPPET_LINES = 2


def search_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `search` payload."""
    hits = payload["hits"]
    if not hits:
        return [[f"Nothing found for: {payload['query']}"]]
    indent = len(str(len(hits))) + 2
    lines: list[Line] = []
    for hit in hits:
        lines += [*([[]] if lines else []), *_hit_lines(hit, page, indent)]
    return lines


def _hit_lines(hit: dict[str, Any], page: Page, indent: int) -> list[Line]:
    margin = " " * indent
    room = max(page.width - indent, 20) if page.wrap else 240
    kind = hit["kind"].upper() if hit["kind"] in ("adr", "til") else hit["kind"]
    first: Line = [(str(hit["rank"]).ljust(indent), "dim"), (f"{kind:<4}  ", "dim"), (shown_place(hit, page), "place")]
    texts = [text for text in hit["snippet"].split("\n") if text.strip()][:SNIPPET_LINES]
    snippet: list[Line] = [[margin, (_fit(text, room), "dim")] for text in texts]
    return [[*first, *_label(hit)], [margin, (clip(_title(hit), room), "title")], *snippet]


def _title(hit: dict[str, Any]) -> str:
    title, heading = hit["title"] or hit["path"], hit.get("heading") or ""
    heading = heading.removeprefix(title).removeprefix(" › ")
    return f"{title} › {heading}" if heading else title


def _label(hit: dict[str, Any]) -> Line:
    """A decision's standing, with its successor where it was replaced."""
    successors = path_list(hit.get("superseded_by"))
    if successors:
        names = ", ".join(decision_name(path) or path for path in successors)
        return ["  ", (f"superseded by {names}", "warn")]
    status = hit.get("status")
    return ["  ", (status, "good" if status in ("accepted", "implemented") else "warn")] if status else []


def _fit(text: str, room: int) -> str:
    text = text.rstrip()
    return text if len(text) <= room else text[: room - 1] + "…"
