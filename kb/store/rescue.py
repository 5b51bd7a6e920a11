"""Copies what is sound out of a damaged ledger into a new one, and sees that what was lost is read again.

One way for all damage: nothing is mended in place, where a broken index or a lost page
would stand in the way of each statement. The notes themselves are in their folders, and
a vector is only work: what is dropped here comes back with the next run.
"""

import json
from collections import deque
from pathlib import Path

from kb.errors import StorageError
from kb.model import Chunk
from kb.store.catalog import full_text
from kb.store.database import REPAIR, Database
from kb.store.embeddings import EmbeddingRows
from kb.store.integrity import impossible_vectors
from kb.store.mirrored import MirrorRows
from kb.store.roots import BACKUPS, kept_roots
from kb.store.schema import COVERED, crc_of, insert_into, stored_crc_of

KEYED = ("meta", "skipped")
NUMBERED = ("source", "file", "chunk", "reference", "generation", "vector", "mirrored", "change")
PARENTS = (
    ("file", "source_id", "source"),
    ("skipped", "source_id", "source"),
    ("chunk", "file_id", "file"),
    ("reference", "file_id", "file"),
    ("vector", "generation", "generation"),
)
"""(table, column, parent): a parent's rows are dealt with before its children's."""
HIGHEST_ID = 1 << 53
MOST_PROBES = 50_000
"""So many ranges that cannot be read are halved, the widest first; what is left then is given up."""


def rescue(old: Path, fresh: Database, *, structural: bool) -> list[str]:
    """Fill the empty ledger `fresh` with the sound rows of that at `old`; returns what was done.

    `structural` when pages are damaged: rows may then be missing without a trace.
    """
    fresh.execute("PRAGMA foreign_keys = OFF")
    fresh.execute("ATTACH ? AS old", (str(old),))
    fresh.execute("PRAGMA old.cell_size_check = ON")
    # Outside a transaction: inside one, SQLite takes no more writes after the first damaged page that it meets.
    copies = [_Copy(fresh, table) for table in NUMBERED]
    whole = [*(_copied(fresh, table) for table in KEYED), *(copy.run() for copy in copies)]
    given = _given_ids(fresh)
    fresh.execute("DETACH old")
    structural |= not all(whole)
    lost = {copy.table: copy.damaged for copy in copies}
    with fresh.transaction():
        _put_sources_back(fresh, old.parent / BACKUPS)
        _put_generations_back(fresh)
        dropped = _drop_orphans(fresh) + _drop_useless_vectors(fresh)
        again = _read_all_again(fresh) if structural else _forget_around(fresh, lost)
        _give_out_no_id_twice(fresh, given)
        if structural:
            MirrorRows(fresh).forget()
        EmbeddingRows(fresh).tell_swept()
        _fill_full_text(fresh)
    fresh.execute("PRAGMA foreign_keys = ON")
    done = [f"{len(ids)} damaged rows of {table} were left out" for table, ids in lost.items() if ids]
    if dropped:
        done.append(f"{dropped} rows that belong to nothing were left out")
    if again:
        done.append(f"{again} files are read again by the next: kb index")
    return [*done, "all other rows were kept, and the full text was made again from them"]


class _Copy:
    """One table, copied by ranges of row ids: a range that cannot be read is halved until only bad rows are left."""

    def __init__(self, fresh: Database, table: str) -> None:
        self._fresh = fresh
        self.table = table
        self.damaged: list[int] = []
        """The ids of the rows that do not fit their checksum."""
        columns = [str(row[1]) for row in fresh.execute(f"PRAGMA main.table_info({table})")]
        # The id is the row id under its own name; of the rows without one the order matters.
        named = columns[0] in ("id", "vector_id")
        names = ", ".join(columns if named else ("rowid", *columns))
        sound = f"crc IS {stored_crc_of(table)}" if table in COVERED else "1"
        rows = f"FROM old.{table} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
        self._copy = f"INSERT OR IGNORE INTO main.{table} ({names}) SELECT {names} {rows} AND {sound}"
        self._unsound = f"SELECT rowid {rows} AND NOT ({sound})"

    def run(self) -> bool:
        """Whether every row could be read, damaged or not."""
        try:
            highest = self._fresh.execute(f"SELECT max(rowid) FROM old.{self.table}").fetchone()[0] or 0
        except StorageError as error:
            _only_damage(error)
            highest = HIGHEST_ID
        waiting, probes = deque([(0, max(0, min(highest, HIGHEST_ID)))]), 0
        while waiting and probes < MOST_PROBES:
            low, high = waiting.popleft()
            try:
                self._fresh.execute(self._copy, (low, high))
                self.damaged += [row[0] for row in self._fresh.execute(self._unsound, (low, high)).fetchall()]
            except StorageError as error:
                _only_damage(error)
                probes += 1
                if low < high:
                    middle = (low + high) // 2
                    waiting += [(low, middle), (middle + 1, high)]
        return not probes


def _copied(fresh: Database, table: str) -> bool:
    """Copy a small table without row ids; whether it could be read to its end."""
    columns = ", ".join((*COVERED[table], "crc"))
    try:
        fresh.execute(
            # What a new ledger holds stays: its full text is made with its own word list.
            f"INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {columns} FROM old.{table}"
            f" WHERE crc IS {stored_crc_of(table)}"
        )
    except StorageError as error:
        _only_damage(error)
        return False
    return True


def _only_damage(error: StorageError) -> None:
    """Let nothing but damage be passed over: a full disk must end the rescue, not thin it out."""
    if error.hint != REPAIR:
        raise error


