"""The ledger's tables. The ledger is the truth: text, vectors, links; the vector mirror is made from it."""

SCHEMA_VERSION = 1

# Terms come already cut (kb.terms), one blank between two: FTS5 must cut nowhere else.
_TOKENCHARS = "!#$%&()*+,-./:;<=>?@[\\]^_`{|}~"

TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    root TEXT NOT NULL UNIQUE,
    added_at TEXT NOT NULL,
    scanned_at TEXT NOT NULL DEFAULT ''
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
    key BLOB NOT NULL
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
    evidence TEXT NOT NULL
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
    UNIQUE (generation, key)
);
CREATE TABLE mirrored (vector_id INTEGER PRIMARY KEY);

CREATE TABLE skipped (
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL DEFAULT 0,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, path)
) WITHOUT ROWID;
"""
