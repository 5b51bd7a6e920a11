"""Boundaries between the folders of a code base, as its imports draw them: who knows whom, and who must not.

Nobody wrote these rules down; the code keeps them. An arrow that would turn one of them round is worth a question.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.decisions.latest import Latest
from kb.draft.proposed import Statement
from kb.search.signals import is_test
from kb.store.ledger import Ledger

PYTHON = re.compile(r"^\s*(?:from\s+(?P<a>[\w.]+)\s+import\b|import\s+(?P<b>[\w.]+))")
SCRIPT = re.compile(r"(?:\bfrom|\bimport|\brequire\()\s*[\"'](?P<a>[^\"'\n]+)[\"']")
GO = re.compile(r"^\s*(?:import\s+)?(?:[\w.]+\s+)?\"(?P<a>[\w.-]+(?:/[\w.@-]+)+)\"\s*$")
JAVA = re.compile(r"^\s*import\s+(?:static\s+)?(?P<a>[a-z][\w]*(?:\.[\w]+)+)\s*;?\s*$")
RUST = re.compile(r"^\s*(?:pub\s+)?use\s+(?:crate|super)::(?P<a>[\w:]+)")
FORMS: Mapping[str, Sequence[re.Pattern[str]]] = {
    ".py": (PYTHON,), ".go": (GO,), ".java": (JAVA,), ".kt": (JAVA,), ".rs": (RUST,),
    **dict.fromkeys((".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs"), (SCRIPT,)),
}  # fmt: skip
FEWEST = 2
"""So many imports the one way, and none the other, are a direction."""
USES = re.compile(r"\b(?:import|call|read|use|depend|write|reach|know|ask|invoke|quer)\w*\b", re.IGNORECASE)
NAMED = re.compile(r"`([^`\n]+)`|(?<![\w/])((?:[\w-]+/)+[\w-]+)")


@dataclass(frozen=True, slots=True)
class Import:
    """A line of indexed code that imports from another folder."""

    file_id: int
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """A statement by which one folder would know another that knows it already."""

    statement: Statement
    source_folder: str
    target_folder: str
    kept_by: tuple[Import, ...]
    """Lines that keep to the direction of today."""


class Boundaries:
    """The arrows between the folders of one source."""

    def __init__(self, folders: frozenset[str], arrows: Mapping[tuple[str, str], tuple[Import, ...]]) -> None:
        self._folders = folders
        self._arrows = arrows
        self._rooms: Counter[tuple[str, str]] = Counter()
        for (one, two), lines in arrows.items():
            self._rooms[(_room(one), _room(two))] += len(lines)

    def crossings(self, statements: Sequence[Statement]) -> list[Crossing]:
        """One for each pair of folders: the first statement that turns their arrow round."""
        found: dict[tuple[str, str], Crossing] = {}
        for statement in statements:
            for own, target in self._pairs(statement):
                if (own, target) not in found and (kept := self._turned(own, target)):
                    found[(own, target)] = Crossing(statement, own, target, kept)
        return list(found.values())

    def folder_of(self, path: str, written: str) -> str:
        """The folder of the source that an import leads to, empty for a library."""
        if path.endswith(FORMS_OF_SCRIPT):
            if not written.startswith("."):
                return self._ending(written.split("/"))
            led = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
            return (
                led
                if led in self._folders
                else posixpath.dirname(led)
                if posixpath.dirname(led) in self._folders
                else ""
            )
        parts = [part for part in re.split(r"[./]|::", written) if part]
        if path.endswith(".go"):
            parts = written.split("/")
        return self._ending(parts)

    def _ending(self, parts: Sequence[str]) -> str:
        """The longest run of names that is a folder; before it stands a module's name, behind it a file's."""
        for start in range(len(parts)):
            for end in range(len(parts), start, -1):
                folder = "/".join(parts[start:end])
                if folder in self._folders:
                    return folder
        return ""

    def _pairs(self, statement: Statement) -> list[tuple[str, str]]:
        if statement.path and statement.is_code and not statement.is_removed:
            own = posixpath.dirname(statement.path)
            targets = (
                self.folder_of(statement.path, written) for written in imports_in(statement.path, statement.text)
            )
            return [(own, target) for target in targets if target]
        if statement.path:
            return []
        named = [
            (m.start(), self._ending(re.split(r"[./]", (m[1] or m[2]).strip()))) for m in NAMED.finditer(statement.text)
        ]
        known = [(at, folder) for at, folder in named if folder]
        # "`kb/store` asks `kb/app`": who stands before the verb is the one that would know the other.
        return [
            (one, two) for (at, one), (then, two) in pairwise(known)
            if USES.search(statement.text[at:then])
        ]  # fmt: skip

    def _turned(self, own: str, target: str) -> tuple[Import, ...]:
        """The lines by which `target` knows `own` today, where `own` never knew `target`; none where it is no rule."""
        if own == target or is_inside(own, target) or is_inside(target, own):
            return ()
        back = self._arrows.get((target, own), ())
        if len(back) >= FEWEST and (own, target) not in self._arrows:
            return back
        one, two = _room(own), _room(target)
        if one != two and not self._rooms[(one, two)] and self._rooms[(two, one)] >= FEWEST:
            lines = [
                line for (a, b), found in self._arrows.items() if (_room(a), _room(b)) == (two, one) for line in found
            ]
            return tuple(lines)
        return ()


FORMS_OF_SCRIPT = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs")


def boundaries_of(ledger: Ledger) -> Mapping[str, Boundaries]:
    """The boundaries of each source, by its name; the same object as long as no file changed."""
    return _latest.of(ledger)


def imports_in(path: str, text: str) -> list[str]:
    """What a line of code imports, as written."""
    forms = FORMS.get(posixpath.splitext(path)[1], ())
    matches = (match for form in forms for match in form.finditer(text))
    return [next(filter(None, match.groups())) for match in matches]


def is_inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _room(folder: str) -> str:
    """The outermost folder that tells rooms apart: two names of `src/…` and its like, else one."""
    parts = folder.split("/")
    return "/".join(parts[:2])


def _made(ledger: Ledger, _: Mapping[str, Boundaries] | None) -> Mapping[str, Boundaries]:
    files: dict[str, list[tuple[int, str]]] = {}
    for file_id, source, path in ledger.database.execute(
        "SELECT f.id, s.name, f.path FROM file f JOIN source s ON s.id = f.source_id WHERE f.kind = 'code'"
    ):
        if posixpath.splitext(path)[1] in FORMS and not is_test(path):
            files.setdefault(source, []).append((int(file_id), path))
    made: dict[str, Boundaries] = {}
    for source, known in files.items():
        folders = frozenset(posixpath.dirname(path) for _, path in known) - {""}
        empty = Boundaries(folders, {})
        arrows: dict[tuple[str, str], list[Import]] = {}
        for file_id, path in known:
            own = posixpath.dirname(path)
            rows = ledger.database.execute(
                "SELECT start, text FROM chunk WHERE file_id = ? ORDER BY ordinal", (file_id,)
            )
            for start, text in rows.fetchall():
                for number, line in enumerate(text.split("\n"), start):
                    for written in imports_in(path, line):
                        target = empty.folder_of(path, written)
                        if target and target != own:
                            arrows.setdefault((own, target), []).append(Import(file_id, path, number))
        made[source] = Boundaries(folders, {pair: tuple(lines) for pair, lines in arrows.items()})
    return made


_latest = Latest(_made)
