"""What an index run would read, before it does: the largest folders, the kinds, the time it takes."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.readers.kinds import FORMATS, MARKDOWN, extension_of, kind_of, language_of
from ingest.readers.reading import Reading
from kb.kinds import Kind
from kb.model import FoundFile

FOLDERS_SHOWN = 10
FILES_PER_S = 700.0
"""Files read, cut and stored a second, on two cores."""
CHUNKS_PER_S = 145.0
"""Chunks embedded a second by the default model in int8, on two cores."""
BYTES_PER_CHUNK = 900
BYTES_PER_LINE = 40
_UNREAD = Reading(blocks=())


@dataclass(frozen=True, slots=True)
class Survey:
    """`folders` holds (path, files, bytes), the largest first; `expected_s` is the time of a first run."""

    folders: tuple[tuple[str, int, int], ...]
    kinds: dict[str, int]
    files: int
    bytes: int
    expected_s: float


def survey(files: Iterable[FoundFile], *, source_name: str = "", chunks_per_s: float = CHUNKS_PER_S) -> Survey:
    """Sum up what discovery found; nothing is opened, so kinds are as far as names and sizes tell."""
    kinds: Counter[str] = Counter()
    folders: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    count = size = chunks = 0
    for file in files:
        count += 1
        size += file.size
        chunks += -(-file.size // BYTES_PER_CHUNK)
        kinds[guess_kind(file.path, file.size, source_name=source_name)] += 1
        folder = folders[_folder(file.path)]
        folder[0] += 1
        folder[1] += file.size
    largest = sorted(((path, n, total) for path, (n, total) in folders.items()), key=lambda row: (-row[2], row[0]))
    expected_s = count / FILES_PER_S + chunks / chunks_per_s
    return Survey(tuple(largest[:FOLDERS_SHOWN]), dict(kinds.most_common()), count, size, expected_s)


def guess_kind(path: str, size: int = 0, *, source_name: str = "") -> Kind:
    """The kind that reading gives the file, unless its front matter or its headings say otherwise."""
    if extension_of(path) not in MARKDOWN | FORMATS and language_of(path):
        return "code"
    return kind_of(path, _UNREAD, source_name=source_name, lines=size // BYTES_PER_LINE, is_decision=False)


def _folder(path: str) -> str:
    """The two upper folders: deep enough to tell what is large, short enough to be ignored in one line."""
    return "/".join(path.split("/")[:-1][:2]) or "."
