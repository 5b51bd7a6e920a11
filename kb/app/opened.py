"""One open index: the ledger, the model and the mirror, each opened only when it is needed."""

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kb.app.shared import Shared
from kb.config import Settings
from kb.errors import LockedError, StorageError
from kb.progress import OnProgress, ignore
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.lock import WriterLock
from kb.store.mirror import Mirror
from kb.store.vectors import VectorIndex

if TYPE_CHECKING:
    from kb.answer.answerer import Answerer
    from kb.embedding.port import Embedder
    from kb.search.searcher import Searcher


class OpenIndex:
    """Belongs to one thread, as its SQLite connection does; `shared` holds what threads have in common."""

    def __init__(self, settings: Settings, shared: Shared | None = None) -> None:
        self.settings = settings
        self.shared = shared or Shared(settings)
        self._mirror: VectorIndex | None = None
        self._mirror_lock = WriterLock(settings.home)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the mirror and the ledger; both are opened again by the next call that needs them."""
        self.release_mirror()
        for name in ("searcher", "answerer"):
            self.__dict__.pop(name, None)
        if (ledger := self.__dict__.pop("ledger", None)) is not None:
            ledger.close()

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger.open(self.settings.ledger)

    def create_ledger(self) -> None:
        """Make the ledger if there is none; call it under the writer lock."""
        if "ledger" not in self.__dict__:
            self.__dict__["ledger"] = Ledger.open(self.settings.ledger, create=True)

    def load_embedder(self, on_progress: OnProgress = ignore) -> "Embedder":
        return self.shared.load_embedder(on_progress)

    @cached_property
    def searcher(self) -> "Searcher":
        from kb.search.searcher import Searcher

        return Searcher(self.ledger, load_embedder=self.load_embedder, open_mirror=self._open_mirror)

    @cached_property
    def answerer(self) -> "Answerer":
        from kb.answer.answerer import Answerer

        return Answerer(self.searcher, self.ledger)

    def _open_mirror(self, generation: Generation) -> VectorIndex | None:
        """The mirror, held under the writer lock; None where another process owns it or it needs a rebuild."""
        if self._mirror is None:
            try:
                self._mirror_lock.acquire()
            except (LockedError, StorageError):
                return None
            try:
                self._mirror = Mirror(self.ledger, self.settings.vectors_dir).open(generation)
            finally:
                if self._mirror is None:
                    self._mirror_lock.release()
        return self._mirror

    def release_mirror(self) -> None:
        """Give the mirror back, so that a writer, in this process or another, can have it."""
        if self._mirror is not None:
            self._mirror.close()
            self._mirror = None
            self._mirror_lock.release()
            self.__dict__.pop("searcher", None)
            self.__dict__.pop("answerer", None)
