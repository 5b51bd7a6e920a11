"""What to read in which stage, and why: ground from notes, fit from decisions and code in use, practice from code."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.decisions.graph import Graph
from kb.learn.concepts import BUILDS_ON
from kb.learn.guards import Guards, uses_among
from kb.learn.model import Concept, Reading, StageName, item_id
from kb.learn.pitfalls import pitfalls_in
from kb.learn.pool import Material, Pool
from kb.learn.reasons import Reasons, why_used
from kb.learn.spans import minutes, reading_span

GROUND, PITFALLS, FIT_DECISIONS, FIT_CODE, PRACTICE_CODE, TESTS = 4, 2, 4, 3, 3, 3
NOTES_IN_FIT, NOTES_IN_PRACTICE = 3, 4
"""Where there is neither a decision nor code, notes take these places."""
WORTH = 0.5
"""A file is worth reading when it is at least so near, as a share of the nearest file of all …"""
ANYWAY = 2
"""… or one of so many nearest of its kind: notes on a subject of code say less of it than the code."""
FRESH = 0.1
"""What a file gains by the weight of each concept that nothing chosen before it is about."""
TOLD_OFTEN, PER_PITFALL = 3, 0.1
"""What a file gains for each place that tells of a mistake, up to so many."""
MOST_STATEMENTS = 0.3
"""Lines of a note that end as statements and blocks do; more, and it is no prose, whatever its name."""
OVERVIEW = re.compile(r"\b(?:overview|architecture|introduction|concepts|primer|basics|explained)\b", re.IGNORECASE)
DATA_LANGUAGES = frozenset({"yaml", "json", "toml", "xml", "ini", "csv"})
"""What is written in them is seldom where a change begins."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A material in its stage, with the reason why it stands there."""

    material: Material
    stage: StageName
    why: str
    guards: Material | None = None
    """What a test guards, None for what is no test."""


