"""What `kb doctor --repair` does to a ledger: mend it while it is open, or replace a file that nobody can open."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.errors import IndexMismatchError, NoIndexError, StorageError
from kb.store.backup import delete, move_aside, restore, stands_in
from kb.store.database import REPAIR, Database
from kb.store.integrity import check, same_tables
from kb.store.ledger import Ledger
from kb.store.rescue import rescue
from kb.store.roots import kept_roots

HEADER = {
    0: b"SQLite format 3\0",
    16: (4096).to_bytes(2, "big"),  # the page size
    18: b"\2\2\0\x40\x20\x20",  # write-ahead log, nothing reserved, fixed fractions
    28: bytes(4),  # the number of pages: then taken from the file's size
    44: (4).to_bytes(4, "big"),  # the schema's format
    52: bytes(4),  # no automatic vacuum
    56: (1).to_bytes(4, "big"),  # UTF-8
    64: bytes(4),
    72: bytes(20),
}
"""The bytes of a ledger's file that never differ, by their offsets (sqlite.org/fileformat2.html, 1.3)."""


def repair(ledger: Ledger) -> list[str]:
    """Mend an open ledger in one step for all who have it open; returns what was done, nothing where it was sound.

    StorageError where the file is too broken for that: then `mend`. The next index run reads again what was lost.
    """
    if not (findings := check(ledger)):
        return []
    database = ledger.database
    structural = any(finding.name in ("pages", "tables") for finding in findings)
    with suppress(StorageError):
        # So that all is in the one file that is copied.
        database.checkpoint()
    with _with_sound_header(database.path) as readable, _new_beside(database.path) as fresh:
        done = rescue(readable, fresh, structural=structural)
        _refuse_nothing(fresh)
        database.take_over(fresh)
    database.checkpoint()
    if left := check(ledger):
        raise StorageError(f"the index could not be mended: {left[0].detail}", REPAIR)
    return done


def mend(path: Path, backups: Path) -> list[str]:
    """Make the ledger at `path` sound by whatever there is; returns what was done, nothing where it was sound.

    Nobody may have it open. First the file's own sound rows, then the backup, then a new ledger of the same sources;
    a file that is replaced stays beside it. Raises as opening does where nothing is damaged: no rights, a newer kb.
    """
    try:
        with Ledger.open(path) as ledger:
            return repair(ledger)
    except NoIndexError:
        if not stands_in(backups) and not kept_roots(backups):
            raise
        return _replace(path, backups)
    except IndexMismatchError:
        # Made by another version, unless it is the word for the version that was hit.
        if not _of_this_version(path):
            raise
    except StorageError as error:
        if error.hint != REPAIR and not _wrongly_read_only(path):
            raise
    try:
        return _rescue_file(path)
    except StorageError as error:
        if error.hint != REPAIR:
            raise
        return _replace(path, backups)


def _rescue_file(path: Path) -> list[str]:
    """The sound rows of a file that does not open as a ledger, but that SQLite can still read."""
    with _with_sound_header(path) as readable, _new_beside(path) as fresh:
        done = rescue(readable, fresh, structural=True)
        _refuse_nothing(fresh)
        fresh.checkpoint()
        fresh.close()
        aside = move_aside(path)
        os.replace(fresh.path, path)
    return [*done, f"the damaged index was kept as {aside.name}"]


def _refuse_nothing(fresh: Database) -> None:
    if not fresh.execute("SELECT count(*) FROM source").fetchone()[0]:
        raise StorageError(f"nothing could be saved from {fresh.path.parent}", REPAIR)


def _replace(path: Path, backups: Path) -> list[str]:
    """Put the backup, or without one an empty ledger that knows the sources, in the place of one that is lost."""
    if stands_in(backups):
        try:
            return restore(backups, path)
        except StorageError as error:
            if error.hint != REPAIR:
                raise
    roots = kept_roots(backups)
    done = [f"the damaged index was kept as {move_aside(path).name}"] if path.exists() else []
    # A log without its ledger would be played into the new one.
    delete(path)
    with Ledger.open(path, create=True) as ledger:
        for name, root in roots:
            ledger.catalog.add_source(name, root)
    if not roots:
        return [*done, "an empty index was made; to fill it: kb index PATH"]
    return [*done, f"an empty index of {', '.join(name for name, _ in roots)} was made; to fill it: kb index"]


@contextmanager
def _new_beside(path: Path) -> Iterator[Database]:
    """An empty ledger beside another one, gone at the end."""
    place = path.with_name(f"{path.name}.repaired")
    delete(place)
    database = Database.open(place, create=True)
    try:
        yield database
    finally:
        database.close()
        delete(place)


@contextmanager
def _with_sound_header(path: Path) -> Iterator[Path]:
    """A copy of a ledger whose first bytes are those of every ledger: one wrong bit there hides all that follows."""
    place = path.with_name(f"{path.name}.readable")
    delete(place)
    try:
        for suffix in ("", "-wal"):
            if (part := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(part, place.with_name(place.name + suffix))
        with place.open("r+b") as stream:
            for offset, constant in HEADER.items():
                stream.seek(offset)
                stream.write(constant)
        yield place
    except OSError as error:
        raise StorageError(f"the index cannot be read: {error}", "free some space, then again") from error
    finally:
        delete(place)


def _of_this_version(path: Path) -> bool:
    database = Database(sqlite3.connect(path, isolation_level=None), path, read_only=True)
    try:
        return same_tables(database)
    finally:
        database.close()


def _wrongly_read_only(path: Path) -> bool:
    """Whether only the file's header says that it may not be written: two bytes of it that are 1 or 2."""
    try:
        with path.open("rb") as stream:
            versions = stream.read(20)[18:]
    except OSError:
        return False
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) and versions not in (b"\1\1", b"\2\2")
