"""What the threads of one process share: the model and the vectors in memory, and the right to write to the index."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kb.app.api import Payload
from kb.config import Settings
from kb.errors import LockedError, StorageError
from kb.progress import OnProgress, Progress, ignore
from kb.search.nearest import Nearest
from kb.search.words import WordScores
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.lock import WriterLock
from kb.store.mirror import Mirror
from kb.store.vectors import VectorIndex

if TYPE_CHECKING:
    from kb.app.writers import Writers
    from kb.embedding.port import Embedder
    from kb.writing import Writer


class Shared:
    """One for a process; each thread has an `OpenIndex` of its own over it."""

    def __init__(self, settings: Settings, *, presence: Callable[[], Payload] | None = None) -> None:
        self.settings = settings
        self._presence = presence
        self.embedder: Embedder | None = None
        self.given_writer: Writer | None = None
        """One that was put here counts for more than what is configured."""
        self._writers: Writers | None = None
        self.nearest = Nearest(open_mirror=self._open_mirror)
        self.word_scores = WordScores()
        self._loading = threading.Lock()
        self._lock: WriterLock | None = None
        self._borrowed: WriterLock | None = None

    def presence(self) -> Payload | None:
        """What the daemon tells of itself and its watching; None in every other process."""
        return self._presence() if self._presence else None

    def load_embedder(self, on_progress: OnProgress = ignore) -> "Embedder":
        """The configured model, loaded once; its first export on a machine is told to `on_progress`."""
        with self._loading:
            if self.embedder is None:
                from kb.embedding.catalog import load_embedder

                self.embedder = load_embedder(
                    self.settings.model,
                    self.settings.models_dir,
                    on_progress=lambda detail: on_progress(Progress("model", detail=detail)),
                )
            return self.embedder

    def load_writer(self, *, look: bool) -> "Writer | None":
        """The language model of the settings; with `look`, one of an Ollama that runs here where none is configured."""
        if self.given_writer is not None:
            return self.given_writer
        with self._loading:
            if self._writers is None:
                from kb.app.writers import Writers

                self._writers = Writers(self.settings.writer)
            return self._writers.writer(look=look)

    def release_writer(self) -> None:
        """End what was started for a language model; it starts again when it is asked."""
        if self._writers is not None:
            self._writers.close()

    def own(self, role: str, *, timeout_s: float) -> None:
        """Take the index for the life of this process, as the daemon does; LockedError where another one has it."""
        lock = WriterLock(self.settings.home, timeout_s=timeout_s, role=role)
        lock.acquire()
        self._lock = lock

    def disown(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def owned(self) -> bool:
        """Whether this process has the right to write for as long as it lives."""
        return self._lock is not None

    def may_own(self) -> bool:
        """Whether nobody else writes at this moment."""
        try:
            with self.writing():
                return True
        except (LockedError, StorageError):
            return False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The right to write, for a while where the process does not have it anyway."""
        if self.owned:
            yield
            return
        with WriterLock(self.settings.home):
            yield

    def release_mirror(self) -> None:
        """Give the mirror back, so that a writer, in this process or another, can have it."""
        if self._borrowed is not None:
            self.nearest.close()
            self._give_back()

    def _open_mirror(self, ledger: Ledger, generation: Generation) -> VectorIndex | None:
        """The mirror, held under the writer lock; None where another process owns it or it needs a rebuild."""
        if not self.owned and not self._borrow():
            return None
        index = Mirror(ledger, self.settings.vectors_dir).open(generation)
        if index is None:
            self._give_back()
        return index

    def _borrow(self) -> bool:
        lock = WriterLock(self.settings.home)
        try:
            lock.acquire()
        except (LockedError, StorageError):
            return False
        self._borrowed = lock
        return True

    def _give_back(self) -> None:
        if self._borrowed is not None:
            self._borrowed.release()
            self._borrowed = None
