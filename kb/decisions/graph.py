"""The graph of decisions: all that indexed files say of each other, as typed edges between file ids."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final, cast

from kb.decisions.edges import Decision, Edge, Loose, Node
from kb.decisions.latest import Latest
from kb.decisions.names import NUMBER, SERIES, SERIES_WORDS, WORD, slug_of
from kb.decisions.resolve import Resolver
from kb.decisions.succession import Row, Succession
from kb.model import Relation
from kb.store.ledger import Ledger

__all__ = ["Decision", "Edge", "Graph", "Node"]

STRENGTH: Final[tuple[Relation, ...]] = (
    "supersedes", "amends", "extends", "requires", "contradicts", "related", "links", "mentions",
)  # fmt: skip
"""The relations, the most telling first."""
INVERSE: Final[Mapping[str, Relation]] = {
    "superseded_by": "supersedes", "amended_by": "amends", "extended_by": "extends", "required_by": "requires",
}  # fmt: skip
NAMING = ("mentions", "related")
OWN_TITLE = re.compile(rf"(?:{SERIES})s?[-_ #:]*0*(\d{{1,5}})\s*(?:[:.)]|[-–—]\s|$)", re.IGNORECASE)
TITLED = re.compile(
    r"(?:/(?:pull|pulls|issues|merge_requests|commit)/\w+\)?|(?<![\w/])#\d{1,7}\)?)\s{0,2}[:–—-]\s{0,2}"
    rf"\[?(?:{SERIES})s?[-_ #:]{{0,3}}0{{0,4}}(?P<number>\d{{1,5}})\s{{0,2}}[:–—-]\s{{0,2}}(?P<title>[^\n]+)",
    re.IGNORECASE,
)
"""`[#3506](…/pull/3506): ADR 036: Blockchain Reactor Refactor`"""
LABELLED = re.compile(
    rf"\[(?:{SERIES})s?[-_ #:]{{0,3}}0{{0,4}}(?P<number>\d{{1,5}})\]\((?P<path>[^)\s#?]+)", re.IGNORECASE
)
MOST_TITLE = 120
UNTYPED = frozenset({"related", "links", "mentions"})


class Graph:
    """Decisions, the files that speak of them, and the edges between; a picture of the ledger at one moment."""

    def __init__(
        self, decisions: Sequence[Decision], nodes: Mapping[int, Node], edges: Iterable[Edge], *,
        resolver: Resolver, succession: Succession, loose: Sequence[Loose] = (),
        tellers: Mapping[tuple[int, int], frozenset[int]] | None = None,
    ) -> None:  # fmt: skip
        self.decisions = decisions
        """All decisions, by source and path."""
        self.nodes = nodes
        """Every decision, and every other file at an end of an edge, by file id."""
        self.edges = sorted(edges, key=self._place)
        """Each pair and relation once, inverse pairs ("supersedes", "superseded by") as one; by place."""
        self.loose = loose
        """What readers found and leads to no indexed file, or to one only by its number or name."""
        self.tellers = tellers or {}
        """For each (newer, older) of a supersedes edge the files that state it: one of the two, or both."""
        self.succession = succession
        self._resolver = resolver
        self._of: dict[int, list[Edge]] = defaultdict(list)
        for edge in sorted(self.edges, key=lambda edge: STRENGTH.index(edge.relation)):
            self._of[edge.src].append(edge)
            self._of[edge.dst].append(edge)

    @classmethod
    def read(cls, ledger: Ledger) -> "Graph":
        """The graph of a ledger; the same object, for all threads, as long as no file changed in it."""
        return _latest.of(ledger)

    def decision(self, file_id: int) -> Decision | None:
        """The decision with this file id, None for a file that is none."""
        return self.succession.by_id.get(file_id)

    def edges_of(self, file_id: int) -> list[Edge]:
        """The edges that begin or end at a file, the strongest relation first."""
        return list(self._of.get(file_id, ()))

    def in_force(self, file_id: int) -> list[Decision]:
        """The decisions at the end of every chain of successors; empty when nothing took its place."""
        return self.succession.in_force(file_id)

    def resolve_in(self, source: str, target: str, *, path: str = "") -> int | None:
        """The file that a written target (``ADR-12``, a path, a link, a wikilink) means, None if none.

        It is written in the file at `path`, or in a text that speaks of that file, such as a commit message.
        """
        return self._resolver.resolve(source, path, target)

    def is_number(self, file_id: int, target: str) -> bool:
        """Whether a written target is a number of the series that the decisions around a file count in."""
        node = self.nodes[file_id]
        return self._resolver.is_own_series(node.source, node.path, target)

    def is_several(self, file_id: int, target: str) -> bool:
        """Whether the source of a file has several decisions of the number that is written, and so none is meant."""
        return self._resolver.is_several(self.nodes[file_id].source, target)

    def mentioned(self, text: str, *, source: str, path: str = "") -> list[int]:
        """The file ids of the decisions that a text names (``ADR-23``, ``docs/adr/0023-x.md``), in its order."""
        # Deferred, as in the succession: only a text from outside of the index has to be read here.
        from ingest.readers.relations import targets

        found = (self._resolver.resolve(source, path, target.name) for target in targets(text, {}))
        return [file_id for file_id in dict.fromkeys(found) if file_id is not None and self.decision(file_id)]

    def _place(self, edge: Edge) -> tuple[str, str, int, int]:
        node = self.nodes[edge.stated_in]
        return node.source, node.path, edge.line, STRENGTH.index(edge.relation)


def _made(ledger: Ledger, _: Graph | None) -> Graph:
    decisions = [Decision(*row) for row in ledger.passages.decisions()]
    files = {
        file_id: Node(file_id, source, path, kind, title)
        for file_id, source, path, kind, title in ledger.database.execute(
            "SELECT f.id, s.name, f.path, f.kind, f.title FROM file f JOIN source s ON s.id = f.source_id"
        )
    }
    paths = {(node.source, node.path): node.file_id for node in files.values()}
    resolver = Resolver(decisions, paths=paths, sources=ledger.catalog.sources())
    rows: list[Row] = ledger.database.execute(
        "SELECT file_id, line, relation, target, evidence FROM reference ORDER BY file_id, line"
    ).fetchall()
    edges, loose, tellers = _edges(rows, files, resolver)
    ends = {decision.file_id for decision in decisions}
    ends.update(end for edge in edges for end in (edge.src, edge.dst))
    ends.update(missing.stated_in for missing in loose)
    return Graph(
        decisions, {file_id: files[file_id] for file_id in ends}, edges,
        resolver=resolver, succession=Succession.of(decisions, resolver, rows), loose=loose,
        tellers=tellers,
    )  # fmt: skip


def _edges(
    rows: Iterable[Row], files: Mapping[int, Node], resolver: Resolver
) -> tuple[list[Edge], list[Loose], dict[tuple[int, int], frozenset[int]]]:
    """The edges, each once and without what a stronger one says already; what led nowhere; who states a succession."""
    found: dict[tuple[int, int, str], Edge] = {}
    loose: list[Loose] = []
    tellers: dict[tuple[int, int], frozenset[int]] = {}
    for file_id, line, relation, target, evidence in rows:
        teller = files[file_id]
        other = resolver.resolve(teller.source, teller.path, target)
        if relation in NAMING and other is not None and not _is_meant(resolver, teller, files[other], target, evidence):
            continue
        if other is None or (relation != "mentions" and resolver.is_astray(teller.source, teller.path, target)):
            if other is None and (
                resolver.is_itself(teller.source, teller.path, target) or _is_own_title(teller, target, evidence)
            ):
                continue
            loose.append(Loose(file_id, line, cast(Relation, relation), target, evidence, meant=other))
        if other is None:
            continue
        src, dst = (other, file_id) if relation in INVERSE else (file_id, other)
        typed = INVERSE.get(relation, cast(Relation, relation))
        if typed == "supersedes":
            tellers[(src, dst)] = tellers.get((src, dst), frozenset()) | {file_id}
        found.setdefault((src, dst, typed), Edge(src, dst, typed, line, evidence, stated_in=file_id))
    typed_pairs = {(src, dst) for src, dst, relation in found if relation not in UNTYPED}
    return [edge for edge in found.values() if not _is_said_better(edge, found, typed_pairs)], loose, tellers


def _is_meant(resolver: Resolver, teller: Node, other: Node, target: str, evidence: str) -> bool:
    """Whether a number that stands in a text means the file that bears it; not in two places where people err."""
    if _is_own_title(teller, target, evidence):
        return False
    if (number := NUMBER.fullmatch(target)) is None:
        return True
    for match in LABELLED.finditer(evidence):
        if int(match["number"]) == int(number[2]) and slug_of(posixpath.basename(match["path"]).lower()):
            # It is the label of a link, whose words say which one is meant.
            return resolver.resolve(teller.source, teller.path, match["path"]) == other.file_id
    for match in TITLED.finditer(evidence):
        if int(match["number"]) == int(number[2]):
            # The title of a pull request: what was discussed there may have become another decision.
            named = set(WORD.findall(f"{other.title} {posixpath.basename(other.path)}".lower()))
            return bool(named & set(WORD.findall(match["title"].lower())) - set(SERIES_WORDS))
    return True


def _is_own_title(teller: Node, target: str, evidence: str) -> bool:
    """Whether a number stands in the title of a decision, as its own: "# ADR-012: …" in adr-021 is mistyped."""
    own, number = OWN_TITLE.match(teller.title), NUMBER.fullmatch(target)
    if own is None or number is None or int(own[1]) != int(number[2]):
        return False
    bears = NUMBER.match(posixpath.basename(teller.path).lower())
    # "ADR-12: how it went" is the title of a note about it.
    named = teller.kind == "adr" or bool(bears and bears[1])
    return named and evidence.lstrip("#*= ").startswith(teller.title[:MOST_TITLE])


def _is_said_better(
    edge: Edge, found: Container[tuple[int, int, str]], typed_pairs: Container[tuple[int, int]]
) -> bool:
    """True for a mere link where the same two files have a relation, and for the second half of a mutual one."""
    src, dst = edge.src, edge.dst
    if edge.relation not in UNTYPED:
        return False
    if (src, dst) in typed_pairs or (dst, src) in typed_pairs:
        return True
    if edge.relation == "related":
        # "Related" goes both ways: of two such sentences the file that comes first in the ledger is quoted.
        return src > dst and (dst, src, "related") in found
    if (src, dst, "related") in found or (dst, src, "related") in found:
        return True
    return edge.relation == "mentions" and (src, dst, "links") in found


_latest = Latest(_made)
