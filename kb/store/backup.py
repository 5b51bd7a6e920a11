"""One kept copy of the ledger, made while it is in use, and the way back from it.

A copy replaces the one before only when it is whole, sound and on the disk: a full disk
or a damaged ledger never costs the good copy that is there.
"""

import os
import shutil
import sqlite3
from pathlib import Path

from kb.errors import NotFoundError, StorageError
from kb.store.database import REPAIR, Database, translated
from kb.store.integrity import first_fault
from kb.store.ledger import Ledger
from kb.store.mirrored import MirrorRows
from kb.store.roots import keep_roots

NAME = "ledger.db"


def backup(ledger: Ledger, folder: Path) -> Path:
    """Copy the ledger to the one backup in `folder` and return its path; StorageError keeps the copy before."""
    place = folder / NAME
    partial = folder / f"{NAME}.partial"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _copy(ledger.database, partial)
        if fault := fault_of(partial):
            raise StorageError(f"the index is damaged and was not backed up: {fault}", REPAIR)
        flush(partial)
        os.replace(partial, place)
        flush(folder)
    except OSError as error:
        raise StorageError(f"the backup could not be written: {error}", "free some space, then again") from error
    finally:
        delete(partial)
    keep_roots(ledger.database.path, ledger.catalog.sources())
    return place


def stands_in(folder: Path) -> bool:
    """Whether there is a backup to go back to."""
    return (folder / NAME).is_file()


def restore(folder: Path, ledger: Path) -> list[str]:
    """Put the backup in the place of the ledger, which nobody may have open; returns what was done.

    NotFoundError without a backup, StorageError when it is damaged too: the ledger is then left as it is.
    """
    place = folder / NAME
    if not place.is_file():
        raise NotFoundError(f"there is no backup in {folder}", "kb index PATH makes a new index")
    partial = ledger.with_name(f"{ledger.name}.restored")
    try:
        ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        delete(partial)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        shutil.copyfile(place, partial)
        if fault := fault_of(partial):
            raise StorageError(f"the backup in {folder} is damaged: {fault}", REPAIR)
        _forget_mirror(partial)
        flush(partial)
        done = [f"the index before was kept as {move_aside(ledger).name}"] if parts(ledger) else []
        os.replace(partial, ledger)
        flush(ledger.parent)
    except OSError as error:
        raise StorageError(f"the backup could not be restored: {error}", "free some space, then again") from error
    finally:
        delete(partial)
    return [*done, "the backup was restored; to bring it up to date: kb index"]


def move_aside(ledger: Path) -> Path:
    """Give a ledger, with its log, the first free name `…damaged-<n>` beside it; returns that of the ledger."""
    number = 1
    while parts(aside := ledger.with_name(f"{ledger.name}.damaged-{number}")):
        number += 1
    for part in parts(ledger):
        # The log too: left here, it would be played into whatever takes this place.
        os.replace(part, aside.with_name(aside.name + part.name.removeprefix(ledger.name)))
    return aside


def parts(ledger: Path) -> list[Path]:
    """The files of a ledger that exist, the log first."""
    places = (ledger.with_name(ledger.name + suffix) for suffix in ("-wal", "-shm", "-journal", ""))
    return [place for place in places if place.exists()]


def delete(ledger: Path) -> None:
    """Remove a ledger with its log."""
    for part in parts(ledger):
        part.unlink(missing_ok=True)


def _copy(database: Database, place: Path) -> None:
    connection = sqlite3.connect(place, isolation_level=None)
    try:
        with translated(place):
            database.copy_to(connection)
            # One file that needs no log beside it, wherever it is copied to.
            connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def fault_of(place: Path) -> str:
    """What is wrong with a copy of the ledger, empty when nothing is."""
    database = Database(sqlite3.connect(place, isolation_level=None), place, read_only=True)
    try:
        return first_fault(database)
    finally:
        database.close()


def _forget_mirror(place: Path) -> None:
    """An older ledger gives out ids again that the mirror may hold for other vectors: it is to be made anew."""
    with Ledger.open(place) as ledger:
        MirrorRows(ledger.database).forget()
        ledger.database.checkpoint()


def flush(path: Path) -> None:
    """See that a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
