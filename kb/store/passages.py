"""Reading side of the ledger: chunks with their files, the full-text leg, and the filters both legs share."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kb.model import StoredChunk, StoredFile
from kb.store.database import Database

COLUMN_WEIGHTS = {"title": 3.0, "trail": 2.0, "path": 1.5, "body": 1.0}
"""What a word counts by where it stands."""

COPIES = 8

_SELECT = """
SELECT c.id, c.file_id, s.name, s.root, f.path, f.raw, f.kind, f.language, f.title, f.date, f.number, f.status,
       c.ordinal, c.start, c.end, c.trail, c.symbols, c.role, c.text, c.key
FROM chunk c JOIN file f ON f.id = c.file_id JOIN source s ON s.id = f.source_id
"""

_SELECT_FILE = """
SELECT f.id, s.name, s.root, f.path, f.raw, f.kind, f.title, f.date, f.number, f.status
FROM file f JOIN source s ON s.id = f.source_id
"""

_FOLDED = "'/' || replace(f.path, '/', '//') || '/'"
"""A path with a slash at either end of each of its names: `/docs//adr//n.md/`."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which chunks may be found; an empty field lets everything through."""

    kinds: tuple[str, ...] = ()
    path_glob: str = ""
    source: str = ""

    def __bool__(self) -> bool:
        return bool(self.kinds or self.path_glob or self.source)

    def where(self) -> tuple[str, list[str]]:
        """A condition over the aliases `f` (file) and `s` (source), with its parameters."""
        conditions, parameters = ["1"], list[str]()
        if self.kinds:
            conditions.append(f"f.kind IN ({_marks(self.kinds)})")
            parameters.extend(self.kinds)
        if self.path_glob:
            below = self.path_glob.rstrip("/") + "/"
            conditions.append(f"(substr(f.path || '/', 1, length(?)) = ? OR {_FOLDED} GLOB ?)")
            parameters.extend((below, below, _glob(self.path_glob)))
        if self.source:
            conditions.append("s.name = ?")
            parameters.append(self.source)
        return " AND ".join(conditions), parameters

    def chunks(self) -> tuple[str, list[str]]:
        """What stands after FROM for the chunks `c` that are let through, with its parameters."""
        if not self:
            return "chunk c", []
        where, parameters = self.where()
        # Files first: a path is compared once for each file, not for each of its chunks (2 ms, not 80, for 50,000).
        files = f"SELECT f.id FROM file f JOIN source s ON s.id = f.source_id WHERE {where}"
        return f"chunk c WHERE c.file_id IN ({files})", parameters


class TermColumns(NamedTuple):
    """The terms of a chunk by where they stand, one blank between two."""

    title: str
    trail: str
    path: str
    body: str


