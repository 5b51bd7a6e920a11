"""An accepted link as changes of files: who says what of whom, planned, and read back before anyone writes it.

The reader of the index has the last word: what a side is to say must be just what it finds in the new text, and all
that it found in the old one must still be there. Where that fails nothing is proposed.
"""

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ingest.readers import read_document
from kb.decisions.edges import Decision
from kb.decisions.graph import INVERSE, Graph
from kb.decisions.names import series_of
from kb.decisions.writing import plan
from kb.decisions.writing_disk import Rewrite, read_note
from kb.decisions.writing_page import Link, Saying
from kb.decisions.writing_text import NoteText, edited, note_text, unified
from kb.errors import KbError, UsageError
from kb.model import Document, StoredFile

READ_AS: dict[str, frozenset[str]] = {
    "related": frozenset({"related", "links", "mentions"}),
    "contradicts": frozenset({"contradicts", "related", "links", "mentions"}),
}
"""What a sentence is read as, where that is more than its own relation: a TIL's list of links is just links."""
BY_HAND = "write it there by hand, then: kb index"
DIGITS = re.compile(r"(?<!\d)0*(\d{1,5})(?!\d)")
NUMBERED_TITLE = re.compile(r"^\d{1,5}\.\s")
SPACED = frozenset({"PEP", "RFC"})
"""Series whose members are named with a blank: ``PEP 484``."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file's part of a link: the bytes before and after, and the difference for the eye."""

    file: StoredFile
    rewrite: Rewrite
    diff: str


def changes(graph: Graph, src: StoredFile, dst: StoredFile, relation: Saying) -> list[Change]:
    """What must be written so that `src` and `dst` say that they are so related; empty where they do already."""
    _require_sense(graph, src, dst, relation)
    sides: list[tuple[StoredFile, StoredFile, Saying]] = [(src, dst, relation)]
    if relation == "supersedes":
        # The old one is what people find: it must say itself that it is old.
        sides.append((dst, src, "superseded_by"))
    found = (_side(graph, teller, other, said) for teller, other, said in sides)
    return [change for change in found if change is not None]


def _require_sense(graph: Graph, src: StoredFile, dst: StoredFile, relation: Saying) -> None:
    if src.file_id == dst.file_id:
        raise UsageError(f"{src.path} cannot be linked to itself", "kb link accept SRC DST")
    if relation != "related":
        for file in (src, dst):
            if file.kind != "adr":
                raise UsageError(f"{file.path} is no decision: it can only be related", "--relation related")
    if src.kind == "code":
        raise UsageError(f"{src.path} is code; links are written into notes", "kb link accept NOTE CODE")
    if relation == "supersedes" and any(end.file_id == dst.file_id for end in graph.succession.after(src.file_id)):
        raise UsageError(f"{dst.path} supersedes {src.path} already: this would be a circle", "kb decisions check")


def _side(graph: Graph, teller: StoredFile, other: StoredFile, said: Saying) -> Change | None:
    if as_written(teller.raw) is None:
        raise UsageError(f"the name of {teller.path} is not UTF-8: it cannot be indexed by name again", "rename it")
    content = read_note(teller.abspath, teller.root)
    note = note_text(teller.path, content)
    before = _read(teller, note)
    if _says(graph, teller, before, other, said) or (said != "superseded_by" and _declared(graph, teller, other, said)):
        return None
    for link in _links(graph, teller, other, said):
        after = edited(note, plan(teller.path, note.shown, link, kind=teller.kind), path=teller.path)
        document = _read(teller, after)
        if _fits(graph, teller, other, said, before=before, after=document):
            return Change(teller, Rewrite(teller.abspath, content, after.encoded()), unified(teller.path, note, after))
    raise KbError(f"a link to {other.path} would not be read back from {teller.path}; nothing is written", BY_HAND)


