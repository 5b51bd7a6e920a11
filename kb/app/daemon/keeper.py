"""The daemon's one writer: looks at the disk, embeds, keeps the mirror; one task at a time, the urgent ones first.

Requests come before what the watcher saw, that before the embedding, and the mirror is tended when
nothing else is to be done. Everything that can be put off is read again from the ledger, so a kill
between two tasks loses nothing.
"""

import os
import random
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Any

from ingest.debounce import Batch, Debouncer
from ingest.diff import Look
from ingest.events import Events, Listener, system_events
from ingest.watcher import Watcher
from kb.app.application import App
from kb.app.daemon.log import Log
from kb.app.shared import Shared
from kb.app.upkeep import embed_pending, look_again, tending
from kb.errors import KbError, NoIndexError, StorageError
from kb.model import Source
from kb.progress import Progress, ignore
from kb.service.protocol import Cancelled

ROOTS_S = 2.0
"""How often the folders themselves are looked at: watchdog goes deaf when one is unmounted or made anew."""
SCAN_S = 3_600.0
"""How often everything is looked at, whatever the events told; up to a tenth later, so that homes take turns."""
POLL_S = 30.0
"""How often a source is looked at that the kernel does not watch for us."""
TEND_S = 10.0
"""So long after a change what is dead is swept and the mirror brought up, for all changes until then at once."""
LONG_LOG_BYTES = 64_000_000
"""A write-ahead log of this size is emptied: while readers overlap SQLite never does it by itself."""
MIRRORED_BY_DAY = 5_000
"""More vectors than this (half a minute of work) are mirrored at night, as long as searches do without the mirror."""
RETRY_S = 30.0
"""After a failed write (a full disk) everything is looked at again; after each further failure twice as late."""

Job = Callable[[App], Any]


