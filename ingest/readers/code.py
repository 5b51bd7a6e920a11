"""Source code as declarations: each function or class with the comments and decorators that belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from ingest.readers.comments import comment_references
from ingest.readers.grammars import (
    ATTACHED,
    BODIES,
    CALLS,
    COMMENTS,
    CONTAINERS,
    DECLARATIONS,
    FUNCTIONS,
    WRAPPERS,
    parser_for,
)
from ingest.readers.plain import blank_line_blocks, indented_blocks
from ingest.readers.reading import Reading
from kb.model import Block

MAX_PARSED_CHARS = 1_500_000
MAX_LINE_CHARS = 100_000
MAX_UNCLOSED = 500
PARSE_LIMIT_S = 2.0
PIECE_BYTES = 65_536
MAX_DEPTH = 6
WHOLE_CHARS = 900
"""A class up to this size is one block; a larger one is a header and its members."""
SYMBOL_CHARS = 120
MAX_WRAPPERS = 3
MAX_DECLARATORS = 6
"""Deeper nesting than this around a C function's name is not followed."""
PREPROCESSOR = ("preproc_ifdef", "preproc_if")
DECLARATORS = ("_spec", "declarator", "alias")


@dataclass(slots=True)
class _Scan:
    """The lines and the blocks found so far; `done` is the last line that a block covers."""

    lines: Sequence[str]
    source: bytes
    blocks: list[Block] = field(default_factory=list)
    done: int = 0

    def add(self, start: int, end: int, symbol: str, trail: tuple[str, ...]) -> None:
        """A declaration of the lines `start`..`end`; what stands before it uncovered comes first."""
        if end <= self.done:
            return
        start = max(start, self.done + 1)
        while end > start and not self.lines[end - 1].strip():
            end -= 1
        self.fill(start - 1, trail)
        self.blocks.append(Block(start=start, end=end, role="declaration", trail=trail, symbol=symbol))
        self.done = end

    def fill(self, end: int, trail: tuple[str, ...]) -> None:
        """Blank-line blocks for the lines after the last block up to `end`."""
        if end > self.done:
            between = self.lines[self.done : end]
            for block in blank_line_blocks(between, first=self.done + 1, role="declaration", trail=trail):
                self.blocks.append(self._closing(block) or block)
            self.done = end

    def _closing(self, block: Block) -> Block | None:
        """The block before, grown by a line that only closes it: a brace alone says nothing."""
        text = "".join(line.strip() for line in self.lines[block.start - 1 : block.end])
        if not self.blocks or len(text) > 6 or text.strip("})];,end"):
            return None
        last = self.blocks.pop()
        return Block(start=last.start, end=block.end, role=last.role, trail=last.trail, symbol=last.symbol)

    def chars(self, start: int, end: int) -> int:
        return sum(map(len, self.lines[start - 1 : end])) + end - start


def read_code(lines: Sequence[str], language: str) -> Reading:
    """Declarations of a source file; blank-line blocks where there is no grammar or the file is too large for it."""
    source = "\n".join(lines)
    parser = parser_for(language)
    if parser is None:
        return Reading(blocks=tuple(indented_blocks(lines)), language=language, references=comment_references(lines))
    scan = _Scan(lines, source.encode("utf-8", "replace"))
    tree = None if _hostile(source, lines) else _parse(parser, scan.source)
    if tree is None:
        return Reading(blocks=tuple(indented_blocks(lines)), language=language, references=comment_references(lines),
                       warnings=("source too large or too broken for its parser; cut at blank lines",))  # fmt: skip
    _members(scan, tree.root_node, trail=(), depth=0)
    scan.fill(len(lines), ())
    references = comment_references(lines, tree.root_node)
    return Reading(blocks=tuple(scan.blocks), language=language, references=references)


def _hostile(source: str, lines: Sequence[str]) -> bool:
    """True for what no author writes: error recovery over thousands of open brackets takes minutes."""
    if len(source) > MAX_PARSED_CHARS or max(map(len, lines), default=0) > MAX_LINE_CHARS:
        return True
    return any(source.count(left) - source.count(right) > MAX_UNCLOSED for left, right in ("()", "[]", "{}"))


def _parse(parser: Any, source: bytes) -> Any:
    """The syntax tree, None when the parser needs longer than `PARSE_LIMIT_S`."""
    deadline = monotonic() + PARSE_LIMIT_S
    try:
        # Only a source that is handed over piece by piece lets the parser be stopped.
        return parser.parse(
            lambda offset, _: source[offset : offset + PIECE_BYTES],
            progress_callback=lambda *_: monotonic() > deadline,
        )
    except ValueError:
        parser.reset()
        return None


def _members(scan: _Scan, parent: Any, *, trail: tuple[str, ...], depth: int, leading: int = 0) -> None:
    """Blocks of the declarations directly below `parent`, each with the comments right above it.

    `leading` is the line of a comment above the first one, which some grammars keep outside the body.
    """
    before = 0
    for node in parent.named_children:
        first, last = node.start_point[0] + 1, _last_line(node)
        kind = node.type
        if kind in ATTACHED:
            # A comment that ends a line of code belongs to that line.
            if first > scan.done and (not leading or first > before + 1):
                leading = first
            before = last
            if not _touches(scan, last) and kind in COMMENTS:
                if last > first:
                    scan.add(max(leading, scan.done + 1), last, "", trail)
                leading = 0
            continue
        inner = _unwrapped(node)
        if inner.type in CONTAINERS or inner.type in DECLARATIONS or _is_block_call(inner):
            start = leading if leading and leading <= first else first
            _declaration(scan, inner, start=start, end=last, trail=trail, depth=depth)
        elif last > first and kind not in BODIES:
            # A group of imports or a long statement may hold blank lines and is still one thing.
            scan.add(leading if leading and leading <= first else first, last, "", trail)
        leading = 0