def _put_sources_back(fresh: Database, backups: Path) -> None:
    """A lost source would take all of its files along; its name and root are kept a second time."""
    orphaned = fresh.execute(
        "SELECT DISTINCT source_id FROM file WHERE source_id NOT IN (SELECT id FROM source) ORDER BY 1"
    ).fetchall()
    present = {row[0] for row in fresh.execute("SELECT root FROM source").fetchall()}
    missing = [(name, root) for name, root in kept_roots(backups) if root not in present]
    if len(missing) == len(orphaned):
        # Both in the order in which they were added.
        for (source_id,), (name, root) in zip(orphaned, missing, strict=True):
            fresh.execute(insert_into("source"), (name, root, "", ""))
            fresh.execute("UPDATE source SET id = ? WHERE root = ?", (source_id, root))


def _put_generations_back(fresh: Database) -> None:
    """What a model's row says can be told from its vectors, and from the note of which one is in use."""
    in_use = fresh.meta("generation")
    lengths = fresh.execute(
        "SELECT generation, length(data) / 4, count(*) AS n FROM vector GROUP BY 1, 2 ORDER BY n"
    ).fetchall()
    # The most frequent length comes last and stands.
    dims = {generation: dim for generation, dim, _ in lengths}
    known = dict(fresh.execute("SELECT id, identity FROM generation").fetchall())
    if in_use and in_use not in known.values() and (biggest := next(reversed(dims), None)) is not None:
        fresh.execute(
            "INSERT OR REPLACE INTO generation (id, identity, dim) VALUES (?, ?, ?)",
            (biggest, in_use, dims[biggest]),
        )
    elif not in_use and (biggest := next((g for g in reversed(dims) if g in known), None)) is not None:
        fresh.set_meta("generation", known[biggest])
    for generation, dim in dims.items():
        fresh.execute("UPDATE generation SET dim = ? WHERE id = ?", (dim, generation))


def _drop_orphans(fresh: Database) -> int:
    return sum(
        fresh.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT id FROM {parent})").rowcount
        for table, column, parent in PARENTS
    )


def _drop_useless_vectors(fresh: Database) -> int:
    useless = [(vector_id,) for vector_id in impossible_vectors(fresh)]
    fresh.executemany("DELETE FROM vector WHERE id = ?", useless)
    cursor = fresh.execute(
        "DELETE FROM vector WHERE length(data) <> 4 * (SELECT dim FROM generation g WHERE g.id = generation)"
    )
    return len(useless) + cursor.rowcount


def _read_all_again(fresh: Database) -> int:
    """Make each file differ from the one on disk: its passages serve until the next run has read it."""
    count = fresh.execute("UPDATE file SET size = -1, digest = X''").rowcount
    fresh.execute(f"UPDATE file SET crc = {crc_of('file')}")
    return count


def _forget_around(fresh: Database, lost: dict[str, list[int]]) -> int:
    """Forget each file that a lost row may have been of, so that it is read again; returns how many.

    What the row says of its file may be the damage. But rows stand in the order of their files: the file is one of
    those between its neighbours' files.
    """
    forgotten: set[int] = set()
    for table in ("chunk", "reference"):
        for lost_id in lost[table]:
            low, high = fresh.execute(
                f"SELECT (SELECT file_id FROM {table} WHERE rowid < ?1 ORDER BY rowid DESC LIMIT 1),"
                f" (SELECT file_id FROM {table} WHERE rowid > ?1 ORDER BY rowid LIMIT 1)",
                (lost_id,),
            ).fetchone()
            between = (0 if low is None else low, HIGHEST_ID if high is None else high)
            forgotten.update(row[0] for row in fresh.execute("SELECT id FROM file WHERE id BETWEEN ? AND ?", between))
    ids = [(file_id,) for file_id in forgotten]
    for table, column in (("chunk", "file_id"), ("reference", "file_id"), ("file", "id")):
        fresh.executemany(f"DELETE FROM {table} WHERE {column} = ?", ids)
    return len(forgotten) + len(lost["file"])


def _given_ids(fresh: Database) -> dict[str, int]:
    """The highest id that was given in each table, as far as that can be read."""
    try:
        rows = fresh.execute("SELECT CAST(name AS BLOB), seq FROM old.sqlite_sequence").fetchall()
    except StorageError as error:
        _only_damage(error)
        rows = []
    return {
        str(bytes(name), "ascii", "replace"): seq for name, seq in rows if isinstance(seq, int) and seq < HIGHEST_ID
    }


def _give_out_no_id_twice(fresh: Database, given: dict[str, int]) -> None:
    """An id that once was given must not come back: the mirror may still hold what it stood for."""
    mirrored = fresh.execute("SELECT max(vector_id) FROM mirrored").fetchone()[0]
    for name in ("source", "file", "chunk", "generation", "vector", "change"):
        used = [given.get(name, 0), fresh.execute(f"SELECT max(id) FROM {name}").fetchone()[0] or 0]
        if name == "vector":
            used.append(mirrored or 0)
        fresh.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        fresh.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, max(used)))


def _fill_full_text(fresh: Database) -> None:
    rows = fresh.execute(
        "SELECT c.id, c.ordinal, c.start, c.end, c.text, c.trail, c.symbols, f.title, f.path"
        " FROM chunk c JOIN file f ON f.id = c.file_id ORDER BY c.id"
    )
    for chunk_id, ordinal, start, end, text, trail, symbols, title, path in rows:
        chunk = Chunk(ordinal, start, end, text, trail=tuple(json.loads(trail)), symbols=tuple(json.loads(symbols)))
        fresh.execute(
            "INSERT INTO chunk_fts (rowid, title, trail, path, body) VALUES (?, ?, ?, ?, ?)",
            (chunk_id, *full_text(chunk, title, path)),
        )
