"""A small ledger that holds something in every table, and ways to damage its file."""

import sqlite3
from pathlib import Path

from kb.errors import KbError
from kb.model import SkippedFile
from kb.store.catalog import RefusedFile
from kb.store.integrity import check
from kb.store.ledger import Ledger
from kb.store.mirrored import MirrorRows
from tests.unit.store.shelf import Shelf

FILES = 24
SKIPPED_BY_DUMPS = ("chunk_vocabulary", "chunk_fts")
"""Virtual: what they hold stands in tables of their own."""


def note(number: int) -> str:
    words = " ".join(f"item{number} thing{number % 7} part{n}" for n in range(90))
    link = f"See [the next](n{number + 1}.md) for item{number}."
    return f"# Note {number}\n\n{link}\n\n{words}\n\n## More\n\nNaïve {words}\n"


def decision(number: int) -> str:
    return (
        f"# {number}. Choose thing{number}\n\nDate: 2026-02-01\n\n## Status\n\nAccepted. Supersedes"
        f" [ADR-{number - 1}](000{number - 1}-x.md)\n\n## Context\n\nitem{number}\n\n## Decision\n\nthing{number}\n"
    )


def filled(path: Path) -> Path:
    """A ledger with files, references, vectors, a mirror's list, what was skipped and what changed."""
    shelf = Shelf(path)
    for number in range(FILES):
        shelf.put(f"n{number}.md", note(number))
    for number in range(2, 6):
        shelf.put(f"adr/000{number}-x.md", decision(number))
    shelf.put("n3.md", note(3) + "\nOnce more.\n")
    shelf.put("gone.md", note(99))
    generation, _ = shelf.embed()
    catalog, database = shelf.ledger.catalog, shelf.ledger.database
    with database.transaction():
        catalog.remove_files(shelf.source.id, ["gone.md"])
        catalog.mark_stale(shelf.source.id, "n5.md", "no permission to read it")
        catalog.replace_skipped(
            shelf.source.id, [SkippedFile("build", "build output")], refused=[RefusedFile("big.md", "too big", 9, 9)]
        )
        catalog.mark_scanned(shelf.source.id)
        database.set_meta("model", "hashing")
    rows = MirrorRows(database)
    rows.make_current(1, generation, rows.living(generation)[:-3])
    shelf.ledger.close()
    return path


def dump(path: Path) -> dict[str, list[tuple[bytes, ...]]]:
    """Every row of every table, texts as the bytes they are."""
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    try:
        names = [row[0].decode() for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: connection.execute(f"SELECT * FROM {name} NOT INDEXED ORDER BY 1").fetchall()
            for name in names
            if name not in SKIPPED_BY_DUMPS
        }
    finally:
        connection.close()


def found_faults(path: Path) -> list[str]:
    """What opening and checking a ledger says of it, empty when nothing."""
    try:
        with Ledger.open(path) as ledger:
            return [f"{finding.name}: {finding.detail}" for finding in check(ledger)]
    except KbError as error:
        return [f"{type(error).__name__}: {error.message}"]


def flip(source: Path, target: Path, bit: int) -> Path:
    """A copy of a file with one bit changed."""
    data = bytearray(source.read_bytes())
    data[bit // 8] ^= 1 << (bit % 8)
    target.write_bytes(data)
    return target
