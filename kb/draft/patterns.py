"""Patterns in use: files of one folder that are made alike, read from the names that they declare."""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.draft.binding import lines_of
from kb.draft.ground import Surveyor
from kb.learn.pool import GENERATED, Material
from kb.model import StoredChunk
from kb.search.signals import is_test
from kb.terms import CAMEL

FEWEST_ALIKE, SHARE = 3, 0.4
"""So many files of a folder, and this share of it, that declare the same are a pattern."""
MOST_VERBS = 5
NEAREST = 40
EMPTY = frozenset({"string", "init", "main", "test", "type", "error", "equal", "self", "this", "constructor"})
ENDING = re.compile(r"[_.\-]([A-Za-z]{3,})\.[A-Za-z]+$")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the files of a folder have in common; `exemplar` is the one that is nearest to the task."""

    folder: str
    exemplar: Material
    siblings: tuple[int, ...]
    """File ids of the others of the same make."""
    declares: tuple[str, ...]
    """The parts of names that most of them declare (`Create`, `List`, `New`), the commonest first."""
    ending: str
    """What their names end in (`repository` of `app_repository.go`), empty where nothing is shared."""


class Patterns:
    """The code of one ledger by folder."""

    def __init__(self, surveyor: Surveyor) -> None:
        self._surveyor = surveyor

    @cached_property
    def _by_folder(self) -> Mapping[tuple[str, str, str], list[tuple[int, str]]]:
        """(source, folder, extension) ▶ (file id, path) of the code that is no test and was written by hand."""
        rows = self._surveyor.ledger.database.execute(
            "SELECT f.id, s.name, f.path FROM file f JOIN source s ON s.id = f.source_id WHERE f.kind = 'code'"
        ).fetchall()
        folders: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
        for file_id, source, path in rows:
            if not is_test(path) and not any(mark in path for mark in GENERATED):
                key = (source, posixpath.dirname(path), posixpath.splitext(path)[1])
                folders.setdefault(key, []).append((int(file_id), path))
        return folders

    def folders(self, sources: Sequence[str], *, least: int) -> list[list[int]]:
        """The files of each folder of some sources (all where none is named), the fullest folder first."""
        found = [
            [file_id for file_id, _ in files]
            for (source, *_), files in self._by_folder.items()
            if len(files) > least and (not sources or source in sources)
        ]
        return sorted(found, key=lambda files: (-len(files), files[0]))

    def of(self, material: Material) -> Pattern | None:
        """The pattern that a file follows with others of its folder; None where they are not alike."""
        path, own = material.file.path, material.file.file_id
        key = (material.file.source, posixpath.dirname(path), posixpath.splitext(path)[1])
        others = [(i, other) for i, other in self._by_folder.get(key, []) if i != own]
        ending = _ending(path)
        alike = [i for i, other in others if ending and _ending(other) == ending]
        if len(alike) < FEWEST_ALIKE - 1:
            ending, alike = "", [i for i, _ in others]
        alike = alike[:NEAREST]
        mine = _verbs(material.parts)
        counted: Counter[str] = Counter()
        theirs: dict[int, set[str]] = {}
        for file_id in alike:
            theirs[file_id] = _verbs(self._surveyor.material(file_id).parts) & mine
            counted.update(theirs[file_id])
        enough = max(FEWEST_ALIKE - 1, SHARE * len(alike))
        common = [verb for verb, n in counted.most_common() if n >= enough][:MOST_VERBS]
        siblings = [
            i for i in sorted(alike, key=lambda i: (-len(theirs[i] & set(common)), i)) if theirs[i] & set(common)
        ]
        if len(siblings) < FEWEST_ALIKE - 1 or not common:
            return None
        return Pattern(key[1], material, tuple(siblings), tuple(common), ending)


def declared_line(material: Material, verb: str) -> tuple[StoredChunk, int, str] | None:
    """The passage and the line where a file declares a name that begins with a word."""
    for part in material.parts:
        for symbol in part.symbols:
            plain = symbol.rsplit(".", 1)[-1]
            if _verb(plain) == verb:
                pattern = re.compile(rf"(?<![\w$]){re.escape(plain)}(?![\w$])")
                for number, text in lines_of(part):
                    if pattern.search(text) and not text.lstrip().startswith(("//", "#", "*", "/*")):
                        return part, number, plain
    return None


def _verbs(parts: Sequence[StoredChunk]) -> set[str]:
    return {verb for part in parts for symbol in part.symbols if (verb := _verb(symbol.rsplit(".", 1)[-1]))}


def _verb(name: str) -> str:
    """`CreateRoute` and `create_route` ▶ `create`; nothing for a name of one word, which is a thing of its own."""
    words = [word for part in name.strip("_").split("_") for word in CAMEL.split(part) if word]
    first = words[0].lower() if len(words) > 1 else ""
    return first if len(first) >= 3 and first not in EMPTY else ""


def _ending(path: str) -> str:
    match = ENDING.search(posixpath.basename(path))
    if match:
        return match[1].lower()
    words = CAMEL.split(posixpath.splitext(posixpath.basename(path))[0])
    return words[-1].lower() if len(words) > 1 and len(words[-1]) > 2 else ""
