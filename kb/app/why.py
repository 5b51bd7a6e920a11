"""`kb why`: from a REF, or the frames of a stack trace, to the JSON of why lines are there."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kb.app import places
from kb.app.api import Payload
from kb.app.payload import standing
from kb.decisions.graph import Graph
from kb.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from ingest.blame import Origin, Repository
    from kb.app.opened import OpenIndex
    from kb.app.places import Place
    from kb.decisions.why import Explained, Line, Reason
    from kb.decisions.why.frames import Frame

MOST_FRAMES = 5
COLUMN = re.compile(r"(:\d{1,9}):\d{1,6}$")
"""Compilers write `path:line:column`."""
NO_SOURCE = "it lies in no source: decisions that it names by number are not known"


def why(index: "OpenIndex", ref: str, *, cwd: str, rev: str = "", git: bool = True) -> Payload:
    """The reasons of one line; without `git` only what the index and the disk tell."""
    place = _place(index, ref, cwd)
    if rev.startswith("-"):
        raise UsageError(f"no revision: {rev}", "for example: kb why src/app.py:12 --rev v1.4.0")
    return _Reader(index, git=git).why(place, rev)


def why_trace(index: "OpenIndex", trace: str, *, cwd: str, rev: str = "", limit: int = MOST_FRAMES) -> Payload:
    """The reasons of the innermost frames of a stack trace that lie in indexed files."""
    from kb.decisions.why.frames import FrameFiles, frames_in

    if rev.startswith("-"):
        raise UsageError(f"no revision: {rev}", "for example: kb why --rev v1.4.0 - < trace.txt")
    frames = frames_in(trace)
    if not frames:
        raise UsageError("no stack trace is on standard input", "pytest 2>&1 | kb why -")
    home = places.owner(index.ledger.catalog.sources(), cwd) if cwd else None
    files = FrameFiles(index.ledger, home_source=home.name if home else "")
    reader = _Reader(index, git=True)
    told: list[Payload] = []
    notices: list[str] = []
    seen: set[tuple[str, int]] = set()
    for frame in frames:
        if len(told) == limit:
            break
        found = files.find(frame)
        if found.several:
            notices.append(f"{frame.path} may be any of: {', '.join(found.several)}")
        if (file := found.file) is None or (file.abspath, frame.line) in seen:
            continue
        seen.add((file.abspath, frame.line))
        told.append(_framed(reader, places.Place(file.source, file.path, file.abspath, frame.line), frame, rev))
    return {"frames": told, "read": len(frames), "notices": notices}


def _framed(reader: "_Reader", place: "Place", frame: "Frame", rev: str) -> Payload:
    """A frame whose line is not there (any more) is told, and does not end the others."""
    try:
        payload = reader.why(place, rev)
    except (NotFoundError, UsageError) as error:
        payload = {**_located(place, frame.line), "blame": None, "because": [], "notices": [error.message]}
    return {**payload, "symbol": frame.symbol or payload.get("symbol", ""), "frame": frame.written}


class _Reader:
    """Explains places of one index, with one view of its decisions."""

    def __init__(self, index: "OpenIndex", *, git: bool) -> None:
        from kb.decisions.why import Explainer, Near

        self._index = index
        self._git = git
        near = Near(index.ledger, embedder=lambda: index.searcher.embedder(), nearest=index.shared.nearest)
        self._explainer = Explainer(index.ledger, near)

    def why(self, place: "Place", rev: str) -> Payload:
        unasked: list[str] = [] if place.source else [NO_SOURCE]
        try:
            with self._repository(place, rev, unasked) as repository:
                line, content = self._line(place, rev, repository)
                explained = self._explained(line, content, repository, unasked)
        finally:
            self._index.shared.release_mirror()
        return {
            **_located(place, line.number),
            "text": line.text,
            "symbol": line.symbols[0] if line.symbols else "",
            "rev": rev or None,
            "blame": _blame(explained.origin),
            "because": [self._reason(reason) for reason in explained.reasons],
            "notices": list(explained.notices),
        }

    @contextmanager
    def _repository(self, place: "Place", rev: str, unasked: list[str]) -> "Iterator[Repository | None]":
        from ingest.blame import Repository, UnknownRevision, Untold

        if not self._git and not rev:
            yield None
            return
        try:
            repository = Repository(os.path.realpath(place.abspath), rev=rev)
        except UnknownRevision as error:
            raise UsageError(str(error), "git tag -l lists the tags") from error
        except Untold as error:
            if rev:
                raise NotFoundError(f"there is no {rev}: {error}", "leave --rev out") from error
            unasked.append(f"{error}: what was committed and why is not known")
            yield None
            return
        with repository:
            yield repository

    def _line(self, place: "Place", rev: str, repository: "Repository | None") -> "tuple[Line, bytes | None]":
        """The line, in the file on disk or at a revision, with the bytes on disk."""
        from ingest.files import Unreadable, read_bytes, read_text
        from kb.decisions.why import line_at

        content: bytes | None = None
        if rev and repository is not None:
            at_rev = repository.blob(repository.commit, repository.inside(os.path.realpath(place.abspath)))
            if at_rev is None:
                raise NotFoundError(f"{place.path} is not in {rev}", f"git log --follow -- {place.path}")
            text = at_rev.decode("utf-8", "replace")
        else:
            folder, name = os.path.split(place.abspath)
            try:
                text = read_text(folder, os.fsencode(name), max_bytes=self._index.settings.max_file_bytes).text
                content = read_bytes(folder, os.fsencode(name), max_bytes=self._index.settings.max_file_bytes).content
            except Unreadable as error:
                raise NotFoundError(f"{place.abspath} cannot be read: {error.reason}", "kb status") from error
        known = self._index.ledger.passages.files_at(place.path, place.source) if place.source else []
        line = line_at(
            text, source=place.source, path=place.path, abspath=place.abspath,
            file_id=known[0][0] if known else None, number=place.start,
        )  # fmt: skip
        if line is None:
            raise NotFoundError(f"{place.path} has no line {place.start}", f"kb get {place.path}")
        return line, content

    def _explained(
        self, line: "Line", content: bytes | None, repository: "Repository | None", unasked: Sequence[str]
    ) -> "Explained":
        from kb.decisions.why import Asked

        asked = None
        if repository is not None and self._git:
            inside = repository.inside(os.path.realpath(line.abspath))
            asked = Asked(repository, inside, content, self._index.ledger.catalog.sources())
        return self._explainer.explain(line, asked, unasked=unasked, guess=self._git)

    def _reason(self, reason: "Reason") -> Payload:
        note, quote = reason.note, reason.quote
        payload: Payload = {
            "path": note.path,
            "source": note.source,
            "abspath": places.shown_abspath(note.root, note.path),
            "start": quote.start,
            "end": quote.end,
            "quote": quote.text,
            "kind": note.kind,
            "title": note.title,
            "number": note.number,
            "date": note.date or None,
            **self._standing(note.file_id),
            "how": reason.how,
            "sure": reason.sure,
            "named": reason.named,
        }
        if reason.instead_of:
            payload["instead_of"] = reason.instead_of
        return payload

    def _standing(self, file_id: int) -> Payload:
        graph = Graph.read(self._index.ledger)
        return standing(graph.succession, graph.decision(file_id))


def _place(index: "OpenIndex", ref: str, cwd: str) -> "Place":
    place = places.resolve(index.ledger, COLUMN.sub(r"\1", ref), cwd)
    if not place.start:
        raise UsageError(f"which line of {place.path}?", f"kb why {place.path}:1")
    return place


def _located(place: "Place", line: int) -> Payload:
    abspath = places.as_known(place.abspath)
    return {"path": place.path, "source": place.source, "abspath": abspath, "line": line}


def _blame(origin: "Origin | None") -> Payload | None:
    if origin is None:
        return None
    commit = origin.commit
    return {
        "commit": commit.id,
        "date": commit.date,
        "author": commit.author,
        "summary": commit.summary,
        "message": commit.message.strip(),
        "path": places.as_known(origin.path),
        "line": origin.line,
        "passed": list(origin.passed),
    }
