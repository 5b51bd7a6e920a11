"""The journal: what the user did with `kb` (conversations, study, cards), which no file on disk can tell again.

Apart from the ledger on purpose: an index may be thrown away and made anew, this may not. Each
process and thread has its own connection; writes are short, so no lock beside SQLite's is needed.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kb.errors import IndexMismatchError, StorageError
from kb.store.checksum import row_checksum
from kb.store.database import BUSY_TIMEOUT_S, translated

STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE turn (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation INTEGER NOT NULL, at TEXT NOT NULL,"
        " question TEXT NOT NULL, answer TEXT NOT NULL)",
        "CREATE INDEX turn_of_conversation ON turn (conversation, id)",
    ),
    (
        "CREATE TABLE card (id INTEGER PRIMARY KEY AUTOINCREMENT, added TEXT NOT NULL, origin TEXT NOT NULL,"
        " front TEXT NOT NULL, back TEXT NOT NULL, source TEXT NOT NULL, path TEXT NOT NULL, raw BLOB NOT NULL,"
        " start INTEGER NOT NULL, end INTEGER NOT NULL, quote TEXT NOT NULL, digest BLOB NOT NULL,"
        " above TEXT NOT NULL, below TEXT NOT NULL, file_digest BLOB NOT NULL, seen TEXT NOT NULL,"
        " changed INTEGER NOT NULL, retired TEXT NOT NULL, due TEXT NOT NULL, phase INTEGER NOT NULL, step INTEGER,"
        " stability REAL, difficulty REAL, reviewed TEXT, crc INTEGER NOT NULL)",
        "CREATE INDEX card_of_text ON card (digest)",
        "CREATE TABLE review (id INTEGER PRIMARY KEY AUTOINCREMENT, card INTEGER NOT NULL REFERENCES card (id),"
        " at TEXT NOT NULL, grade INTEGER NOT NULL, phase INTEGER NOT NULL, before TEXT NOT NULL,"
        " undone TEXT NOT NULL, crc INTEGER NOT NULL)",
        "CREATE INDEX review_of_card ON review (card, id)",
    ),
    (
        "CREATE TABLE tutoring (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, at TEXT NOT NULL,"
        " turn INTEGER NOT NULL, said TEXT NOT NULL, state TEXT NOT NULL, done INTEGER NOT NULL, crc INTEGER NOT NULL)",
        "CREATE TABLE mastery (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
        " seen INTEGER NOT NULL, asked INTEGER NOT NULL, right INTEGER NOT NULL, at TEXT NOT NULL,"
        " crc INTEGER NOT NULL)",
    ),
    (
        "CREATE TABLE study (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, topic TEXT NOT NULL,"
        " at TEXT NOT NULL, turn INTEGER NOT NULL, knows TEXT NOT NULL, outside TEXT NOT NULL, plan TEXT NOT NULL,"
        " seen TEXT NOT NULL, crc INTEGER NOT NULL)",
        "CREATE TABLE study_mark (study INTEGER NOT NULL REFERENCES study (id), item TEXT NOT NULL,"
        " digest TEXT NOT NULL, grade TEXT NOT NULL, at TEXT NOT NULL, crc INTEGER NOT NULL,"
        " PRIMARY KEY (study, item)) WITHOUT ROWID",
    ),
)
"""What leads from each version to the next; a step that was released is never changed."""


class Journal:
    """One connection; `transaction()` is the only way to write."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the journal at `path`, made where there is none; StorageError where it is damaged or not ours to write.

        A damaged journal is left as it is: it holds what cannot be made again.
        """
        with damage_told(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What somebody asked is private: made with its mode before SQLite would make it with another.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                # A grade or an answer once shown as kept survives the power cut after it.
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.row_factory = sqlite3.Row
                _bring_up(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def execute(self, sql: str, parameters: object = ()) -> sqlite3.Cursor:
        with damage_told(self.path):
            return self._connection.execute(sql, parameters)  # type: ignore[arg-type]

    def rows(self, sql: str, parameters: object = ()) -> list[Any]:
        """All rows at once: a damaged page is met here, not in the middle of what is made of them."""
        with damage_told(self.path):
            return self._connection.execute(sql, parameters).fetchall()  # type: ignore[arg-type]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also when the process is killed inside."""
        if self._connection.in_transaction:
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise

    def copy_to(self, target: Path) -> None:
        """Copy the whole journal to another file, while it is in use."""
        copy = sqlite3.connect(target, isolation_level=None)
        try:
            with damage_told(self.path):
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def crc_of(values: Iterable[Any]) -> int:
    """The checksum of a row, over all its columns but `id` and `crc`, in their order."""
    return row_checksum(*(repr(value) if isinstance(value, float) else value for value in values))


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(STEPS):
        raise IndexMismatchError(f"{path} was written by a newer kb (version {version})", "install that version again")
    if version == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Of two processes the second waits above, and then finds the steps taken.
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        for step in STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """SQLite's errors in the user's words; the index cannot be the remedy for what it never held."""
    try:
        with translated(path):
            yield
    except OSError as error:
        raise StorageError(
            f"{path} cannot be opened: {error.strerror}", f"check the rights of {path.parent}"
        ) from error
    except StorageError as error:
        if "damaged" not in error.message and "cannot be used" not in error.message:
            raise
        raise StorageError(
            f"the journal is damaged: {path}", "kb doctor --restore puts the last copy back; the damaged one is kept"
        ) from error
