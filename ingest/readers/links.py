"""Links and mentions in running text: found by line, because the parser leaves inline text alone."""

import re
from collections.abc import Iterator, Sequence

from kb.model import Block, Reference

MAX_REFERENCES = 2_000
EVIDENCE_CHARS = 300

LINK = re.compile(
    r"\]\(\s{0,9}<?([^()\s<>]{1,500}(?:\([^()\s<>]{0,100}\)[^()\s<>]{0,300})?)>?(?:\s{1,9}[\"'(][^\n]{0,200}?)?\)"
)
WIKILINK = re.compile(r"\[\[([^\[\]|#\n]{1,200})(?:#[^\[\]|\n]{0,200})?(?:\|[^\[\]\n]{0,200})?\]\]")
DEFINED = re.compile(r"^\s{0,3}\[[^\]]{1,200}\]:\s*<?([^\s<>]{1,500})>?")
MENTION = re.compile(
    r"(?<![\w/-])(ADR|RFC|PEP|TEP|KEP|OEP|MADR|CEP|DEP|SIP|EIP|BIP|AEP|CFP|DR|decision record)s?"
    r"(?:[ \t]*[-–#:]?[ \t]*#?|[ \t]+no\.?[ \t]*)(\d{1,5})(?![\w.]\d)",
    re.IGNORECASE,
)
ROLE = re.compile(r":(pep|rfc|doc|ref|adr):`(?:[^`<\n]{0,200}<)?([^`<>\n]{1,200})>?`")
RST_LINK = re.compile(r"`[^`<>\n]{0,200}<([^`<>\s]{1,500})>`_")
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{1,20}:")
NOTE_URL = re.compile(r"^https?://[^\s?#]+\.(?:md|markdown|rst|adoc|txt|ipynb)(?:[?#].*)?$", re.IGNORECASE)


def find_links(lines: Sequence[str], blocks: Sequence[Block]) -> Iterator[Reference]:
    """The links, wikilinks and decision mentions of a file's text; code and comments are left out."""
    seen: set[tuple[str, str]] = set()
    for block in blocks:
        if block.role in ("fence", "declaration", "comment") or (block.role == "metadata" and block.start == 1):
            continue
        for number in range(block.start, block.end + 1):
            for reference in line_references(lines[number - 1], number):
                key = (reference.relation, reference.target)
                if key not in seen:
                    seen.add(key)
                    yield reference
        if len(seen) > MAX_REFERENCES:
            return


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
    for match in MENTION.finditer(line):
        yield Reference(number, "mentions", mention_target(match), evidence(line, match.start()))


def points_at_note(target: str) -> bool:
    """True for a link that can lead to another file of a collection: a relative path or the address of a note."""
    if target.startswith(("#", "//", "?")):
        return False
    return bool(NOTE_URL.match(target)) if SCHEME.match(target) else True


def mention_target(match: re.Match[str]) -> str:
    """``ADR-12`` however it was written."""
    word = match.group(1).upper()
    return f"{'ADR' if ' ' in word or word in ('DR', 'MADR') else word}-{int(match.group(2))}"


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
