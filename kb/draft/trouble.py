"""Earlier trouble: the lines of notes that tell of a mistake or a failure, and what was left open in code."""

import re
from collections.abc import Iterator, Sequence

from kb.draft.binding import lines_of, sentence
from kb.draft.pack import Item
from kb.draft.sources import Sources
from kb.draft.telling import Said, sentences
from kb.learn.pitfalls import PITFALL
from kb.learn.pool import Material
from kb.terms import query_terms, terms

LEFT_OPEN = re.compile(r"(?:#|//|/\*|\*|--|;)\s*(?:TODO|FIXME|XXX|HACK|BUG)\b[:( ]?(?P<said>.*)")
DECIDED_BAD = re.compile(r"^\W*(?:Bad|Con|Negative)\b", re.IGNORECASE)
UNTOLD = ("fence", "table", "metadata", "code")
CHOICE = re.compile(r"^\W*chosen option", re.IGNORECASE)
"""What speaks for a choice tells of the trouble that it avoids, and stands among the decisions already."""
PER_FILE = 2
HALF = 0.5
"""A passage is near to the subject with this share of its words, or this score of the search."""


def troubles(sources: Sources, subject: str, materials: Sequence[Material], *, most: int) -> list[Item]:
    """What the notes tell of what went wrong near to a subject, the nearest note first."""
    found: list[Item] = []
    for material in materials:
        mine = 0
        for said in _told(material, subject):
            if mine == PER_FILE or len(found) == most:
                break
            if cites := sources.cite(said.part, said.start, said.end):
                found.append(Item(f"{material.file.title or material.file.path}: {sentence(said.text)}", cites))
                mine += 1
    return found


def left_open(sources: Sources, materials: Sequence[Material], *, most: int) -> list[Item]:
    """What the authors of code wrote down as unfinished in it."""
    found: list[Item] = []
    for material in materials:
        for part in material.parts:
            for number, text in lines_of(part):
                match = LEFT_OPEN.search(text)
                if match and len(found) < most and (cites := sources.cite(part, number, number)):
                    said = sentence(match["said"].strip(" */:)")) or text.strip()
                    found.append(Item(f"left open in `{material.file.path}`: {said}", cites))
    return found


def _told(material: Material, subject: str) -> Iterator[Said]:
    """Sentences in passages that are near to the subject by the search or by their words, the nearest first."""
    wanted = query_terms(subject)
    ranked = sorted(material.parts, key=lambda part: (-material.scores.get(part.ordinal, 0.0), part.ordinal))
    for part in ranked:
        present = frozenset(terms(" ".join((part.text, *part.trail))))
        shared = sum(term.coverage(present) for term in wanted) / len(wanted) if wanted else 0.0
        if part.role in UNTOLD or max(shared, material.scores.get(part.ordinal, 0.0)) < HALF:
            continue
        for said in sentences(part):
            if (PITFALL.search(said.text) or DECIDED_BAD.search(said.text)) and not CHOICE.match(said.text):
                yield said
