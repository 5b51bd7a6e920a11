"""Sources and files in the ledger: what is indexed, what was left out and why."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from kb.kinds import Kind
from kb.model import Chunk, Document, FoundFile, Reference, SkippedFile, Source
from kb.store.database import Database
from kb.store.roots import keep_roots
from kb.store.schema import crc_of, insert_into
from kb.terms import path_terms, terms

CHANGES_KEPT = 5_000
CHANGES_BETWEEN_TRIMS = 500
UNPURGED = "unpurged"
"""The key in `meta` that says that deleted text may still stand in the ledger's file."""

What = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the ledger remembers of a file: enough to tell whether it changed."""

    path: str
    size: int
    mtime_ns: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that was read and not taken; `size` and `mtime_ns` are 0 when it has to be looked at again."""

    path: str
    reason: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a file; `at` is ISO time in UTC, `title` is empty where the file is gone."""

    at: str
    source: str
    path: str
    title: str
    kind: Kind
    what: What


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk ready to be stored: `header` and `chunk.text` make what is embedded, `key` names that content."""

    chunk: Chunk
    header: str
    key: bytes
    terms: tuple[str, str, str, str]
    """Full-text columns: title, trail, path, body; words cut by kb.terms and joined by blanks."""


def full_text(chunk: Chunk, title: str, path: str) -> tuple[str, str, str, str]:
    """The four full-text columns of a chunk."""
    trail = terms(" ".join((*chunk.trail, *chunk.symbols)))
    return " ".join(terms(title)), " ".join(trail), " ".join(path_terms(path)), " ".join(terms(chunk.text))


@dataclass(frozen=True, slots=True)
class _Before:
    """What a file was until it was forgotten."""

    id: int
    digest: bytes
    kind: Kind


