"""What every section of the brief works on, and what it gives."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from kb.app.api import Payload
from kb.app.payload import standing
from kb.app.places import shown_abspath
from kb.config import Settings
from kb.decisions.edges import Decision
from kb.decisions.graph import Graph
from kb.decisions.succession import Succession
from kb.store.ledger import Ledger

if TYPE_CHECKING:
    from kb.store.catalog import Change

MOST_ITEMS = 50
"""What a section lists; of the rest it gives the number."""

MOST_NEW = 12
"""A new source with more files is told as one: on that day all of it would be called changed."""


@dataclass(frozen=True)
class Morning:
    """The index at the moment of the brief; what several sections need is read once."""

    ledger: Ledger
    settings: Settings
    since: datetime
    now: datetime

    @cached_property
    def roots(self) -> dict[str, str]:
        return {source.name: source.root for source in self.ledger.catalog.sources()}

    @cached_property
    def arrived(self) -> dict[str, int]:
        """How many files each source holds that came since then and is too much to be told file by file."""
        since = self.since.astimezone(UTC).isoformat(timespec="seconds")
        added = (
            (str(name), self.ledger.catalog.count_files(int(source_id)))
            for source_id, name in self.ledger.database.execute(
                "SELECT id, name FROM source WHERE added_at >= ? ORDER BY name", (since,)
            )
        )
        return {name: count for name, count in added if count > MOST_NEW}

    @cached_property
    def graph(self) -> Graph:
        return Graph.read(self.ledger)

    @cached_property
    def succession(self) -> Succession:
        return self.graph.succession

    @cached_property
    def decisions(self) -> dict[tuple[str, str], Decision]:
        return {(decision.source, decision.path): decision for decision in self.succession.by_id.values()}

    @cached_property
    def changes(self) -> "list[Change]":
        """As the ledger wrote them down, the newest first."""
        since = self.since.astimezone(UTC).isoformat(timespec="seconds")
        return self.ledger.catalog.changes(since)

    def place(self, source: str, path: str, *, start: int | None = None, end: int | None = None) -> Payload:
        """The fields of an object that points at a file, or at nothing where it has no path."""
        root = self.roots.get(source, "")
        abspath = shown_abspath(root, path) if root and path else None
        return {"path": path or None, "source": source or None, "abspath": abspath, "start": start, "end": end}

    def whole(self, source: str, path: str) -> Payload:
        """`place` with all lines of the file; of one that is gone, none."""
        known = self.ledger.passages.files_at(path, source)
        chunks = self.ledger.passages.of_file(known[0][0]) if known else []
        if not chunks:
            return self.place(source, path)
        return self.place(source, path, start=1, end=max(chunk.end for chunk in chunks))

    def standing(self, decision: Decision) -> Payload:
        """A decision's status and what took its place, so that a replaced one is never told as current."""
        return standing(self.succession, decision)


@dataclass(frozen=True)
class Section:
    """`name` is for programs, `title` for people; `total` counts what the items stand for, listed or not."""

    name: str
    title: str
    items: tuple[Payload, ...]
    total: int

    def payload(self) -> Payload:
        return {"name": self.name, "title": self.title, "items": list(self.items), "total": self.total}
