"""Markdown as blocks with true lines: headings, paragraphs, lists, fences, tables, quotes.

Only block parsing is done. Inline parsing would cost four fifths of the time and
nothing in an index needs it; links are found by `ingest.readers.links`.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.readers.frontmatter import FrontMatter, read_front_matter
from ingest.readers.links import find_links
from ingest.readers.plain import blank_line_blocks
from ingest.readers.reading import Reading
from kb.model import Block, Role

MAX_PARSED_CHARS = 1_000_000
MAX_PARSED_LINES = 20_000
MAX_LINE_CHARS = 50_000
MAX_MARKS = 60
"""More quote or list marks before a line's text than this is no writing; the parser would nest as deep."""
WHOLE_LIST_CHARS = 1_400
"""A list up to this size is one block; a longer one is given item by item, so that it can be cut between them."""

ROLES: dict[str, Role] = {
    "heading_open": "heading", "paragraph_open": "prose", "bullet_list_open": "list", "ordered_list_open": "list",
    "fence": "fence", "code_block": "fence", "table_open": "table", "blockquote_open": "quote", "html_block": "prose",
    "hr": "prose",
}  # fmt: skip
MARKS = re.compile(r"(?:\s{0,3}(?:>|[-*+]\s|\d{1,9}[.)]\s))+")
DEFINITION = re.compile(r"^\s{0,3}\[[^\]]{1,200}\]:\s")
EMPHASIS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
SECTION_NAMES = frozenset({
    "summary", "abstract", "motivation", "overview", "introduction", "background", "status", "context", "proposal",
    "table of contents", "contents", "decision", "problem", "problem statement", "context and problem statement",
    "usage", "description", "changelog",
})  # fmt: skip
TITLE_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])?")


def read_markdown(lines: Sequence[str]) -> Reading:
    """Blocks, title, front matter and links of a Markdown file; text that would stall the parser is read as plain."""
    front = read_front_matter(lines)
    body = [""] * front.end + list(lines[front.end :])
    warnings = [front.warning] if front.warning else []
    if reason := _hostile(lines[front.end :]):
        warnings.append(f"{reason}; read as plain text")
        blocks = blank_line_blocks(body)
    else:
        blocks = _blocks(body)
    title = " ".join(str(front.fields.get("title") or "").split()) or _title(blocks, body)
    blocks = _front_block(front) + _without_title(blocks, title)
    return Reading(
        blocks=tuple(blocks), title=title, fields=front.fields, field_lines=front.lines,
        references=tuple(find_links(lines, blocks)), warnings=tuple(warnings),
    )  # fmt: skip


def heading_text(lines: Sequence[str], block: Block) -> str:
    """A heading's words without its marks, links and emphasis."""
    line = lines[block.start - 1].strip()
    if line.startswith("#"):
        line = line.lstrip("#").strip().rstrip("#").rstrip() or line
    elif block.end > block.start:
        # A setext heading may run over lines; its last line is the underline.
        line = " ".join(part.strip() for part in lines[block.start - 1 : block.end - 1])
    return plain_words(line)


def plain_words(line: str) -> str:
    """`line` as a reader sees it: link texts for links, no emphasis marks."""
    if "[" in line:
        line = TITLE_LINK.sub(r"\1", line)
    if "*" in line or "`" in line or "_" in line:
        line = EMPHASIS.sub(lambda m: "" if m.group()[0] != "_" else m.group(), line)
    return line.strip()[:500]


def _hostile(lines: Sequence[str]) -> str:
    if len(lines) > MAX_PARSED_LINES or sum(map(len, lines)) > MAX_PARSED_CHARS:
        return "very large Markdown"
    if max(map(len, lines), default=0) > MAX_LINE_CHARS:
        return "very long line"
    for line in lines:
        # Cheap test first: nearly no line starts with a mark and is long enough to nest.
        if len(line) > MAX_MARKS and (match := MARKS.match(line)) and len(match.group().split()) > 1:
            marks = match.group()
            if sum(marks.count(mark) for mark in ">-*+.)") > MAX_MARKS:
                return "very deep nesting"
        elif len(line) > MAX_MARKS and line.startswith(">" * MAX_MARKS):
            return "very deep nesting"
    return ""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_MARKS + 20}).enable("table")
    # Reference definitions leave no token, so their lines would be lost; as paragraphs they stay.
    parser.disable("reference")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _blocks(lines: Sequence[str]) -> list[Block]:
    tokens = _parser().parse("\n".join(lines))
    blocks: list[Block] = []
    trail: list[tuple[int, str]] = []
    for index, token in enumerate(tokens):
        if token.level or token.nesting == -1 or token.map is None:
            continue
        block = _block(token, lines, tuple(text for _, text in trail))
        if block.role == "heading":
            depth = int(token.tag[1:])
            trail = [(d, text) for d, text in trail if d < depth]
            block = Block(block.start, block.end, "heading", tuple(text for _, text in trail))
            trail.append((depth, heading_text(lines, block)))
        if block.role == "list" and _size(lines, block) > WHOLE_LIST_CHARS:
            blocks.extend(_items(tokens, index, lines, block))
        else:
            blocks.append(block)
    return blocks


