"""Tells whether a folder of files is still as its last writer closed it.

Chroma takes a damaged HNSW file as it is: half of the vectors answer nothing, or the
process ends with a segmentation fault. So its files are compared before it sees them.
"""

import json
import os
from hashlib import file_digest
from pathlib import Path

SEAL = "seal.json"
SMALL = 1 << 20
"""Files up to this size are hashed at every look (1 ms); larger ones only where size or time leave a doubt."""


def seal(folder: Path) -> None:
    """Write down size, time and sha256 of the files; OSError when that fails."""
    marks = {name: [*_mark(folder / name), _hash(folder / name)] for name in _names(folder)}
    partial = folder / f"{SEAL}.partial"
    partial.write_text(json.dumps(marks), encoding="utf-8")
    os.replace(partial, folder / SEAL)


def unseal(folder: Path) -> None:
    """Say that the files are being written to: whoever finds them so must not trust them."""
    (folder / SEAL).unlink(missing_ok=True)


def broken_seal(folder: Path, *, thorough: bool = False) -> str:
    """What is wrong with the folder, empty when nothing is; `thorough` hashes the large files too."""
    names = _names(folder)
    try:
        marks = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        if sorted(marks) != names:
            return f"files are missing or new: {', '.join(sorted(set(marks) ^ set(names)))}"
        changed = (name for name in names if _differs(folder / name, marks[name], thorough=thorough))
        first = next(changed, None)
    except FileNotFoundError:
        return "its writer never closed it" if names else ""
    except (OSError, ValueError, TypeError) as error:
        return f"its seal cannot be read: {error}"
    return f"{first} was changed" if first else ""


def _differs(path: Path, mark: list[int | str], *, thorough: bool) -> bool:
    size, mtime_ns, digest = mark
    now = _mark(path)
    if now[0] != size:
        return True
    # A copied folder has new times and the same bytes.
    doubtful = thorough or now[0] <= SMALL or now[1] != mtime_ns
    return doubtful and _hash(path) != digest


def _names(folder: Path) -> list[str]:
    """The index files; SQLite's are left out, it changes them when it reads and checks them itself."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.glob("*/*") if path.is_file() and path.suffix != ".lock"
    )


def _mark(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