class Catalog:
    """Writes and reads the tables `source`, `file`, `chunk`, `reference`, `skipped` and `change`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # Sources

    def add_source(self, name: str, root: str) -> Source:
        with self._db.transaction():
            self._db.execute(insert_into("source"), (name, root, _now(), ""))
        keep_roots(self._db.path, known := self.sources())
        return next(source for source in known if source.root == root)

    def sources(self) -> list[Source]:
        return [Source(*row) for row in self._db.execute("SELECT id, name, root FROM source ORDER BY id")]

    def remove_source(self, source: Source) -> int:
        """Forget a source and everything read from it; returns the number of files."""
        with self._db.transaction():
            removed = self.remove_files(source.id, list(self.known_files(source.id)))
            self._db.execute("DELETE FROM source WHERE id = ?", (source.id,))
            # The notes did not change: they are no longer followed, and nothing is to speak of them.
            self._db.execute("DELETE FROM change WHERE source = ?", (source.name,))
        keep_roots(self._db.path, self.sources())
        return removed

    def mark_scanned(self, source_id: int) -> None:
        self._db.execute("UPDATE source SET scanned_at = ? WHERE id = ?", (_now(), source_id))
        self._db.execute(f"UPDATE source SET crc = {crc_of('source')} WHERE id = ?", (source_id,))

    def last_scan(self) -> str:
        """ISO time of the oldest scan among the sources: the index is at least as fresh as this."""
        row = self._db.execute("SELECT min(scanned_at) FROM source").fetchone()
        return str(row[0] or "")

    # Files

    def known_files(self, source_id: int, path: str = "") -> dict[str, KnownFile]:
        """The files of a source by their paths; with `path` at most that one."""
        rows = self._db.execute(
            "SELECT path, size, mtime_ns, digest FROM file WHERE source_id = ?" + (" AND path = ?" if path else ""),
            (source_id, path) if path else (source_id,),
        )
        return {row[0]: KnownFile(*row) for row in rows}

    def paths_below(self, source_id: int, folder: str) -> list[str]:
        """The known paths inside a folder of a source."""
        rows = self._db.execute(
            # "0" is the character after "/": a range that the index over the paths serves.
            "SELECT path FROM file WHERE source_id = ? AND path > ? AND path < ?",
            (source_id, f"{folder}/", f"{folder}0"),
        )
        return [str(row[0]) for row in rows]

    def date_of(self, source_id: int, path: str) -> str:
        """The date that is known for a file, empty when there is none."""
        row = self._db.execute("SELECT date FROM file WHERE source_id = ? AND path = ?", (source_id, path)).fetchone()
        return str(row[0]) if row else ""

    def replace_file(
        self, source_id: int, found: FoundFile, *, digest: bytes, document: Document, chunks: Sequence[IndexedChunk]
    ) -> None:
        """Store a file as just read in place of what was known; call it inside a transaction."""
        before = self._forget(source_id, found.path)
        # An interrupt before the end of the source must not leave a refusal that is no longer true.
        self._db.execute("DELETE FROM skipped WHERE source_id = ? AND path = ?", (source_id, found.path))
        cursor = self._db.execute(
            insert_into("file"),
            (
                source_id, found.path, found.raw, found.size, found.mtime_ns, digest, document.kind,
                document.language, document.title, document.date, document.number, document.status,
                json.dumps(document.tags), json.dumps(document.deciders), json.dumps(document.warnings), "",
            ),
        )  # fmt: skip
        file_id = cursor.lastrowid or 0
        for indexed in chunks:
            self._add_chunk(file_id, indexed)
        self._add_references(file_id, document.references)
        if before is None:
            self._note(source_id, found.path, document.title, document.kind, "added")
        elif before.digest != digest:
            self._note(source_id, found.path, document.title, document.kind, "changed")

    def _add_chunk(self, file_id: int, indexed: IndexedChunk) -> None:
        chunk = indexed.chunk
        cursor = self._db.execute(
            insert_into("chunk"),
            (
                file_id, chunk.ordinal, chunk.start, chunk.end, chunk.role, json.dumps(chunk.trail),
                json.dumps(chunk.symbols), chunk.text, indexed.header, indexed.key,
            ),
        )  # fmt: skip
        self._db.execute(
            "INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (?,?,?,?,?)",
            (cursor.lastrowid, *indexed.terms),
        )

    def _add_references(self, file_id: int, references: Iterable[Reference]) -> None:
        self._db.executemany(
            insert_into("reference"),
            [(file_id, r.line, r.relation, r.target, r.evidence) for r in references],
        )

    def touch_file(self, source_id: int, found: FoundFile) -> None:
        """The same content under a new time: remember the time, so that it is not read again."""
        self._db.execute(
            "UPDATE file SET size = ?, mtime_ns = ?, stale = '' WHERE source_id = ? AND path = ?",
            (found.size, found.mtime_ns, source_id, found.path),
        )
        self._seal(source_id, found.path)

    def mark_stale(self, source_id: int, path: str, reason: str) -> None:
        """The file is there but cannot be read now: the old version stays and says so."""
        self._db.execute("UPDATE file SET stale = ? WHERE source_id = ? AND path = ?", (reason, source_id, path))
        self._seal(source_id, path)

    def unmark_stale(self, source_id: int, paths: Collection[str]) -> None:
        """These files can be read again and are as they were: the mark of a closed folder goes."""
        rows = self._db.execute("SELECT path FROM file WHERE source_id = ? AND stale <> ''", (source_id,)).fetchall()
        for (path,) in rows:
            if path in paths:
                self.mark_stale(source_id, path, "")

    def _seal(self, source_id: int, path: str) -> None:
        # After the update, not in it: there the checksum would be made of the old values.
        self._db.execute(f"UPDATE file SET crc = {crc_of('file')} WHERE source_id = ? AND path = ?", (source_id, path))

    def remove_files(self, source_id: int, paths: Sequence[str]) -> int:
        """Forget files with their chunks; vectors stay as a cache until they are swept."""
        removed = 0
        for path in paths:
            if (before := self._forget(source_id, path)) is not None:
                self._note(source_id, path, "", before.kind, "removed")
                removed += 1
        return removed

    def _forget(self, source_id: int, path: str) -> "_Before | None":
        row = self._db.execute(
            "SELECT id, digest, kind FROM file WHERE source_id = ? AND path = ?", (source_id, path)
        ).fetchone()
        if row is None:
            return None
        before = _Before(*row)
        self._db.execute("DELETE FROM chunk_fts WHERE rowid IN (SELECT id FROM chunk WHERE file_id = ?)", (before.id,))
        self._db.execute("DELETE FROM file WHERE id = ?", (before.id,))
        if not self._db.meta(UNPURGED):
            self._db.set_meta(UNPURGED, "1")
        return before

    # What changed

    def changes(self, since: str, limit: int = CHANGES_KEPT) -> list[Change]:
        """What changed at or after an ISO time in UTC (or a date), the newest first; a move is removed and added."""
        rows = self._db.execute(
            "SELECT at, source, path, title, kind, what FROM change WHERE at >= ? ORDER BY id DESC LIMIT ?",
            (since, limit),
        )
        return [Change(*row) for row in rows]

    def _note(self, source_id: int, path: str, title: str, kind: str, what: What) -> None:
        cursor = self._db.execute(
            # Without a title where the file is gone: what was deleted should not be told here.
            "INSERT INTO change (at, source, path, title, kind, what, crc)"
            " SELECT ?1, name, ?3, ?4, ?5, ?6, crc(?1, name, ?3, ?4, ?5, ?6) FROM source WHERE id = ?2",
            (_now(), source_id, path, title, kind, what),
        )
        if (newest := cursor.lastrowid or 0) % CHANGES_BETWEEN_TRIMS == 0:
            self._db.execute("DELETE FROM change WHERE id <= ?", (newest - CHANGES_KEPT,))

    # What was left out

    def replace_skipped(
        self, source_id: int, skipped: Iterable[SkippedFile], path: str = "", *, refused: Iterable[RefusedFile] = ()
    ) -> None:
        """What was left out of a source at its last look, unopened or on reading; with `path` of that place only."""
        self._db.execute(
            "DELETE FROM skipped WHERE source_id = ?" + (" AND (path = ? OR path > ? AND path < ?)" if path else ""),
            (source_id, path, f"{path}/", f"{path}0") if path else (source_id,),
        )
        rows = [(source_id, s.path, s.reason, 0, 0) for s in skipped]
        rows += [(source_id, r.path, r.reason, r.size, r.mtime_ns) for r in refused]
        self._db.executemany(insert_into("skipped", verb="INSERT OR REPLACE"), rows)

    def refused_files(self, source_id: int) -> dict[str, RefusedFile]:
        """The files of a source, by path, that would be refused again as long as size and time are the same."""
        rows = self._db.execute(
            "SELECT path, reason, size, mtime_ns FROM skipped WHERE source_id = ? AND mtime_ns <> 0", (source_id,)
        )
        return {row[0]: RefusedFile(*row) for row in rows}

    def skipped(self) -> list[tuple[str, SkippedFile]]:
        rows = self._db.execute(
            "SELECT s.name, k.path, k.reason FROM skipped k JOIN source s ON s.id = k.source_id ORDER BY 1, 2"
        )
        return [(name, SkippedFile(path, reason)) for name, path, reason in rows]

    def stale_files(self) -> list[tuple[str, SkippedFile]]:
        rows = self._db.execute(
            "SELECT s.name, f.path, f.stale FROM file f JOIN source s ON s.id = f.source_id WHERE f.stale <> ''"
        )
        return [(name, SkippedFile(path, reason)) for name, path, reason in rows]

    def warned_files(self) -> list[tuple[str, str, str]]:
        """(source, path, warning) of all that is indexed and was not read in full or as it is written."""
        rows = self._db.execute(
            "SELECT s.name, f.path, f.warnings FROM file f JOIN source s ON s.id = f.source_id"
            " WHERE f.warnings <> '[]' ORDER BY 1, 2"
        )
        return [(name, path, warning) for name, path, warnings in rows for warning in json.loads(warnings)]

    # Counts

    def count_files(self, source_id: int | None = None) -> int:
        where, parameters = ("WHERE source_id = ?", (source_id,)) if source_id is not None else ("", ())
        return int(self._db.execute(f"SELECT count(*) FROM file {where}", parameters).fetchone()[0])

    def count_by_kind(self) -> dict[Kind, int]:
        return dict(self._db.execute("SELECT kind, count(*) FROM file GROUP BY kind ORDER BY 2 DESC").fetchall())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
