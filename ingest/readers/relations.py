"""What one decision says of another, read from its header fields, its status and its sentences."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.readers.links import (
    DECISION_FILE,
    DEFINED,
    LINK,
    MENTION,
    ROLE,
    RST_LINK,
    SCHEME,
    WIKILINK,
    evidence,
    mention_target,
    points_at_note,
    role_target,
)
from kb.model import Reference, Relation

WINDOW = 220
"""Characters after a verb in which its object must begin and end."""
JOINT = re.compile(
    r"^[\s,;&+/*_()'\"`]*(?:and|or|as well as)?[\s,*_('\"`]*(?:by|with|the|in)?[\s*_('\"`]*$", re.IGNORECASE
)

FIELDS: dict[str, Relation] = {
    "superseded-by": "superseded_by", "supersededby": "superseded_by", "replaced-by": "superseded_by",
    "obsoleted-by": "superseded_by", "superceded-by": "superseded_by", "supersedes": "supersedes",
    "supercedes": "supersedes", "replaces": "supersedes", "obsoletes": "supersedes", "amends": "amends",
    "updates": "amends", "extends": "extends", "refines": "extends", "requires": "requires", "depends-on": "requires",
    "see-also": "related", "related": "related", "related-to": "related", "relates-to": "related", "links": "related",
    "related-decisions": "related", "related-adrs": "related", "relates": "related", "amended-by": "amended_by",
    "updated-by": "amended_by", "clarifies": "amends", "clarified-by": "amended_by", "extended-by": "extended_by",
    "refined-by": "extended_by", "required-by": "required_by", "depended-on-by": "required_by",
    "ersetzt": "supersedes", "ersetzt-durch": "superseded_by", "remplace": "supersedes",
    "remplacé-par": "superseded_by", "reemplaza": "supersedes", "reemplazado-por": "superseded_by",
}  # fmt: skip

PARTLY = r"(?:(?:partly|partially|largely|entirely|fully|now|been|since|later)\s+){0,2}"
BY = r"\s+(?:in\s+part\s+|partially\s+|partly\s+|entirely\s+)?(?:by|with)\b"
ANY_SUBJECT, ITSELF = True, False
PHRASES: tuple[tuple[Relation, bool, int, str], ...] = (
    # relation · whether "these ranges were …" will do, or only "this decision was …" · reach to the object · verb
    ("superseded_by", ANY_SUBJECT, 90, rf"super[sc]e+ded{BY}"),
    ("superseded_by", ITSELF, 40, rf"(?:supplanted|replaced|obsoleted|invalidated|overridden|overruled){BY}"),
    ("superseded_by", ITSELF, 40, r"(?:rejected|withdrawn|abandoned|declined|deprecated)\s+in\s+favou?r\s+of\b"),
    ("superseded_by", ITSELF, 20, r"(?:rejected|withdrawn|abandoned|declined|deprecated)\s*[,(;:]\s*see\b"),
    (
        "superseded_by",
        ITSELF,
        40,
        r"(?:ersetzt\s+durch|abgelöst\s+(?:durch|von)|remplacée?s?\s+par|"
        r"re+mplazad[oa]\s+por|sustituid[oa]\s+por|substituíd[oa]\s+por|sostituit[oa]\s+da|vervangen\s+door)\b",
    ),
    ("superseded_by", ITSELF, 40, r"(?:被|由)(?=.{0,40}(?:取代|替代))"),
    ("supersedes", ANY_SUBJECT, 90, r"super[sc]e+d(?:es|ing)\b"),
    ("supersedes", ITSELF, 60, r"(?:super[sc]e+de|obsolet(?:es|ing)|invalidat(?:es|ing)|overrid(?:es|ing))\b"),
    ("supersedes", ITSELF, 30, r"(?:replaces?|replacing|replacement\s+(?:for|of))\b"),
    ("amended_by", ITSELF, 40, r"(?:amended|updated|clarified)\s+(?:in\s+part\s+)?by\b"),
    ("extended_by", ITSELF, 40, r"(?:extended|refined)\s+(?:in\s+part\s+)?by\b"),
    ("required_by", ITSELF, 40, r"required\s+by\b"),
    ("amends", ITSELF, 60, r"(?:amend(?:s|ing)?|amendment\s+(?:to|of)|clarifies)\b"),
    ("amends", ITSELF, 9, r"updates\b"),
    ("contradicts", ITSELF, 40, r"(?:contradicts|conflicts\s+with)\b"),
    ("extends", ITSELF, 60, r"(?:extend(?:s|ing)?|extension\s+(?:to|of)|build(?:s|ing)?\s+(?:up)?on)\b"),
    ("extends", ITSELF, 60, r"(?:refin(?:es|ing)|refinement\s+of|complements|follow[-\s]up\s+(?:to|of|on))\b"),
    ("extends", ITSELF, 15, r"follows\b"),
    ("requires", ITSELF, 40, r"(?:requires|(?:depend(?:s|ing)|dependent)\s+(?:up)?on|prerequisite)\b"),
    ("requires", ITSELF, 9, r"based\s+(?:up)?on\b"),
    ("related", ITSELF, 40, r"(?:relates?\s+to|related\s+to|see\s+also|related:)"),
)
PHRASE = re.compile(r"(?<!\w)(?:" + "|".join(f"({verb})" for *_, verb in PHRASES) + ")", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z*_`>]|\s*\n\s*\n|\s*$)|\n\s*\n|\n\s*[-*+]\s")
SELF = re.compile(
    r"\b(?:this|the present|our)\s+(?:\w+\s+){0,2}?(?:adr|rfc|pep|tep|kep|oep|decision|proposal|document|record|change|"
    r"design|section|spec\w*|enhancement)\b|\b(?:it|this|that|which|we)\b[\s\w,]{0,40}$", re.IGNORECASE,
)  # fmt: skip
BARE_START = re.compile(
    r"^[\W\d_]*(?:note|important|update|warning|status|nb)?[\s:*_!>]*"
    r"(?:(?:mark(?:ed)?|now|as|is|was|has|been|also|partly|partially|in|part|changed|to|short|summary)\s+){0,4}$",
    re.IGNORECASE,
)
DENIED = re.compile(r"\b(?:not|never|n't|rather than|instead of|without)\b[\s\w*]{0,20}$", re.IGNORECASE)

LABELLED = re.compile(r"\[([^\[\]\n]{1,200})\](?:\[([^\[\]\n]{0,100})\])?(?![(:])")
FILE = re.compile(r"(?<![\w/.(\[-])((?:\.{0,2}/)?[\w][\w./-]{2,150}\.(?:md|rst|markdown))\b")
MORE_NUMBERS = re.compile(r"(?:\s*(?:,|and|&|or)\s*#?(\d{1,5})(?![\w.]\d))+", re.IGNORECASE)
NUMBER = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class Target:
    """A reference to a decision inside a text: where it stands and what it names."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said of another decision; `passive_self` marks a full "this decision was superseded by"."""

    reference: Reference
    passive_self: bool = False


