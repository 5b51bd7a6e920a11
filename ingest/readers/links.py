"""Links and mentions in running text: found by line, because the parser leaves inline text alone."""

import re
from collections.abc import Iterator, Sequence

from kb.model import Block, Reference

MAX_REFERENCES = 2_000
EVIDENCE_CHARS = 300

LINK = re.compile(
    r"\]\(\s{0,9}<?([^()\s<>]{1,500}(?:\([^()\s<>]{0,100}\)[^()\s<>]{0,300})?)>?(?:\s{1,9}[\"'(][^\n]{0,200}?)?\)"
)
LABELLED_LINK = re.compile(
    r"\[[^\[\]\n]{0,300}\]\([^()\s]{1,500}\.(?:md|markdown|rst|adoc|txt)(?:[?#][^()\s]{0,200})?\)", re.IGNORECASE
)
DECISION_FILE = re.compile(
    r"(?<![\w/.(\[<:-])("
    r"(?:\.{0,2}/)?(?:[\w.-]{1,80}/){0,12}\d{2,8}[-_][\w-]{1,150}\.(?:md|rst|markdown|adoc)"
    r"|(?:\.{0,2}/)?(?:[\w.-]{1,80}/){0,12}(?:adrs?|decisions?|rfcs?|peps?|keps?|teps?)/"
    r"[\w-]{0,60}\d{2,8}[-_][\w-]{1,150}(?:\.(?:md|rst|markdown|adoc))?)(?![\w/])",
    re.IGNORECASE,
)
"""A decision named by its file: `0012-use-x.md`, `docs/adr/0012-use-x`."""
WIKILINK = re.compile(r"\[\[([^\[\]|#\n]{1,200})(?:#[^\[\]|\n]{0,200})?(?:\|[^\[\]\n]{0,200})?\]\]")
DEFINED = re.compile(r"^\s{0,3}\[[^\]]{1,200}\]:\s*<?([^\s<>]{1,500})>?")
MENTION = re.compile(
    r"(?<![\w/-])(ADR|RFC|PEP|TEP|KEP|OEP|CEP|DEP|SIP|EIP|BIP|AEP|CFP|DR|decision record(?!s))s?"
    r"(?:[ \t]*[-–#:_]?[ \t]*#?|[ \t]+no\.?[ \t]*)(\d{1,5})(?![\w.][\dx])",
    re.IGNORECASE,
)
ROLE = re.compile(r":(pep|rfc|doc|ref|adr):`(?:[^`<\n]{0,200}<)?([^`<>\n]{1,200})>?`")
RST_LINK = re.compile(r"`[^`<>\n]{0,200}<([^`<>\s]{1,500})>`_")
FENCED_COMMENT = re.compile(r"(?:^|\s)(?://|#|--|;|/?\*+)\s")
QUOTES = ('"', "“", "„", "«")
DIGIT = re.compile(r"\d")
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{1,20}:")
NOTE_URL = re.compile(r"^https?://[^\s?#]+\.(?:md|markdown|rst|adoc|txt|ipynb)(?:[?#].*)?$", re.IGNORECASE)


def find_links(lines: Sequence[str], blocks: Sequence[Block]) -> Iterator[Reference]:
    """The links, wikilinks and decision mentions of a file's text; code and comments are left out."""
    seen: set[tuple[str, str]] = set()
    for block in blocks:
        if block.role in ("declaration", "comment") or (block.role == "metadata" and block.start == 1):
            continue
        for number in range(block.start, block.end + 1):
            for reference in _said_in(lines[number - 1], number, fenced=block.role == "fence"):
                key = (reference.relation, reference.target)
                if key not in seen:
                    seen.add(key)
                    yield reference
        if len(seen) > MAX_REFERENCES:
            return


def _said_in(line: str, number: int, *, fenced: bool) -> Iterator[Reference]:
    """What a line refers to; in a fence that is what a comment of its code names: all else there is an example."""
    if not fenced:
        yield from line_references(line, number)
    elif match := FENCED_COMMENT.search(line):
        for at, target in mentioned(line[match.end() :]):
            yield Reference(number, "mentions", target, evidence(line, match.end() + at))


def line_references(line: str, number: int) -> Iterator[Reference]:
    """The references that one line of text makes, in the order links, wikilinks, mentions."""
    if "](" in line:
        for match in LINK.finditer(line):
            if points_at_note(match.group(1)):
                yield Reference(number, "links", match.group(1), evidence(line, match.start()))
    if "[[" in line:
        for match in WIKILINK.finditer(line):
            yield Reference(number, "links", match.group(1).strip(), evidence(line, match.start()))
    if "]:" in line and (defined := DEFINED.match(line)) and points_at_note(defined.group(1)):
        yield Reference(number, "links", defined.group(1), evidence(line, 0))
    if "`" in line and (":" in line or ">`_" in line):
        for match in RST_LINK.finditer(line):
            if points_at_note(match.group(1)):
                yield Reference(number, "links", match.group(1), evidence(line, match.start()))
        for match in ROLE.finditer(line):
            yield Reference(number, "mentions", role_target(match), evidence(line, match.start()))
    for at, target in mentioned(line):
        yield Reference(number, "mentions", target, evidence(line, at))


def mentioned(line: str) -> Iterator[tuple[int, str]]:
    """Where one line names which decision, by number or file; "Winery's ADR-7" in the label of a link is that link."""
    if not DIGIT.search(line):
        return
    linked = [(match.start() + 1, match.end()) for match in LABELLED_LINK.finditer(line)] if "](" in line else []
    # Right after a quote it is an example of how decisions are called.
    found = (match for match in MENTION.finditer(line) if line[max(0, match.start() - 1) : match.start()] not in QUOTES)
    named = [(match.start(), mention_target(match)) for match in found]
    named += [(match.start(), match.group(1)) for match in DECISION_FILE.finditer(line)]
    yield from ((at, target) for at, target in sorted(named) if not any(start < at < end for start, end in linked))


def points_at_note(target: str) -> bool:
    """True for a link that can lead to another file of a collection: a relative path or the address of a note."""
    if target.startswith(("#", "//", "?")):
        return False
    return bool(NOTE_URL.match(target)) if SCHEME.match(target) else True


def mention_target(match: re.Match[str]) -> str:
    """``ADR-12`` however it was written."""
    word = match.group(1).upper()
    return f"{'ADR' if ' ' in word or word == 'DR' else word}-{int(match.group(2))}"


def evidence(line: str, at: int) -> str:
    """The words around position `at`, at most `EVIDENCE_CHARS` of them."""
    text = line.strip()
    if len(text) <= EVIDENCE_CHARS:
        return text
    start = max(0, min(at - EVIDENCE_CHARS // 2, len(text) - EVIDENCE_CHARS))
    return text[start : start + EVIDENCE_CHARS].strip()


def role_target(match: re.Match[str]) -> str:
    """``PEP-440`` for a role that names a number, else what the role names."""
    name, target = match.group(1), match.group(2).partition("#")[0].strip()
    return f"{name.upper()}-{int(target)}" if target.isdigit() else target
