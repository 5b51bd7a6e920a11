"""Finds damage in the ledger: what SQLite sees of its pages, and what only a checksum sees of a row.

Bits flip on disks, files are cut short by a full one, and a sync tool puts an old page
back. Nothing of that may be met first as a wrong citation.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from kb.errors import StorageError
from kb.store.database import REPAIR, Database
from kb.store.ledger import Ledger
from kb.store.schema import COVERED, SCHEMA_VERSION, TABLES, stored_crc_of

MOST_LINES = 20
"""SQLite stops looking after this many faults: one is enough for a repair."""
VECTORS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of damage: `name` for machines, `detail` and the next command for people."""

    name: str
    detail: str
    remedy: str = REPAIR
    repairable: bool = True
    """Whether `kb.store.repair.repair` mends it in the open ledger; else the file has to be replaced (`mend`)."""


def check(ledger: Ledger) -> list[Finding]:
    """All damage that can be found, none in a sound ledger; reads every page, and locks writers out for a moment."""
    database = ledger.database
    # A connection that has been open for long holds the pages in its cache: it would find those sound, not the disk's.
    database.execute("PRAGMA shrink_memory")
    found: list[Finding] = []
    for name, look in _LOOKS.items():
        try:
            found += [Finding(name, detail) for detail in look(database)]
        except StorageError as error:
            if error.hint != REPAIR:
                raise
            found.append(Finding(name, error.message))
    return found


def damaged_rows(database: Database) -> dict[str, int]:
    """How many rows of each table do not fit their checksum; tables without any are left out."""
    counts = {
        table: int(
            # Not by an index: that holds a second copy of the columns, which may be the sound one.
            database.execute(f"SELECT count(*) FROM {table} NOT INDEXED WHERE crc IS NOT {stored_crc_of(table)}")
            .fetchone()[0]
        )
        for table in COVERED
    }  # fmt: skip
    return {table: count for table, count in counts.items() if count}


def first_fault(database: Database) -> str:
    """What makes a copy of a ledger useless, empty when nothing does; quicker than `check`, also for older schemas."""
    try:
        if (line := str(database.execute("PRAGMA quick_check(1)").fetchone()[0])) != "ok":
            return line
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if not 0 < version <= SCHEMA_VERSION:
            return f"its schema is {version}"
        return next(_rows(database), "") if version == SCHEMA_VERSION else ""
    except StorageError as error:
        return error.message


def same_tables(database: Database) -> bool:
    """Whether a ledger was made by this version, whatever its header says."""
    try:
        return next(_tables(database), None) is None
    except StorageError:
        return False


def _pages(database: Database) -> Iterator[str]:
    # With it a cell that reaches beyond its page is a fault, not a row of another page's bytes.
    database.execute("PRAGMA cell_size_check = ON")
    for (line,) in database.execute(f"PRAGMA integrity_check({MOST_LINES})"):
        if line != "ok":
            yield str(line)


def _tables(database: Database) -> Iterator[str]:
    """The statements that made the tables are those of this version: SQLite takes a changed letter as it stands."""
    found = {name: _bare(sql) for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE sql <> ''")}
    for name, sql in _expected().items():
        if found.get(name) != sql:
            yield f"the table or index {name} is not as it was made"


@cache
def _expected() -> dict[str, str]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(TABLES)
        return {
            name: _bare(sql) for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE sql <> ''")
        }
    finally:
        connection.close()


def _bare(sql: str) -> str:
    """Without blanks and quotes: SQLite adds a column in its own way of writing."""
    return re.sub(r'[\s"]+', "", sql)


def _version(database: Database) -> Iterator[str]:
    if (found := database.execute("PRAGMA user_version").fetchone()[0]) != SCHEMA_VERSION:
        yield f"its schema is {found}, not {SCHEMA_VERSION}"


def _rows(database: Database) -> Iterator[str]:
    for table, count in damaged_rows(database).items():
        yield f"{count} of the rows in {table} do not fit their checksum"


def _orphans(database: Database) -> Iterator[str]:
    counts = database.execute(
        'SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY "table", parent'
    ).fetchall()
    for table, parent, count in counts:
        yield f"{count} of the rows in {table} belong to a {parent} that does not exist"


def _full_text(database: Database) -> Iterator[str]:
    lost, stray = (
        int(
            database.execute(f"SELECT count(*) FROM (SELECT id FROM {one} EXCEPT SELECT id FROM {other})").fetchone()[0]
        )
        for one, other in (("chunk", "chunk_fts_docsize"), ("chunk_fts_docsize", "chunk"))
    )
    if lost or stray:
        yield f"the full text lacks {lost} chunks and has {stray} too many"
    if not database.read_only:
        # A write by its form alone; it compares every word of the index with the text that it was made of.
        database.execute("INSERT INTO chunk_fts (chunk_fts) VALUES ('integrity-check')")


def _vectors(database: Database) -> Iterator[str]:
    if stray := _count(database, "vector WHERE generation NOT IN (SELECT id FROM generation)"):
        yield f"{stray} vectors are of a model that is not known"
    wrong = "vector v JOIN generation g ON g.id = v.generation WHERE length(CAST(v.data AS BLOB)) <> 4 * g.dim"
    if count := _count(database, wrong):
        yield f"{count} vectors have another length than their model's"
    if impossible := impossible_vectors(database):
        yield f"{len(impossible)} vectors are no directions: zero, or not finite"
    if count := _count(
        database, "mirrored WHERE vector_id > (SELECT max(seq) FROM sqlite_sequence WHERE name='vector')"
    ):
        yield f"{count} vectors are told to be in the mirror that never were"


def _count(database: Database, rows: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])


def impossible_vectors(database: Database) -> list[int]:
    """The ids of vectors without a direction: any of them would make every search's scores meaningless."""
    import numpy as np

    found: list[int] = []
    cursor = database.execute("SELECT id, CAST(data AS BLOB) FROM vector WHERE length(CAST(data AS BLOB)) % 4 = 0")
    while rows := cursor.fetchmany(VECTORS_AT_ONCE):
        for size in {len(data) for _, data in rows}:
            ids = [vector_id for vector_id, data in rows if len(data) == size]
            numbers = np.frombuffer(b"".join(data for _, data in rows if len(data) == size), dtype=np.float32)
            with np.errstate(over="ignore", invalid="ignore"):
                lengths = np.linalg.norm(numbers.reshape(len(ids), -1), axis=1)
            found += [ids[row] for row in np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))]
    return found


def _meta(database: Database) -> Iterator[str]:
    if not database.meta("terms"):
        yield "it does not say which word list it was made with"
    if not (generation := database.meta("generation")) and _count(database, "vector"):
        yield "it does not say which model its vectors are of"
    if generation and not database.execute("SELECT 1 FROM generation WHERE identity = ?", (generation,)).fetchone():
        yield f"its vectors are said to be of {generation}, of which there are none"


_LOOKS: dict[str, Callable[[Database], Iterator[str]]] = {
    "pages": _pages,
    "schema": _version,
    "tables": _tables,
    "rows": _rows,
    "orphans": _orphans,
    "full text": _full_text,
    "vectors": _vectors,
    "meta": _meta,
}
