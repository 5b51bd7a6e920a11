"""A folder of notes and the plain model of it: what is there, in which file and at which line each word stands."""

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

IGNORE_FILES = (".gitignore", ".kbignore")
LETTERS = "bcdfghjkmpqrtvwxz"
"""No vowel among them: no stemmer takes anything from such a word."""
_numbers = itertools.count(1)


def new_word() -> str:
    """A word that was never used before; all are of the same length."""
    number, letters = next(_numbers), ""
    for _ in range(8):
        number, rest = divmod(number, len(LETTERS))
        letters += LETTERS[rest]
    return f"qz{letters}"


@dataclass(frozen=True)
class Text:
    """What a file holds: one word of its own, and for an ignore file a pattern."""

    word: str
    blank_lines: int = 0
    pattern: str = ""

    @property
    def content(self) -> str:
        return f"# {'x' * 8}\n{chr(10) * self.blank_lines}The word is {self.word}.\n{self.pattern}\n"

    @property
    def line(self) -> int:
        """Where the word stands, from 1."""
        return 2 + self.blank_lines


@dataclass
class Tree:
    """Changes the disk and the model of it together; every change returns the places that a watcher would name."""

    root: Path
    files: dict[str, Text] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    """Every word that ever was."""

    def write(self, path: str, text: Text, *, keep_time: bool = False, old: bool = False) -> list[str]:
        """Make a file or replace its bytes; `keep_time` leaves its time stamp as it was, `old` gives it a past one."""
        places = self._make_way(path)
        file = self.root / path
        before = file.stat().st_mtime_ns if keep_time and file.exists() else None
        file.write_text(text.content, encoding="utf-8")
        if before is not None:
            os.utime(file, ns=(before, before))
        elif old:
            # As an archive unpacks. Another one for each writing: two of the same would be a kept time.
            past = 1_000_000_000_000_000_000 + next(_numbers) * 1_000_001
            os.utime(file, ns=(past, past))
        self.files[path] = text
        self.words.add(text.word)
        return places or [path]

    def replace(self, path: str, text: Text) -> list[str]:
        """As an editor saves: written beside it, then put in its place."""
        places = self._make_way(path)
        beside = self.root / f"{path}~"
        beside.write_text(text.content, encoding="utf-8")
        os.replace(beside, self.root / path)
        self.files[path] = text
        self.words.add(text.word)
        return places or [f"{path}~", path]

    def move(self, source: str, target: str) -> list[str]:
        """A file or folder; what stood at the target of a file is replaced."""
        places = self._make_way(target)
        os.replace(self.root / source, self.root / target)
        moved = {path: text for path, text in self.files.items() if lies_at(path, source)}
        for path in moved:
            del self.files[path]
        for path, text in moved.items():
            self.files[target + path[len(source) :]] = text
        return [source, *(places or [target])]

    def swap(self, one: str, other: str) -> list[str]:
        aside = self.root / "aside.tmp"
        os.rename(self.root / one, aside)
        os.rename(self.root / other, self.root / one)
        os.rename(aside, self.root / other)
        self.files[one], self.files[other] = self.files[other], self.files[one]
        return [one, "aside.tmp", other]

    def delete(self, path: str) -> list[str]:
        (self.root / path).unlink()
        del self.files[path]
        return [path]

    def delete_folder(self, folder: str) -> list[str]:
        places = []
        for top, folders, names in os.walk(self.root / folder, topdown=False):
            for name in names:
                path = (Path(top) / name).relative_to(self.root).as_posix()
                (self.root / path).unlink()
                places.append(path)
                del self.files[path]
            for name in folders:
                (Path(top) / name).rmdir()
        (self.root / folder).rmdir()
        return [*places, folder]

    def living(self) -> dict[str, Text]:
        """What an index of the tree must hold."""
        return {path: text for path, text in self.files.items() if not self._is_ignored(path)}

    def on_disk(self) -> set[str]:
        return {
            (Path(top) / name).relative_to(self.root).as_posix()
            for top, _, names in os.walk(self.root)
            for name in names
        }

    def folders(self) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_dir())

    def _is_ignored(self, path: str) -> bool:
        return any(
            _matches(text.pattern, path[len(folder) :])
            for place, text in self.files.items()
            if place.rpartition("/")[2] in IGNORE_FILES and text.pattern
            if path.startswith(folder := place[: place.rfind("/") + 1])
        )

    def _make_way(self, path: str) -> list[str]:
        """Make the folders that lead to a path; the first new one is all that a watcher is sure to tell of."""
        new: list[str] = []
        parts = path.split("/")[:-1]
        for folder in itertools.accumulate(parts, lambda above, name: f"{above}/{name}"):
            if not (self.root / folder).is_dir():
                (self.root / folder).mkdir()
                new.append(folder)
        return new[:1]


def lies_at(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _matches(pattern: str, inside: str) -> bool:
    """Patterns are a name of a file, or of a folder with a slash at its end; at any depth."""
    *folders, name = inside.split("/")
    return pattern[:-1] in folders if pattern.endswith("/") else pattern == name


Said = Callable[[str], None]