def _block(token: Token, lines: Sequence[str], trail: tuple[str, ...]) -> Block:
    start, end = token.map or (0, 0)
    # The parser counts trailing blank lines into lists and code; they belong to nobody.
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    role = ROLES.get(token.type, "prose")
    if role == "prose":
        role = _prose_role(lines[start:end], token.type)
    return Block(start=start + 1, end=end, role=role, trail=trail)


def _prose_role(lines: Sequence[str], kind: str) -> Role:
    if kind == "html_block":
        return "comment" if lines[0].lstrip().startswith("<!--") and lines[-1].rstrip().endswith("-->") else "prose"
    if kind == "paragraph_open" and all(map(DEFINITION.match, lines)):
        return "metadata"
    return "prose"


def _items(tokens: list[Token], index: int, lines: Sequence[str], whole: Block) -> list[Block]:
    """The items of a long list, and the parts of an item that is itself too long."""
    starts: set[int] = set()
    fences: list[Block] = []
    for token in tokens[index + 1 :]:
        if token.level == 0:
            break
        if token.map is None or token.nesting == -1:
            continue
        if token.type == "list_item_open" and token.level == 1:
            starts.add(token.map[0] + 1)
        elif token.type in ("fence", "table_open"):
            fence = _block(token, lines, whole.trail)
            fences.append(fence)
    bounds = [*sorted(starts | {whole.start}), whole.end + 1]
    blocks: list[Block] = []
    at = 0
    for start, after in pairwise(bounds):
        first = at
        while at < len(fences) and fences[at].start < after:
            at += 1
        inside = [fence for fence in fences[first:at] if start < fence.start and fence.end < after]
        blocks.extend(_item(lines, start=start, end=after - 1, fences=inside, trail=whole.trail))
    return blocks


def _item(lines: Sequence[str], *, start: int, end: int, fences: list[Block], trail: tuple[str, ...]) -> list[Block]:
    while end > start and not lines[end - 1].strip():
        end -= 1
    item = Block(start=start, end=end, role="list", trail=trail)
    if _size(lines, item) <= WHOLE_LIST_CHARS or not fences:
        return [item]
    blocks: list[Block] = []
    at = start
    for fence in fences:
        if fence.start < at:
            continue
        blocks.extend(blank_line_blocks(lines[at - 1 : fence.start - 1], first=at, role="list", trail=trail))
        blocks.append(fence)
        at = fence.end + 1
    blocks.extend(blank_line_blocks(lines[at - 1 : end], first=at, role="list", trail=trail))
    return blocks


def _size(lines: Sequence[str], block: Block) -> int:
    return sum(map(len, lines[block.start - 1 : block.end])) + block.end - block.start


def _title(blocks: Sequence[Block], lines: Sequence[str]) -> str:
    """The first level-one heading, else the first heading."""
    headings = [block for block in blocks if block.role == "heading"]
    top = next((block for block in headings if not block.trail and _is_top(lines, block)), None)
    chosen = top or (headings[0] if headings else None)
    title = heading_text(lines, chosen) if chosen else ""
    # Half of all proposals start with "Summary": then the file's name says more.
    return "" if title.casefold() in SECTION_NAMES else title


def _is_top(lines: Sequence[str], block: Block) -> bool:
    line = lines[block.start - 1].lstrip()
    return not line.startswith("##") if line.startswith("#") else lines[block.end - 1].lstrip().startswith("=")


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    """The title would stand at the head of every trail and say nothing there."""
    if not title:
        return blocks
    ending = title.casefold()
    return [
        Block(block.start, block.end, block.role, block.trail[1:])
        if block.trail and block.trail[0].casefold().endswith(ending)
        else block
        for block in blocks
    ]


def _front_block(front: FrontMatter) -> list[Block]:
    return [Block(start=1, end=front.end, role="metadata")] if front.end else []