def definitions(lines: Sequence[str]) -> dict[str, str]:
    """Reference-style link definitions: label in lower case to target."""
    found: dict[str, str] = {}
    for line in lines:
        if "]:" in line and (match := DEFINED.match(line)):
            label = line.lstrip()[1 : line.lstrip().index("]:")]
            found.setdefault(label.strip().lower(), match.group(1))
    return found


def targets(text: str, defined: Mapping[str, str]) -> list[Target]:
    """The decisions that `text` names, in order, each once."""
    found: list[Target] = []
    found.extend(_from_links(text))
    found.extend(Target(m.start(), m.end(), m.group(1).strip()) for m in WIKILINK.finditer(text))
    found.extend(_from_labels(text, defined))
    found.extend(Target(m.start(), m.end(), m.group(1)) for m in RST_LINK.finditer(text) if points_at_note(m.group(1)))
    found.extend(Target(m.start(), m.end(), role_target(m)) for m in ROLE.finditer(text))
    for match in MENTION.finditer(text):
        found.append(Target(match.start(), match.end(), mention_target(match)))
        found.extend(_more_numbers(text, match))
    found.extend(Target(m.start(), m.end(), m.group(1)) for m in FILE.finditer(text))
    found.extend(Target(m.start(), m.end(), m.group(1)) for m in DECISION_FILE.finditer(text))
    return _first_of_each_place(found)


def field_references(
    fields: Mapping[str, tuple[int, str]], defined: Mapping[str, str], *, series: str
) -> Iterator[Reference]:
    """The references in header fields; a bare number names a member of `series` (``PEP``, ``ADR``)."""
    for name, (line, value) in fields.items():
        relation = FIELDS.get(name)
        if relation is None or not value.strip():
            continue
        named = [target.name for target in targets(value, defined)]
        if not named:
            named = _numbers_or_files(value, series)
        for target in named:
            yield Reference(line, relation, target, evidence(f"{name}: {value}", 0))


