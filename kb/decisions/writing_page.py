"""The nouns of writing a link: a file as the writers see it, the link that it is to hold, and an edit of its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.readers.kinds import MARKDOWN, extension_of
from ingest.readers.markdown import read_markdown
from ingest.readers.reading import Reading
from ingest.readers.rst import read_rst
from kb.errors import UsageError
from kb.kinds import Kind

Saying = Literal["supersedes", "superseded_by", "amends", "extends", "requires", "related", "contradicts"]

VERBS: dict[Saying, str] = {
    "supersedes": "Supersedes", "superseded_by": "Superseded by", "amends": "Amends", "extends": "Extends",
    "requires": "Requires", "related": "Related to", "contradicts": "Contradicts",
}  # fmt: skip
RST = frozenset({"rst", "rest"})


@dataclass(frozen=True, slots=True)
class Edit:
    """The lines from index `start` up to, not including, `end` become `lines` (without line ends)."""

    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """What a file is to say of another one; `relation` is as seen from the file that says it."""

    relation: Saying
    label: str
    """As running text names the other: ``ADR-0012``, or its title."""
    name: str
    """As a field names it: ``TEP-0012``, or a path."""
    href: str
    """The way from the folder of the file, ready to stand in a link."""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A file as the writers see it."""

    lines: Sequence[str]
    reading: Reading
    kind: Kind
    rst: bool

    def linked(self, link: Link, *, label: str = "") -> str:
        """The link in the markup of the file."""
        shown = label or link.label
        if not self.rst:
            return f"[{shown}]({link.href})"
        # A header field of this kind tells a folder of Python's own proposals: they name each other by role.
        if "pep" in self.reading.fields and link.number is not None:
            return f":pep:`{link.number}`"
        return f"`{shown} <{link.href}>`_"

    def sentence(self, link: Link) -> str:
        """`Supersedes [ADR-0012](0012-x.md)`; a note that is no decision only shows the way."""
        shown = self.linked(link)
        return shown if self.kind != "adr" and link.relation == "related" else f"{VERBS[link.relation]} {shown}"


def open_page(path: str, lines: Sequence[str], kind: Kind) -> Page:
    """The file at `path`; UsageError where its format is none that links are written into."""
    extension = extension_of(path)
    if extension in RST:
        return Page(lines, read_rst(lines), kind, rst=True)
    if extension in MARKDOWN:
        return Page(lines, read_markdown(lines), kind, rst=False)
    raise UsageError(
        f"links are written into Markdown and reStructuredText, not into {path}",
        "write it there by hand, then: kb index",
    )
