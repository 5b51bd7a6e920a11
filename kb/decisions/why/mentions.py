"""Finds the notes that speak of a place in the code: of what is declared there, of its file, of its folder.

Found by the full text, then read on disk: a word counts only where it stands as the name. `run` in a sentence is
no mention of a function `run`, nor `utils.py` of one of five files of that name.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kb.decisions.why.elsewhere import is_common, is_elsewhere
from kb.decisions.why.line import Line, is_telling
from kb.decisions.why.notes import Notes
from kb.decisions.why.reasons import How, Lead
from kb.model import StoredFile
from kb.terms import terms

PATH = re.compile(r"(?<![\w@/.-])(?:\.{0,2}/)*[\w@+.-]+(?:/[\w@+.-]+)*/?")
DOTTED = re.compile(r"(?<![\w./-])[A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)+")
CODE = re.compile(r"`+[^`\n]+`+")
SYMBOLS = ("mentions symbol", "mentions enclosing symbol")
COMMON_FOLDERS = frozenset({
    "src", "lib", "app", "apps", "pkg", "cmd", "internal", "test", "tests", "spec", "docs", "doc", "core", "common",
    "utils", "util", "main", "bin", "scripts", "source", "include", "server", "client", "web", "api",
})  # fmt: skip
EXTENSION = re.compile(r"\.[A-Za-z]\w{0,5}$")
NAME_AROUND = 0.3
"""What a name of the declaration counts, beside one on the line itself."""
FEWEST_NAMES = 2
INDEX_NAMES = frozenset({"__init__", "index", "mod", "main", "lib"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a note may call the place: its path in parts (outermost first), and what is declared there."""

    line: Line
    parts: tuple[str, ...]
    symbols: tuple[str, ...]
    around: frozenset[str]
    is_only_one: bool
    """Whether no other indexed file has this name."""

    @property
    def stem(self) -> str:
        return self.parts[-1].rpartition(".")[0] or self.parts[-1]

    @property
    def module(self) -> tuple[str, ...]:
        """The path as a dotted name has it, without extension."""
        return self.parts[:-1] if self.stem in INDEX_NAMES else (*self.parts[:-1], self.stem)


def leads(line: Line, notes: Notes) -> list[Lead]:
    """The best lead to each note that mentions the place; notes may be anywhere in the index."""
    target = _target(line, notes)
    found: list[Lead] = []
    for note in notes.holding(_searched(target), but=line.file_id):
        text = notes.lines(note)
        if text and (lead := _best(target, note, text)):
            found.append(lead)
    return found


def _target(line: Line, notes: Notes) -> Target:
    parts = tuple(part for part in line.abspath.replace("\\", "/").split("/") if part)
    shared = notes.files_named(posixpath.basename(line.path))
    telling = tuple(name for name in line.symbols if NAME_ONLY.fullmatch(name))
    return Target(line, parts, telling, line.names_around, shared <= 1)


NAME_ONLY = re.compile(r"[A-Za-z_$][\w$]*")


def _searched(target: Target) -> Iterator[list[str]]:
    """Words that stand together in whatever mentions the place: one list for each way to mention it."""
    for name in (*target.symbols, *target.line.names):
        yield _forms(name)
    stem = _forms(target.stem)
    yield stem
    if target.stem in INDEX_NAMES and len(target.parts) > 1:
        yield _forms(target.parts[-2])
    folders = target.line.path.split("/")[:-1]
    if len(folders) > 1 or (folders and folders[0].lower() not in COMMON_FOLDERS):
        yield [form for folder in folders[-2:] for form in _forms(folder)]


def _forms(name: str) -> list[str]:
    """The words that the full text keeps of a name wherever it stands, also inside of a path or a dotted name."""
    return [form for form in terms(re.sub(r"[^\w]+|_+", " ", name)) if "_" not in form]


def _best(target: Target, note: StoredFile, text: Sequence[str]) -> Lead | None:
    found = list(_all(target, note, text))
    if not found:
        return _by_names(target, note, text)
    qualified = any(how == "mentions file" for how, *_ in found)
    usable = [item for item in found if item[3] or qualified]
    if not usable:
        return None
    how, named, at, _ = min(usable, key=lambda item: (RANK[item[0]], item[2]))
    said = frozenset(NAME_ONLY.findall("\n".join(text)))
    shared = len(said.intersection(target.line.names)) + NAME_AROUND * len(said & target.around)
    own = [
        item
        for item in usable
        if item[0] not in SYMBOLS or not (is_common(item[1]) or is_elsewhere(target.line, note, text, item[2]))
    ]
    sure = bool(own) and (shared > 0 or any(_is_told_by_itself(target, item[0], item[1]) for item in own))
    return Lead(note.file_id, how, named, at, weight=shared + len({kind for kind, *_ in usable}) / 2, sure=sure)


def _is_told_by_itself(target: Target, how: How, named: str) -> bool:
    """Whether a mention needs no name of the code beside it: a bare file name, or a folder, stands for many lines."""
    if how == "mentions file" and "/" not in named:
        # `daemon.log` may be the module, or the log of the daemon.
        whole = posixpath.splitext(target.line.path)[0].split("/")
        return named == target.line.path or named.split(".") in (whole, whole[:-1]) or named.count(".") > 1
    return how != "mentions folder"


