"""From a line to its reasons: the leads of all kinds, the best first, each decision with the one that is in force.

What git tells is one part, and all others do without it: no repository, no git or a shallow clone costs a notice.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.blame import Commit, Origin, Repository, Untold, changed_in, line_in, merge_of, origin_of
from kb.decisions.graph import Graph
from kb.decisions.why.line import Line
from kb.decisions.why.mentions import leads as mentions_of
from kb.decisions.why.near import Near
from kb.decisions.why.notes import Notes
from kb.decisions.why.reasons import ORDER, How, Lead, Reason
from kb.model import Source
from kb.store.ledger import Ledger

MOST_REASONS = 8
SMALL_COMMIT_FILES = 20
TINY_COMMIT_FILES = 4
SMALL_COMMIT_DECISIONS = 2
"""A decision that came with hundreds of files was not written for one line of them."""
ELSEWHERE_LINES = 60
MARKED = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask git: the open repository, the path in it, the file's bytes (None: the line is the commit's own)."""

    repository: Repository
    path: str
    content: bytes | None
    sources: Sequence[Source]


@dataclass(frozen=True, slots=True)
class Explained:
    """The reasons of a line, the best first; `origin` is None where git was not asked or did not tell."""

    reasons: tuple[Reason, ...]
    origin: Origin | None = None
    notices: tuple[str, ...] = ()


class Explainer:
    """Explains lines over one ledger."""

    def __init__(self, ledger: Ledger, near: Near) -> None:
        self._ledger = ledger
        self._near = near

    def explain(self, line: Line, asked: Asked | None, *, unasked: Sequence[str] = (), guess: bool = True) -> Explained:
        """The reasons of a line; `unasked` tells why git could not be asked, without `guess` none is only near."""
        graph = Graph.read(self._ledger)
        notes = Notes(self._ledger)
        notices = list(unasked)
        leads = [*_named_in_text(graph, line), *mentions_of(line, notes)]
        origin = None
        if asked is not None:
            try:
                origin = _origin(asked, line, notices)
            except Untold as error:
                notices.append(f"{error}: what was committed and why is not known")
        if origin is not None and asked is not None:
            notices.extend(origin.notices)
            if origin.certain:
                leads += _told_by_git(graph, notes, line, asked, origin)
        ranked = self._ranked(leads, line, notes, notices)
        if not ranked and guess:
            ranked = [
                Lead(file_id, "nearest by meaning", at=at, weight=cosine, sure=False)
                for file_id, cosine, at in self._near.nearest(line, notices)
            ]
        reasons = _in_force(ranked, graph, notes)
        return Explained(tuple(reasons[:MOST_REASONS]), origin, tuple(dict.fromkeys(notices)))

    def _ranked(self, leads: Iterable[Lead], line: Line, notes: Notes, notices: list[str]) -> list[Lead]:
        """The best lead to each file; among leads of one kind the one that speaks of what stands on the line.

        A decision or a TIL comes before a guide or a readme, which speaks of many things.
        """
        best: dict[int, Lead] = {}
        for lead in leads:
            known = best.get(lead.file_id)
            if known is None or _rank(lead) < _rank(known):
                best[lead.file_id] = lead
        kinds = {lead.file_id: note.kind for lead in best.values() if (note := notes.at(lead.file_id))}
        # Only where two leads are of one kind is it asked which is nearer: the model costs more than all else.
        is_tied = len(set(map(_rank, best.values()))) < len(best)
        likeness = self._near.likeness(line, notices) if is_tied else {}

        def place(lead: Lead) -> tuple[tuple[bool, int], bool, float]:
            cosine, _ = likeness.get(lead.file_id, (0.0, 0))
            return _rank(lead), kinds.get(lead.file_id) == "note", -(lead.weight + cosine)

        return sorted(best.values(), key=place)


def _rank(lead: Lead) -> tuple[bool, int]:
    return not lead.sure, ORDER.index(lead.how)


