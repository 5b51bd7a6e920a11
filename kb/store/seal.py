"""Tells whether a folder of files is still as its last writer closed it.

Chroma takes a damaged HNSW file as it is: half of the vectors answer nothing, or the
process ends with a segmentation fault. So its files are compared before it sees them.
"""

import json
import os
import sqlite3
from contextlib import closing
from hashlib import file_digest, sha256
from pathlib import Path
from urllib.parse import quote

SEAL = "seal.json"
SMALL = 1 << 20
"""Files up to this size are hashed at every look (1 ms); larger ones only where size or time leave a doubt."""
LOCK_TABLE = "acquire_write"
"""Chroma writes to it each time it opens its database."""


def seal(folder: Path) -> None:
    """Write down size, time and sha256 of the files, and the sha256 of what the database says; OSError on failure."""
    marks: dict[str, list[int | str]] = {}
    for name in _names(folder):
        path = folder / name
        marks[name] = [0, 0, _content_hash(path)] if _is_database(name) else [*_mark(path), _hash(path)]
    partial = folder / f"{SEAL}.partial"
    partial.write_text(json.dumps(marks), encoding="utf-8")
    os.replace(partial, folder / SEAL)


def unseal(folder: Path) -> None:
    """Say that the files are being written to, or are not to be trusted: whoever finds them so must make them anew."""
    (folder / SEAL).unlink(missing_ok=True)


def is_sealed(folder: Path) -> bool:
    """Whether the folder has a seal at all, be it broken."""
    return (folder / SEAL).exists()


def broken_seal(folder: Path, *, thorough: bool = False) -> str:
    """What is wrong with the folder, empty when nothing is; `thorough` reads the large files and the database too."""
    names = _names(folder)
    try:
        marks = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        if sorted(marks) != names:
            return f"files are missing or new: {', '.join(sorted(set(marks) ^ set(names)))}"
        changed = (name for name in names if _differs(folder / name, marks[name], thorough=thorough))
        first = next(changed, None)
    except FileNotFoundError:
        return "its writer never closed it" if names else ""
    except sqlite3.Error as error:
        return f"its database cannot be read: {error}"
    except (OSError, ValueError, TypeError) as error:
        return f"its seal cannot be read: {error}"
    return f"{first} was changed" if first else ""


def _differs(path: Path, mark: list[int | str], *, thorough: bool) -> bool:
    size, mtime_ns, digest = mark
    if _is_database(path.name):
        # Chroma changes its bytes at every opening: only what it says can be compared.
        return thorough and _content_hash(path) != digest
    now = _mark(path)
    if now[0] != size:
        return True
    # A copied folder has new times and the same bytes.
    doubtful = thorough or now[0] <= SMALL or now[1] != mtime_ns
    return doubtful and _hash(path) != digest


def _names(folder: Path) -> list[str]:
    """The index files and the database; SQLite's journals come and go."""
    files = [path for path in folder.glob("*/*") if path.is_file() and path.suffix != ".lock"]
    return sorted(path.relative_to(folder).as_posix() for path in [*files, *folder.glob("*.sqlite3")])


def _is_database(name: str) -> bool:
    return name.endswith(".sqlite3")


def _mark(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _content_hash(path: Path) -> str:
    """Hash of all rows of all tables; ValueError where SQLite itself finds the file damaged."""
    digest = sha256()
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise ValueError(found)
        schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
        digest.update(repr(schema).encode())
        for kind, name, sql in schema:
            # What a virtual table shows lies in plain tables beside it, and reading it may need Chroma's tokenizer.
            if kind == "table" and name != LOCK_TABLE and not sql.startswith("CREATE VIRTUAL"):
                digest.update(name.encode())
                for row in connection.execute(f'SELECT * FROM "{name}"'):
                    digest.update(repr(row).encode())
    return digest.hexdigest()
