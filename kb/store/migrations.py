"""Leads a ledger of an older `kb` to the present schema, one version at a time and never back.

Each step is one transaction and names its tables and columns in its own words: what
`kb.store.schema` says is the present, which no step into the past may follow.
"""

import sqlite3
from collections.abc import Callable, Iterable

Step = Callable[[sqlite3.Connection], None]


def migrate(connection: sqlite3.Connection, *, target: int) -> None:
    """Bring the ledger to the schema `target`; the connection must know `crc`, and be in no transaction."""
    while _step_once(connection, target):
        pass


def _step_once(connection: sqlite3.Connection, target: int) -> bool:
    """Take the next step, if one is left."""
    # Before the version is read: of two processes the second waits here, and then finds the step taken.
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if left := version < target:
            STEPS[version](connection)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise
    return left


def _statements(statements: Iterable[str]) -> Step:
    def step(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return step


def _with_checksum(table: str, columns: str) -> tuple[str, str]:
    return (
        f"ALTER TABLE {table} ADD COLUMN crc INTEGER NOT NULL DEFAULT 0",
        f"UPDATE {table} SET crc = crc({columns})",
    )


STEPS: dict[int, Step] = {
    # A checksum in each row, and the list of what changed. Readers tell more of decisions and of the comments in code
    # than they did: those files are read again, and nothing of them is embedded again.
    1: _statements(
        (
            *_with_checksum("meta", "key, value"),
            "INSERT INTO meta (key, value, crc) VALUES ('unpurged', '1', crc('unpurged', '1'))",
            *_with_checksum("source", "name, root, added_at, scanned_at"),
            "UPDATE file SET digest = x'', mtime_ns = -1 WHERE kind IN ('code', 'adr')",
            *_with_checksum(
                "file",
                "source_id, path, raw, size, mtime_ns, digest, kind, language, title, date, number, status, tags,"
                " deciders, warnings, stale",
            ),
            *_with_checksum("chunk", "file_id, ordinal, start, end, role, trail, symbols, text, header, key"),
            *_with_checksum("reference", "file_id, line, relation, target, evidence"),
            *_with_checksum("vector", "key, data"),
            *_with_checksum("skipped", "source_id, path, reason, size, mtime_ns"),
            "CREATE TABLE change (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, source TEXT NOT NULL,"
            " path TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL,"
            " crc INTEGER NOT NULL DEFAULT 0)",
        )
    ),
}
"""What leads from each schema to the next."""