class Stager:
    """Gives each file that is worth it one place in the plan."""

    def __init__(self, pool: Pool, graph: Graph, guards: Guards, *, concepts: Sequence[Concept]) -> None:
        self._pool = pool
        self._graph = graph
        self._guards = guards
        self._reasons = Reasons(graph, concepts)

    def entries(self, more: "MaterialsById") -> list[Entry]:
        """The entries in the order of reading; `more` reads files that no search found (tests, successors)."""
        # What was deleted since the index was made is no reading.
        own = [m for m in self._pool.materials if not m.outside and os.path.isfile(m.file.abspath)]
        best = max((material.relevance for material in own), default=0.0)
        notes = self._varied(_worth([m for m in own if _is_prose(m) and not self._reasons.is_known(m)], best))
        decisions = self._decisions(_worth([m for m in own if m.file.kind == "adr"], best), more)
        code = [m for m in own if m.file.kind == "code" and m.parts[0].language not in DATA_LANGUAGES]
        code = self._varied(_worth(code, best))
        entries = self._ground(notes)
        entries += self._fit(_without(notes, entries), decisions, code)
        entries += self._practice(_without(notes, entries), _without(code, entries), entries, more)
        return entries

    # Stages

    def _ground(self, notes: Sequence[Material]) -> list[Entry]:
        """The nearest notes, then those that tell most of mistakes, then what came from outside."""
        chosen = list(notes[:GROUND])
        told = {m.file.file_id: len(pitfalls_in(m, most=TOLD_OFTEN)) for m in notes[GROUND:]}
        warning = [m for m in notes[GROUND:] if told[m.file.file_id]]
        warning.sort(key=lambda m: -m.relevance - PER_PITFALL * told[m.file.file_id])
        # An overview before the pages that one looks things up in.
        read = sorted([*chosen, *warning[:PITFALLS]], key=lambda m: not OVERVIEW.search(m.file.title))
        entries = [Entry(m, "Ground", self._reasons.note(m)) for m in self._in_order(read)]
        outside = [material for material in self._pool.materials if material.outside]
        return entries + [Entry(m, "Ground", f"from outside of your notes; {self._reasons.note(m)}") for m in outside]

    def _varied(self, nearest: Sequence[Material]) -> list[Material]:
        """The nearest first, but each concept once before any is told a second time."""
        weights = {item.phrase.key: item.weight for item in self._pool.phrases}
        subjects = {m.file.file_id: self._reasons.about(m) for m in nearest}
        left, ordered, told = list(nearest), list[Material](), set[str]()
        while left:
            about = {m.file.file_id: subjects[m.file.file_id] - told for m in left}
            chosen = max(
                left,
                key=lambda m: (
                    m.relevance + FRESH * max((weights.get(k, 1.0) for k in about[m.file.file_id]), default=0.0)
                ),
            )
            left.remove(chosen)
            told |= about[chosen.file.file_id]
            ordered.append(chosen)
        return ordered

    def _decisions(self, nearest: Sequence[Material], more: "MaterialsById") -> list[Material]:
        """The nearest decisions, each that was replaced led by its successor."""
        found: list[Material] = []
        for material in nearest[:FIT_DECISIONS]:
            for successor in self._graph.in_force(material.file.file_id):
                if successor.file_id not in {other.file.file_id for other in found}:
                    found.append(more(successor.file_id, material.relevance))
            if material.file.file_id not in {other.file.file_id for other in found}:
                found.append(material)
        return found

    def _fit(self, notes: Sequence[Material], decisions: Sequence[Material], code: Sequence[Material]) -> list[Entry]:
        entries = [Entry(m, "Fit", self._reasons.decision(m)) for m in decisions]
        if len(code) > 1:
            uses = uses_among(code, self._guards)
            base = [m for m in code if len(uses[m.file.file_id].used_by) > uses[m.file.file_id].uses]
            chosen = self._homes(base)[:FIT_CODE]
            entries += [Entry(m, "Fit", why_used(uses[m.file.file_id])) for m in chosen]
        if not entries:
            entries = [Entry(m, "Fit", self._reasons.note(m)) for m in self._in_order(notes[:NOTES_IN_FIT])]
        return entries

    def _homes(self, code: Sequence[Material]) -> list[Material]:
        """Where the concepts live, each in the nearest file that declares it; then what else is near."""
        told, homes = set[str](), list[Material]()
        for material in code:
            if (declared := self._reasons.about(material)) - told:
                told |= declared
                homes.append(material)
        return homes + [material for material in code if material not in homes]

    def _practice(
        self, notes: Sequence[Material], code: Sequence[Material], before: Sequence[Entry], more: "MaterialsById"
    ) -> list[Entry]:
        touched = list(code[:PRACTICE_CODE])
        fitted = [entry.material for entry in before if entry.material.file.kind == "code"]
        entries: list[Entry] = []
        seen = {entry.material.file.file_id for entry in before} | {m.file.file_id for m in touched}
        for material in (*touched, *fitted):
            if material in touched:
                entries.append(Entry(material, "Practice", self._reasons.touch(material)))
            for file_id, why in self._guards.tests_of(material, most=1):
                if file_id not in seen and sum(entry.guards is not None for entry in entries) < TESTS:
                    seen.add(file_id)
                    test = more(file_id, material.relevance)
                    entries.append(Entry(test, "Practice", f"the test that guards it: {why}", material))
        if not entries:
            shown = [m for m in notes if any(part.role == "fence" or "```" in part.text for part in m.parts)]
            entries = [Entry(m, "Practice", self._reasons.note(m)) for m in self._in_order(shown[:NOTES_IN_PRACTICE])]
        return entries

    # Order

    def _in_order(self, materials: Sequence[Material]) -> list[Material]:
        """As near as they are, but none before one that it builds on."""
        left, ordered = list(materials), list[Material]()
        while left:
            ids = {material.file.file_id for material in left}
            ready = next((m for m in left if not self._built_on(m) & ids), left[0])
            left.remove(ready)
            ordered.append(ready)
        return ordered

    def _built_on(self, material: Material) -> set[int]:
        own = material.file.file_id
        edges = self._graph.edges_of(own)
        return {edge.dst for edge in edges if edge.src == own and edge.dst != own and edge.relation in BUILDS_ON}


def _worth(materials: Sequence[Material], best: float) -> list[Material]:
    """Those of a kind that are not far behind the nearest of all, and the first few anyway."""
    return [m for at, m in enumerate(materials) if m.relevance >= WORTH * best or (at < ANYWAY and m.relevance > 0)]


def _is_prose(material: Material) -> bool:
    """Whether a note is there to be read: a style sheet beside the notes, or settings, teach no theory."""
    if material.file.kind not in ("til", "note"):
        return False
    texts = (part.text for part in material.parts if part.role != "fence")
    lines = [line.rstrip() for text in texts for line in text.split("\n") if line.strip()]
    return sum(line.endswith(("{", "}", ";")) for line in lines) <= MOST_STATEMENTS * len(lines)


def _without(materials: Sequence[Material], entries: Sequence[Entry]) -> list[Material]:
    placed = {entry.material.file.file_id for entry in entries}
    return [material for material in materials if material.file.file_id not in placed]


class MaterialsById:
    """Reads a file of the ledger as a material, by its id and the relevance of what led to it."""

    def __init__(self, pool: Pool, read: Callable[[int, float], Material]) -> None:
        self._known = {material.file.file_id: material for material in pool.materials}
        self._read = read

    def __call__(self, file_id: int, relevance: float) -> Material:
        if file_id not in self._known:
            self._known[file_id] = self._read(file_id, relevance)
        return self._known[file_id]


def reading_of(entry: Entry) -> Reading:
    material = entry.material
    span = reading_span(material)
    return Reading(
        id=item_id("reading", span.source, span.path),
        span=span,
        title=material.file.title or material.file.path,
        kind=material.file.kind,
        why=entry.why,
        minutes=minutes(material, span),
    )
