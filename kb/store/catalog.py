"""Sources and files in the ledger: what is indexed, what was left out and why."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kb.model import Chunk, Document, FoundFile, Kind, Reference, SkippedFile, Source
from kb.store.database import Database
from kb.terms import path_terms, terms


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


class Catalog:
    """Writes and reads the tables `source`, `file`, `chunk`, `reference` and `skipped`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # Sources

    def add_source(self, name: str, root: str) -> Source:
        with self._db.transaction():
            self._db.execute("INSERT INTO source (name, root, added_at) VALUES (?, ?, ?)", (name, root, _now()))
        return next(source for source in self.sources() if source.root == root)

    def sources(self) -> list[Source]:
        return [Source(*row) for row in self._db.execute("SELECT id, name, root FROM source ORDER BY id")]

    def remove_source(self, source: Source) -> int:
        """Forget a source and everything read from it; returns the number of files."""
        with self._db.transaction():
            removed = self.remove_files(source.id, list(self.known_files(source.id)))
            self._db.execute("DELETE FROM source WHERE id = ?", (source.id,))
        return removed

    def mark_scanned(self, source_id: int) -> None:
        self._db.execute("UPDATE source SET scanned_at = ? WHERE id = ?", (_now(), source_id))

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
        self.remove_files(source_id, [found.path])
        # An interrupt before the end of the source must not leave a refusal that is no longer true.
        self._db.execute("DELETE FROM skipped WHERE source_id = ? AND path = ?", (source_id, found.path))
        cursor = self._db.execute(
            "INSERT INTO file (source_id, path, raw, size, mtime_ns, digest, kind, language, title, date, number,"
            " status, tags, deciders, warnings) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                source_id, found.path, found.raw, found.size, found.mtime_ns, digest, document.kind,
                document.language, document.title, document.date, document.number, document.status,
                json.dumps(document.tags), json.dumps(document.deciders), json.dumps(document.warnings),
            ),
        )  # fmt: skip
        file_id = cursor.lastrowid or 0
        for indexed in chunks:
            self._add_chunk(file_id, indexed)
        self._add_references(file_id, document.references)

    def _add_chunk(self, file_id: int, indexed: IndexedChunk) -> None:
        chunk = indexed.chunk
        cursor = self._db.execute(
            "INSERT INTO chunk (file_id, ordinal, start, end, role, trail, symbols, text, header, key)"
            " VALUES (?,?,?,?,?,?,?,?,?,?)",
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
            "INSERT INTO reference (file_id, line, relation, target, evidence) VALUES (?,?,?,?,?)",
            [(file_id, r.line, r.relation, r.target, r.evidence) for r in references],
        )

    def touch_file(self, source_id: int, found: FoundFile) -> None:
        """The same content under a new time: remember the time, so that it is not read again."""
        self._db.execute(
            "UPDATE file SET size = ?, mtime_ns = ?, stale = '' WHERE source_id = ? AND path = ?",
            (found.size, found.mtime_ns, source_id, found.path),
        )

    def mark_stale(self, source_id: int, path: str, reason: str) -> None:
        """The file is there but cannot be read now: the old version stays and says so."""
        self._db.execute("UPDATE file SET stale = ? WHERE source_id = ? AND path = ?", (reason, source_id, path))

    def unmark_stale(self, source_id: int, paths: Collection[str]) -> None:
        """These files can be read again and are as they were: the mark of a closed folder goes."""
        rows = self._db.execute("SELECT path FROM file WHERE source_id = ? AND stale <> ''", (source_id,)).fetchall()
        again = [(source_id, path) for (path,) in rows if path in paths]
        self._db.executemany("UPDATE file SET stale = '' WHERE source_id = ? AND path = ?", again)

    def remove_files(self, source_id: int, paths: Sequence[str]) -> int:
        """Forget files with their chunks; vectors stay as a cache until they are swept."""
        removed = 0
        for path in paths:
            row = self._db.execute("SELECT id FROM file WHERE source_id = ? AND path = ?", (source_id, path)).fetchone()
            if row is None:
                continue
            self._db.execute("DELETE FROM chunk_fts WHERE rowid IN (SELECT id FROM chunk WHERE file_id = ?)", row)
            self._db.execute("DELETE FROM file WHERE id = ?", row)
            removed += 1
        return removed

    # What was left out

    def replace_skipped(
        self, source_id: int, skipped: Iterable[SkippedFile], path: str = "", *, refused: Iterable[RefusedFile] = ()
    ) -> None:
        """What was left out of a source at its last look, unopened or on reading; with `path` of that one path only."""
        self._db.execute(
            "DELETE FROM skipped WHERE source_id = ?" + (" AND path = ?" if path else ""),
            (source_id, path) if path else (source_id,),
        )
        rows = [(source_id, s.path, s.reason, 0, 0) for s in skipped]
        rows += [(source_id, r.path, r.reason, r.size, r.mtime_ns) for r in refused]
        self._db.executemany(
            "INSERT OR REPLACE INTO skipped (source_id, path, reason, size, mtime_ns) VALUES (?, ?, ?, ?, ?)", rows
        )

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
