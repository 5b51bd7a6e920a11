"""The ledger's tables. The ledger is the truth: text, vectors, links; the vector mirror is made from it."""

from functools import cache

SCHEMA_VERSION = 2
"""kb.store.migrations leads every older one here."""

# Terms come already cut (kb.terms), one blank between two: FTS5 must cut nowhere else.
_TOKENCHARS = "!#$%&()*+,-./:;<=>?@[\\]^_`{|}~"

TABLES = f"""
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    crc INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    root TEXT NOT NULL UNIQUE,
    added_at TEXT NOT NULL,
    scanned_at TEXT NOT NULL DEFAULT '',
    crc INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    raw BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    date TEXT NOT NULL,
    number INTEGER,
    status TEXT NOT NULL,
    tags TEXT NOT NULL,
    deciders TEXT NOT NULL,
    warnings TEXT NOT NULL,
    stale TEXT NOT NULL DEFAULT '',
    crc INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source_id, path)
);

CREATE TABLE chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    role TEXT NOT NULL,
    trail TEXT NOT NULL,
    symbols TEXT NOT NULL,
    text TEXT NOT NULL,
    header TEXT NOT NULL,
    key BLOB NOT NULL,
    crc INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX chunk_of_file ON chunk (file_id, ordinal);
CREATE INDEX chunk_of_key ON chunk (key);

CREATE VIRTUAL TABLE chunk_fts USING fts5 (
    title, trail, path, body, detail = 'column', tokenize = "ascii tokenchars '{_TOKENCHARS}'"
);
CREATE VIRTUAL TABLE chunk_vocabulary USING fts5vocab (chunk_fts, 'row');

CREATE TABLE reference (
    file_id INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    relation TEXT NOT NULL,
    target TEXT NOT NULL,
    evidence TEXT NOT NULL,
    crc INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX reference_of_file ON reference (file_id);
CREATE INDEX reference_of_relation ON reference (relation);

CREATE TABLE generation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL
);
CREATE TABLE vector (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL REFERENCES generation (id) ON DELETE CASCADE,
    key BLOB NOT NULL,
    data BLOB NOT NULL,
    crc INTEGER NOT NULL DEFAULT 0,
    UNIQUE (generation, key)
);
CREATE TABLE mirrored (vector_id INTEGER PRIMARY KEY);

CREATE TABLE skipped (
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL DEFAULT 0,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    crc INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, path)
) WITHOUT ROWID;

CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    crc INTEGER NOT NULL DEFAULT 0
);
"""

COVERED = {
    "meta": ("key", "value"),
    "source": ("name", "root", "added_at", "scanned_at"),
    "file": (
        "source_id", "path", "raw", "size", "mtime_ns", "digest", "kind", "language", "title", "date", "number",
        "status", "tags", "deciders", "warnings", "stale",
    ),
    "chunk": ("file_id", "ordinal", "start", "end", "role", "trail", "symbols", "text", "header", "key"),
    "reference": ("file_id", "line", "relation", "target", "evidence"),
    "vector": ("key", "data"),
    "skipped": ("source_id", "path", "reason", "size", "mtime_ns"),
    "change": ("at", "source", "path", "title", "kind", "what"),
}  # fmt: skip
"""The columns that a row's `crc` is made of, by table. Row ids are not among them: indexes and the full text hold
those a second time. Nor is `generation` (its vectors' length tells) or `mirrored` (only says what the mirror holds).
"""


@cache
def crc_of(table: str) -> str:
    """The SQL for a row's checksum out of its columns; that which `crc` holds when nobody touched the row."""
    return f"crc({', '.join(COVERED[table])})"


def stored_crc_of(table: str, *, alias: str = "") -> str:
    """The same out of rows that may be damaged: read as blobs, for text that is no UTF-8 would end the query."""
    columns = (f"CAST({alias}{column} AS BLOB)" for column in COVERED[table])
    return f"crc({', '.join(columns)})"


@cache
def insert_into(table: str, *, verb: str = "INSERT") -> str:
    """The statement that stores a row of the covered columns, given in their order, with its checksum."""
    columns = COVERED[table]
    values = ", ".join(f"?{number}" for number in range(1, len(columns) + 1))
    return f"{verb} INTO {table} ({', '.join(columns)}, crc) VALUES ({values}, crc({values}))"
