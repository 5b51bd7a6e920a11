"""Code around code: who declares what others use, and which tests guard a file, by name and by what they mention."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.learn.phrases import is_telling
from kb.learn.pool import Material
from kb.learn.words import FileWords
from kb.search.signals import is_test
from kb.store.ledger import Ledger
from kb.terms import terms

SHORTEST = 5
"""A shorter symbol (`New`, `Get`) stands in files that have nothing to do with it."""
MARK = re.compile(r"^test_|_test$|\.test$|\.spec$|_spec$|Tests?$|Spec$")
FEW, OFTEN = 10, 0.1
"""A symbol that stands in more files than a few, and in so many of all, tells nothing of who uses it."""


def symbols_of(material: Material) -> list[str]:
    """What a file declares for others, by plain names, each once: a private name is used nowhere else."""
    names = (symbol.rsplit(".", 1)[-1] for part in material.parts for symbol in part.symbols)
    return list(dict.fromkeys(name for name in names if len(name) >= SHORTEST and not name.startswith("_")))


class Guards:
    """The uses of code in one ledger."""

    def __init__(self, ledger: Ledger, words: FileWords) -> None:
        self._ledger = ledger
        self._words = words

    @cached_property
    def _code(self) -> dict[int, tuple[str, str]]:
        rows = self._ledger.database.execute(
            "SELECT f.id, s.name, f.path FROM file f JOIN source s ON s.id = f.source_id WHERE f.kind = 'code'"
        )
        return {int(file_id): (str(source), str(path)) for file_id, source, path in rows}

    @cached_property
    def _tests(self) -> dict[int, tuple[str, str]]:
        return {file_id: place for file_id, place in self._code.items() if is_test(place[1])}

    def users(self, material: Material) -> dict[int, list[str]]:
        """The other code files that mention what a file declares, with the symbols they mention."""
        found: dict[int, list[str]] = {}
        # A plain word stands also where nothing is used: "delete" in a comment.
        for symbol in filter(is_telling, symbols_of(material)):
            files = self._mentioning(symbol)
            if len(files) <= max(FEW, OFTEN * len(self._code)):
                for file_id in files - {material.file.file_id}:
                    found.setdefault(file_id, []).append(symbol)
        return found

    def tests_of(self, material: Material, *, most: int) -> list[tuple[int, str]]:
        """(file id, why) of the tests that guard a file: those named after it first, then those that mention most."""
        own = _bare(material.file.path)
        named = [
            (_apart(material.file.path, path), file_id)
            for file_id, (source, path) in self._tests.items()
            if source == material.file.source and _bare(path) == own
        ]
        # `controller_test.go` stands in ten folders: the one beside the file is meant.
        nearest = min((distance for distance, _ in named), default=0)
        by_name = [file_id for distance, file_id in sorted(named) if distance == nearest][:most]
        found = [(file_id, f"named after {posixpath.basename(material.file.path)}") for file_id in by_name]
        users = {i: names for i, names in self.users(material).items() if i in self._tests and i not in by_name}
        ranked = sorted(users.items(), key=lambda item: (-len(item[1]), self._tests[item[0]]))
        found += [(file_id, f"mentions {', '.join(names[:2])}") for file_id, names in ranked]
        return found[:most]

    def _mentioning(self, symbol: str) -> frozenset[int]:
        forms = terms(symbol)
        # An identifier is indexed whole, beside its parts.
        return self._words.files(forms[0]) & self._code.keys() if forms else frozenset()


@dataclass(frozen=True, slots=True)
class Use:
    """How a file stands among others: which of them use it and for what, and how many it uses."""

    used_by: tuple[str, ...]
    symbols: tuple[str, ...]
    """What they use of it, the most used first."""
    uses: int


def uses_among(materials: Sequence[Material], guards: Guards) -> dict[int, Use]:
    """Who uses whom among some files of code."""
    paths = {material.file.file_id: material.file.path for material in materials}
    users = {
        material.file.file_id: {i: names for i, names in guards.users(material).items() if i in paths}
        for material in materials
    }
    found: dict[int, Use] = {}
    for file_id, by in users.items():
        counted = Counter(name for names in by.values() for name in names)
        symbols = tuple(name for name, _ in counted.most_common(2))
        uses = sum(file_id in others for others in users.values())
        found[file_id] = Use(tuple(sorted(paths[i] for i in by)), symbols, uses)
    return found


def _bare(path: str) -> str:
    """`api/process_test.go`, `ProcessTest.java`, `test_process.py` → `process`."""
    stem = (
        posixpath.basename(path).split(".", 1)[0] if path.count(".") < 2 else posixpath.basename(path).rsplit(".", 1)[0]
    )
    return MARK.sub("", stem).lower()


def _apart(path: str, other: str) -> int:
    """How many folders lie between two files."""
    one, two = posixpath.dirname(path).split("/"), posixpath.dirname(other).split("/")
    shared = _shared(one, two)
    return len(one) + len(two) - 2 * shared


def _shared(one: Iterable[str], two: Iterable[str]) -> int:
    count = 0
    for a, b in zip(one, two, strict=False):
        if a != b:
            break
        count += 1
    return count
