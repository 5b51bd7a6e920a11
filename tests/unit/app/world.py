"""A folder of files and the application over it, with a small embedder that counts its work: for tests of the core."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kb.app.application import App
from kb.config import Settings, load_settings
from kb.embedding.hashing import HashingEmbedder
from kb.progress import OnProgress, ignore
from kb.store.ledger import Ledger

if TYPE_CHECKING:
    from kb.embedding.port import Matrix


class CountingEmbedder(HashingEmbedder):
    """Remembers the texts it embedded."""

    def __init__(self, dim: int = 64, name: str = "") -> None:
        super().__init__(dim)
        self.identity += name
        self.texts: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> "Matrix":
        self.texts.extend(texts)
        return super().embed_passages(texts)


class World:
    """One home, a folder `notes` beside it, and an application that is opened anew for each run of `kb`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        self.notes.mkdir()
        self.settings: Settings = load_settings(home=str(folder / "home"), environ={"XDG_CACHE_HOME": str(folder)})
        self.embedder = CountingEmbedder()

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.notes / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def age(self, path: str) -> None:
        """Give a file another time stamp and leave its bytes."""
        os.utime(self.notes / path, (1, 1))

    def app(self) -> App:
        app = App(self.settings)
        app.shared.embedder = self.embedder
        return app

    def index(self, *paths: Path, on_progress: OnProgress = ignore, **options: Any) -> dict[str, Any]:
        """What `kb index PATH…` reports; the first call without a path takes the notes."""
        if not paths and not self.settings.ledger.exists():
            paths = (self.notes,)
        with self.app() as app:
            return app.index([str(path) for path in paths], on_progress=on_progress, **options)

    def search(self, query: str, **options: Any) -> list[dict[str, Any]]:
        with self.app() as app:
            hits: list[dict[str, Any]] = app.search(query, **options)["hits"]
        return hits

    def paths(self, query: str, **options: Any) -> list[str]:
        """The files of the hits, the best first."""
        return list(dict.fromkeys(hit["path"] for hit in self.search(query, **options)))

    def ask(self, question: str, **options: Any) -> dict[str, Any]:
        with self.app() as app:
            return app.ask(question, **options)

    def status(self) -> dict[str, Any]:
        with self.app() as app:
            return app.status()

    def files(self) -> list[tuple[str, str]]:
        """(source, path) of every indexed file."""
        with Ledger.open(self.settings.ledger) as ledger:
            rows = ledger.database.execute(
                "SELECT s.name, f.path FROM file f JOIN source s ON s.id = f.source_id ORDER BY 1, 2"
            )
            return [(str(name), str(path)) for name, path in rows]

    def look(self, at: Callable[[Ledger], Any]) -> Any:
        with Ledger.open(self.settings.ledger) as ledger:
            return at(ledger)

    def use(self, model: str, embedder: CountingEmbedder) -> None:
        """Configure another model."""
        self.settings = replace(self.settings, model=model)
        self.embedder = embedder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield World(tmp_path)
