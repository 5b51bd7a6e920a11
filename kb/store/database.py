"""The connection to the ledger: opening, schema, transactions, and SQLite's errors in the user's words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kb.errors import IndexMismatchError, NoIndexError, StorageError
from kb.store.checksum import row_checksum
from kb.store.migrations import migrate
from kb.store.schema import SCHEMA_VERSION, TABLES, insert_into
from kb.terms import TERMS_VERSION

BUSY_TIMEOUT_S = 10.0
ROWS_AT_ONCE = 1_000
CACHE_KB = 32_000
MMAP_BYTES = 268_435_456
PAGES_AT_ONCE = 2_000
"""8 MB of a copy; between two such steps others may write."""
REPAIR = "kb doctor --repair"
"""The hint of every error that tells of a damaged ledger; nothing else has it."""


class _Rows(sqlite3.Cursor):
    """A cursor whose rows are read under `translated` too: a damaged page is met when its row is fetched, not before.

    With `Database` alone: it sets the path that an error names.
    """

    path = Path()

    def fetchone(self) -> Any:
        with translated(self.path):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with translated(self.path):
            return super().fetchall()

    def fetchmany(self, size: int | None = ROWS_AT_ONCE) -> list[Any]:
        with translated(self.path):
            return super().fetchmany(size)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        while rows := self.fetchmany():
            yield from rows


class Database:
    """One SQLite connection; `transaction()` is the only way to write."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
        self._connection = connection
        self.path = path
        self.read_only = read_only
        self._in_snapshot = False
        connection.create_function("crc", -1, row_checksum, deterministic=True)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        cache_kb: int = CACHE_KB,
        mmap_bytes: int = MMAP_BYTES,
    ) -> "Database":
        """Open the ledger at `path`; raises NoIndexError where there is none and `create` is off.

        An older schema is brought up to this one, unless the ledger is opened for reading only. `cache_kb` and
        `mmap_bytes` bound what this one connection may hold in memory.
        """
        if not create and not path.exists():
            raise NoIndexError(f"there is no index at {path.parent} yet", "kb index PATH")
        with translated(path):
            connection, read_only = _connect(path, create=create, read_only=read_only)
            database = cls(connection, path, read_only=read_only)
            try:
                database._set_up(cache_kb, mmap_bytes)
                database._prepare(create=create)
            except BaseException:
                connection.close()
                raise
        return database

    def _set_up(self, cache_kb: int, mmap_bytes: int) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute(f"PRAGMA cache_size = -{cache_kb}")
        self._connection.execute(f"PRAGMA mmap_size = {mmap_bytes}")
        if not self.read_only:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            # Costs nothing that could be measured: what is deleted is overwritten where its page is written anyway.
            self._connection.execute("PRAGMA secure_delete = FAST")

    def _prepare(self, *, create: bool) -> None:
        found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0 and create:
            self._create_tables()
        elif found == 0:
            # A run that ended before its first word, or a `touch`: nothing was made by any kb yet.
            raise NoIndexError(f"there is no index at {self.path.parent} yet", "kb index PATH")
        elif 0 < found < SCHEMA_VERSION and self.read_only:
            raise IndexMismatchError(
                f"the index at {self.path.parent} was made by an older kb (schema {found}, now {SCHEMA_VERSION})",
                "bring it up to date, where it can be written to: kb index",
            )
        elif 0 < found < SCHEMA_VERSION:
            migrate(self._connection, target=SCHEMA_VERSION)
        elif found != SCHEMA_VERSION:
            self._refuse(f"schema {found}, this kb reads schema {SCHEMA_VERSION}")
        if (terms := self.meta("terms")) != TERMS_VERSION:
            self._refuse(f"word list {terms}, this kb reads {TERMS_VERSION}")

    def _create_tables(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        # A second process may have created them while this one waited for the lock.
        if self._connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in _statements(TABLES):
                self._connection.execute(statement)
            self._connection.execute(insert_into("meta"), ("terms", TERMS_VERSION))
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._connection.execute("COMMIT")

    def _refuse(self, why: str) -> None:
        raise IndexMismatchError(
            f"the index at {self.path.parent} was made by another version of kb ({why})",
            f"move {self.path} away and run: kb index PATH",
        )

    def meta(self, key: str, default: str = "") -> str:
        row = self.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else default

    def set_meta(self, key: str, value: str) -> None:
        self.execute(insert_into("meta", verb="INSERT OR REPLACE"), (key, value))

    def execute(self, sql: str, parameters: object = ()) -> sqlite3.Cursor:
        cursor = self._connection.cursor(_Rows)
        cursor.path = self.path
        with translated(self.path):
            return cursor.execute(sql, parameters)  # type: ignore[arg-type]

    def executemany(self, sql: str, rows: object) -> sqlite3.Cursor:
        with translated(self.path):
            return self._connection.executemany(sql, rows)  # type: ignore[arg-type]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: an interrupt or a full disk inside leaves the ledger as it was."""
        if self.read_only:
            raise StorageError(f"the index at {self.path.parent} is read-only", f"check the rights of {self.path}")
        if self._in_snapshot:
            # It would be lost with the snapshot, or fail because another has written since.
            raise RuntimeError("a snapshot only reads: end it before the ledger is written to")
        if self._connection.in_transaction:
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            # Inside: a commit that fails for want of space would else stay open and swallow all later ones.
            self.execute("COMMIT")
        except BaseException:
            # A full disk may already have rolled back: a second rollback would hide the first error.
            if self._connection.in_transaction:
                self._connection.rollback()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see the ledger as it was at the first of them, whatever others write meanwhile.

        May stand inside a transaction or another snapshot, and then sees what those see. Nothing may be written in it.
        """
        if self._connection.in_transaction:
            yield
            return
        self.execute("BEGIN")
        self._in_snapshot = True
        try:
            yield
        finally:
            self._in_snapshot = False
            if self._connection.in_transaction:
                self.execute("COMMIT")

    def checkpoint(self) -> bool:
        """Move all of the write-ahead log into the ledger and empty it; False when a reader stood in the way."""
        busy, _, _ = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Copy the whole ledger into another connection's database, in steps that let writers through."""
        with translated(self.path):
            self._connection.backup(target, pages=PAGES_AT_ONCE, sleep=0)

    def take_over(self, source: "Database") -> None:
        """Become, page for page, what another ledger is; for all who have this one open in one step."""
        if self.read_only:
            raise StorageError(f"the index at {self.path.parent} is read-only", f"check the rights of {self.path}")
        source.checkpoint()
        with translated(self.path):
            source._connection.backup(self._connection)

    def version(self) -> tuple[int, int]:
        """Changes whenever the ledger was written to, by this connection or by another."""
        return int(self.execute("PRAGMA data_version").fetchone()[0]), self._connection.total_changes

    def close(self) -> None:
        self._connection.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's exceptions into StorageError with the next command."""
    try:
        yield
    except UnicodeDecodeError as error:
        # Out of the sqlite3 module, where the damage stands in what its message would quote.
        raise StorageError(f"the index is damaged: {path}", REPAIR) from error
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "full" in text:
            raise StorageError(f"the disk is full: {path}", "free some space, then run: kb index") from error
        if "readonly" in text or "read-only" in text:
            raise StorageError(f"the index is read-only: {path}", f"check the rights of {path.parent}") from error
        if "locked" in text:
            raise StorageError(f"another process holds the index: {path}", "try again, or: kb status") from error
        if any(sign in text for sign in _DAMAGE):
            raise StorageError(f"the index is damaged: {path}", REPAIR) from error
        raise StorageError(f"the index cannot be used: {path}: {text}", REPAIR) from error


_DAMAGE = ("malformed", "not a database", "corrupt", "decode to UTF-8", "function raised")
"""Words of SQLite, and of Python's module over it, where bytes are not what was written."""


def _connect(path: Path, *, create: bool, read_only: bool) -> tuple[sqlite3.Connection, bool]:
    if create:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if create and not path.exists():
        # Notes are private also where the home folder was made by another hand, readable by all.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if not read_only and not (path.exists() and not os.access(path, os.W_OK)) and os.access(path.parent, os.W_OK):
        return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None), False
    uri = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # A WAL ledger in a folder without write permission opens only as immutable: nobody can write it anyway.
        connection.close()
        connection = sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None)
    return connection, True


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
