"""`kb decisions …`: the graph of decisions as the contract's JSON objects."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from kb.app import places
from kb.app.api import Payload
from kb.app.payload import standing
from kb.decisions.check import check
from kb.decisions.drawing import dot, mermaid
from kb.decisions.edges import Decision, Edge
from kb.decisions.graph import Graph
from kb.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex

FORMATS = ("mermaid", "dot", "json")
LOST = "kb decisions list"


class Decisions:
    """One look at the graph: what it says of each decision, with the place of each."""

    def __init__(self, opened: "OpenIndex") -> None:
        self._ledger = opened.ledger
        self.graph = Graph.read(self._ledger)
        self._roots = {source.name: source.root for source in self._ledger.catalog.sources()}

    # The answers to the verbs

    def listed(self, *, status: str = "", source: str = "") -> Payload:
        """All decisions; `status` as stated or as it follows from what took their place."""
        chosen = [self.decision(decision) for decision in self.graph.decisions if source in ("", decision.source)]
        wanted = _known_status(status, {told for d in chosen for told in (d["status"], d["stated"]) if told})
        return {"decisions": [d for d in chosen if not wanted or wanted in (d["status"], d["stated"])]}

    def links(self, *, relation: str = "", source: str = "") -> Payload:
        """What the texts declare, of every pair of which one is a decision."""
        return {"links": [self.edge(edge) for edge in self._chosen(relation, source)]}

    def draw(self, *, form: str, source: str = "", everything: bool = False) -> Payload:
        """The graph as text in `form`, or as nodes and edges; `everything` takes notes and code in."""
        if form not in FORMATS:
            raise UsageError(f"no such format: {form}", f"formats are: {', '.join(FORMATS)}")
        edges = self._chosen("", source)
        if not everything:
            edges = [edge for edge in edges if self.graph.decision(edge.src) and self.graph.decision(edge.dst)]
        ends = {end for edge in edges for end in (edge.src, edge.dst)}
        ids = [d.file_id for d in self.graph.decisions if source in ("", d.source)]
        ids += sorted(ends - set(ids))
        if form == "json":
            return {"nodes": [self._node(i) for i in ids], "edges": [self.edge(edge) for edge in edges]}
        gone = [i for i in ids if (d := self.graph.decision(i)) and self.graph.succession.is_gone(d)]
        labels = {i: self._label(i) for i in ids}
        planned = {edge for edge in edges if not self._is_in_effect(edge)}
        text = (mermaid if form == "mermaid" else dot)(labels, edges, gone=gone, planned=planned)
        return {"format": form, "text": text}

    def check(self, *, source: str = "") -> Payload:
        """What is wrong, each with file and line; and what was not understood, which is no fault of the graph."""
        problems = [
            {
                "kind": problem.kind,
                **self.place(problem.file_id, problem.line, problem.line),
                "line": problem.line,
                "message": problem.message,
                "others": [self.graph.nodes[other].path for other in problem.others],
            }
            for problem in check(self.graph, self._ledger)
            if source in ("", self.graph.nodes[problem.file_id].source)
        ]
        checked = sum(source in ("", decision.source) for decision in self.graph.decisions)
        return {"problems": problems, "checked": checked, "notices": self._not_understood(source)}

    def show(self, ref: str, *, cwd: str = "", source: str = "") -> Payload:
        """One decision with its chain, its neighbours and the code that cites it; `source` narrows a number or path."""
        inside = source and not ref.startswith(f"{source}:")
        decision = self.find(f"{source}:{ref}" if inside else ref, cwd=cwd)
        own = decision.file_id
        # A succession that took place is told by the chain; one that is only proposed is no part of it.
        edges = [e for e in self.graph.edges_of(own) if e.relation != "supersedes" or not self._is_in_effect(e)]
        others = [(edge, edge.dst if edge.src == own else edge.src) for edge in edges]
        gone = self.graph.succession.is_gone(decision)
        return {
            "decision": self.decision(decision),
            "chain": {
                "before": [self.decision(d) for d in self.graph.succession.before(own)],
                "after": [self.decision(d) for d in self.graph.succession.after(own)],
            },
            "neighbours": [self._neighbour(edge, i) for edge, i in others if self.graph.nodes[i].kind != "code"],
            "code": [
                {**self._neighbour(edge, i), "follows_superseded": gone}
                for edge, i in others
                if self.graph.nodes[i].kind == "code"
            ],
        }

    # What the answers are made of

    def find(self, ref: str, *, cwd: str = "") -> Decision:
        """The decision that a person means by a number, `ADR-12`, a path or `source:path`."""
        if found := self._by_number(ref, cwd):
            return found
        place = places.resolve(self._ledger, ref, cwd)
        for file_id, *_ in self._ledger.passages.files_at(place.path, place.source):
            if decision := self.graph.decision(file_id):
                return decision
        raise NotFoundError(f"{place.path} is no decision", LOST)

    def _by_number(self, ref: str, cwd: str) -> Decision | None:
        name, colon, rest = ref.partition(":")
        sources = self._ledger.catalog.sources()
        inside = next((source for source in sources if colon and source.name == places.as_known(name)), None)
        ref = rest if inside else ref
        digits = ref.rpartition("-")[2] if not ref.isdigit() else ref
        # "²" is a digit of which no number can be made.
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 5 or "/" in ref or "." in ref:
            return None
        home = places.owner(sources, cwd) if cwd else None
        same = [
            d for d in self.graph.decisions if d.number == int(digits) and (inside is None or d.source == inside.name)
        ]
        same = [d for d in same if home and d.source == home.name] or same
        if not same:
            where = f" in {inside.name}" if inside else ""
            raise NotFoundError(f"no decision{where} has the number {int(digits)}", LOST)
        if len(same) > 1:
            named = ", ".join(f"{d.source}:{d.path}" for d in same[:9])
            raise UsageError(f"{len(same)} decisions have the number {int(digits)}", f"say which: {named}")
        return same[0]

    def decision(self, decision: Decision) -> Payload:
        own = decision.file_id
        return {
            "id": f"{decision.source}:{decision.path}",
            "number": decision.number,
            "title": decision.title,
            "date": decision.date or None,
            **self.place(own),
            "stated": decision.status or None,
            **self.standing(decision),
            "superseded_by": [later.path for later in self.graph.in_force(own)],
            "supersedes": [older.path for older in self.graph.succession.replaced_by(own)],
        }

    def standing(self, decision: Decision | None) -> Payload:
        """Its status as it is today, what is in force in its place, and since when."""
        return standing(self.graph.succession, decision)

    def place(self, file_id: int, start: int | None = None, end: int | None = None) -> Payload:
        node = self.graph.nodes[file_id]
        abspath = places.shown_abspath(self._roots[node.source], node.path)
        found: Payload = {"path": node.path, "source": node.source, "abspath": abspath}
        return found if start is None else {**found, "start": start, "end": end}

    def edge(self, edge: Edge) -> Payload:
        src, dst = self.graph.nodes[edge.src], self.graph.nodes[edge.dst]
        return {
            "src": src.path,
            "src_source": src.source,
            "dst": dst.path,
            "dst_source": dst.source,
            "relation": edge.relation,
            "declared": edge.declared,
            "in_effect": self._is_in_effect(edge),
            "line": edge.line,
            "evidence": edge.evidence,
            **self.place(edge.stated_in, edge.line, edge.line),
        }

    def _chosen(self, relation: str, source: str) -> Sequence[Edge]:
        nodes, graph = self.graph.nodes, self.graph
        return [
            edge
            for edge in graph.edges
            if relation in ("", edge.relation)
            and (graph.decision(edge.src) or graph.decision(edge.dst))
            and source in ("", nodes[edge.src].source, nodes[edge.dst].source)
        ]

    def _node(self, file_id: int) -> Payload:
        if decision := self.graph.decision(file_id):
            return {**self.decision(decision), "kind": "adr"}
        node = self.graph.nodes[file_id]
        return {"id": f"{node.source}:{node.path}", "title": node.title, **self.place(file_id), "kind": node.kind}

    def _label(self, file_id: int) -> str:
        decision, node = self.graph.decision(file_id), self.graph.nodes[file_id]
        if decision is None or decision.number is None:
            return node.title if decision else node.path
        return f"{decision.number} {decision.title.lstrip('0123456789.:-# ')}"

    def _neighbour(self, edge: Edge, other: int) -> Payload:
        decision, node = self.graph.decision(other), self.graph.nodes[other]
        return {
            "relation": edge.relation,
            "declared": edge.declared,
            "in_effect": self._is_in_effect(edge),
            "direction": "to" if edge.dst == other else "from",
            "kind": node.kind,
            "title": node.title,
            **self.place(other),
            "stated_in": self.graph.nodes[edge.stated_in].path,
            "line": edge.line,
            "evidence": edge.evidence,
            **self.standing(decision),
        }

    def _is_in_effect(self, edge: Edge) -> bool:
        """False for a succession by a decision that is only proposed, or was turned down: nothing was replaced."""
        return edge.relation != "supersedes" or self.graph.succession.took_place(edge.src, edge.dst)

    def _not_understood(self, source: str) -> list[str]:
        rows: Iterable[tuple[str, str, str]] = self._ledger.database.execute(
            "SELECT s.name, f.path, w.value FROM file f JOIN source s ON s.id = f.source_id, json_each(f.warnings) w"
            " WHERE f.kind = 'adr' AND w.value LIKE 'status not understood%' ORDER BY 1, 2"
        )
        return [f"{path}: {warning}" for name, path, warning in rows if source in ("", name)]


def _known_status(written: str, used: Collection[str]) -> str:
    """A status to list by, in the usual word; one that nobody uses is refused: "none" would be a wrong answer."""
    from difflib import get_close_matches

    # Deferred, as in the succession: only a list that is narrowed reads such a word.
    from ingest.readers.status import REPLACED, SPELLINGS, normal_status

    wanted = written.strip().lower()
    known = {*used, *(meaning for _, meaning in SPELLINGS), "partly superseded"}
    if not wanted or wanted in known:
        return wanted
    spelt = {word for word, _ in SPELLINGS}
    if (meant := normal_status(wanted)) and (wanted in spelt or REPLACED.fullmatch(wanted)):
        return meant
    near = get_close_matches(wanted, sorted(known), n=1, cutoff=0.5)
    hint = f"is {near[0]} meant?" if near else f"statuses here are: {', '.join(sorted(used)) or 'none'}"
    raise UsageError(f"no such status: {written.strip()}", hint)
