"""The concepts of a topic: merged by their stems, named as they are written most, ordered by what must come first."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kb.decisions.graph import Graph
from kb.learn.model import Concept
from kb.learn.phrases import collect, key_of
from kb.learn.pool import Material, Pool
from kb.learn.spans import chunk_span
from kb.model import StoredChunk
from kb.terms import terms

MOST = 10
SPANS = 3
LEAST_WEIGHT = 0.1
ASKED_WORDS = 3
"""A topic of more words is no name of anything by itself."""
NEAREST, NAMED, LEAST_FILES = 24, 4, 2
"""Names are looked for in so many of the nearest files, and taken where so many of them have one in a telling place."""
BUILDS_ON = frozenset({"requires", "extends", "amends", "supersedes", "links", "related", "mentions"})
"""What a file says of another that was there before it."""
SAYS_WHAT = r"(?:is|are|means?|stands for|refers to|describes?|lets? (?:you|us|me)|allows? (?:you|us|me)|represents?)"


@dataclass(frozen=True, slots=True)
class Place:
    """A passage that speaks of a concept; the higher the rank, the more it defines it."""

    material: Material
    part: StoredChunk
    rank: int


def concepts(pool: Pool, graph: Graph, *, knows: Collection[str] = ()) -> tuple[Concept, ...]:
    """The concepts of a pool, each after those that it needs."""
    known = {key_of(term) for term in knows} - {""}
    told = {item.phrase.key: item.phrase.name for item in pool.phrases if item.weight >= LEAST_WEIGHT}
    names = {**_asked(pool), **told}
    places: dict[str, list[Place]] = {}
    for key, name in names.items():
        if len(places) < MOST and (found := _places(key, name, pool.materials)):
            places[key] = found
    needs = {key: _needs(key, places, graph) for key in places}
    return tuple(
        Concept(
            name=names[key],
            key=key,
            spans=tuple(chunk_span(place.material, place.part) for place in places[key][:SPANS]),
            needs=kept,
            known=key in known,
        )
        for key, kept in in_order(list(places), needs)
    )


def in_order(keys: Sequence[str], needs: dict[str, set[str]]) -> list[tuple[str, tuple[str, ...]]]:
    """The keys, each after what it needs, otherwise as given; of a circle the need that closes it is dropped."""
    left, ordered = list(keys), list[tuple[str, tuple[str, ...]]]()
    done = set[str]()
    while left:
        ready = next((key for key in left if not (needs.get(key, set()) & set(left)) - {key}), None)
        key = ready or min(left, key=lambda one: len(needs[one] & set(left)))
        left.remove(key)
        ordered.append((key, tuple(sorted(needs.get(key, set()) & done))))
        done.add(key)
    return ordered


def _asked(pool: Pool) -> dict[str, str]:
    """What was asked for, by the names that the nearest files have for it: `AppWorkload` for "app … workloads"."""
    topic = pool.topic
    asked_for = topic.focus if len(topic.focus) > 1 else topic.words
    here = [word.surface for word in asked_for if word.surface not in pool.missing]
    asked = {key_of(name := " ".join(here)): name} if 0 < len(here) <= ASKED_WORDS else {}
    nearest = pool.materials[:NEAREST]
    phrases = collect(part for material in nearest for part in material.parts)
    words = {form for word in topic.focus for form in word.forms}
    named = [
        phrase
        for key, phrase in phrases.items()
        if (forms := set(key.split())) & words
        and 2 <= len(forms) <= ASKED_WORDS
        and len(forms - topic.stems) <= 1
        and len(phrase.files) >= LEAST_FILES
    ]
    said = set[str]()
    for phrase in sorted(named, key=lambda phrase: (-len(phrase.files), phrase.key)):
        # One name for each word that was asked for, not three for the first of them.
        if len(asked) < NAMED and not set(phrase.key.split()) & words <= said:
            said |= set(phrase.key.split()) & words
            asked.setdefault(phrase.key, phrase.name)
    return asked


def _places(key: str, name: str, materials: Iterable[Material]) -> list[Place]:
    forms = set(key.split())
    defining = re.compile(rf"\b{re.escape(name)}s?\b[^.\n]{{0,30}}?\b{SAYS_WHAT}\b", re.IGNORECASE)
    found: list[Place] = []
    for material in materials:
        best: Place | None = None
        for part in material.parts:
            rank = _rank(part, forms, defining)
            if rank and (best is None or rank > best.rank):
                best = Place(material, part, rank)
        if best is not None:
            found.append(best)
    return sorted(found, key=lambda place: -place.rank)


def _rank(part: StoredChunk, forms: set[str], defining: re.Pattern[str]) -> int:
    held = set(terms(part.text)) | set(terms(" ".join((*part.symbols, *part.trail, part.title))))
    if not forms <= held:
        return 0
    if part.kind != "code" and defining.search(part.text):
        return 4
    heads = set(terms(part.trail[-1])) if part.trail else set()
    if forms <= heads or any(forms <= set(terms(symbol)) for symbol in part.symbols):
        return 3
    return 2 if forms <= set(terms(part.title)) else 1


def _needs(key: str, places: dict[str, list[Place]], graph: Graph) -> set[str]:
    """The concepts that this one is made of, is defined by, or whose defining file its own builds on."""
    own = places[key][0]
    text = set(terms(own.part.text))
    built_on = {
        edge.dst
        for edge in graph.edges_of(own.material.file.file_id)
        if edge.src == own.material.file.file_id and edge.relation in BUILDS_ON
    }
    needed = set[str]()
    for other, others in places.items():
        if other == key:
            continue
        part_of = set(other.split()) < set(key.split())
        theirs = others[0]
        said_by = set(other.split()) <= text and not set(key.split()) <= set(terms(theirs.part.text))
        if part_of or said_by or theirs.material.file.file_id in built_on:
            needed.add(other)
    return needed
