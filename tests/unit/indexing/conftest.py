"""The folder of files that the tests of the indexer share."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import ingest.intake
from ingest.discover import Rules
from ingest.indexer import Indexer, Tally
from ingest.prepare import Job, Outcome
from kb.embedding.hashing import HashingEmbedder
from kb.model import Source
from kb.progress import ignore
from kb.store.ledger import Ledger
from tests.unit.app.world import World


class AgedWorld(World):
    """What `write` writes was written an hour ago, each at its own time: no edit can share a tick with its reading."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._clock_ns = time.time_ns() - 3_600_000_000_000

    def write(self, path: str, content: str | bytes) -> Path:
        file = super().write(path, content)
        self._clock_ns += 1_000_003
        os.utime(file, ns=(self._clock_ns, self._clock_ns))
        return file


@pytest.fixture
def world(tmp_path: Path) -> World:
    return AgedWorld(tmp_path)


class Shelf:
    """A ledger with one source and an indexer over it: what a daemon's writer has at hand."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "shelf"
        self.root.mkdir()
        self.ledger = Ledger.open(folder / "ledger.db", create=True)
        self.source = self.ledger.catalog.add_source("shelf", str(self.root))
        self.embedder = HashingEmbedder(64)
        self.indexer = Indexer(
            self.ledger, rules=Rules(max_file_bytes=1 << 20), load_embedder=lambda: self.embedder, on_progress=ignore
        )

    def write(self, path: str, text: str = "# Note\n\ntext\n") -> Path:
        """A file whose time is an hour ago, so that no tick of the clock can hide its next edit."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        long_ago_ns = time.time_ns() - 3_600_000_000_000
        os.utime(file, ns=(long_ago_ns, long_ago_ns))
        return file

    def edit_in_secret(self, path: str, text: str) -> None:
        """Another text under the old time."""
        before = os.stat(self.root / path).st_mtime_ns
        (self.root / path).write_text(text)
        os.utime(self.root / path, ns=(before, before))

    def remove(self, path: str) -> None:
        shutil.rmtree(self.root / path) if (self.root / path).is_dir() else (self.root / path).unlink()

    def read(self, *places: str | bytes, **options: Any) -> Tally:
        """Look at these places, or at everything without one."""
        raws = [os.fsencode(place) for place in places]
        if not raws:
            return self.indexer.read([self.source], **options)
        return self.indexer.read([], files=[(self.source, raw) for raw in raws], **options)

    def paths(self, source: Source | None = None) -> list[str]:
        return sorted(self.ledger.catalog.known_files((source or self.source).id))

    def text_of(self, path: str) -> str:
        rows = self.ledger.database.execute(
            "SELECT c.text FROM chunk c JOIN file f ON f.id = c.file_id WHERE f.path = ? ORDER BY c.ordinal", (path,)
        )
        return "\n".join(row[0] for row in rows)

    def skipped(self) -> dict[str, str]:
        return {item.path: item.reason for _, item in self.ledger.catalog.skipped()}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    with made.ledger:
        yield made


@pytest.fixture
def read_paths(monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """The files whose content is read from now on."""
    paths: list[str] = []
    plain = ingest.intake.prepare

    def noted(job: Job) -> Outcome:
        paths.append(job.found.path)
        return plain(job)

    monkeypatch.setattr(ingest.intake, "prepare", noted)
    return paths
