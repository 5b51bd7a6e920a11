"""What the threads of one process share: the model, loaded once, and who may write to the index."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kb.config import Settings
from kb.progress import OnProgress, Progress, ignore
from kb.store.lock import WriterLock

if TYPE_CHECKING:
    from kb.embedding.port import Embedder


class Shared:
    """One for a process; each thread has an `OpenIndex` of its own over it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.embedder: Embedder | None = None
        self._loading = threading.Lock()
        self._lock = WriterLock(settings.home)
        self._owned = False

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

    def own(self) -> None:
        """Take the index for the life of this process, as the daemon does; LockedError where another one has it."""
        self._lock.acquire()
        self._owned = True

    def disown(self) -> None:
        self._owned = False
        self._lock.release()

    @property
    def owned(self) -> bool:
        return self._owned

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The right to write, for a while where the process does not have it anyway."""
        if self._owned:
            yield
            return
        with WriterLock(self.settings.home):
            yield
