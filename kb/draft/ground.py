"""What the notes and the code hold about a task: the files near to it by kind, each worth being named.

Every kind is searched for itself. A task speaks the words of people ("login") and code those of its authors
("authentication"): where no code is near, the headings of the nearest notes are searched for as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.decisions.graph import Graph
from kb.draft.subject import subject_of
from kb.kinds import Kind
from kb.learn.guards import Guards
from kb.learn.pool import GENERATED, Material, digest_of
from kb.learn.reading import DATA_LANGUAGES
from kb.learn.words import FileWords
from kb.search.ranking import Scored
from kb.search.searcher import Searcher
from kb.search.signals import is_test
from kb.store.ledger import Ledger
from kb.store.passages import Filter
from kb.terms import query_terms

DEPTH = 24
CODE, DECISIONS, NOTES = 6, 6, 6
NAMED_AFTER = 0.15
"""What code gains whose path holds the words of the task: it is the place for that, and not only a user of it."""
WORTH = 0.55
"""A file is named when it is at least so near, as a share of the nearest of its kind …"""
NEAR: dict[Kind, float] = {"code": 0.2, "adr": 0.3, "til": 0.3, "note": 0.3}
"""… and its meaning is no further away than any two files are. What binds or warns is held to more than a place is."""
TELLING = 0.35
"""A note so near tells in its headings what its authors call the matter."""
FOUND = 0.5
"""Code so near needs no other words to be found by."""
WIDER, MOST_HEADINGS = 0.9, 2
"""What was found by the words of the notes counts a little less."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The materials of a task, the nearest first; `missing` are its words that stand nowhere."""

    task: str
    subject: str
    code: tuple[Material, ...]
    decisions: tuple[Material, ...]
    """In force; what was replaced is followed to its successor."""
    replaced: tuple[Material, ...]
    """Near to the task, and no longer in force."""
    proposed: tuple[Material, ...]
    notes: tuple[Material, ...]
    missing: tuple[str, ...]
    is_thin: bool


