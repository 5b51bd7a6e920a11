"""Links as a person reads them: what belongs to a file, what could be linked, and a change before it is made."""

from typing import Any

from kb.cli.views.page import Line, Page, Payload, Style, clip, shown_path, shown_place

QUOTED_LINES = 2
WORDS = {"supersedes": "supersedes", "contradicts": "contradicts?", "related": "related?"}


def related_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `related` payload."""
    if not payload["related"]:
        return [[f"Nothing is related to {payload['path']}"]]
    lines: list[Line] = []
    for item in payload["related"]:
        how = _declared(item) if item["declared"] else f"alike {item['score']:.2f}"
        word = "" if item["declared"] or item["relation"] == "related" else f"  {_word(item)}"
        head: Line = [(f"{how:<14}", "dim"), (shown_path(item, page), "place"), (word, "warn")]
        lines += [*([[]] if lines else []), head, ["  ", (clip(item["title"] or item["path"], _room(page)), "title")]]
        lines += _quotes(item["evidence"], page)
    return lines


def suggest_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `link_suggest` payload, each pair with the command that accepts it."""
    if not payload["suggestions"]:
        return [["No link to suggest"]]
    lines: list[Line] = []
    for item in payload["suggestions"]:
        src, dst = _end(item, "src", page), _end(item, "dst", page)
        style: Style = "warn" if item["candidate"] else "dim"
        lines += [*([[]] if lines else []), [(src, "place"), "  ", (_word(item), style), "  ", (dst, "place")]]
        lines += _quotes(item["evidence"], page)
    lines += [[], [("To write one: kb link accept SRC DST --relation supersedes|related|…", "dim")]]
    return lines


def accept_lines(payload: Payload, page: Page) -> list[Line]:
    """The change, and after it was made where."""
    if not payload["changed"]:
        return [[f"{payload['src']} says already: {payload['relation']} {payload['dst']}"]]
    if payload["written"]:
        return [[("Written: ", "good"), (shown_path(item, page), "place")] for item in payload["changed"]]
    notice: list[Line] = [[(f"Note: {payload['outside']}.", "warn")], []] if payload.get("outside") else []
    return [*notice, *(diff_line(line) for line in payload["diff"].split("\n"))]


def diff_line(line: str) -> Line:
    """A line of a change in its colour."""
    if line.startswith(("---", "+++")):
        return [(line, "title")]
    style: dict[str, Style] = {"+": "good", "-": "bad", "@": "dim", "\\": "dim"}
    return [(line, style[line[0]])] if line[:1] in style else [line]


def _declared(item: dict[str, Any]) -> str:
    """`supersedes`, or `superseded by` where the file at hand is the other end."""
    forward: bool = item["dst"] == item["path"]
    passive = {"supersedes": "superseded by", "amends": "amended by", "extends": "extended by"}
    passive |= {"requires": "required by", "links": "linked from", "mentions": "mentioned in"}
    relation: str = item["relation"]
    shown: str = relation if forward else passive.get(relation, relation)
    return shown


def _word(item: dict[str, Any]) -> str:
    relation: str = item["relation"]
    return WORDS.get(relation, relation)


def _end(item: dict[str, Any], end: str, page: Page) -> str:
    path, source = item[end], item[f"{end}_source"]
    span = next((s for s in item["evidence"] if (s["path"], s["source"]) == (path, source)), None)
    return shown_path(span, page) if span else f"{source}:{path}"


def _quotes(evidence: list[dict[str, Any]], page: Page) -> list[Line]:
    lines: list[Line] = []
    for span in evidence:
        texts = [text for text in span["quote"].split("\n") if text.strip()][:QUOTED_LINES]
        lines += [["  ", ("│ ", "dim"), (clip(text, _room(page)), "dim")] for text in texts]
        lines.append(["  ", (shown_place(span, page), "place")])
    return lines


def _room(page: Page) -> int:
    return max(page.width - 4, 20) if page.wrap else 200
