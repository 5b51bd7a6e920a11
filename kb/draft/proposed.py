"""What a design document or a diff proposes, statement by statement, each with its line.

A document tells of more than it proposes: what there is, what was looked at, what others do. Only what stands in the
document's own voice and under a heading that proposes is taken for a proposal.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.answer.windows import FENCE, FRONT_MATTER, HEADING, ITEM
from kb.draft.binding import plain
from kb.draft.diffs import Changed, changes_of, is_diff

NOT_PROPOSED = re.compile(
    r"\b(?:alternatives?|options?|considered|rejected|background|context|problem|motivation|status quo|today|current|"
    r"history|pros|cons|non-?goals?|out of scope|references?|links?|related|prior art|glossary|before|appendix)\b",
    re.IGNORECASE,
)
PROPOSED = re.compile(r"\b(?:decision|outcome|chosen|proposal|proposed|solution|design|plan|approach)\b", re.IGNORECASE)
CLAUSE = re.compile(r"\s*[,;:]\s+|\s+[–—]\s+|\s+\b(?:but|because|since|although|while|whereas|so that|which)\b\s+")
SENTENCE = re.compile(r"(?<=[.!?])[\"”’)*_]*\s+(?=[A-Z`\"“*_\[(0-9])")
COMMENT = re.compile(r"^\s*(?:#(?!include)|//|/\*|\*|--|\"\"\"|''')")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a document, or one line that a diff adds or takes away; `around` is what it stands under."""

    line: int
    text: str
    around: str = ""
    clauses: tuple[str, ...] = ()
    path: str = ""
    symbol: str = ""
    is_code: bool = False
    is_removed: bool = False

    @property
    def said(self) -> tuple[str, ...]:
        """Its clauses, each of which affirms or denies by itself."""
        return self.clauses or (self.text,)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document or a diff as it is reviewed."""

    title: str
    statements: tuple[Statement, ...]
    told: tuple[Statement, ...]
    """What a document says of other things than what it proposes."""
    changes: tuple[Changed, ...] = ()

    @property
    def is_diff(self) -> bool:
        return bool(self.changes)


def read_proposal(text: str) -> Proposal:
    """The statements of a text, whichever of the two it is."""
    if is_diff(text):
        changes = tuple(changes_of(text))
        return Proposal("", tuple(_of_diff(changes)), (), changes)
    title, statements, told = "", list[Statement](), list[Statement]()
    for statement, heading_path in _of_document(text.split("\n")):
        title = title or (heading_path[0] if heading_path else "")
        proposes = not heading_path or _proposes(heading_path)
        (statements if proposes else told).append(statement)
    return Proposal(title, tuple(statements), tuple(told))


def _proposes(headings: Sequence[str]) -> bool:
    """By the innermost heading that says what stands under it; the title of the document says what it is about."""
    for heading in reversed(headings[1:]):
        if PROPOSED.search(heading) and not heading.lower().startswith(("considered", "alternative", "context")):
            return True
        if NOT_PROPOSED.search(heading):
            return False
    return True


def _of_diff(changes: Sequence[Changed]) -> Iterator[Statement]:
    for change in changes:
        if change.text.strip():
            is_prose = change.path.lower().endswith((".md", ".rst", ".txt", ".adoc"))
            text = plain(change.text) if is_prose else change.text.strip()
            # A comment is the author's own word, and is read as one.
            is_code = not (is_prose or COMMENT.match(change.text))
            yield Statement(
                change.at, text, f"{change.path} {change.symbol}", _clauses(text) if not is_code else (), change.path,
                change.symbol, is_code, not change.is_added,
            )  # fmt: skip


def _of_document(lines: Sequence[str]) -> Iterator[tuple[Statement, tuple[str, ...]]]:
    trail: list[tuple[int, str]] = []
    for start, block in _blocks(lines):
        first = block[0]
        if HEADING.match(first):
            level = len(first.lstrip()) - len(first.lstrip().lstrip("#"))
            trail = [item for item in trail if item[0] < level]
            trail.append((level, first.lstrip().lstrip("#").strip(" #")))
            continue
        headings = tuple(name for _, name in trail)
        joined = "\n".join(block)
        begin = 0
        for stop, following in [*((m.start(), m.end()) for m in SENTENCE.finditer(joined)), (len(joined), len(joined))]:
            raw = joined[begin:stop]
            number = start + joined.count("\n", 0, begin + len(raw) - len(raw.lstrip()))
            begin = following
            text = ITEM.sub("", plain(ITEM.sub("", raw.lstrip()), code=True))
            if any(letter.isalpha() for letter in text):
                yield Statement(number, text, " ".join(headings), _clauses(text)), headings


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """(first line, lines) of headings, paragraphs and items; listings, comments and front matter left out."""
    fence, block, start = "", list[str](), 0
    in_front = bool(lines) and bool(FRONT_MATTER.match(lines[0]))
    in_comment = False
    for number, line in enumerate(lines, 1):
        if in_front:
            in_front = number == 1 or not FRONT_MATTER.match(line)
            continue
        mark = FENCE.match(line)
        in_comment = in_comment or line.lstrip().startswith("<!--")
        ends = mark or fence or in_comment or not line.strip() or HEADING.match(line) or ITEM.match(line)
        if ends and block:
            yield start, block
            block = []
        if in_comment:
            in_comment = "-->" not in line
            continue
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        elif HEADING.match(line) and not fence:
            yield number, [line]
        elif line.strip() and not fence and not line.lstrip().startswith("|"):
            start = start if block else number
            block = [*block, line]
    if block:
        yield start, block


def _clauses(text: str) -> tuple[str, ...]:
    return tuple(part for part in CLAUSE.split(text) if part and part.strip())