def _named_in_text(graph: Graph, line: Line) -> Iterator[Lead]:
    """Decisions that the file names: beside the line, at its own beginning, or elsewhere."""
    near = graph.mentioned(line.near(), source=line.source, path=line.path)
    header = graph.mentioned(line.header(), source=line.source, path=line.path)
    # "`Superseded by ADR-12` is read" shows how a name is written; that decision is not meant.
    meant = {*graph.mentioned(MARKED.sub("", f"{line.near()}\n\n{line.header()}"), source=line.source, path=line.path)}
    yield from (Lead(file_id, "named in comment", sure=file_id in meant) for file_id in near)
    yield from (Lead(file_id, "named in file", sure=file_id in meant) for file_id in header)
    for number, text in line.comments():
        # Further away it is said of other code.
        near_by = abs(number - line.number) <= ELSEWHERE_LINES
        for file_id in graph.mentioned(text, source=line.source, path=line.path) if near_by else ():
            yield Lead(file_id, "named elsewhere in file", weight=-abs(number - line.number), sure=False)


def _origin(asked: Asked, line: Line, notices: list[str]) -> Origin | None:
    number: int | None = line.number
    if asked.content is not None:
        number = line_in(asked.repository, asked.path, asked.content, line.number)
    if number is None:
        notices.append("the line is not committed yet")
        return None
    return origin_of(asked.repository, asked.path, number)


def _told_by_git(graph: Graph, notes: Notes, line: Line, asked: Asked, origin: Origin) -> Iterator[Lead]:
    """Decisions named by the commit, by the merge that brought it, and those that came in the same commit."""
    named = graph.mentioned(origin.commit.message, source=line.source, path=line.path)
    yield from (Lead(file_id, "named in commit", named=origin.commit.id) for file_id in named)
    if not named and (merge := merge_of(asked.repository, origin.commit)):
        for file_id in graph.mentioned(merge.message, source=line.source, path=line.path):
            yield Lead(file_id, "named in merge", named=merge.id)
    yield from (
        Lead(file_id, "same commit", named=origin.commit.id) for file_id in _beside(notes, asked, origin.commit)
    )


def _beside(notes: Notes, asked: Asked, commit: Commit) -> list[int]:
    """The decisions that a small commit changed along with the line; a first commit brings what there was before it."""
    if not commit.parents:
        return []
    try:
        changed = changed_in(asked.repository, commit)
    except Untold:
        return []
    if len(changed) > SMALL_COMMIT_FILES:
        return []
    # A new decision was written for this change; an old one may just have been spell-checked along the way.
    told = [path for path, is_new in changed if is_new or len(changed) <= TINY_COMMIT_FILES]
    found = notes.decisions_at(_places(asked, told))
    return found if len(found) <= SMALL_COMMIT_DECISIONS else []


def _places(asked: Asked, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(source, path) of files of the repository that lie in a source."""
    for path in paths:
        absolute = os.path.join(os.path.realpath(asked.repository.top), path)
        for source in asked.sources:
            if absolute.startswith(source.root.rstrip(os.sep) + os.sep):
                yield source.name, os.path.relpath(absolute, source.root).replace(os.sep, "/")


def _in_force(leads: Sequence[Lead], graph: Graph, notes: Notes) -> list[Reason]:
    """Each lead's note; a decision that was replaced comes right after the one that took its place."""
    reasons: dict[int, Reason] = {}

    def show(file_id: int, lead: Lead, how: How, *, named: str = "", at: int = 0, instead_of: str = "") -> None:
        note = notes.at(file_id)
        if file_id not in reasons and note is not None and (quote := notes.quote(note, at=at)) is not None:
            reasons[file_id] = Reason(note, quote, how, lead.sure, named, instead_of)

    for lead in leads:
        if (successors := graph.in_force(lead.file_id)) and (old := notes.at(lead.file_id)):
            # What is only near does not become a reason by its successor.
            how: How = lead.how if lead.how == "nearest by meaning" else "takes its place"
            for successor in successors:
                show(successor.file_id, lead, how, instead_of=old.path)
        show(lead.file_id, lead, lead.how, named=lead.named, at=lead.at)
    return list(reasons.values())