class Surveyor:
    """Collects the ground of tasks from one ledger, at one moment."""

    def __init__(self, ledger: Ledger, searcher: Searcher, *, home_source: str = "") -> None:
        self.ledger = ledger
        self.graph = Graph.read(ledger)
        self._searcher = searcher
        self._home = home_source
        self._materials: dict[int, Material] = {}

    @cached_property
    def words(self) -> FileWords:
        return FileWords(self.ledger)

    @cached_property
    def guards(self) -> Guards:
        return Guards(self.ledger, self.words)

    def ground(self, task: str) -> Ground:
        """What is near to a task, of all kinds."""
        subject = subject_of(task)
        notes = self.near(subject, "note", "til")
        adrs = self._own(self.near(subject, "adr"))
        code = self._code(subject, (*notes, *adrs))
        named = [self.material(i) for m in code[:CODE] for i in self._named_by(m) if i not in _ids(adrs)]
        in_force, replaced, proposed = self._by_standing([*_worth(adrs)[:DECISIONS], *named])
        missing = tuple(term.surface for term in query_terms(subject) if not self.words.holding(term))
        nearest = max((m.relevance for m in (*code, *notes, *adrs)), default=0.0)
        return Ground(
            task, subject, tuple(code[:CODE]), tuple(in_force), tuple(replaced), tuple(proposed),
            tuple(_worth(notes)[:NOTES]), missing, is_thin=bool(missing) or nearest < TELLING,
        )  # fmt: skip

    def near(self, text: str, *kinds: Kind, path_glob: str = "") -> list[Material]:
        """The files of some kinds that are near to a text by words or by meaning, the nearest first."""
        found = self._searcher.search(
            text, limit=DEPTH, chosen=Filter(kinds=kinds, path_glob=path_glob), home_source=self._home
        )
        # Without vectors there is no cosine, and the words alone decide.
        blind = found.query.vector is None
        return self._files([item for item in found.scored if blind or _is_near(item)])

    def material(self, file_id: int) -> Material:
        """A file by its id, whatever led to it."""
        if file_id not in self._materials:
            self._materials[file_id] = self._made(file_id, {}, 0.0)
        return self._materials[file_id]

    def decided(self, file_id: int) -> bool:
        """Whether a decision holds today: accepted, or without a status, and not replaced."""
        found = self.graph.decision(file_id)
        return found is not None and not self.graph.succession.is_gone(found) and found.status not in PROPOSED

    def _code(self, subject: str, notes: Sequence[Material]) -> list[Material]:
        own = [m for m in self.near(subject, "code") if self._is_place(m)]
        if (not own or own[0].relevance < FOUND) and (wider := self._wider(subject, notes)):
            own = self._merged(own, [m for m in self.near(wider, "code") if self._is_place(m)])
        at_home = [m for m in own if m.file.source == self._home]
        # A change to this repository does not go into another one that happens to be indexed.
        return _worth(at_home or own)

    def _own(self, decisions: Sequence[Material]) -> list[Material]:
        """Those of the current repository, which alone bind it; all where it has none."""
        has_own = any(decision.source == self._home for decision in self.graph.decisions)
        return [m for m in decisions if not has_own or m.file.source == self._home]

    def _is_place(self, material: Material) -> bool:
        path = material.file.path
        is_data = material.parts[0].language in DATA_LANGUAGES
        if is_data or is_test(path) or path.startswith(".") or any(mark in path for mark in GENERATED):
            return False
        # What declares nothing is an empty module, or a list of things that are elsewhere.
        return any(part.symbols for part in material.parts)

    def _wider(self, subject: str, notes: Sequence[Material]) -> str:
        """The subject with what the nearest notes call it, empty where none is near enough."""
        near = sorted((m for m in notes if m.relevance >= TELLING), key=lambda m: -m.relevance)[:MOST_HEADINGS]
        heads = dict.fromkeys(head for m in near for head in (m.file.title, *m.best.trail[-1:]) if head)
        return f"{subject}: {', '.join(heads)}" if heads else ""

    def _merged(self, first: Sequence[Material], second: Sequence[Material]) -> list[Material]:
        best = {m.file.file_id: m for m in first}
        for m in second:
            weighed = Material(m.file, m.parts, m.scores, WIDER * m.relevance, m.digest)
            known = best.get(m.file.file_id)
            if known is None or known.relevance < weighed.relevance:
                best[m.file.file_id] = weighed
        return sorted(best.values(), key=lambda m: (-m.relevance, m.file.source, m.file.path))

    def _files(self, scored: Sequence[Scored]) -> list[Material]:
        scores: dict[int, dict[int, float]] = {}
        for item in scored:
            gained = NAMED_AFTER * item.signals["path"] if item.chunk.kind == "code" else 0.0
            scores.setdefault(item.chunk.file_id, {})[item.chunk.ordinal] = item.score + gained
        made = [self._made(file_id, of_file, max(of_file.values())) for file_id, of_file in scores.items()]
        return sorted(made, key=lambda m: (-m.relevance, m.file.source, m.file.path))

    def _made(self, file_id: int, scores: dict[int, float], relevance: float) -> Material:
        file = self.ledger.passages.file(file_id)
        assert file is not None, "its id was just read in this snapshot"
        parts = tuple(self.ledger.passages.of_file(file_id))
        return Material(file, parts, scores, round(relevance, 6), digest_of(self.ledger, file_id))

    def _named_by(self, material: Material) -> list[int]:
        """The decisions that a file of code names, and those that name it."""
        own = material.file.file_id
        ends = [end for edge in self.graph.edges_of(own) for end in (edge.src, edge.dst) if end != own]
        return [end for end in dict.fromkeys(ends) if self.graph.decision(end) is not None]

    def _by_standing(self, found: Sequence[Material]) -> tuple[list[Material], list[Material], list[Material]]:
        in_force: dict[int, Material] = {}
        replaced: dict[int, Material] = {}
        proposed: dict[int, Material] = {}
        for material in found:
            own = material.file.file_id
            for end in self.graph.in_force(own):
                if self.decided(end.file_id):
                    in_force.setdefault(end.file_id, self.material(end.file_id))
            held = self.graph.decision(own)
            if self.decided(own):
                in_force.setdefault(own, material)
                # Its predecessors are what somebody new would do again.
                for old in self.graph.succession.before(own):
                    replaced.setdefault(old.file_id, self.material(old.file_id))
            elif held is not None and held.status in PROPOSED:
                proposed[own] = material
            elif held is not None:
                replaced[own] = material
        return list(in_force.values()), list(replaced.values()), list(proposed.values())


PROPOSED = frozenset({"proposed", "draft", "pending", "deferred", "on hold", "open"})
"""Statuses of what nobody has decided yet."""


def _is_near(item: Scored) -> bool:
    by_words = item.signals["file_coverage"] >= 0.75 and item.signals["file_bm25"] >= 0.75
    return item.signals["file_cosine"] >= NEAR[item.chunk.kind] or by_words


def _worth(materials: Sequence[Material]) -> list[Material]:
    return [m for m in materials if m.relevance >= WORTH * materials[0].relevance]


def _ids(materials: Sequence[Material]) -> set[int]:
    return {material.file.file_id for material in materials}
