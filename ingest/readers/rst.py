"""reStructuredText as blocks with true lines: a scanner of lines, since docutils tells lines only roughly."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.readers.frontmatter import field_name
from ingest.readers.links import find_links
from ingest.readers.reading import Reading
from kb.model import Block, Role

WHOLE_LIST_CHARS = 1_400
HEADER_LINES = 60

UNDERLINE = re.compile(r"^([=\-~^\"'`*+#:.<>_!$%&,/;?@\\|])\1{2,}\s*$")
SIMPLE_TABLE = re.compile(r"^=+(?:\s+=+)+\s*$")
GRID_TABLE = re.compile(r"^\+[-=+]{3,}\+\s*$")
ITEM = re.compile(r"^(?:[-*+•]|\(?(?:\d{1,4}|#|[a-zA-Z])[.)])\s+\S")
DIRECTIVE = re.compile(r"^\.\.\s+(?:\|[^|]*\|\s+)?([\w:+.-]+)::")
EXPLICIT = re.compile(r"^\.\.(?:\s|$)")
TARGET = re.compile(r"^\.\.\s+(?:_|\[)|^__\s")
HEADER_FIELD = re.compile(r"^([A-Z][A-Za-z-]{1,30}):(?:\s+(.*))?$")
LISTED_FIELD = re.compile(r"^:([A-Za-z][\w -]{0,40}):(?:\s+(.*))?$")
CODE = frozenset({"code-block", "sourcecode", "code", "literalinclude", "parsed-literal", "prompt", "doctest", "math",
                  "graphviz", "uml", "mermaid", "testcode", "productionlist"})  # fmt: skip
TABLES = frozenset({"list-table", "csv-table", "table"})


@dataclass(slots=True)
class _Scan:
    """The state of one pass over the lines."""

    lines: Sequence[str]
    blocks: list[Block] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    trail: list[tuple[int, str]] = field(default_factory=list)
    title: str = ""

    def names(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.trail)

    def add(self, start: int, end: int, role: Role) -> int:
        """A block of the lines with index `start` up to, not including, `end`; returns `end`."""
        last = end
        while last > start + 1 and not self.lines[last - 1].strip():
            last -= 1
        self.blocks.append(Block(start=start + 1, end=last, role=role, trail=self.names()))
        return end


def read_rst(lines: Sequence[str]) -> Reading:
    """Blocks, title, header fields and links of a reStructuredText file."""
    scan = _Scan(lines)
    fields, field_lines, at = _header_fields(lines)
    if at:
        scan.add(0, at, "metadata")
    while at < len(lines):
        at = _next(scan, at)
    title = scan.title
    if fields.get("title"):
        title = f"PEP {fields['pep']}: {fields['title']}" if fields.get("pep") else fields["title"]
    listed, listed_lines = _listed_fields(lines)
    return Reading(
        blocks=tuple(scan.blocks), title=title,
        fields={**listed, **fields}, field_lines={**listed_lines, **field_lines},
        references=tuple(find_links(lines, scan.blocks)),
    )  # fmt: skip


def _next(scan: _Scan, at: int) -> int:
    """Take the block that starts at index `at`; returns the index after it."""
    lines = scan.lines
    line = lines[at]
    if not line.strip():
        return at + 1
    if heading := _heading(lines, at):
        return _take_heading(scan, at, *heading)
    if EXPLICIT.match(line):
        return scan.add(at, _indented_end(lines, at + 1), _explicit_role(line))
    if SIMPLE_TABLE.match(line):
        return scan.add(at, _simple_table_end(lines, at), "table")
    if GRID_TABLE.match(line):
        return scan.add(at, _run_end(lines, at), "table")
    if ITEM.match(line):
        return _take_list(scan, at)
    if line[:1] in (" ", "\t"):
        return scan.add(at, _indented_end(lines, at + 1), _indented_role(scan, line))
    end = _run_end(lines, at)
    return scan.add(at, end, "fence" if line.startswith(">>> ") else "prose")


def _heading(lines: Sequence[str], at: int) -> tuple[str, str, int] | None:
    """Style, text and number of lines of the heading at `at`, None when there is none."""
    line = lines[at]
    after = lines[at + 1] if at + 1 < len(lines) else ""
    if UNDERLINE.match(line):
        below = lines[at + 2] if at + 2 < len(lines) else ""
        if after.strip() and below[:1] == line[:1] and UNDERLINE.match(below) and not UNDERLINE.match(after):
            return line[0] + line[0], after.strip(), 3
        return None
    # An underline shorter than its title is accepted with a warning by docutils, and authors leave it so.
    if UNDERLINE.match(after) and line[:1] not in (" ", "\t") and len(after.rstrip()) >= min(len(line.rstrip()), 4):
        if at and lines[at - 1].strip() and not EXPLICIT.match(lines[at - 1]):
            return None
        return after[0], line.strip(), 2
    return None


def _take_heading(scan: _Scan, at: int, style: str, text: str, size: int) -> int:
    if style not in scan.styles:
        scan.styles.append(style)
    depth = scan.styles.index(style)
    scan.trail = [(d, name) for d, name in scan.trail if d < depth]
    end = scan.add(at, at + size, "heading")
    text = text.replace("``", "").replace("`", "").replace("**", "")[:500]
    if not scan.title:
        scan.title = text
        first_alone = not any(block.role == "heading" for block in scan.blocks[:-1])
        # A title stands over all; it says nothing at the head of every trail. Sections of a PEP are its peers.
        if first_alone and depth == 0 and _lone(scan, at + size, style):
            return end
    scan.trail.append((depth, text))
    return end


def _lone(scan: _Scan, start: int, style: str) -> bool:
    """True when no later heading has this style: then it is the title of the whole file."""
    if len(style) == 2:
        return True
    lines = scan.lines
    for at in range(start + 1, len(lines)):
        if lines[at][:1] == style and (heading := _heading(lines, at - 1)) and heading[0] == style:
            return False
    return True


def _explicit_role(line: str) -> Role:
    directive = DIRECTIVE.match(line)
    if directive:
        name = directive.group(1).lower()
        return "fence" if name in CODE else "table" if name in TABLES else "prose"
    return "metadata" if TARGET.match(line) else "comment"


def _indented_role(scan: _Scan, line: str) -> Role:
    before = scan.blocks[-1] if scan.blocks else None
    if before and before.role != "heading" and scan.lines[before.end - 1].rstrip().endswith("::"):
        return "fence"
    return "fence" if line.lstrip().startswith((">>> ", "$ ")) else "quote"


def _take_list(scan: _Scan, at: int) -> int:
    """A list as one block, or item by item when it is long; its literal blocks stay inside the items."""
    lines = scan.lines
    starts = [at]
    end = at + 1
    while end < len(lines):
        line = lines[end]
        if ITEM.match(line):
            starts.append(end)
        elif line.strip() and line[:1] not in (" ", "\t") and (not lines[end - 1].strip() or _heading(lines, end)):
            break
        end += 1
    if sum(len(line) + 1 for line in lines[at:end]) <= WHOLE_LIST_CHARS:
        return scan.add(at, end, "list")
    for start, after in zip(starts, [*starts[1:], end], strict=True):
        scan.add(start, after, "list")
    return end


def _indented_end(lines: Sequence[str], at: int) -> int:
    """Index after the indented lines from `at` on; blank lines inside belong to them."""
    end = at
    for index in range(at, len(lines)):
        line = lines[index]
        if not line.strip():
            continue
        if line[:1] not in (" ", "\t"):
            break
        end = index + 1
    return end


def _run_end(lines: Sequence[str], at: int) -> int:
    end = at + 1
    while end < len(lines) and lines[end].strip() and not (lines[end][:1] != " " and _heading(lines, end)):
        end += 1
    return end


def _simple_table_end(lines: Sequence[str], at: int) -> int:
    """A simple table ends with the border that a blank line follows; blank lines may part its rows."""
    for index in range(at + 1, min(len(lines), at + 2_000)):
        if SIMPLE_TABLE.match(lines[index]) and (index + 1 == len(lines) or not lines[index + 1].strip()):
            return index + 1
        if not lines[index].strip() and index + 1 < len(lines) and not lines[index + 1].strip():
            return index
    return _run_end(lines, at)


def _header_fields(lines: Sequence[str]) -> tuple[dict[str, str], dict[str, int], int]:
    """The mail-like header of a PEP: fields, their lines and the index after them."""
    fields: dict[str, str] = {}
    where: dict[str, int] = {}
    name = ""
    for index, line in enumerate(lines[:HEADER_LINES]):
        if match := HEADER_FIELD.match(line):
            name = field_name(match.group(1))
            fields[name], where[name] = (match.group(2) or "").strip(), index + 1
        elif name and line[:1] in (" ", "\t") and line.strip():
            fields[name] = f"{fields[name]} {line.strip()}"
        elif not line.strip() and len(fields) > 1:
            return fields, where, index
        else:
            break
    return {}, {}, 0


def _listed_fields(lines: Sequence[str]) -> tuple[dict[str, str], dict[str, int]]:
    """A field list near the top: ``:Status: Accepted``."""
    fields: dict[str, str] = {}
    where: dict[str, int] = {}
    for number, line in enumerate(lines[:HEADER_LINES], 1):
        if match := LISTED_FIELD.match(line):
            name = field_name(match.group(1))
            fields.setdefault(name, (match.group(2) or "").strip())
            where.setdefault(name, number)
    return fields, where