class Keeper(threading.Thread):
    """Owns the only connection that writes; every other thread hands it jobs."""

    def __init__(
        self,
        shared: Shared,
        log: Log,
        *,
        clock: Callable[[], float] = monotonic,
        make_events: Callable[[Listener], Events] = system_events,
    ) -> None:
        super().__init__(name="keeper", daemon=True)
        self._shared = shared
        self._log = log
        self._clock = clock
        self._make_events = make_events
        self._changed = threading.Condition()
        self._jobs: deque[tuple[Job, Future[Any]]] = deque()
        self._seen = Debouncer()
        self._stopping = False
        # Until everything was looked at once: an answer before that must not pass for fresh.
        self._busy = True
        self._unembedded = False
        self._tend_at: float | None = None
        self._tending: Generator[Progress, None, None] | None = None
        self._roots_at = self._poll_at = self._scan_at = 0.0
        self._watcher: Watcher | None = None
        self._retry_s = RETRY_S
        self._kept: set[tuple[int, bytes]] = set()
        """Places that a failed look was told of: to be looked at with everything else."""
        self.problem = ""
        """What the last task failed of, empty when everything was looked at since."""
        self.lost_ledger = False
        """Whether the ledger's file was taken away or replaced: what is written now would be gone with this process."""
        self._ledger_inode = 0
        self._sources: list[Source] = []

    # For the other threads

    def submit(self, job: Job) -> "Future[Any]":
        """Have a job done with the writing application; the future tells its result or its error."""
        future: Future[Any] = Future()
        with self._changed:
            if self._stopping:
                future.set_exception(KbError("the daemon is leaving", "run this again"))
            else:
                self._jobs.append((job, future))
                self._changed.notify()
        return future

    def freshen(self, on_progress: Any = ignore) -> "Future[Any]":
        """Done when every change that was on disk at the time of this call is in the index."""
        return self.submit(lambda app: self._look_at_everything(app, on_progress))

    def stop(self) -> None:
        """Leave after the task that is under way; a long one is told to pause."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    @property
    def pending(self) -> int:
        """Changes that were seen and are not in the index yet."""
        with self._changed:
            return self._seen.pending + self._busy

    @property
    def settled(self) -> bool:
        """Whether everything that is known of is in the index."""
        with self._changed:
            return not (self._busy or self._jobs or self._seen.pending or self.problem)

    def watching(self) -> list[dict[str, Any]]:
        """How each source is followed: watched, polled or lost, and why."""
        watcher = self._watcher
        return [] if watcher is None else [state._asdict() for state in watcher.state()]

    # For a job, in the keeper's own thread

    def give_up_tending(self) -> None:
        """Let go of a mirror that is half written: the night run writes one too, and they would share a folder."""
        if self._tending is not None:
            self._tending.close()
            self._tending = None

    # Events: they name places, nothing more

    def _on_paths(self, source_id: int, raws: Sequence[bytes]) -> None:
        now = self._clock()
        with self._changed:
            for raw in raws:
                self._seen.add(source_id, raw, now)
            self._changed.notify()

    def _on_scan(self, source_id: int) -> None:
        with self._changed:
            self._seen.add_scan(source_id, self._clock())
            self._changed.notify()

    # The loop

    def run(self) -> None:
        try:
            with App(self._shared.settings, self._shared) as app:
                # A ledger that is damaged now may be mended later: what fails here is tried again as any other task.
                self._do(app, self.begin)
                while (task := self._next()) is not None:
                    self._do(app, task)
        finally:
            self.end()

    def begin(self, app: App) -> None:
        """Follow the sources, and look at all of them first."""
        self._watcher = Watcher(
            on_paths=self._on_paths, on_scan=self._on_scan, make_events=self._make_events, clock=self._clock
        )
        self._scan_everything(app)

    def turn(self, app: App) -> bool:
        """Do the one task that is due now; False when there is none. For who has no thread for it."""
        with self._changed:
            self._busy = False
            task = self._due(self._clock())
            self._busy = task is not None
        if task is not None:
            self._do(app, task)
        return task is not None

    def end(self) -> None:
        """Follow nothing any more, and tell those who still wait."""
        self._refuse_what_is_left()
        if self._watcher is not None:
            self._watcher.stop()
        self.give_up_tending()

    def _next(self) -> "Callable[[App], None] | None":
        """The next task, waiting for one; None when it is time to leave."""
        with self._changed:
            self._busy = False
            while not self._stopping:
                now = self._clock()
                if (task := self._due(now)) is not None:
                    self._busy = True
                    return task
                self._changed.wait(max(self._wake_at() - now, 0.01))
            return None

    def _due(self, now: float) -> "Callable[[App], None] | None":
        if self._jobs:
            job, future = self._jobs.popleft()
            return lambda app: self._carry_out(app, job, future)
        if (batch := self._seen.due(now)) is not None:
            return lambda app: self._look(app, batch)
        if self._unembedded:
            return self._embed
        if now >= min(self._roots_at, self._poll_at, self._scan_at):
            return self._housekeep
        if self._tending is not None or (self._tend_at is not None and now >= self._tend_at):
            return self._tend
        return None

    def _wake_at(self) -> float:
        times = (self._seen.next_due(), self._tend_at, self._roots_at, self._poll_at, self._scan_at)
        return min(time for time in times if time is not None)

    def _urgent(self) -> bool:
        """Whether a long task should give way."""
        with self._changed:
            return self._stopping or bool(self._jobs) or (self._seen.next_due() or float("inf")) <= self._clock()

    def _do(self, app: App, task: Callable[[App], None]) -> None:
        try:
            task(app)
        except (NoIndexError, Cancelled):
            self._unembedded = False
        except BaseException as error:  # noqa: BLE001 - the outermost worker: without it every later job would wait for ever
            self._failed(error.message if isinstance(error, KbError) else f"{type(error).__name__}: {error}")
            self._unembedded = False

    def _failed(self, problem: str) -> None:
        if problem != self.problem:
            # Told once: a missing model would else fill the log through the night.
            self._log(f"failed: {problem}")
        self.problem = problem
        self._try_again_later()

    # The tasks

    def _carry_out(self, app: App, job: Job, future: "Future[Any]") -> None:
        if not future.set_running_or_notify_cancel():
            return
        # It may be given up, or be about the text alone: what it leaves without vectors is embedded behind it.
        self._unembedded = True
        try:
            future.set_result(job(app))
        except BaseException as error:
            future.set_exception(error)
            if not isinstance(error, KbError):
                raise
            if isinstance(error, StorageError):
                # What was seen before and taken up with this job is seen by nobody else.
                self._failed(error.message)
        else:
            if self.problem:
                # It may be over (the disk has space again): look now, not at the next retry.
                self._scan_at = self._clock()
        finally:
            self._follow_sources(app)
            self._tidy_later()

    def _look(self, app: App, batch: Batch) -> None:
        sources = {source.id: source for source in app.ledger.catalog.sources()}
        whole = [sources[source_id] for source_id in batch.scans if source_id in sources]
        places = [(sources[source_id], raw) for source_id, raw in batch.paths if source_id in sources]
        try:
            look_again(app, whole, look=Look.STAT, on_progress=self._unless_leaving)
            # An event says that this file was written to: its bytes are compared, its time may have been kept.
            look_again(app, [], places=places, look=Look.HASH, on_progress=self._unless_leaving)
        except StorageError:
            # The scan of the retry would believe the time of a file; its event is not to be had again.
            self._kept.update(batch.paths)
            raise
        if len(whole) == len(sources):
            # What failed is made up for only now: a task that failed has lost what it was to look at.
            self.problem, self._retry_s = "", RETRY_S
        self._unembedded = True
        self._tidy_later()

    def _unless_leaving(self, _: Progress) -> None:
        """A look at ten thousand new files is left: what was read is kept, and the next start finds the rest."""
        if self._stopping:
            raise Cancelled

    def _look_at_everything(self, app: App, on_progress: Any) -> None:
        with self._changed:
            batch = self._seen.flush()
        if batch is not None:
            self._look(app, batch)
        look_again(app, app.ledger.catalog.sources(), look=Look.STAT, on_progress=on_progress)
        embed_pending(app, on_progress)
        self._unembedded = False

    def _embed(self, app: App) -> None:
        paused = False

        def pause() -> bool:
            nonlocal paused
            paused = self._urgent()
            return paused

        self._unembedded = False
        if embed_pending(app, ignore, pause=pause):
            self._tidy_later()
        self._unembedded = paused

    def _housekeep(self, app: App) -> None:
        now = self._clock()
        if now >= self._roots_at and self._watcher is not None:
            self._roots_at = now + ROOTS_S
            self._watcher.check_roots()
            self._check_ledger()
        if now >= self._poll_at and self._watcher is not None:
            self._poll_at = now + POLL_S
            for source_id in self._watcher.polled():
                self._on_scan(source_id)
        if now >= self._scan_at:
            self._scan_everything(app)

    def _check_ledger(self) -> None:
        try:
            inode = self._shared.settings.ledger.stat().st_ino
        except OSError:
            inode = 0
        self.lost_ledger = bool(self._ledger_inode) and inode != self._ledger_inode
        self._ledger_inode = self._ledger_inode or inode

    def _scan_everything(self, app: App) -> None:
        self._scan_at = self._clock() + SCAN_S * random.uniform(1.0, 1.1)
        sources = self._follow_sources(app)
        if not sources:
            self.problem = ""
        for source in sources:
            self._on_scan(source.id)
        kept, self._kept = self._kept, set()
        for source_id, raw in kept:
            self._on_paths(source_id, [raw])

    def _follow_sources(self, app: App) -> list[Source]:
        """Watch what is a source now, and nothing else; returns them."""
        try:
            sources = app.ledger.catalog.sources()
        except NoIndexError:
            sources = []
        changed = set(self._sources) ^ set(sources)
        self._sources = sources
        if self._watcher is not None:
            self._watcher.follow(sources)
        for source in sources:
            # A new one was read before it was watched: what came in between was told by nobody. Neither is what
            # an inner one takes from the source around it, or leaves to it.
            if any(os.path.join(other.root, "").startswith(os.path.join(source.root, "")) for other in changed):
                self._on_scan(source.id)
        return sources

    def _try_again_later(self) -> None:
        self._scan_at = min(self._scan_at, self._clock() + self._retry_s)
        self._retry_s = min(self._retry_s * 2, SCAN_S)

    def _tidy_later(self) -> None:
        if self._tend_at is None:
            # Not put off by what comes after: a home that is edited every few seconds would never be tended.
            self._tend_at = self._clock() + TEND_S

    def _tend(self, app: App) -> None:
        """One step of it: what is urgent comes in between."""
        self._tend_at = None
        if self._tending is None:
            self._tending = tending(app, most=MIRRORED_BY_DAY)
        try:
            next(self._tending)
        except StopIteration:
            self._tending = None
            database = app.ledger.database
            log = database.path.with_name(f"{database.path.name}-wal")
            if log.exists() and log.stat().st_size > LONG_LOG_BYTES:
                database.checkpoint()
        except BaseException:
            self._tending = None
            raise

    def _refuse_what_is_left(self) -> None:
        with self._changed:
            # Also those to come: nobody would ever do them.
            self._stopping = True
            while self._jobs:
                _, future = self._jobs.popleft()
                # One that was given up while it waited takes no error any more.
                if future.set_running_or_notify_cancel():
                    future.set_exception(KbError("the daemon is leaving", "run this again"))
