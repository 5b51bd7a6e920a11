"""One open index: the ledger, the model and the mirror, each opened only when it is needed."""

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kb.app.shared import Shared
from kb.config import Settings
from kb.progress import OnProgress, ignore
from kb.store.journal import Journal
from kb.store.ledger import Ledger

if TYPE_CHECKING:
    from kb.answer.answerer import Answerer
    from kb.embedding.port import Embedder
    from kb.search.searcher import Searcher
    from kb.writing import Writer

RESIDENT_CACHE_KB = 16_000
"""Of each connection of a process that stays."""


class OpenIndex:
    """Belongs to one thread, as its SQLite connection does; `shared` holds what threads have in common."""

    def __init__(self, settings: Settings, shared: Shared | None = None) -> None:
        self.settings = settings
        self.shared = shared or Shared(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the mirror and the ledger; the next call that needs them opens them again."""
        self.shared.release_mirror()
        if not self.shared.owned:
            # A daemon keeps a model in memory for the next question, whichever thread that falls to.
            self.shared.release_writer()
        for name in ("searcher", "answerer"):
            self.__dict__.pop(name, None)
        for name in ("ledger", "journal"):
            if (store := self.__dict__.pop(name, None)) is not None:
                store.close()

    @cached_property
    def ledger(self) -> Ledger:
        if self.shared.owned:
            # Mapped pages count as the daemon's own memory, once for each thread that has them.
            return Ledger.open(self.settings.ledger, cache_kb=RESIDENT_CACHE_KB, mmap_bytes=0)
        return Ledger.open(self.settings.ledger)

    @cached_property
    def journal(self) -> Journal:
        """What the user did with kb; made at the first need."""
        return Journal.open(self.settings.journal)

    def create_ledger(self) -> None:
        """Make the ledger if there is none; call it under the writer lock."""
        if "ledger" not in self.__dict__:
            self.__dict__["ledger"] = Ledger.open(self.settings.ledger, create=True)

    def load_embedder(self, on_progress: OnProgress = ignore) -> "Embedder":
        return self.shared.load_embedder(on_progress)

    def writer(self, *, look: bool = False) -> "Writer | None":
        """The language model of the user's choice, None where none is configured; ModelError where it cannot be had.

        With `look`, as where the user asked for a written answer, an Ollama that runs on this machine will do.
        """
        return self.shared.load_writer(look=look)

    @cached_property
    def searcher(self) -> "Searcher":
        from kb.search.searcher import Searcher

        return Searcher(
            self.ledger,
            load_embedder=self.load_embedder,
            nearest=self.shared.nearest,
            word_scores=self.shared.word_scores,
        )

    @cached_property
    def answerer(self) -> "Answerer":
        from kb.answer.answerer import Answerer

        return Answerer(self.searcher, self.ledger)
