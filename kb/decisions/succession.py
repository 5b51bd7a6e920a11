"""Which decision took the place of which: declared successors, followed to the decision in force."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from kb.decisions.edges import Decision
from kb.decisions.latest import Latest
from kb.decisions.resolve import Resolver
from kb.store.ledger import Ledger

NOT_IN_FORCE = frozenset({"proposed", "draft", "rejected", "withdrawn", "abandoned", "deferred"})
ENDED = frozenset({"superseded", "deprecated", "reverted"})
"""Statuses of what held once."""
GONE = ENDED | {"rejected", "withdrawn", "abandoned"}
"""Statuses that say by themselves that a decision does not hold."""
REPLACING = ("supersedes", "superseded_by")
SAID_ON = re.compile(r"super[sc]e+ded\b.{0,160}?\b(?:on|in|since|at|,|\()\s*(.{6,40})", re.IGNORECASE | re.DOTALL)
"""`Superseded by ADR-12 on 2025-03-02`, `superseded on 2 March 2025 by …`."""

YEAR = re.compile(r"\b(?:19|20)\d\d\b")
ISO_DAY = re.compile(r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
PARTIAL = re.compile(
    r"\b(?:part(?:ly|ially)|in part|parts? of|some (?:aspects?|parts?)|with respect to|this section|the behaviou?r)\b",
    re.IGNORECASE,
)

Row = tuple[int, int, str, str, str]
"""(file id, line, relation, target as written, evidence), as the ledger keeps what readers found."""


def is_partial(evidence: str) -> bool:
    """Whether what is quoted says that only a part was replaced."""
    return bool(PARTIAL.search(evidence))


def reached(start: int, step: Callable[[int], Iterable[int]]) -> list[int]:
    """All that `step` leads to from `start`, the nearest first and each once, without `start`: circles end."""
    seen, front = {start: None}, deque([start])
    while front:
        for current in step(front.popleft()):
            if current not in seen:
                seen[current] = None
                front.append(current)
    return list(seen)[1:]


def _day_in(text: str) -> str:
    if written := ISO_DAY.search(text):
        return written[0]
    if not YEAR.search(text):
        return ""
    # Deferred: the package of the readers brings every parser along, which a cold question does not need.
    from ingest.readers.dates import iso_date

    return iso_date(text)


class Succession:
    """The supersedes edges of all decisions; `in_force(file_id)` are the ends of its chain."""

    def __init__(
        self, decisions: Sequence[Decision], edges: dict[int, set[int]], *,
        said_on: Mapping[int, str] | None = None, partial: Collection[tuple[int, int]] = (),
    ) -> None:  # fmt: skip
        self.by_id = {decision.file_id: decision for decision in decisions}
        self._edges = edges
        self._replaced: dict[int, set[int]] = defaultdict(set)
        for old, later in edges.items():
            for new in later:
                self._replaced[new].add(old)
        self._ends: dict[int, list[Decision]] = {}
        self._said_on = said_on or {}
        self._partial = partial

    @classmethod
    def latest(cls, ledger: Ledger) -> "Succession":
        """The succession of a ledger; the same object, for all threads, as long as no file changed in it."""
        return _latest.of(ledger)

    @classmethod
    def of(cls, decisions: Sequence[Decision], resolver: Resolver, rows: Iterable[Row]) -> "Succession":
        """The succession that `rows` declare; rows of other relations are left out."""
        by_id = {decision.file_id: decision for decision in decisions}
        edges: dict[int, set[int]] = defaultdict(set)
        said_on: dict[int, str] = {}
        whole: set[tuple[int, int]] = set()
        for file_id, _, relation, target, evidence in rows:
            teller = by_id.get(file_id)
            if relation not in REPLACING or teller is None:
                continue
            other = resolver.resolve(teller.source, teller.path, target)
            if other is None or other not in by_id:
                continue
            if relation == "supersedes" and teller.status in NOT_IN_FORCE:
                # What was only proposed, or turned down, took nobody's place.
                continue
            old, new = (file_id, other) if relation == "superseded_by" else (other, file_id)
            edges[old].add(new)
            if not is_partial(evidence):
                whole.add((old, new))
            if relation == "superseded_by" and (match := SAID_ON.search(evidence)) and (day := _day_in(match[1])):
                said_on.setdefault(old, day)
        partial = {(old, new) for old, later in edges.items() for new in later} - whole
        return cls(decisions, dict(edges), said_on=said_on, partial=partial)

    def successors(self, file_id: int) -> list[Decision]:
        """The decisions that directly took its place."""
        return self._decisions(sorted(self._edges.get(file_id, ())))

    def replaced_by(self, file_id: int) -> list[Decision]:
        """The decisions of which it directly took the place."""
        return self._decisions(sorted(self._replaced.get(file_id, ())))

    def took_place(self, newer: int, older: int) -> bool:
        """Whether one took the other's place; what is only proposed says so, and did not."""
        return newer in self._edges.get(older, ())

    def after(self, file_id: int) -> list[Decision]:
        """All that took its place over any number of steps, the nearest first."""
        return self._decisions(reached(file_id, lambda current: sorted(self._edges.get(current, ()))))

    def before(self, file_id: int) -> list[Decision]:
        """All that it took the place of, the nearest first."""
        return self._decisions(reached(file_id, lambda current: sorted(self._replaced.get(current, ()))))

    def in_force(self, file_id: int) -> list[Decision]:
        """The decisions at the end of every chain of successors; empty when nothing took its place."""
        if file_id not in self._ends:
            self._find_ends(file_id)
        return list(self._ends[file_id])

    def _find_ends(self, file_id: int) -> None:
        seen, front = {file_id}, deque(sorted(self._edges.get(file_id, ())))
        ends: list[int] = []
        is_one_line = len(front) < 2
        while front:
            current = front.popleft()
            if current in seen:
                continue
            seen.add(current)
            later = self._edges.get(current, set()) - seen
            is_one_line = is_one_line and len(self._edges.get(current, ())) == len(later) < 2
            front.extend(sorted(later))
            if not later:
                ends.append(current)
        found = self._decisions(ends)
        # All before the end of one line end there: a chain of thousands is not walked again from each of its links.
        for passed in seen.difference(ends) if is_one_line else (file_id,):
            self._ends[passed] = found

    def _decisions(self, ids: Iterable[int]) -> list[Decision]:
        return [self.by_id[file_id] for file_id in ids if file_id in self.by_id]

    def is_partial(self, file_id: int) -> bool:
        """Whether all that took its place did so in parts only."""
        later = self._edges.get(file_id, ())
        return bool(later) and all((file_id, new) in self._partial for new in later)

    def is_gone(self, decision: Decision) -> bool:
        """Whether a decision holds no longer, or never did: by its own word, or because another took its place.

        What was replaced only in part still holds in the other.
        """
        partly = decision.status == "partly superseded" or self.is_partial(decision.file_id)
        return decision.status in GONE or (not partly and bool(self._edges.get(decision.file_id)))

    def held_on(self, file_id: int, day: str) -> bool:
        """Whether a decision was made by `day` (ISO) and replaced after it; False where no date is known at all."""
        decision, until = self.by_id.get(file_id), self.superseded_on(file_id)
        since = decision.date if decision is not None else ""
        return bool(since or until) and since <= day and not (until and until <= day)

    def superseded_on(self, file_id: int) -> str:
        """ISO date on which it was replaced: as its own text says, else its first successor's; empty if unknown."""
        if day := self._said_on.get(file_id):
            return day
        return min((later.date for later in self.successors(file_id) if later.date), default="")


def _made(ledger: Ledger, _: Succession | None) -> Succession:
    decisions = [Decision(*row) for row in ledger.passages.decisions()]
    return Succession.of(decisions, Resolver(decisions), ledger.passages.references(REPLACING))


_latest = Latest(_made)
