"""Finds what is wrong with a graph of decisions: each problem with its file and line, and what to do about it."""

import os
import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from kb.decisions.edges import Decision, Edge, Loose
from kb.decisions.graph import Graph
from kb.decisions.names import FOREIGN, NUMBER, SCHEME, names_note, names_path, series_of
from kb.decisions.succession import NOT_IN_FORCE, is_partial
from kb.store.ledger import Ledger

Kind = Literal["dangling-link", "one-sided-supersede", "cycle", "duplicate-number", "no-successor"]
MOST_SHOWN = 12
"""So many files of a circle are named in words; all of them are its `others`."""
DIRECTED = ("supersedes", "amends", "extends", "requires")
"""Relations that lead one way: who follows them must not come back to where he started."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`file_id` and `line` say where it is seen, `others` which files have to do with it."""

    kind: Kind
    file_id: int
    line: int
    message: str
    others: tuple[int, ...] = ()


def check(graph: Graph, ledger: Ledger) -> list[Problem]:
    """All problems, by source, path and line."""
    roots = {source.name: source.root for source in ledger.catalog.sources()}

    def on_disk(missing: Loose) -> bool:
        node = graph.nodes[missing.stated_in]
        target = unquote(missing.target.partition("#")[0].partition("?")[0]).replace("\\", "/")
        root = roots[node.source]
        start = root if target.startswith("/") else os.path.join(root, posixpath.dirname(node.path))
        # A picture, a folder, a file that is left out of the index: the link leads somewhere.
        return "\0" in target or os.path.lexists(os.path.join(start, target.lstrip("/")))

    def line_of_status(decision: Decision) -> int:
        # Deferred, as in the succession: a folder in order has no such line.
        from ingest.readers.status import REPLACED

        for chunk in ledger.passages.of_file(decision.file_id):
            for number, line in enumerate(chunk.text.split("\n"), chunk.start):
                if REPLACED.search(line):
                    return number
        return 1

    found = [
        *_dangling(graph, on_disk),
        *_one_sided(graph),
        *_cycles(graph),
        *_duplicates(graph.decisions),
        *_without_successor(graph, line_of_status),
    ]

    def place(problem: Problem) -> tuple[str, str, int, str]:
        node = graph.nodes[problem.file_id]
        return node.source, node.path, problem.line, problem.kind

    return sorted(found, key=place)


def _dangling(graph: Graph, on_disk: Callable[[Loose], bool]) -> Iterator[Problem]:
    told: set[tuple[int, int, int | str]] = set()
    # Paths before numbers: of "[ADR-9](0009-gone.md)" the path tells more, and both are one problem.
    for missing in sorted(graph.loose, key=lambda missing: not names_path(missing.target)):
        key = (missing.stated_in, missing.line, number_in(missing.target))
        for problem in _one_dangling(graph, missing, on_disk):
            if key not in told:
                told.add(key)
                yield problem


def _one_dangling(graph: Graph, missing: Loose, on_disk: Callable[[Loose], bool]) -> Iterator[Problem]:
    node = graph.nodes[missing.stated_in]
    if not _concerns_decisions(graph, missing) or SCHEME.match(missing.target):
        return
    if (number := NUMBER.fullmatch(missing.target)) and number[1]:
        # The RFCs of the IETF are named everywhere, also in lists of references, and are in no folder.
        foreign = missing.relation in ("mentions", "related") and number[1].upper() == FOREIGN
        if not graph.is_number(missing.stated_in, missing.target):
            return
        if not foreign and not graph.is_several(missing.stated_in, missing.target):
            message = f"{missing.target} is named, and no decision has that number"
            yield Problem("dangling-link", node.file_id, missing.line, message)
    elif missing.relation != "mentions" and names_note(missing.target) and not on_disk(missing):
        meant = graph.nodes[missing.meant].path if missing.meant is not None else ""
        hint = f"; is {meant} meant?" if meant else ""
        others = (missing.meant,) if missing.meant is not None else ()
        message = f"{missing.target} leads to no file{hint}"
        yield Problem("dangling-link", node.file_id, missing.line, message, others)


def _concerns_decisions(graph: Graph, missing: Loose) -> bool:
    """Whether a decision says it, or another file says it of one."""
    if graph.decision(missing.stated_in) is not None or graph.is_number(missing.stated_in, missing.target):
        return True
    return missing.meant is not None and graph.decision(missing.meant) is not None


