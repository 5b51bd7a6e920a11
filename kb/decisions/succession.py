"""Which decision took the place of which: declared successors, followed to the decision in force."""

import posixpath
import re
from collections import defaultdict
from dataclasses import dataclass

from kb.store.passages import Passages

NUMBER = re.compile(r"^(?:[a-z]+[-_ ]?)?0*(\d{1,5})(?=$|[-_. :])", re.IGNORECASE)
"""`0012-use-x.md`, `ADR-12`, `12`; a digit inside a name (`use-http2.md`) numbers nothing."""
NOT_IN_FORCE = frozenset({"proposed", "draft", "rejected", "withdrawn", "abandoned", "deferred"})
LINK = re.compile(r"\(([^)\s]+)\)|\[\[([^\]|]+)")


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """A decision as the ledger lists it."""

    file_id: int
    source: str
    path: str
    number: int | None
    title: str
    status: str
    date: str


class Succession:
    """The supersedes edges of all decisions; `in_force(file_id)` are the ends of its chain."""

    def __init__(self, decisions: list[DecisionFile], edges: dict[int, set[int]]) -> None:
        self.by_id = {decision.file_id: decision for decision in decisions}
        self._edges = edges

    @classmethod
    def read(cls, passages: Passages) -> "Succession":
        decisions = [DecisionFile(*row) for row in passages.decisions()]
        resolver = Resolver(decisions)
        edges: dict[int, set[int]] = defaultdict(set)
        for file_id, _, relation, target, _ in passages.references(("supersedes", "superseded_by")):
            other = resolver.resolve(file_id, target)
            if other is None or other == file_id:
                continue
            if relation == "supersedes" and resolver.status(file_id) in NOT_IN_FORCE:
                # What was only proposed, or turned down, took nobody's place.
                continue
            old, new = (file_id, other) if relation == "superseded_by" else (other, file_id)
            edges[old].add(new)
        return cls(decisions, dict(edges))

    def in_force(self, file_id: int) -> list[DecisionFile]:
        """The decisions at the end of every chain of successors; empty when nothing took its place."""
        ends: list[DecisionFile] = []
        seen, front = {file_id}, sorted(self._edges.get(file_id, ()))
        while front:
            current = front.pop(0)
            if current in seen:
                continue
            seen.add(current)
            later = self._edges.get(current, set()) - seen
            if later:
                front.extend(sorted(later))
            elif current in self.by_id:
                ends.append(self.by_id[current])
        return ends


class Resolver:
    """Finds the decision that a written target means, seen from the file that names it."""

    def __init__(self, decisions: list[DecisionFile]) -> None:
        self._by_id = {decision.file_id: decision for decision in decisions}
        self._by_path = {(decision.source, decision.path): decision.file_id for decision in decisions}
        self._by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_number: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for decision in decisions:
            folder, name = posixpath.split(decision.path)
            self._by_name[(decision.source, name.lower())].append(decision.file_id)
            if decision.number is not None:
                self._by_number[(decision.source, folder, decision.number)].append(decision.file_id)

    def status(self, file_id: int) -> str:
        """The status of a decision, empty for a file that is none."""
        decision = self._by_id.get(file_id)
        return decision.status if decision else ""

    def resolve(self, file_id: int, target: str) -> int | None:
        """The decision meant by `target` (a path, a link, ``ADR-12`` or a number); None when none or several."""
        decision = self._by_id.get(file_id)
        if decision is None:
            return None
        folder = posixpath.dirname(decision.path)
        link = LINK.search(target)
        written = (link.group(1) or link.group(2)) if link else target
        if found := self._by_link(decision.source, folder, written.partition("#")[0]):
            return found
        # Two folders may both have an ADR-7: a number means the one beside the file that says it.
        number = NUMBER.search(posixpath.basename(written).strip())
        numbered = self._by_number.get((decision.source, folder, int(number.group(1))), []) if number else []
        others = [candidate for candidate in numbered if candidate != file_id]
        return others[0] if len(others) == 1 else None

    def _by_link(self, source: str, folder: str, written: str) -> int | None:
        path = posixpath.normpath(posixpath.join(folder, written))
        for candidate in (path, f"{path}.md"):
            if (source, candidate) in self._by_path:
                return self._by_path[(source, candidate)]
        name = posixpath.basename(written).lower()
        for candidate in (name, f"{name}.md"):
            if len(named := self._by_name.get((source, candidate), [])) == 1:
                return named[0]
        return None
