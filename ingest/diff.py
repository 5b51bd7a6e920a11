"""Compares what the disk holds with what the ledger remembers; pure, no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from kb.model import FoundFile
from kb.store.catalog import KnownFile

__all__ = ["Diff", "KnownFile", "Look", "diff"]


class Look(Enum):
    """How hard to look at a file that is known: at its size and time, at its bytes, or as if it were new."""

    STAT = "stat"
    HASH = "hash"
    """Finds an edit that kept its time, or one made after the clock was set back."""
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Diff:
    """`suspect` files may have changed and may still hold the same bytes; `unchanged` only counts."""

    added: Sequence[FoundFile]
    suspect: Sequence[FoundFile]
    removed: Sequence[str]
    unchanged: int


def diff(found: Iterable[FoundFile], known: Mapping[str, KnownFile], look: Look = Look.STAT) -> Diff:
    """Sort the found files against the known ones by path; a path found twice counts once, the first time."""
    added: list[FoundFile] = []
    suspect: list[FoundFile] = []
    seen: set[str] = set()
    unchanged = 0
    for file in found:
        if file.path in seen:
            continue
        seen.add(file.path)
        before = known.get(file.path)
        if before is None:
            added.append(file)
        elif look is not Look.STAT or (before.size, before.mtime_ns) != (file.size, file.mtime_ns):
            # Any other time counts, an older one too: a clock set back or a restored copy is a change.
            suspect.append(file)
        else:
            unchanged += 1
    return Diff(added, suspect, [path for path in known if path not in seen], unchanged)
