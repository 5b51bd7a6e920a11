"""The threads that answer: each with a connection of its own, so that one slow question holds up no other."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from kb.app.application import App
from kb.app.shared import Shared

Job = Callable[[App], Any]


class Readers:
    """Jobs go to whichever thread is free, in the order they came."""

    def __init__(self, shared: Shared, *, count: int = 2) -> None:
        self._shared = shared
        self._jobs: SimpleQueue[tuple[Job, Future[Any]] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"reader-{n}", daemon=True) for n in range(1, count + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> "Future[Any]":
        """Have a job done with a reading application; a future that is cancelled before its turn costs nothing."""
        future: Future[Any] = Future()
        self._jobs.put((job, future))
        return future

    def stop(self, timeout_s: float = 2.0) -> None:
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(timeout_s)

    def _work(self) -> None:
        with App(self._shared.settings, self._shared) as app:
            while (next_job := self._jobs.get()) is not None:
                job, future = next_job
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    future.set_result(job(app))
                except BaseException as error:  # noqa: BLE001 - the outermost worker: the error is the asker's
                    future.set_exception(error)