class Passages:
    """Finds chunks by words, by id, by file and by content key."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def occurrences(self, form: str) -> list[tuple[int, float]]:
        """(chunk id, sum of the weights of the columns it stands in) of the chunks that hold a term."""
        self._see_occurrences()
        weights = " ".join(f"WHEN '{name}' THEN {weight}" for name, weight in COLUMN_WEIGHTS.items())
        return self._db.execute(
            f"SELECT doc, sum(CASE col {weights} END) FROM temp.chunk_occurrence WHERE term = ? GROUP BY doc", (form,)
        ).fetchall()

    def _see_occurrences(self) -> None:
        # In the connection's own temporary schema: it is a view of the index, nothing of it is stored.
        self._db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.chunk_occurrence USING fts5vocab(main, chunk_fts, instance)"
        )

    def full_text_size(self) -> tuple[int, int]:
        """(rows, terms in all of them) of the full text, as FTS5 keeps them for its own bm25()."""
        block = self._db.execute("SELECT block FROM chunk_fts_data WHERE id = 1").fetchone()[0]
        # Before the first row is written FTS5 keeps an empty block.
        count, *columns = _varints(block) or [0]
        return count, sum(columns)

    def newest_id(self) -> int:
        """The highest id of a chunk that ever was."""
        row = self._db.execute("SELECT max(id) FROM chunk_fts_docsize").fetchone()
        return int(row[0] or 0)

    def sizes_above(self, chunk_id: int) -> list[tuple[int, bytes]]:
        """(chunk id, number of terms in each column as SQLite's varints) of the chunks with higher ids."""
        return self._db.execute("SELECT id, sz FROM chunk_fts_docsize WHERE id > ?", (chunk_id,)).fetchall()

    def chosen_ids(self, chosen: Filter) -> Iterator[int]:
        """Ids of the chunks that a filter lets through."""
        chunks, values = chosen.chunks()
        return (int(row[0]) for row in self._db.execute(f"SELECT c.id FROM {chunks}", values))

    def terms_of(self, ids: Sequence[int]) -> dict[int, TermColumns]:
        """The terms of chunks as they were cut when they were stored: cutting again took a third of a search."""
        found: dict[int, TermColumns] = {}
        for start in range(0, len(ids), 500):
            batch = ids[start : start + 500]
            sql = f"SELECT rowid, title, trail, path, body FROM chunk_fts WHERE rowid IN ({_marks(batch)})"
            found.update((int(row[0]), TermColumns(*row[1:])) for row in self._db.execute(sql, batch))
        return found

    def document_frequency(self, forms: Sequence[str]) -> dict[str, int]:
        """In how many chunks each term stands; a term that stands nowhere is left out."""
        rows = self._db.execute(f"SELECT term, doc FROM chunk_vocabulary WHERE term IN ({_marks(forms)})", list(forms))
        return {str(term): int(count) for term, count in rows}

    def by_id(self, ids: Iterable[int]) -> dict[int, StoredChunk]:
        return {chunk.id: chunk for chunk in self._selected("c.id", list(ids))}

    def by_key(self, keys: Sequence[bytes], chosen: Filter) -> list[StoredChunk]:
        """The chunks with this content, at most `COPIES` of each: a notice in 1,500 files is one find, not 1,500."""
        chunks, parameters = chosen.chunks()
        found: list[int] = []
        for start in range(0, len(keys), 500):
            batch = keys[start : start + 500]
            # The ids alone are counted off: they lie in the index of the keys, and no text of the other copies is read.
            sql = (
                "SELECT id FROM (SELECT c.id, row_number() OVER (PARTITION BY c.key ORDER BY c.id) AS copy"
                f" FROM {chunks} {'AND' if chosen else 'WHERE'} c.key IN ({_marks(batch)})) WHERE copy <= {COPIES}"
            )
            found += (int(row[0]) for row in self._db.execute(sql, (*parameters, *batch)))
        return self._selected("c.id", found)

    def of_file(self, file_id: int) -> list[StoredChunk]:
        return self._selected("c.file_id", [file_id], " ORDER BY c.ordinal")

    def _selected(
        self, column: str, values: Sequence[Any], suffix: str = "", parameters: Sequence[str] = ()
    ) -> list[StoredChunk]:
        found: list[StoredChunk] = []
        for start in range(0, len(values), 500):
            batch = values[start : start + 500]
            sql = f"{_SELECT} WHERE {column} IN ({_marks(batch)}){suffix}"
            found.extend(_stored(row) for row in self._db.execute(sql, (*batch, *parameters)))
        return found

    def file(self, file_id: int) -> StoredFile | None:
        """The file of an id, None when it is gone."""
        row = self._db.execute(f"{_SELECT_FILE} WHERE f.id = ?", (file_id,)).fetchone()
        return StoredFile(*row) if row else None

    def file_in(self, source: str, path: str) -> StoredFile | None:
        """The file that a source has at a path, None when it has none there."""
        row = self._db.execute(f"{_SELECT_FILE} WHERE s.name = ? AND f.path = ?", (source, path)).fetchone()
        return StoredFile(*row) if row else None

    def files_at(self, path: str, source: str = "") -> list[tuple[int, str, str, bytes]]:
        """(file id, source name, root, raw path) of the files known under a relative path."""
        rows = self._db.execute(
            "SELECT f.id, s.name, s.root, f.raw FROM file f JOIN source s ON s.id = f.source_id"
            " WHERE f.path = ? AND (? = '' OR s.name = ?) ORDER BY s.id",
            (path, source, source),
        )
        return [(int(i), str(name), str(root), bytes(raw)) for i, name, root, raw in rows]

    def decisions(self, source: str = "") -> list[tuple[int, str, str, int | None, str, str, str]]:
        """(file id, source, path, number, title, status, date) of every decision."""
        return self._db.execute(
            "SELECT f.id, s.name, f.path, f.number, f.title, f.status, f.date FROM file f"
            " JOIN source s ON s.id = f.source_id WHERE f.kind = 'adr' AND (? = '' OR s.name = ?)"
            " ORDER BY s.id, f.path",
            (source, source),
        ).fetchall()

    def references(self, relations: Sequence[str]) -> list[tuple[int, int, str, str, str]]:
        """(file id, line, relation, target as written, evidence) of the given relations."""
        return self._db.execute(
            f"SELECT file_id, line, relation, target, evidence FROM reference WHERE relation IN ({_marks(relations)})",
            list(relations),
        ).fetchall()

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM chunk").fetchone()[0])


def _stored(row: Any) -> StoredChunk:
    values = list(row)
    values[15] = tuple(json.loads(values[15]))
    values[16] = tuple(json.loads(values[16]))
    return StoredChunk(*values)


def _varints(block: bytes) -> list[int]:
    """SQLite's variable-length integers: seven bits a byte, the high bit says that more follow."""
    numbers, value = list[int](), 0
    for byte in block:
        value = value << 7 | byte & 127
        if byte < 128:
            numbers.append(value)
            value = 0
    return numbers


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _glob(pattern: str) -> str:
    """For `_FOLDED`: `**` stands for any number of whole names, also none; SQLite's `*` crosses folders by itself."""
    *folders, last = pattern.split("/")
    return "".join("*" if name == "**" else f"/{name}/" for name in folders) + f"/{last}/"
