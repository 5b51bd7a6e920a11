"""The daemon's keeper without its thread: the clock, the events and every task are in the hands of a test.

A kill is a copy of the home, made at one statement of a task as the disk was at that moment, in
which everything goes on; what the task did after it is lost, as it would be.
"""

import shutil
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from ingest.events import LeftOut, Listener
from kb.app.application import App
from kb.app.daemon.keeper import TEND_S, Keeper
from kb.app.shared import Shared
from kb.config import load_settings
from kb.embedding.hashing import HashingEmbedder
from kb.search.nearest import Nearest
from kb.store.mirror import Mirror

T = TypeVar("T")
STEP_S = 0.3
MOST_TURNS = 500


class HandEvents:
    """Tells what a test has it tell."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.roots: list[str] = []

    def add(self, root: str, is_left_out: LeftOut) -> None:
        self.roots.append(root)

    def drop(self, root: str) -> None:
        if root in self.roots:
            self.roots.remove(root)

    def stop(self) -> None:
        self.roots.clear()


class Running:
    """One home with its keeper, which begins again after each `kill` and `restart`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_000.0
        self.said: list[str] = []
        self._number = 0
        self._open()

    @property
    def home(self) -> Path:
        return self.folder / f"home-{self._number}"

    def _open(self) -> None:
        self.settings = load_settings(home=str(self.home), environ={"XDG_CACHE_HOME": str(self.folder)})
        self.shared = Shared(self.settings)
        self.shared.embedder = HashingEmbedder()
        # The mirror is asked from the first vector on: the small trees of a test are to meet it too.
        self.shared.nearest = Nearest(
            open_mirror=lambda ledger, generation: Mirror(ledger, self.settings.vectors_dir).open(generation),
            mirror_from=0,
        )
        self.shared.own("daemon", timeout_s=0.0)
        self.events: HandEvents | None = None
        self.keeper = Keeper(self.shared, self.said.append, clock=lambda: self.now, make_events=self._make_events)
        self.app = App(self.settings, self.shared)
        self.reader = App(self.settings, self.shared)
        self.keeper.begin(self.app)

    def _make_events(self, listener: Listener) -> HandEvents:
        self.events = HandEvents(listener)
        return self.events

    def close(self) -> None:
        self.keeper.end()
        for app in (self.reader, self.app):
            app.close()
        self.shared.nearest.close()
        self.shared.disown()

    def restart(self) -> None:
        self.close()
        self._open()

    def kill(self, work: Callable[[], object], *, at_statement: int) -> None:
        """Do some work and end as a `kill -9` at this statement would, or after the work if it has fewer."""
        left = at_statement
        copied = False
        old, new = self.home, self.folder / f"home-{self._number + 1}"

        def die() -> None:
            nonlocal copied
            if not copied:
                copied = True
                shutil.copytree(old, new)

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                die()

        connection = self.app.ledger.database._connection
        connection.set_trace_callback(count)
        try:
            work()
        finally:
            connection.set_trace_callback(None)
        die()
        self.close()
        shutil.rmtree(old)
        self._number += 1
        self._open()

    # Time and tasks

    def turn(self, most: int = MOST_TURNS) -> None:
        """Do what is due at this moment, at most so many tasks."""
        for _ in range(most):
            if not self.keeper.turn(self.app):
                return
        assert most < MOST_TURNS, "the keeper never comes to rest"

    def after(self, seconds: float) -> None:
        """Let time pass, in steps in which the keeper does what becomes due."""
        ends = self.now + seconds
        while self.now < ends:
            self.now += STEP_S
            self.turn()

    def until_quiet(self) -> None:
        """Past every burst, every look at the roots and the tending of the mirror."""
        self.after(3.0)
        self.now += TEND_S
        self.turn()

    def done(self, future: "Future[T]") -> T:
        """What a job told, with the keeper doing it."""
        for _ in range(MOST_TURNS):
            if future.done():
                break
            self.keeper.turn(self.app)
        return future.result(timeout=0)

    def submitted(self, job: Callable[[App], T]) -> T:
        result: T = self.done(self.keeper.submit(job))
        return result

    # Events

    def tell(self, root: str, place: str) -> None:
        assert self.events is not None
        self.events.listener.on_change(root, place.encode())

    def lose_events(self, root: str) -> None:
        assert self.events is not None
        self.events.listener.on_lost(root)

    def search(self, query: str, **options: Any) -> list[dict[str, Any]]:
        hits: list[dict[str, Any]] = self.reader.search(query, **options)["hits"]
        return hits