def number_in(target: str) -> int | str:
    """The number that a written target bears, else the target itself."""
    match = NUMBER.match(posixpath.basename(target).lower())
    return int(match[2]) if match else target


def _one_sided(graph: Graph) -> Iterator[Problem]:
    for edge in graph.edges:
        if edge.relation != "supersedes" or is_partial(edge.evidence):
            continue
        newer, older = graph.nodes[edge.src], graph.nodes[edge.dst]
        told_by = graph.tellers[(edge.src, edge.dst)]
        teller = graph.decision(edge.src)
        if edge.dst not in told_by and not (teller and teller.status in NOT_IN_FORCE):
            message = f"supersedes {older.path}, which does not say so"
            yield Problem("one-sided-supersede", edge.src, edge.line, message, (edge.dst,))
        elif edge.src not in told_by:
            message = f"superseded by {newer.path}, which does not say so"
            yield Problem("one-sided-supersede", edge.dst, edge.line, message, (edge.src,))


def _cycles(graph: Graph) -> Iterator[Problem]:
    for relation in DIRECTED:
        edges = [edge for edge in graph.edges if edge.relation == relation]
        for circle in circles(edges):
            inside = set(circle)
            first = next(edge for edge in edges if edge.src in inside and edge.dst in inside)
            shown = circle if len(circle) <= MOST_SHOWN else circle[: MOST_SHOWN - 1]
            left_out = [f"{len(circle) - len(shown)} more"] if len(shown) < len(circle) else []
            names = [*(graph.nodes[file_id].path for file_id in shown), *left_out, graph.nodes[circle[0]].path]
            message = f"goes in a circle ({relation}): {' → '.join(names)}"
            yield Problem("cycle", first.stated_in, first.line, message, tuple(circle))


def circles(edges: Iterable[Edge]) -> list[list[int]]:
    """The groups of files that lead back to themselves, each in an order in which they lead to one another.

    Of a group with many ways round only as many are told as it takes to name each of its files: 150 files that all
    lead to each other have 11,000 circles at the first look.
    """
    ahead: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        ahead[edge.src].append(edge.dst)
    found: list[list[int]] = []
    done: set[int] = set()
    told: set[int] = set()
    for start in ahead:
        if start not in done:
            for circle in _circles_from(start, ahead, done):
                if not told.issuperset(circle):
                    told.update(circle)
                    found.append(circle)
    return found


def _circles_from(start: int, ahead: Mapping[int, list[int]], done: set[int]) -> Iterator[list[int]]:
    """Depth first, with a stack of our own: a chain of thousands of decisions must not end the recursion."""
    way, place = [start], {start: 0}
    waiting = [iter(ahead.get(start, ()))]
    while waiting:
        follower = next(waiting[-1], None)
        if follower is None:
            waiting.pop()
            left = way.pop()
            del place[left]
            done.add(left)
        elif follower in place:
            yield way[place[follower] :]
        elif follower not in done:
            place[follower] = len(way)
            way.append(follower)
            waiting.append(iter(ahead.get(follower, ())))


def _duplicates(decisions: Iterable[Decision]) -> Iterator[Problem]:
    numbered: dict[tuple[str, str, str, int], list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.number is not None:
            key = (decision.source, posixpath.dirname(decision.path), series_of(decision), decision.number)
            numbered[key].append(decision)
    for (*_, number), same in numbered.items():
        # An annex or a translation bears the name of its decision, and more.
        own = [d for d in same if not any(_stem(d).startswith((_stem(e) + "-", _stem(e) + "_")) for e in same)]
        seen: dict[str, Decision] = {}
        for decision in own:
            seen.setdefault(_stem(decision), decision)
        own = list(seen.values())
        for decision in own[1:]:
            message = f"number {number} is also that of {own[0].path}"
            yield Problem("duplicate-number", decision.file_id, 1, message, (own[0].file_id,))


def _stem(decision: Decision) -> str:
    return posixpath.basename(decision.path).partition(".")[0]


def _without_successor(graph: Graph, line_of: Callable[[Decision], int]) -> Iterator[Problem]:
    pointing = {missing.stated_in for missing in graph.loose if missing.relation == "superseded_by"}
    for decision in graph.decisions:
        replaced = decision.status in ("superseded", "partly superseded")
        if replaced and decision.file_id not in pointing and not graph.succession.successors(decision.file_id):
            message = f"is {decision.status}, and nothing says by what"
            yield Problem("no-successor", decision.file_id, line_of(decision), message)
