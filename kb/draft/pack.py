"""The nouns of a pack: sections of items, each with the numbers of the quotes that it rests on. Frozen, free of I/O."""

from dataclasses import dataclass

from kb.model import Citation


@dataclass(frozen=True, slots=True)
class Item:
    """One statement; without numbers it says what is missing, or asks."""

    text: str
    cites: tuple[int, ...] = ()

    @property
    def marked(self) -> str:
        """The text with its numbers behind it, as a draft writes them."""
        return self.text + "".join(f" [{n}]" for n in self.cites)


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is fixed, for programs; `title` is for people."""

    name: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change could go, with what speaks for and against it."""

    title: str
    path: str
    speaks_for: tuple[Item, ...]
    speaks_against: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """What is known before a change is designed."""

    task: str
    coverage: str
    missing: tuple[str, ...]
    sections: tuple[Section, ...]
    citations: tuple[Citation, ...]
    diagram: str = ""
    prompt: str = ""

    def section(self, name: str) -> Section:
        return next(section for section in self.sections if section.name == name)
