"""HTML as the text that a visitor sees, with the line on which each piece stands."""

from collections import Counter
from collections.abc import Sequence
from html.parser import HTMLParser

from ingest.readers.plain import blank_line_blocks
from ingest.readers.reading import Reading
from kb.model import Block, Reference, Role

MAX_PARSED_CHARS = 2_000_000
MAX_DEPTH = 2_000
MAX_OPEN_MARKS = 50_000

UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "head", "iframe", "object", "select", "nav"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
HEADINGS = {f"h{depth}": depth for depth in range(1, 7)}
ROLES: dict[str, Role] = {
    "pre": "fence", "ul": "list", "ol": "list", "dl": "list", "table": "table", "blockquote": "quote",
}  # fmt: skip
BREAKS = frozenset({
    "p", "div", "section", "article", "header", "footer", "main", "aside", "li", "tr", "dt", "dd", "br", "hr", "figure",
    "figcaption", "details", "summary", "form", "fieldset", "address", "caption", "body", "html", *HEADINGS, *ROLES,
})  # fmt: skip
HIDING = ("display:none", "visibility:hidden", "font-size:0", "opacity:0")


def read_html(lines: Sequence[str]) -> Reading:
    """Visible text, headings, title and links; script, style and hidden elements are left out."""
    text = "\n".join(lines)
    # The standard parser looks for a closing mark once per opening one: many of them and none closed is quadratic.
    if len(text) > MAX_PARSED_CHARS or text.count("<") - text.count(">") > 2_000 or text.count("<!") > MAX_OPEN_MARKS:
        warning = "too large or broken HTML; read as plain text"
        return Reading(blocks=tuple(blank_line_blocks(lines)), warnings=(warning,))
    page = _Page()
    page.feed(text)
    page.close()
    page.flush()
    return Reading(blocks=tuple(page.blocks), title=" ".join(page.title.split())[:500] or page.first_heading,
                   references=tuple(page.links))  # fmt: skip


class _Page(HTMLParser):
    """Collects visible words into blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.links: list[Reference] = []
        self.title = ""
        self.first_heading = ""
        self._open: list[tuple[str, bool]] = []
        self._count: Counter[str] = Counter()
        self._hidden = 0
        self._trail: list[tuple[int, str]] = []
        self._heading = 0
        self._roles: list[Role] = []
        self._lines: dict[int, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BREAKS and not (self._roles and tag in ("li", "tr", "br", "p", "div", "dt", "dd")):
            self.flush()
        if tag in VOID or len(self._open) > MAX_DEPTH:
            return
        hides = tag in UNSEEN or _is_hidden(attrs)
        self._open.append((tag, hides))
        self._count[tag] += 1
        self._hidden += hides
        if tag in HEADINGS:
            self._heading = HEADINGS[tag]
        elif tag in ROLES:
            self._roles.append(ROLES[tag])
        elif tag == "a" and not self._hidden:
            self._link(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if not self._count[tag]:
            return
        if tag in BREAKS and (tag in ROLES or not self._roles):
            self.flush()
        while self._open:
            name, hides = self._open.pop()
            self._count[name] -= 1
            self._hidden -= hides
            if name in ROLES and self._roles:
                self._roles.pop()
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._count["title"] and not self._count["svg"]:
            self.title += data
            return
        if self._hidden or not data.strip():
            return
        for offset, part in enumerate(data.split("\n")):
            if part.strip():
                kept = part.rstrip() if self._count["pre"] else " ".join(part.split())
                self._lines.setdefault(self.getpos()[0] + offset, []).append(kept)

    def flush(self) -> None:
        """The words since the last break become a block."""
        lines, self._lines = self._lines, {}
        heading, self._heading = self._heading, 0
        if not lines:
            return
        start, end = min(lines), max(lines)
        text = "\n".join(" ".join(lines.get(number, ())) for number in range(start, end + 1))
        role: Role = "heading" if heading else self._roles[-1] if self._roles else "prose"
        if heading:
            self._trail = [(depth, name) for depth, name in self._trail if depth < heading]
        trail = tuple(name for _, name in self._trail)
        self.blocks.append(Block(start=start, end=end, role=role, trail=trail, text=text))
        if heading:
            words = " ".join(text.split())[:500]
            self.first_heading = self.first_heading or words
            self._trail.append((heading, words))

    def _link(self, href: str) -> None:
        if href and not href.startswith(("#", "javascript:", "mailto:", "data:", "http:", "https:", "//")):
            self.links.append(Reference(self.getpos()[0], "links", href[:500], href[:300]))


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    for name, value in attrs:
        if name == "hidden" or (name == "aria-hidden" and value == "true"):
            return True
        if name == "style" and value:
            style = value.replace(" ", "").lower()
            if any(hiding in style for hiding in HIDING):
                return True
    return False
