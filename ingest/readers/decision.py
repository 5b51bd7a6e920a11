"""Reads a decision's own account of itself: number, status, date, deciders and its relations to others.

The dialects differ in where they put these: MADR in front matter or a list under the
title, Nygard and adr-tools under "## Status", log4brains in a list, PEPs in header
fields, KEPs in front matter, Rust's RFCs in a list. All are read the same way:
gather the fields, gather the status text, then look at the sentences.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingest.readers.dates import date_in_name, iso_date
from ingest.readers.frontmatter import field_name, texts
from ingest.readers.reading import Reading
from ingest.readers.relations import Statement, definitions, field_references, statements
from ingest.readers.status import is_blank_status, normal_status
from kb.model import Block, Reference

HEADER_LINES = 60
MAX_SAID_CHARS = 400_000
"""The longest decision on record has a third of this; beyond it nobody states a relation."""
EXPLANATION_CHARS = 60
STATUS_CHARS = 60
"""What is told of a status that is not understood."""
FIELD = re.compile(
    r"^\s{0,3}(?:[-*+>]\s+)?(?:\*\*|__)?([A-Za-z][A-Za-z _/-]{1,30}?)(?:\*\*|__)?\s*:(?:\*\*|__)?(?:\s+(.*?))?\s*$"
)
ROW = re.compile(r"^\s*\|?\s*\*{0,2}([A-Za-z][A-Za-z _-]{1,30}?)\*{0,2}\s*\|\s*([^|]*?)\s*\|?\s*$")
KNOWN_FIELDS = frozenset({
    "status", "state", "date", "deciders", "decider", "decision-makers", "decision-maker", "decided-by", "tags",
    "start-date", "rfc-pr", "supersedes", "superseded-by", "superceded-by", "supercedes", "replaces", "replaced-by",
    "amends", "amended-by", "extends", "requires", "depends-on", "related", "relates-to", "see-also", "obsoletes",
    "obsoleted-by", "refines", "updates", "created", "creation-date", "last-updated", "related-decisions",
    "related-adrs", "links", "approvers", "number",
})  # fmt: skip
STATUS_HEADINGS = frozenset({"status", "state", "decision status", "adr status"})
LINK_HEADINGS = frozenset({
    "links", "references", "related", "related decisions", "related adrs", "see also", "related work",
    "more information", "related links", "related teps", "related documents",
})  # fmt: skip
DATE_FIELDS = ("date", "created", "creation-date", "start-date", "last-updated", "updated")
DECIDER_FIELDS = ("deciders", "decider", "decision-makers", "decision-maker", "decided-by", "approvers")
TAG_FIELDS = ("tags", "tag", "keywords", "categories", "topics", "topic", "labels")

TITLE_NUMBER = re.compile(
    r"^(?:architect\w+ decision record|adr|rfc|pep|tep|kep|oep)?[\s#:-]*0*(\d{1,5})(?=[.:)\s]|\s?[-–—])", re.IGNORECASE
)
FILE_NUMBER = re.compile(r"^(?:adr|rfc|pep|tep|kep|oep|decision|dr|d)?[-_ .]?(\d{1,5})(?=[-_. ]|$)", re.IGNORECASE)
SERIES = re.compile(r"^(pep|rfc|tep|kep|oep|adr)", re.IGNORECASE)
HINTS = re.compile(r"^(?:adr|rfc|pep|tep|kep|oep)[\s-]*\d+\b|^architect\w+ decision record\b", re.IGNORECASE)
OUTCOME = frozenset({"decision outcome", "considered options", "options considered", "decision drivers"})
PROBLEM = frozenset({"context and problem statement", "context", "problem statement", "background"})
NYGARD = frozenset({"context", "decision", "consequences"})
REASONS = frozenset({"decisions", "rationale", "reasoning", "problem", "proposed solution", "options", "discussion"})
SETTLED = frozenset({"accepted", "superseded", "rejected", "proposed", "deprecated", "partly superseded"})
ENHANCEMENT = frozenset({"motivation", "goals", "proposal", "non-goals", "alternatives", "rationale", "drawbacks"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision record says of itself; everything may be empty."""

    number: int | None
    status: str
    date: str
    deciders: tuple[str, ...]
    tags: tuple[str, ...]
    references: tuple[Reference, ...]
    warnings: tuple[str, ...] = ()