def _declaration(scan: _Scan, node: Any, *, start: int, end: int, trail: tuple[str, ...], depth: int) -> None:
    # An include guard encloses the whole header and names nothing.
    symbol = "" if node.type in PREPROCESSOR else _symbol(scan, node)
    body = _body(node)
    if body is None or depth >= MAX_DEPTH or (node.type not in CONTAINERS and not _is_block_call(node)):
        scan.add(start, end, symbol, _with_receiver(scan, node, trail))
        return
    if node.type not in PREPROCESSOR and scan.chars(start, end) <= WHOLE_CHARS:
        scan.add(start, end, symbol, trail)
        return
    inside = (*trail, symbol) if symbol else trail
    first = next((child.start_point[0] + 1 for child in body.named_children if _holds(child)), 0)
    if not first:
        scan.add(start, end, symbol, trail)
        return
    first = _first_comment(scan, max(start, scan.done) + 1, first)
    if first > start:
        scan.add(start, first - 1, symbol, trail)
    _members(scan, body, trail=inside, depth=depth + 1, leading=first)
    scan.fill(end, inside)


def _holds(child: Any) -> bool:
    inner = _unwrapped(child)
    return inner.type in DECLARATIONS or inner.type in CONTAINERS or _is_block_call(inner)


def _first_comment(scan: _Scan, lowest: int, first: int) -> int:
    """The line, not before `lowest`, where the comments above the first member start."""
    while first > lowest:
        above = scan.lines[first - 2].strip()
        if not above.startswith(("//", "/*", "*", "#", "@", "--")):
            break
        first -= 1
    return first


def _last_line(node: Any) -> int:
    row, column = int(node.end_point[0]), int(node.end_point[1])
    # A node that ends with a line feed ends on the line before (heredocs, preprocessor lines).
    return row + 1 if column or row == node.start_point[0] else row


def _touches(scan: _Scan, line: int) -> bool:
    """True when the next line goes on without a gap."""
    return line < len(scan.lines) and bool(scan.lines[line].strip())


def _unwrapped(node: Any) -> Any:
    """The declaration inside a decorator, an export or a template."""
    for _ in range(MAX_WRAPPERS):
        if node.type not in WRAPPERS:
            return node
        inner = node.child_by_field_name("definition") or node.child_by_field_name("declaration")
        if inner is None:
            children = node.named_children
            inner = next((child for child in reversed(children) if _is_code(child)), None)
        if inner is None:
            return node
        node = inner
    return node


def _is_code(node: Any) -> bool:
    return node.type in DECLARATIONS or node.type in CONTAINERS or node.type in WRAPPERS or node.type in CALLS


def _body(node: Any) -> Any:
    if node.type in PREPROCESSOR:
        return node
    if node.type in CALLS:
        return _call_body(node)
    body = node.child_by_field_name("body")
    return body or next((child for child in node.named_children if child.type in BODIES), None)


def _is_block_call(node: Any) -> bool:
    """True for ``describe("…", () => { … })`` and its kin: a call that holds the code of a test."""
    return node.type in CALLS and _call_body(node) is not None


def _call_body(node: Any) -> Any:
    block = node.child_by_field_name("block")
    if block is not None:
        return block.child_by_field_name("body") or block
    arguments = node.child_by_field_name("arguments")
    last = arguments.named_children[-1] if arguments is not None and arguments.named_children else None
    return last.child_by_field_name("body") if last is not None and last.type in FUNCTIONS else None


def _symbol(scan: _Scan, node: Any) -> str:
    """The name that a declaration gives: a function's, a class's, a constant's; a test's own words for a test."""
    if node.type in CALLS:
        return _call_name(scan, node)
    name = node.child_by_field_name("name") or node.child_by_field_name("left")
    if name is None and node.type == "impl_item":
        name = node.child_by_field_name("type")
    if name is None:
        name = _declared(node)
    return _text(scan, name) if name is not None else ""


def _declared(node: Any) -> Any:
    """The name inside a declarator (C), a spec (Go) or the first of several variables (JavaScript, Java)."""
    for _ in range(MAX_DECLARATORS):
        inner = node.child_by_field_name("declarator") or node.child_by_field_name("name")
        if inner is None:
            inner = next((child for child in node.named_children if child.type.endswith(DECLARATORS)), None)
        if inner is None:
            return node if node.type.endswith("identifier") or node.type == "constant" else None
        node = inner
    return None


def _call_name(scan: _Scan, node: Any) -> str:
    called = node.child_by_field_name("function") or node.child_by_field_name("method")
    arguments = node.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    words = _text(scan, first).strip("'\"`") if first is not None and "string" in first.type else ""
    verb = _text(scan, called).partition("(")[0] if called is not None else ""
    return f"{verb} {words}".strip()


def _with_receiver(scan: _Scan, node: Any, trail: tuple[str, ...]) -> tuple[str, ...]:
    """A Go method stands in the file, and belongs to the type of its receiver."""
    receiver = node.child_by_field_name("receiver") if node.type == "method_declaration" else None
    if receiver is None:
        return trail
    words = _text(scan, receiver).strip("()").replace("*", " ").split("[")[0].split()
    return (*trail, words[-1]) if words else trail


def _text(scan: _Scan, node: Any) -> str:
    text = scan.source[node.start_byte : node.end_byte].decode("utf-8", "replace")
    return " ".join(text.split())[:SYMBOL_CHARS]
