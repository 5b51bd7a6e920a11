"""What an index run would read, before it does: the largest folders, the kinds, the time it takes."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kb.model import FoundFile, Kind

FOLDERS_SHOWN = 10
FILES_PER_S = 700.0
"""Files read, cut and stored a second, on two cores."""
CHUNKS_PER_S = 145.0
"""Chunks embedded a second by the default model in int8, on two cores."""
BYTES_PER_CHUNK = 900

_DECISION_FOLDERS = frozenset(
    [
        "adr",
        "adrs",
        "decisions",
        "decision-records",
        "architecture-decisions",
        "architecture_decisions",
        "rfc",
        "rfcs",
        "pep",
        "peps",
    ]
)
_LEARNED_FOLDERS = frozenset(("til", "tils", "today-i-learned"))
_NOTE_EXTENSIONS = frozenset(
    ["md", "markdown", "mdx", "rst", "txt", "text", "adoc", "asciidoc", "org", "html", "htm", "ipynb", "pdf", "tex"]
)
_NOTE_NAMES = frozenset(
    ["readme", "license", "licence", "changelog", "contributing", "authors", "notice", "copying", "todo"]
)


@dataclass(frozen=True, slots=True)
class Survey:
    """`folders` holds (path, files, bytes), the largest first; `expected_s` is the time of a first run."""

    folders: tuple[tuple[str, int, int], ...]
    kinds: dict[str, int]
    files: int
    bytes: int
    expected_s: float


def survey(files: Iterable[FoundFile], *, chunks_per_s: float = CHUNKS_PER_S) -> Survey:
    """Sum up what discovery found; nothing is opened, so kinds are guesses by name."""
    kinds: Counter[str] = Counter()
    folders: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    count = size = chunks = 0
    for file in files:
        count += 1
        size += file.size
        chunks += -(-file.size // BYTES_PER_CHUNK)
        kinds[guess_kind(file.path)] += 1
        folder = folders[_folder(file.path)]
        folder[0] += 1
        folder[1] += file.size
    largest = sorted(((path, n, total) for path, (n, total) in folders.items()), key=lambda row: (-row[2], row[0]))
    expected_s = count / FILES_PER_S + chunks / chunks_per_s
    return Survey(tuple(largest[:FOLDERS_SHOWN]), dict(kinds.most_common()), count, size, expected_s)


def guess_kind(path: str) -> Kind:
    """A file's kind as far as its path tells."""
    *folders, name = path.lower().split("/")
    stem, _, extension = name.rpartition(".")
    if extension not in _NOTE_EXTENSIONS and (stem or name) not in _NOTE_NAMES:
        return "code" if stem else "note"
    if _DECISION_FOLDERS.intersection(folders):
        return "adr"
    return "til" if _LEARNED_FOLDERS.intersection(folders) else "note"


def _folder(path: str) -> str:
    """The two upper folders: deep enough to tell what is large, short enough to be ignored in one line."""
    return "/".join(path.split("/")[:-1][:2]) or "."