def statements(text: str, first_line: int, defined: Mapping[str, str], *, in_status: bool) -> Iterator[Statement]:
    """What the sentences of one block say; `text` is its lines joined by line feeds, starting at `first_line`."""
    spots: list[Target] | None = None
    for match in PHRASE.finditer(text):
        relation, any_subject, reach, _ = PHRASES[(match.lastindex or 1) - 1]
        if spots is None:
            spots = targets(text, defined)
        if not spots:
            return
        sentence = _sentence_start(text, match.start())
        before = text[sentence : match.start()]
        if not in_status:
            if DENIED.search(before) or any(sentence <= spot.start < match.start() for spot in spots):
                # "ADR-9 supersedes ADR-3" is said of the other two.
                continue
            if not (any_subject or SELF.search(before[-120:]) or BARE_START.match(before[-120:])):
                continue
        end = SENTENCE_END.search(text, match.end(), match.end() + WINDOW)
        limit = end.start() + 1 if end else match.end() + WINDOW
        line = first_line + text.count("\n", 0, match.start())
        for spot in _objects(text, spots, start=match.end(), limit=limit, reach=reach):
            quote = " ".join(text[sentence : max(limit, spot.end)].replace(">", " ").split())
            yield Statement(
                Reference(line, relation, spot.name, evidence(quote, match.start() - sentence)),
                passive_self=relation == "superseded_by" and _is_whole(before),
            )


def _is_whole(before: str) -> bool:
    """True for "this RFC has been superseded by": not a part of it, and not another thing."""
    lowered = before.lower()
    if re.search(r"part|some|aspect|section", lowered):
        return False
    return bool(SELF.search(before) or BARE_START.match(before))


def _objects(text: str, spots: Sequence[Target], *, start: int, limit: int, reach: int) -> Iterator[Target]:
    """The first target within `reach` of `start`, and those joined to it by a comma or an "and"."""
    end = -1
    for spot in spots:
        if spot.start < start or spot.start >= limit:
            continue
        if end < 0:
            if spot.start - start > reach:
                return
        elif not JOINT.match(text[end : spot.start]):
            return
        yield spot
        end = spot.end


def _sentence_start(text: str, at: int) -> int:
    start = max(0, at - 300)
    for match in SENTENCE_END.finditer(text, start, at):
        start = match.end()
    return start


def _from_links(text: str) -> Iterator[Target]:
    for match in LINK.finditer(text):
        opened = _label_start(text, match.start())
        label = text[opened + 1 : match.start()]
        target = match.group(1)
        if points_at_note(target):
            yield Target(opened, match.end(), target)
        elif SCHEME.match(target) and (mention := MENTION.search(label)):
            yield Target(opened, match.end(), mention_target(mention))


def _label_start(text: str, closing: int) -> int:
    depth = 0
    for at in range(closing - 1, max(-1, closing - 400), -1):
        if text[at] == "]":
            depth += 1
        elif text[at] == "[":
            if depth == 0:
                return at
            depth -= 1
    return max(0, closing - 1)


def _from_labels(text: str, defined: Mapping[str, str]) -> Iterator[Target]:
    """``[RFC 1183]``, ``[RFC 1183][]`` and ``[the old one][adr-4]``."""
    if not defined:
        return
    for match in LABELLED.finditer(text):
        url = defined.get((match.group(2) or match.group(1)).strip().lower())
        if url is None:
            continue
        mention = MENTION.search(match.group(1)) or MENTION.search(match.group(2) or "")
        if points_at_note(url) and not (mention and _disagree(mention, url)):
            yield Target(match.start(), match.end(), url)
        elif mention:
            yield Target(match.start(), match.end(), mention_target(mention))


def _disagree(mention: re.Match[str], url: str) -> bool:
    """True for ``[RFC 192]: …/0195-associated-items.md``: the reader goes by what the text says."""
    number = NUMBER.match(url.rpartition("/")[2])
    return number is not None and int(number.group()) != int(mention.group(2))


def _more_numbers(text: str, match: re.Match[str]) -> Iterator[Target]:
    """The rest of "ADRs 60 and 61"."""
    more = MORE_NUMBERS.match(text, match.end())
    if more:
        word = match.group(1).upper()
        for number in NUMBER.finditer(text, more.start(), more.end()):
            yield Target(number.start(), number.end(), f"{word}-{int(number.group())}")


def _first_of_each_place(found: list[Target]) -> list[Target]:
    ordered: list[Target] = []
    for target in sorted(found, key=lambda item: (item.start, -item.end)):
        # A mention inside a link's label is the link.
        if not ordered or target.start >= ordered[-1].end:
            ordered.append(target)
    return ordered


def _numbers_or_files(value: str, series: str) -> list[str]:
    """``381, 382`` in a PEP, or file names without their extension."""
    if _is_numbers(value):
        return [f"{series}-{int(number)}" for number in NUMBER.findall(value)]
    return [part.strip() for part in value.split(",") if _names_file(part.strip())]


def _is_numbers(value: str) -> bool:
    return bool(re.fullmatch(r"[\s,;#and&]*(?:\d{1,5}[\s,;#and&]*)+", value[:500]))


def _names_file(part: str) -> bool:
    return bool(part) and " " not in part and len(part) < 300 and not part.startswith(("http", "<", "{", "[", "#"))
