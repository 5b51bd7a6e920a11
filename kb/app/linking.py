"""`kb related`, `kb link suggest` and `kb link accept` as the contract's JSON objects."""

import os
import time
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, cast, get_args

from kb.app import places
from kb.app.api import Payload
from kb.app.places import as_known, shown_abspath
from kb.decisions.graph import Graph
from kb.decisions.relate import Related, Relations
from kb.decisions.writing_disk import AGAIN, rewrite
from kb.decisions.writing_page import Saying
from kb.decisions.writing_sides import Change, changes, diff_of
from kb.errors import NotFoundError, StorageError, UsageError
from kb.model import StoredFile

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex

RELATIONS: tuple[str, ...] = tuple(name for name in get_args(Saying) if name != "superseded_by")
PROPOSED = ("related", "supersedes", "contradicts")
DIGEST_BYTES = 16
OUTSIDE = "the link leads out of its source ({} and {}): it holds only where both lie as they do here"


def related(opened: "OpenIndex", ref: str, *, limit: int, cwd: str) -> Payload:
    """What belongs to a file: the declared links first, then what is most like it."""
    started = time.perf_counter()
    with opened.ledger.database.snapshot():
        place = _place(opened, ref, cwd)
        file = _known(opened, place)
        relations = Relations.read(opened.ledger)
        found = relations.of(file.file_id, line=place.start, limit=limit)
        told = _Told(opened)
        items = [
            {
                **told.place(item.other(file.file_id), item),
                "score": round(item.score, 4),
                "relation": item.relation,
                "declared": item.declared,
                **told.ends(item),
                "evidence": told.evidence(item),
            }
            for item in found
        ]
    return {
        "path": file.path,
        "source": file.source,
        "abspath": shown_abspath(file.root, file.path),
        "related": items,
        "notices": _notices(relations),
        "took_ms": round((time.perf_counter() - started) * 1e3, 1),
    }


def suggest(opened: "OpenIndex", ref: str, *, limit: int, source: str, relation: str, cwd: str) -> Payload:
    """Pairs of notes that name each other nowhere and should perhaps; of one file, or over all decisions."""
    started = time.perf_counter()
    if relation not in ("", *PROPOSED):
        raise UsageError(f"{relation} is never suggested", f"suggested are: {', '.join(PROPOSED)}")
    with opened.ledger.database.snapshot():
        relations = Relations.read(opened.ledger)
        if ref:
            found = relations.suggested(_file(opened, ref, cwd).file_id, limit=limit, relation=relation)
        else:
            found = relations.suggested_for_all(source=source, limit=limit, relation=relation)
        told = _Told(opened)
        items = [
            {
                **told.ends(item),
                "relation": item.relation,
                "score": round(item.score, 4),
                "candidate": item.relation == "contradicts",
                "evidence": told.evidence(item),
            }
            for item in found
        ]
    return {
        "suggestions": items,
        "notices": _notices(relations),
        "took_ms": round((time.perf_counter() - started) * 1e3, 1),
    }


class _Told:
    """Files of the index by their ids, as JSON names them."""

    def __init__(self, opened: "OpenIndex") -> None:
        self._ledger = opened.ledger
        self._files: dict[int, StoredFile] = {}

    def place(self, file_id: int, item: Related) -> Payload:
        """The file, and the lines of it that speak for the relation."""
        span = next((span for span in item.evidence if span.file_id == file_id), None)
        return {**self._of(file_id), "start": span.start if span else 1, "end": span.end if span else 1}

    def ends(self, item: Related) -> Payload:
        src, dst = self._file(item.src), self._file(item.dst)
        return {"src": src.path, "src_source": src.source, "dst": dst.path, "dst_source": dst.source}

    def evidence(self, item: Related) -> list[Payload]:
        return [
            {**self._of(span.file_id), "start": span.start, "end": span.end, "quote": span.quote}
            for span in item.evidence
        ]

    def _of(self, file_id: int) -> Payload:
        file = self._file(file_id)
        return {
            "path": file.path, "source": file.source, "abspath": shown_abspath(file.root, file.path),
            "title": file.title, "kind": file.kind,
        }  # fmt: skip

    def _file(self, file_id: int) -> StoredFile:
        if file_id not in self._files:
            file = self._ledger.passages.file(file_id)
            assert file is not None, "its id was just read in this snapshot"
            self._files[file_id] = file
        return self._files[file_id]


def accept(
    opened: "OpenIndex", src: str, dst: str, *, relation: str, cwd: str, write: bool, seen: Mapping[str, str] | None
) -> Payload:
    """The change that makes two files say how they are related; with `write` it is made.

    `seen` are the digests (by `abspath`, as a call without `write` gave them) of what the user was shown: a file that
    is another one now is not written to. The caller has the index brought up to date for the `changed` files.
    """
    if relation not in RELATIONS:
        raise UsageError(f"no such relation: {relation}", f"relations are: {', '.join(RELATIONS)}")
    with opened.ledger.database.snapshot():
        first, second = _file(opened, src, cwd), _file(opened, dst, cwd)
        found = changes(Graph.read(opened.ledger), first, second, cast(Saying, relation))
    if write:
        for change in found:
            if seen is not None and seen.get(as_known(change.rewrite.path)) != _digest(change):
                raise StorageError(f"{change.rewrite.path} was changed meanwhile; nothing is written", AGAIN)
        rewrite([change.rewrite for change in found])
    return {
        "src": first.path,
        "src_source": first.source,
        "dst": second.path,
        "dst_source": second.source,
        "relation": relation,
        "written": write and bool(found),
        "diff": diff_of(found),
        "outside": OUTSIDE.format(first.source, second.source) if found and first.source != second.source else "",
        "changed": [
            {
                "path": change.file.path,
                "source": change.file.source,
                "abspath": as_known(change.rewrite.path),
                "digest": _digest(change),
            }
            for change in found
        ],
    }


def _digest(change: Change) -> str:
    """Of the bytes before: what was shown is what is written over."""
    return blake2b(change.rewrite.before, digest_size=DIGEST_BYTES).hexdigest()


def _notices(relations: Relations) -> list[str]:
    count = relations.documents.left_out
    return [f"{count:,} older notes were not compared: there are too many"] if count else []


def _file(opened: "OpenIndex", ref: str, cwd: str) -> StoredFile:
    return _known(opened, _place(opened, ref, cwd))


def _place(opened: "OpenIndex", ref: str, cwd: str) -> places.Place:
    """The place of a REF; a folder has no text of its own to be compared."""
    name, colon, rest = ref.partition(":")
    # A REF may begin with its source, or be a path inside of one.
    folders = [
        os.path.join(source.root, rest if colon and source.name == as_known(name) else ref)
        for source in opened.ledger.catalog.sources()
    ]
    if any(map(os.path.isdir, (os.path.join(cwd, ref), *folders))):
        raise UsageError(f"{ref} is a folder", f"name a file in it, as in: kb related {ref.rstrip('/')}/README.md")
    return places.resolve(opened.ledger, ref, cwd)


def _known(opened: "OpenIndex", place: places.Place) -> StoredFile:
    if not place.source:
        raise UsageError(f"{place.abspath} lies in no source", f"kb index {os.path.dirname(place.abspath)}")
    if (file := opened.ledger.passages.file_in(place.source, place.path)) is None:
        raise NotFoundError(f"{place.path} is not in the index", f"kb index {place.abspath}")
    return file
