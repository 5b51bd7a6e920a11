-- A ledger of schema 1 as its kb left it: two sources, decisions, a TIL, code, vectors, what was skipped.
PRAGMA user_version = 1;
BEGIN;
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
    title, trail, path, body, detail = 'column', tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\]^_`{|}~'"
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
INSERT INTO meta (key, value) VALUES ('generation', 'hashing-8');
INSERT INTO meta (key, value) VALUES ('model', 'all-MiniLM-L6-v2 1');
INSERT INTO meta (key, value) VALUES ('terms', '1');
INSERT INTO source (id, name, root, added_at, scanned_at) VALUES (1, 'notes', '/home/ada/notes', '2026-11-21T11:03:29+00:00', '2026-11-21T11:03:29+00:00');
INSERT INTO source (id, name, root, added_at, scanned_at) VALUES (2, 'work', '/home/ada/work', '2026-11-21T11:03:29+00:00', '2026-11-21T11:03:29+00:00');
INSERT INTO file (id, source_id, path, raw, size, mtime_ns, digest, kind, language, title, date, number, status, tags, deciders, warnings, stale) VALUES (1, 1, 'adr/0001-keep-notes-in-sqlite.md', X'6164722F303030312D6B6565702D6E6F7465732D696E2D73716C6974652E6D64', 302, 1767225600000000000, X'000102030405060708090A0B0C0D0E0F', 'adr', '', 'Keep notes in SQLite', '2026-01-05', 1, 'superseded', '["storage"]', '["Ada"]', '[]', '');
INSERT INTO file (id, source_id, path, raw, size, mtime_ns, digest, kind, language, title, date, number, status, tags, deciders, warnings, stale) VALUES (2, 1, 'adr/0002-keep-notes-in-files.md', X'6164722F303030322D6B6565702D6E6F7465732D696E2D66696C65732E6D64', 230, 1767225600000000000, X'000102030405060708090A0B0C0D0E0F', 'adr', '', '2. Keep notes in files', '2026-02-01', 2, 'accepted', '[]', '[]', '[]', '');
INSERT INTO file (id, source_id, path, raw, size, mtime_ns, digest, kind, language, title, date, number, status, tags, deciders, warnings, stale) VALUES (3, 1, 'sqlite/wal.md', X'73716C6974652F77616C2E6D64', 142, 1767225600000000000, X'000102030405060708090A0B0C0D0E0F', 'til', '', 'WAL lets readers read on', '', NULL, '', '[]', '[]', '[]', '');
INSERT INTO file (id, source_id, path, raw, size, mtime_ns, digest, kind, language, title, date, number, status, tags, deciders, warnings, stale) VALUES (4, 2, 'src/config.py', X'7372632F636F6E6669672E7079', 86, 1767225600000000000, X'000102030405060708090A0B0C0D0E0F', 'code', 'python', 'config.py', '', NULL, '', '[]', '[]', '[]', 'no permission to read it');
INSERT INTO chunk (id, file_id, ordinal, start, end, role, trail, symbols, text, header, key) VALUES (1, 1, 0, 1, 6, 'metadata', '[]', '[]', '---
status: superseded by ADR-0002
date: 2026-01-05
decision-makers: Ada
tags: [storage]
---', 'adr: Keep notes in SQLite', X'8111F7DA00A9E38BA94945883627F7AB');
INSERT INTO chunk (id, file_id, ordinal, start, end, role, trail, symbols, text, header, key) VALUES (2, 1, 1, 8, 16, 'prose', '["Decision Outcome"]', '[]', '# Keep notes in SQLite

## Context and Problem Statement

Where do the notes live? See [the TIL](../sqlite/wal.md).

## Decision Outcome

Chosen option: "SQLite", because it is one file — and it stays one.', 'adr: Keep notes in SQLite > Decision Outcome', X'4C125CA322B290BAB3E496B89568E7DC');
INSERT INTO chunk (id, file_id, ordinal, start, end, role, trail, symbols, text, header, key) VALUES (3, 2, 0, 1, 11, 'prose', '["Status"]', '[]', '# 2. Keep notes in files

Date: 2026-02-01

## Status

Accepted. Supersedes [ADR-0001](0001-keep-notes-in-sqlite.md)

## Context

A file can be opened by any editor.', 'adr: 2. Keep notes in files > Status', X'A78870BD1939134ED504DA8CA04596F0');
INSERT INTO chunk (id, file_id, ordinal, start, end, role, trail, symbols, text, header, key) VALUES (4, 2, 1, 13, 15, 'prose', '["Decision"]', '[]', '## Decision

Notes stay in files; SQLite holds the index only.', 'adr: 2. Keep notes in files > Decision', X'C6BEA076AB912112CA6095D4821F8EFB');
INSERT INTO chunk (id, file_id, ordinal, start, end, role, trail, symbols, text, header, key) VALUES (5, 3, 0, 1, 5, 'prose', '[]', '[]', '# WAL lets readers read on

Open the database in WAL mode: `PRAGMA journal_mode = WAL`.

A koala''s note: naïve café, 中文, it''s "quoted".', 'sqlite: WAL lets readers read on', X'DE1452414842FD4172859FA2F5EE7360');
INSERT INTO chunk (id, file_id, ordinal, start, end, role, trail, symbols, text, header, key) VALUES (6, 4, 0, 1, 3, 'declaration', '[]', '["parse_config"]', 'def parse_config(path):
    """Read the file at path."""
    return open(path).read()', 'src: config.py > parse_config', X'0B6AB2F56D4F099D5E1478DDD2FE13CA');
INSERT INTO reference (file_id, line, relation, target, evidence) VALUES (1, 2, 'superseded_by', 'ADR-2', 'superseded by ADR-0002');
INSERT INTO reference (file_id, line, relation, target, evidence) VALUES (1, 12, 'links', '../sqlite/wal.md', 'Where do the notes live? See [the TIL](../sqlite/wal.md).');
INSERT INTO reference (file_id, line, relation, target, evidence) VALUES (2, 7, 'supersedes', '0001-keep-notes-in-sqlite.md', 'Supersedes [ADR-0001](0001-keep-notes-in-sqlite.md)');
INSERT INTO reference (file_id, line, relation, target, evidence) VALUES (2, 7, 'mentions', 'ADR-1', 'Accepted. Supersedes [ADR-0001](0001-keep-notes-in-sqlite.md)');
INSERT INTO generation (id, identity, dim) VALUES (1, 'hashing-8', 8);
INSERT INTO vector (id, generation, key, data) VALUES (1, 1, X'0B6AB2F56D4F099D5E1478DDD2FE13CA', X'8737433E8737C33E873743BE41C99ABE873743BE8737433E873743BE873743BF');
INSERT INTO vector (id, generation, key, data) VALUES (2, 1, X'4C125CA322B290BAB3E496B89568E7DC', X'30A6363F0811EABD0A116ABEA1FCD53D0A116ABDC78CAF3EC78C2F3E95A903BF');
INSERT INTO vector (id, generation, key, data) VALUES (3, 1, X'8111F7DA00A9E38BA94945883627F7AB', X'C183BA3DA224E1BE7ADB28BFA324613E00000000A324E13EB283B2BE00000000');
INSERT INTO vector (id, generation, key, data) VALUES (4, 1, X'A78870BD1939134ED504DA8CA04596F0', X'02F2FE3ECED296BE1419C9BE000000009F328EB21419C93E1419C93DCED216BF');
INSERT INTO vector (id, generation, key, data) VALUES (5, 1, X'C6BEA076AB912112CA6095D4821F8EFB', X'54B2AB3EB22749BEC5DD96BEB12749BEB227C93D9F71FB3E00000000BB0230BF');
INSERT INTO vector (id, generation, key, data) VALUES (6, 1, X'DE1452414842FD4172859FA2F5EE7360', X'7D8F5C3DBC1E053E17AEC73E696626BFBB1E853EBB1E053FBA1E85BE00000000');
INSERT INTO mirrored (vector_id) VALUES (1);
INSERT INTO mirrored (vector_id) VALUES (2);
INSERT INTO mirrored (vector_id) VALUES (3);
INSERT INTO skipped (source_id, path, reason, size, mtime_ns) VALUES (1, 'big.md', 'over the size cap', 9000000, 17);
INSERT INTO skipped (source_id, path, reason, size, mtime_ns) VALUES (1, 'build', 'build output', 0, 0);
INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (1, 'keep note in sqlite sq lite', '', 'adr 0001-keep-notes-in-sqlite 0001 keep note in sqlite', '--- status supersed by adr-0002 adr 0002 date 2026-01-05 2026 01 05 decision-makers decis maker ada tag storag ---');
INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (2, 'keep note in sqlite sq lite', 'decis outcom', 'adr 0001-keep-notes-in-sqlite 0001 keep note in sqlite', 'keep note in sqlite sq lite context and problem statement where do the note live see the til sqlite/wal.md sqlite wal md decis outcom chosen option sqlite sq lite becaus it is one file and it stay one');
INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (3, '2 keep note in file', 'status', 'adr 0002-keep-notes-in-files 0002 keep note in file', '2 keep note in file date 2026-02-01 2026 02 01 status accept supersed adr-0001 adr 0001 0001-keep-notes-in-sqlite.md 0001 keep note in sqlite md context a file can be open by ani editor');
INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (4, '2 keep note in file', 'decis', 'adr 0002-keep-notes-in-files 0002 keep note in file', 'decis note stay in file sqlite sq lite hold the index onli');
INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (5, 'wal let reader read on', '', 'sqlite wal', 'wal let reader read on open the databas in wal mode pragma journal_mode journal mode wal a koala note naïv café 中文 it quot');
INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (6, 'config.py config py', 'parse_config pars config', 'src config', 'def parse_config pars config path read the file at path return open path .read read');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence (name, seq) VALUES ('source', 2);
INSERT INTO sqlite_sequence (name, seq) VALUES ('file', 5);
INSERT INTO sqlite_sequence (name, seq) VALUES ('chunk', 7);
INSERT INTO sqlite_sequence (name, seq) VALUES ('generation', 1);
INSERT INTO sqlite_sequence (name, seq) VALUES ('vector', 6);
COMMIT;
