"""A context pack as a person reads it: each statement with the place under it, so that it opens."""

from typing import Any

from kb.cli.views.page import Line, Page, Part, Payload, path_list, shown_place


def context_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `context` payload."""
    if not payload["sources"]:
        return [[f"Nothing of yours is near to: {payload['task'].splitlines()[0]}"]]
    thin = payload["coverage"] == "thin"
    first = payload["task"].strip().splitlines()[0]
    head: list[Part] = [(first, "title"), "  ", (f"coverage {payload['coverage']}", "warn" if thin else "dim")]
    lines: list[Line] = [head]
    sources = {source["n"]: source for source in payload["sources"]}
    for section in payload["sections"]:
        lines += [[], [(section["title"], "title")]]
        if not section["items"]:
            lines.append(["  ", ("nothing found", "dim")])
        for item in section["items"]:
            lines += _item(item, sources, page)
    return lines


def _item(item: dict[str, Any], sources: dict[int, Any], page: Page) -> list[Line]:
    cited = [sources[n] for n in item["cites"] if n in sources]
    lines: list[Line] = [["  ", ("· ", "dim"), item["text"]]]
    for source in cited:
        part: list[Part] = ["    ", (shown_place(source, page), "place")]
        if later := path_list(source["superseded_by"]):
            part += ["  ", (f"superseded by {', '.join(later)}", "warn")]
        lines.append(part)
    return lines