def tags_of(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Tags from front matter, in the order written, without a leading ``#``."""
    found = (text.lstrip("#").strip() for name in TAG_FIELDS for text in texts(fields.get(name)))
    return tuple(dict.fromkeys(tag for tag in found if tag))


def is_decision(path: str, lines: Sequence[str], reading: Reading) -> bool:
    """True when the text itself shows the dialect of a decision record, wherever it lies."""
    if _is_called_one(path, reading):
        return True
    headings = _headings(reading)
    inline = _inline_fields(lines, reading)
    fields = set(reading.fields) | set(inline)
    stated = normal_status(_flat(reading.fields.get("status")) or inline.get("status", (0, ""))[1])
    if headings & OUTCOME and (headings & PROBLEM or "status" in fields):
        return True
    if len(headings & NYGARD) == 3 or ("status" in headings | fields and len(headings & NYGARD) >= 2):
        return True
    if {"pep", "title", "status"} <= fields or {"start-date", "rfc-pr"} <= fields:
        return True
    if HINTS.match(reading.title) and (headings & (NYGARD | ENHANCEMENT) or "status" in headings | fields):
        return True
    if {"status", "creation-date"} <= fields and headings & ENHANCEMENT:
        return True
    # "status: draft" with a date is any blog post; "accepted" is said of decisions only.
    if stated and (headings & (NYGARD | ENHANCEMENT | OUTCOME | PROBLEM | REASONS)):
        return True
    if stated in SETTLED and fields & {"date", *DECIDER_FIELDS}:
        return True
    return "date" in fields and bool(headings & STATUS_HEADINGS) and bool(_section_status(lines, reading))


def _is_called_one(path: str, reading: Reading) -> bool:
    """Whether name and title both say so (`adr-008-x.md`, "ADR 008: X"): a sketch without sections is one too."""
    title, name = TITLE_NUMBER.match(reading.title), FILE_NUMBER.match(posixpath.basename(path).rpartition(".")[0])
    series = SERIES.match(posixpath.basename(path))
    if title is None or name is None or series is None or not reading.title.lower().startswith(series[1].lower()):
        return False
    return int(title[1]) == int(name[1])


def read_decision(path: str, lines: Sequence[str], reading: Reading) -> Decision:
    """A decision's number, status, date, deciders, tags and relations, with the line of each relation."""
    fields = {name: (reading.field_lines.get(name, 1), _flat(value)) for name, value in reading.fields.items()}
    inline = _inline_fields(lines, reading)
    for name, found in inline.items():
        fields.setdefault(name, found)
    defined = definitions(lines)
    said = list(_said(path, lines, reading, fields, defined))
    typed = _once(statement.reference for statement in said)
    status = _status(lines, reading, fields, said)
    return Decision(
        number=_number(path, reading),
        status=status,
        date=_date(path, lines, reading, fields),
        deciders=tuple(dict.fromkeys(name for key in DECIDER_FIELDS for name in _names(fields, reading, key))),
        tags=tags_of(reading.fields) or tuple(_names(fields, reading, "tags")),
        references=_with_links(typed, reading, lines),
        warnings=() if status else tuple(_unknown_status(lines, reading, fields)),
    )


def _said(
    path: str, lines: Sequence[str], reading: Reading, fields: Mapping[str, tuple[int, str]], defined: Mapping[str, str]
) -> Iterator[Statement]:
    series = _series(path, reading)
    for reference in field_references(fields, defined, series=series):
        yield Statement(reference)
    if "status" in fields:
        line, value = fields["status"]
        yield from statements(value, line, defined, in_status=True)
    chars = 0
    for block in reading.blocks:
        if chars > MAX_SAID_CHARS:
            return
        if block.role in ("fence", "comment") or (block.role == "metadata" and block.start == 1):
            continue
        if block.role == "heading" and block.start > HEADER_LINES:
            continue
        text = "\n".join(lines[block.start - 1 : block.end])
        chars += len(text)
        yield from statements(text[:MAX_SAID_CHARS], block.start, defined, in_status=_is_status(block))


def _status(
    lines: Sequence[str], reading: Reading, fields: Mapping[str, tuple[int, str]], said: Sequence[Statement]
) -> str:
    status = normal_status(fields["status"][1]) if "status" in fields else ""
    status = status or _section_status(lines, reading)
    in_status = {number for block in _status_blocks(reading) for number in range(block.start, block.end + 1)}
    replaced = [s for s in said if s.reference.relation == "superseded_by" and s.reference.line in in_status]
    if status in ("", "accepted", "proposed", "implemented") and any(
        normal_status(statement.reference.evidence) == "superseded" for statement in replaced
    ):
        return "superseded"
    if not status and any(s.passive_self and s.reference.line <= HEADER_LINES for s in said):
        return "superseded"
    return status or normal_status(_flat(reading.fields.get("state")))


def _unknown_status(lines: Sequence[str], reading: Reading, fields: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """What stands where a status should, in words that are not known here; so that nobody takes it for accepted."""
    written = [fields["status"][1]] if "status" in fields else []
    written += ["\n".join(lines[b.start - 1 : b.end]) for b in _status_blocks(reading) if b.role in ("prose", "list")]
    for text in written[:1]:
        if not is_blank_status(text):
            yield f"status not understood: {' '.join(text.split())[:STATUS_CHARS]}"


def _status_blocks(reading: Reading) -> list[Block]:
    return [block for block in reading.blocks if _is_status(block) and block.role not in ("comment", "heading")]


def _section_status(lines: Sequence[str], reading: Reading) -> str:
    """The first status word under the heading "Status"."""
    for block in _status_blocks(reading):
        text = "\n".join(line.lstrip("> ") for line in lines[block.start - 1 : block.end])
        # Templates explain the words in a quote under the heading; "proposed" there is no status.
        if block.role == "quote" and len(text) > EXPLANATION_CHARS:
            continue
        if status := normal_status(text):
            return status
    return ""


def _date(path: str, lines: Sequence[str], reading: Reading, fields: Mapping[str, tuple[int, str]]) -> str:
    for name in DATE_FIELDS:
        found = iso_date(reading.fields.get(name)) or (iso_date(fields[name][1]) if name in fields else "")
        if found:
            return found
    for block in reading.blocks:
        if block.trail[-1:] and block.trail[-1].lower() in ("date", "changelog") and block.role != "heading":
            dates = [found for line in lines[block.start - 1 : block.end] if (found := iso_date(line))]
            if dates:
                # A changelog runs either way; the decision is as old as its first entry.
                return min(dates)
    return date_in_name(posixpath.basename(path))


def _number(path: str, reading: Reading) -> int | None:
    for name in ("pep", "kep-number", "rfc", "number", "adr"):
        if _flat(reading.fields.get(name)).isdigit():
            return int(_flat(reading.fields[name]))
    stem = posixpath.basename(path).rpartition(".")[0]
    if stem.lower() in ("readme", "index"):
        # Some give each decision a folder: keps/1234-name/README.md.
        stem = posixpath.basename(posixpath.dirname(path))
    match = FILE_NUMBER.match(stem) or TITLE_NUMBER.match(reading.title)
    return int(match.group(1)) if match else None


def _series(path: str, reading: Reading) -> str:
    for text in ("pep" if "pep" in reading.fields else "", posixpath.basename(path), reading.title):
        if match := SERIES.match(text):
            return match.group(1).upper()
    return "ADR"


def _inline_fields(lines: Sequence[str], reading: Reading) -> dict[str, tuple[int, str]]:
    """Fields written as text under the title: ``Date: …``, ``- Status: …``, ``**Status:** …``, a table row."""
    found: dict[str, tuple[int, str]] = {}
    for block in reading.blocks:
        if block.start > HEADER_LINES:
            break
        if block.role not in ("prose", "list", "quote", "table") or len(block.trail) > 1:
            continue
        for number in range(block.start, min(block.end, block.start + HEADER_LINES) + 1):
            line = lines[number - 1]
            match = ROW.match(line) if block.role == "table" else FIELD.match(line)
            if match and (name := field_name(match.group(1))) in KNOWN_FIELDS:
                value = match.group(2) or _next_line(lines, number, block.end)
                found.setdefault(name, (number, value.strip("* ")))
    return found


def _next_line(lines: Sequence[str], number: int, end: int) -> str:
    """``**Status:**`` with the value on the line below."""
    return lines[number].strip() if number < end else ""


def _is_status(block: Block) -> bool:
    return bool(block.trail) and block.trail[-1].lower().strip(" :") in STATUS_HEADINGS


def _headings(reading: Reading) -> set[str]:
    return {name.lower().strip(" :") for block in reading.blocks for name in block.trail}


def _names(fields: Mapping[str, tuple[int, str]], reading: Reading, key: str) -> Iterator[str]:
    value = reading.fields.get(key)
    for name in texts(value) if value is not None else texts(fields.get(key, (0, ""))[1]):
        if cleaned := re.sub(r"^[\s\[{(@*_\"']+|[\s\]}*_\"']+$", "", name):
            yield cleaned


def _flat(value: Any) -> str:
    """A field's value as one line of text; ``{ accepted }`` is what some templates leave behind."""
    return ", ".join(texts(value))


def _once(references: Iterator[Reference]) -> list[Reference]:
    found: dict[tuple[str, str], Reference] = {}
    for reference in references:
        found.setdefault((reference.relation, reference.target), reference)
    return list(found.values())


def _with_links(typed: list[Reference], reading: Reading, lines: Sequence[str]) -> tuple[Reference, ...]:
    """The typed references and, for all other targets, the plain links; under "Links" those are relations too."""
    named = {reference.target for reference in typed}
    listed = {
        number
        for block in reading.blocks
        if block.trail and block.trail[-1].lower().strip(" :") in LINK_HEADINGS
        for number in range(block.start, block.end + 1)
    }
    rest: list[Reference] = []
    for reference in reading.references:
        if reference.target in named:
            continue
        related = replace(reference, relation="related") if reference.line in listed else reference
        rest.append(related)
    return (*typed, *rest)