def _by_names(target: Target, note: StoredFile, text: Sequence[str]) -> Lead | None:
    """A note that speaks of several things on the line, without knowing that the line is there."""
    wanted = target.line.names
    for at, line in enumerate(text, start=1):
        said = frozenset(NAME_ONLY.findall(line))
        named = [name for name in wanted if name in said]
        if named:
            # The others may stand anywhere: a sentence runs over several lines.
            everywhere = frozenset(NAME_ONLY.findall("\n".join(text)))
            named = [name for name in wanted if name in everywhere]
            enough = len(named) >= FEWEST_NAMES
            return Lead(note.file_id, "mentions names on line", ", ".join(named), at, len(named)) if enough else None
    return None


RANK: dict[How, int] = {
    "mentions symbol": 0, "mentions enclosing symbol": 1, "mentions file": 2, "mentions folder": 3,
}  # fmt: skip

_Found = tuple[How, str, int, bool]
"""How, the words, the line of the note, and whether that is enough by itself."""


def _all(target: Target, note: StoredFile, text: Sequence[str]) -> Iterator[_Found]:
    inner = target.symbols[0] if target.symbols else ""
    for number, line in enumerate(text, start=1):
        for symbol in target.symbols:
            if symbol in line and (mention := _symbol(target, symbol, line)):
                named, sure = mention
                how: How = "mentions symbol" if symbol == inner else "mentions enclosing symbol"
                yield how, named, number, sure
        for named in _paths(line):
            how_path = _path(target, note, named)
            if how_path and not (how_path == "mentions file" and _is_of_another_part(target, text, number)):
                yield how_path, named, number, True


def _is_of_another_part(target: Target, text: Sequence[str], number: int) -> bool:
    """Whether a note says beside the file's name which other declaration of it is meant: "`connect` in database.py"."""
    around = "\n".join(text[max(number - 2, 0) : number + 1])
    named = {name for code in CODE.finditer(around) for name in NAME_ONLY.findall(code.group())}
    return bool(named & target.line.elsewhere) and not named.intersection((*target.symbols, *target.line.names))


def _symbol(target: Target, symbol: str, line: str) -> tuple[str, bool] | None:
    """The words by which a line of a note names a declaration, and whether they can mean nothing else."""
    # `Server.Drain` speaks of Drain, and not of what else a Server has.
    alone = re.compile(rf"(?<![\w$]){re.escape(symbol)}(?![\w$]|(?:\.|::|#)[A-Za-z_$])")
    if not alone.search(line):
        return None
    owners = {target.stem, *target.symbols}
    for match in DOTTED.finditer(line):
        parts = re.split(r"\.|::|#", match.group())
        if symbol in parts[1:] and parts[parts.index(symbol, 1) - 1] in owners:
            return match.group(), True
    if is_telling(symbol):
        return symbol, True
    # Inside of a path or a flag it is another word.
    as_code = re.compile(rf"(?<![\w$./-]){re.escape(symbol)}(?![\w$/-])")
    if len(symbol) > 2 and any(as_code.search(code.group()) for code in CODE.finditer(line)):
        return symbol, False
    return None


def _paths(line: str) -> Iterable[str]:
    for match in PATH.finditer(line):
        word = match.group().rstrip(".")
        if "/" in word or EXTENSION.search(word):
            yield word
    for match in DOTTED.finditer(line):
        if "." in match.group():
            yield match.group()


def _path(target: Target, note: StoredFile, written: str) -> How | None:
    """Whether a path in a note leads to the file or to its folder."""
    parts = [part for part in written.split("/") if part not in ("", ".", "..")]
    if not parts:
        return None
    if written.startswith(".") and "/" in written and note.source == target.line.source:
        led = posixpath.normpath(posixpath.join(posixpath.dirname(note.path), written))
        if led == target.line.path:
            return "mentions file"
        if not led.startswith("..") and led == posixpath.dirname(target.line.path):
            return "mentions folder"
        if posixpath.splitext(led)[1]:
            # It leads to another file, even if that has the same name.
            return None
    if _ends(target.parts, parts) and (len(parts) > 1 or target.is_only_one):
        return "mentions file"
    if "/" not in written:
        dotted = written.split(".")
        return "mentions file" if len(dotted) > 1 and _ends(target.module, dotted) else None
    return "mentions folder" if _is_folder(target, parts, closed=written.endswith("/")) else None


def _is_folder(target: Target, parts: Sequence[str], *, closed: bool) -> bool:
    """Whether these are the last names of the file's own folder; one name only with its slash, and no common one."""
    folders = target.parts[:-1]
    if not _ends(folders, parts) or not target.line.path.count("/"):
        return False
    return len(parts) > 1 or (closed and parts[0].lower() not in COMMON_FOLDERS)


def _ends(whole: Sequence[str], end: Sequence[str]) -> bool:
    return 0 < len(end) <= len(whole) and list(whole[-len(end) :]) == list(end)
