"""The journal's one kept copy, made while it is in use, and the way back from it.

What the user did can be made again from nothing: a damaged journal is moved aside, never deleted,
and a copy takes the place of the one before only when it is whole, sound and on the disk.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kb.errors import KbError, StorageError
from kb.store.backup import delete, flush, move_aside, parts
from kb.store.integrity import Finding
from kb.store.journal import Journal, crc_of, damage_told

NAME = "journal.db"
RESTORE = "kb doctor --restore"


def check_journal(journal: Path, folder: Path) -> list[Finding]:
    """All damage of the journal and of its copy; none where nothing was ever written."""
    found = []
    if fault := _fault_beside(journal, folder / NAME):
        found.append(Finding("journal", f"{journal}: {fault}", RESTORE))
    if fault := journal_fault(folder / NAME):
        found.append(Finding("journal backup", f"{folder / NAME} is damaged: {fault}"))
    return found


def back_up_journal(journal: Path, folder: Path) -> Path | None:
    """Copy the journal to the one copy in `folder`; None where there is no journal, StorageError keeps the old copy."""
    place, partial = folder / NAME, folder / f"{NAME}.partial"
    if fault := _fault_beside(journal, place):
        raise StorageError(f"the journal was not backed up: {fault}", RESTORE)
    if not journal.exists():
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(partial)
        with Journal.open(journal) as opened:
            opened.copy_to(partial)
        if fault := journal_fault(partial):
            raise StorageError(f"the copy of the journal is damaged: {fault}", "kb doctor")
        flush(partial)
        os.replace(partial, place)
        flush(folder)
    except OSError as error:
        raise StorageError(f"the journal could not be backed up: {error}", "free some space, then again") from error
    finally:
        delete(partial)
    return place


def put_back_journal(journal: Path, folder: Path) -> list[str]:
    """Put the copy in the place of a journal that is damaged or gone; returns what was done, nothing where it is sound.

    A sound journal stays: it holds what was done since the copy. Without a sound copy a damaged one is moved aside,
    and a new one begins with the next card.
    """
    copy, partial = folder / NAME, journal.with_name(f"{NAME}.restored")
    if not _fault_beside(journal, copy):
        return []
    copy_fault = journal_fault(copy) if copy.exists() else "there is none"
    try:
        if not copy_fault:
            journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(partial)
            shutil.copyfile(copy, partial)
            flush(partial)
        # Its log too, where that is all that is left: it would be played into the copy.
        done = [f"the journal before was kept as {move_aside(journal).name}"] if parts(journal) else []
        if copy_fault:
            return [*done, f"no copy of the journal could be put back: {copy_fault}"]
        os.replace(partial, journal)
        flush(journal.parent)
    except OSError as error:
        raise StorageError(f"the journal could not be restored: {error}", "free some space, then again") from error
    finally:
        delete(partial)
    return [*done, "the copy of the journal was put back"]


def mend_journal_backup(journal: Path, folder: Path) -> list[str]:
    """Make a damaged copy anew; while the journal itself is damaged, even a damaged copy is left as it is."""
    place = folder / NAME
    if not journal_fault(place) or not journal.exists() or journal_fault(journal):
        return []
    aside = move_aside(place)
    back_up_journal(journal, folder)
    return [f"the damaged copy of the journal was replaced by a new one, and kept as {aside.name}"]


def journal_fault(place: Path) -> str:
    """What is wrong with a journal's pages or rows, empty where nothing is or where there is none."""
    if not place.exists():
        return ""
    try:
        with damage_told(place), closing(sqlite3.connect(place, isolation_level=None)) as connection:
            # With it a cell that reaches beyond its page is a fault, not a row of another page's bytes.
            connection.execute("PRAGMA cell_size_check = ON")
            told = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            return told if told != "ok" else next(_damaged_rows(connection), "")
    except KbError as error:
        return error.message


def _fault_beside(journal: Path, copy: Path) -> str:
    """`journal_fault`, and whether the journal was begun anew since its copy: the next copy would be the loss."""
    if fault := journal_fault(journal):
        return fault
    if not copy.exists() or journal_fault(copy):
        return ""
    if not journal.exists():
        return "it is gone, and its copy is there"
    before, now = _written(copy), _written(journal)
    return "it holds less than its copy" if any(now.get(name, 0) < count for name, count in before.items()) else ""


def _written(place: Path) -> dict[str, int]:
    """How many rows were ever written to each table that counts them."""
    with damage_told(place), closing(sqlite3.connect(place, isolation_level=None)) as connection:
        counts = "SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'"
        if connection.execute(counts).fetchone() is None:
            return {}
        return {str(name): int(count) for name, count in connection.execute("SELECT name, seq FROM sqlite_sequence")}


def _damaged_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """Rows that do not fit their checksum, in the tables that have one."""
    # Bytes that are no UTF-8 any more are not to end the query.
    connection.text_factory = bytes
    for (raw_table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        table = raw_table.decode()
        columns = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({table})")]
        if "crc" not in columns:
            continue
        for row in connection.execute(f"SELECT * FROM {table}"):
            values = dict(zip(columns, row, strict=True))
            covered = [value for name, value in values.items() if name not in ("id", "crc")]
            if values["crc"] != crc_of(covered):
                yield f"{table} {values.get('id', '')} is damaged"


def _make_private(place: Path) -> None:
    delete(place)
    os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
