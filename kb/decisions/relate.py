"""What belongs to a file: the links that are declared, and the notes that should perhaps be linked, with evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.decisions.boilerplate import is_first_one
from kb.decisions.contradict import IN_FORCE, Choice, choice_of, opposed
from kb.decisions.edges import Decision
from kb.decisions.graph import Graph
from kb.decisions.succession import ENDED
from kb.decisions.suggest import Likeness, likeness_of
from kb.decisions.suggest_documents import Documents, document_of
from kb.decisions.suggest_evidence import Evidence, Span
from kb.decisions.suggest_names import RareNames
from kb.decisions.suggest_words import Document
from kb.model import Relation
from kb.store.ledger import Ledger

LIKELY = 0.2
"""From here on a pair is worth a look: of such pairs in the masked collections, each document with its nearest five,
one in six had been linked by hand; from 0.4 on one in two."""
FLOOR = 0.11
"""Less alike than this is not related at all: of the pairs that are declared in the masked collections, and were found
among the first ten there, none lies below 0.118; of all others shown beside them one in seven did."""
AGAIN, LEAST_AGAIN = 5, 100
"""How many pairs for each one wanted are compared exactly, when all decisions are gone through; and how many anyway."""
WIDE = 100
"""How many of the most alike are gone through for one rare relation."""


@dataclass(frozen=True, slots=True)
class Related:
    """One file that belongs to another; `src` does to `dst` what `relation` says, by file ids."""

    src: int
    dst: int
    relation: Relation
    score: float
    """1 for what is declared; else the likeness, which is seldom above 0.6."""
    declared: bool
    evidence: tuple[Span, ...]

    def other(self, file_id: int) -> int:
        return self.dst if self.src == file_id else self.src


@dataclass(slots=True)
class Relations:
    """One look at a ledger; reads each file and each choice once."""

    ledger: Ledger
    graph: Graph
    documents: Documents
    likeness: Likeness
    evidence: Evidence
    names: RareNames
    _choices: dict[int, Choice | None] = field(default_factory=dict)

    @classmethod
    def read(cls, ledger: Ledger) -> "Relations":
        likeness = likeness_of(ledger)
        documents = likeness.documents
        evidence, names = Evidence(ledger, documents), RareNames(ledger, documents)
        return cls(ledger, Graph.read(ledger), documents, likeness, evidence, names)

    def of(self, file_id: int, *, line: int = 0, limit: int) -> list[Related]:
        """What belongs to a file, or to the passage at `line` of it: what is declared first, then the most alike."""
        first_said: dict[int, Related] = {}
        for item in self._declared(file_id):
            # The strongest relation comes first; a second one to the same file would only fill the list.
            first_said.setdefault(item.other(file_id), item)
        found = list(first_said.values())[:limit]
        offered = set[int]()
        known = {file_id, *(item.other(file_id) for item in found)}
        document = document_of(self.ledger, self.documents, file_id, line=line)
        if document is None:
            return found
        quoted = set[tuple[int, int]]()
        for other, score in self.likeness.best(document, WIDE + limit + len(known)):
            if len(found) >= limit or score < FLOOR:
                break
            if other.file_id not in known and self._may_be_related(document, other):
                pair = (document, other, score)
                found.append(self._shown(self._meant(*pair, offered=offered), pair, line=line, quoted=quoted))
        return found

    def suggested(self, file_id: int, *, limit: int, relation: str = "") -> list[Related]:
        """Links that a note could have and has not, the best first; only those that are likely."""
        document = document_of(self.ledger, self.documents, file_id)
        if document is None:
            return []
        named = self._named(file_id)
        near = self.likeness.best(document, WIDE + limit + len(named))
        pairs = [(document, other, score) for other, score in near if other.file_id not in named and score >= LIKELY]
        return self._told(pairs, limit=limit, relation=relation)

    def suggested_for_all(self, *, source: str = "", limit: int, relation: str = "") -> list[Related]:
        """The same over all decisions, each pair once."""
        decisions = [d for d in self.documents.all if d.group[1] == "adr" and source in ("", d.group[0])]
        near: dict[tuple[int, int], tuple[Document, Document, float]] = {}
        for document, others in self.likeness.near_all(decisions):
            named = self._named(document.file_id)
            for other, score in others:
                ends = (min(document.file_id, other.file_id), max(document.file_id, other.file_id))
                if other.file_id not in named:
                    near.setdefault(ends, (document, other, score))
        likeliest = sorted(near.items(), key=lambda item: (-item[1][2], item[0]))
        likeliest = likeliest[: WIDE * AGAIN if relation else AGAIN * limit + LEAST_AGAIN]
        exact = [(a, b, self.likeness.pair(a, b)) for _, (a, b, _) in likeliest]
        best = sorted((pair for pair in exact if pair[2] >= LIKELY), key=lambda pair: -pair[2])
        return self._told(best, limit=limit, relation=relation)

    # Inside

    def _told(self, pairs: Sequence[tuple[Document, Document, float]], *, limit: int, relation: str) -> list[Related]:
        """The first pairs of a relation that can be shown on the disk."""
        chosen: list[Related] = []
        offered = set[int]()
        quoted = set[tuple[int, int]]()
        for pair in pairs:
            if len(chosen) >= limit:
                break
            if not self._may_be_related(pair[0], pair[1]):
                continue
            meant = self._meant(*pair, offered=offered)
            if relation in ("", meant.relation) and (found := self._shown(meant, pair, quoted=quoted)).evidence:
                chosen.append(found)
        return chosen

    def _declared(self, file_id: int) -> Iterator[Related]:
        for edge in self.graph.edges_of(file_id):
            said = self.evidence.line(edge.stated_in, edge.line)
            other = self.evidence.opening(edge.dst if edge.stated_in == edge.src else edge.src)
            spans = tuple(span for span in (said, other) if span is not None)
            yield Related(edge.src, edge.dst, edge.relation, 1.0, edge.declared, spans)

    def _named(self, file_id: int) -> set[int]:
        return {end for edge in self.graph.edges_of(file_id) for end in (edge.src, edge.dst)}

    def _meant(self, first: Document, second: Document, score: float, *, offered: set[int]) -> Related:
        """A pair with the relation that its texts speak for, usually just that they are related.

        `offered` are the dead decisions that have been offered a successor: the most like one is enough.
        """
        a, b = self.graph.decision(first.file_id), self.graph.decision(second.file_id)
        if a is not None and b is not None:
            newer, older = (b, a) if _is_newer(b, a) else (a, b)
            if self._may_replace(newer, older, score) and older.file_id not in offered:
                offered.add(older.file_id)
                return Related(newer.file_id, older.file_id, "supersedes", score, declared=False, evidence=())
            if self._holds(a) and self._holds(b) and (spans := self._contradiction(newer, older)):
                return Related(newer.file_id, older.file_id, "contradicts", score, declared=False, evidence=spans)
        return Related(first.file_id, second.file_id, "related", score, declared=False, evidence=())

    def _may_be_related(self, first: Document, second: Document) -> bool:
        """Whether likeness is enough: two projects decide much alike, and are related only by a thing with a name."""
        if first.group[0] == second.group[0]:
            return True
        files = [self.ledger.passages.file(document.file_id) for document in (first, second)]
        if any(file is None or is_first_one(file.path) for file in files):
            return False
        return bool(self.names.of(first.file_id) & self.names.of(second.file_id))

    def _shown(
        self, meant: Related, pair: tuple[Document, Document, float], *, quoted: set[tuple[int, int]], line: int = 0
    ) -> Related:
        """A pair with its evidence, that of `src` first, and other lines than were `quoted` where there are such."""
        if meant.evidence:
            return meant
        spans = self.evidence.of_pair(pair[0], pair[1], line=line, quoted=quoted) or ()
        quoted.update((span.file_id, span.start) for span in spans)
        return replace(meant, evidence=tuple(sorted(spans, key=lambda span: span.file_id != meant.src)))

    def _may_replace(self, newer: Decision, older: Decision, score: float) -> bool:
        """Whether a dead decision that names no successor may have this one."""
        dead = older.status in ENDED and not self.graph.in_force(older.file_id)
        return dead and score >= LIKELY and newer.status in IN_FORCE and self._holds(newer)

    def _holds(self, decision: Decision) -> bool:
        """Whether a decision is in force: it says so, or says nothing, and none took its place."""
        return decision.status in ("", *IN_FORCE) and not self.graph.in_force(decision.file_id)

    def _contradiction(self, a: Decision, b: Decision) -> tuple[Span, ...]:
        one, two = self._choice(a.file_id), self._choice(b.file_id)
        found = opposed(one, two) if one and two else None
        if found is None:
            return ()
        spans = [self.evidence.line(d.file_id, phrase.line) for d, phrase in zip((a, b), found, strict=True)]
        # A file may have changed since it was indexed: only what still stands there is evidence.
        standing = tuple(span for span in spans if span is not None)
        return standing if len(standing) == 2 else ()

    def _choice(self, file_id: int) -> Choice | None:
        if file_id not in self._choices:
            self._choices[file_id] = choice_of(self.evidence.chunks(file_id))
        return self._choices[file_id]


def _is_newer(a: Decision, b: Decision) -> bool:
    """By number in one folder, else by date."""
    if a.number is not None and b.number is not None and a.source == b.source and a.number != b.number:
        return a.number > b.number
    return (a.date, a.file_id) > (b.date, b.file_id)