def _declared(graph: Graph, teller: StoredFile, other: StoredFile, said: Saying) -> bool:
    """Whether the other one says it already, in the words of its side ("Extended by …")."""
    return any(
        (edge.src, edge.dst, edge.relation) == (teller.file_id, other.file_id, said) and edge.stated_in == other.file_id
        for edge in graph.edges_of(teller.file_id)
        if said != "supersedes"
    )


def _read(teller: StoredFile, note: NoteText) -> Document:
    return read_document(teller.path, "\n".join(note.shown), source_name=teller.source)


def _relations(graph: Graph, teller: StoredFile, document: Document) -> set[tuple[str, int]]:
    """(relation, file id) of all that a text says of files of the index."""
    found = set[tuple[str, int]]()
    for reference in document.references:
        other = graph.resolve_in(teller.source, reference.target, path=teller.path)
        if other is not None:
            found.add((reference.relation, other))
    return found


def _says(graph: Graph, teller: StoredFile, document: Document, other: StoredFile, said: Saying) -> bool:
    meant = READ_AS.get(said, frozenset({said}))
    if said == "related":
        # Any relation at all is more than this.
        meant |= {"supersedes", "amends", "extends", "requires", *INVERSE}
    return any(found == other.file_id and relation in meant for relation, found in _relations(graph, teller, document))


def _fits(
    graph: Graph, teller: StoredFile, other: StoredFile, said: Saying, *, before: Document, after: Document
) -> bool:
    old, new = _relations(graph, teller, before), _relations(graph, teller, after)
    if {found for _, found in new - old} - {other.file_id} or {found for _, found in old - new} - {other.file_id}:
        return False
    meant = READ_AS.get(said, frozenset({said}))
    untyped = READ_AS["related"]
    fresh = {relation for relation, found in new - old if found == other.file_id}
    if not fresh & meant or fresh - meant - untyped:
        return False
    status = "superseded" if said == "superseded_by" else before.status
    same = (before.kind, before.title, before.number) == (after.kind, after.title, after.number)
    return same and (after.status == status or (said == "superseded_by" and before.status in ("", after.status)))


def _links(graph: Graph, teller: StoredFile, other: StoredFile, said: Saying) -> Iterator[Link]:
    """The link under the name that people use, then under the path: two decisions may have one number."""
    href, decision = _href(teller, other), graph.decision(other.file_id)
    name = _name(decision) if decision else ""
    title = _clean(other.title) or posixpath.basename(other.path)
    label = title if not name or NUMBERED_TITLE.match(other.title) else name
    number = other.number if decision else None
    if name:
        yield Link(said, label, name, href, number)
    yield Link(said, label, _stem(href), href, number)
    yield Link(said, label, href, href, number)


def _name(decision: Decision) -> str:
    """``ADR-0012`` with the digits that its file name has, ``PEP 484``; empty where it has no number."""
    if decision.number is None:
        return ""
    series = series_of(decision) or "ADR"
    written = next(
        (m[0] for m in DIGITS.finditer(posixpath.basename(decision.path)) if int(m[1]) == decision.number),
        f"{decision.number:04d}",
    )
    return f"{series} {decision.number}" if series in SPACED else f"{series}-{written}"


def _stem(href: str) -> str:
    return posixpath.basename(href).rpartition(".")[0] or href


def _clean(title: str) -> str:
    """A title as the label of a link: brackets would end it, and what is invisible could make it read otherwise."""
    shown = "".join(char for char in title if char.isprintable())
    return " ".join(shown.replace("[", "(").replace("]", ")").replace("\\", "/").split())


def _href(teller: StoredFile, other: StoredFile) -> str:
    if as_written(other.raw) is None:
        raise UsageError(f"the name of {other.path} is not UTF-8: no link leads to it", "rename it")
    way = os.path.relpath(other.abspath, os.path.dirname(teller.abspath)).replace(os.sep, "/")
    return quote(way, safe="/!$&'*+,;=@~")


def as_written(raw: bytes) -> str | None:
    """The name of a file as text, None where its bytes are not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def diff_of(found: Sequence[Change]) -> str:
    """The differences of all files, one below the other."""
    return "\n".join(change.diff for change in found)
