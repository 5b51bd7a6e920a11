"""From start to end of a daemon: it owns the index, answers over its socket, and leaves when it is told or idle."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from kb.app.api import METHODS, Payload
from kb.app.application import App
from kb.app.daemon.keeper import Keeper
from kb.app.daemon.log import Log
from kb.app.daemon.readers import Readers
from kb.app.daemon.server import Request, Server
from kb.app.gateway import identity
from kb.app.night import Job, in_quiet_thread, night_run
from kb.app.shared import Shared
from kb.config import Settings
from kb.errors import LockedError, UsageError
from kb.progress import Progress
from kb.service.client import Client
from kb.service.endpoint import endpoint_of
from kb.service.protocol import STOP

IDLE_CHECK_S = 5.0
LOCK_CHECK_S = 0.2
LAST_TASK_S = 30.0


class Daemon:
    """One process's service over one home; `run` returns when it has left."""

    def __init__(self, settings: Settings, *, log: Log, idle_exit_s: float | None = None) -> None:
        self._settings = settings
        self._log = log
        self._idle_exit_s = idle_exit_s
        self._began = time.monotonic()
        self._shared = Shared(settings, presence=self._presence)
        self._stop: asyncio.Event | None = None

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until a signal, `kb daemon stop`, or the idle time; LockedError where another process writes."""
        self._own()
        try:
            self._keeper = Keeper(self._shared, self._log)
            self._readers = Readers(self._shared)
            self._keeper.start()
            try:
                asyncio.run(self._serve(ready))
            finally:
                self._keeper.stop()
                self._readers.stop()
                self._keeper.join(timeout=LAST_TASK_S)
        finally:
            if not self._keeper.is_alive():
                # Else the system does it with the end of this process: a long task may still be writing.
                self._shared.disown()

    def _own(self) -> None:
        """Take the index, or wait a moment for a process that is about to give it back."""
        deadline = time.monotonic() + (10.0 if self._idle_exit_s else 2.0)
        while True:
            try:
                return self._shared.own("daemon", timeout_s=LOCK_CHECK_S)
            except LockedError:
                # Waiting behind a daemon that answers, this one would come up the moment that one is stopped.
                if time.monotonic() > deadline or self._another_answers():
                    raise

    def _another_answers(self) -> bool:
        client = Client.connect(self._settings.home, identity(self._settings), timeout_s=LOCK_CHECK_S)
        if client is not None:
            client.close()
        return client is not None

    async def _serve(self, ready: Callable[[], None]) -> None:
        self._stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)):
            with contextlib.suppress(RuntimeError, ValueError):  # Windows; not the main thread
                loop.add_signal_handler(number, self._stop.set)
        server = Server(endpoint_of(self._settings.home), identity(self._settings), self._handle, log=self._log)
        await server.start()
        self._log(f"answering, process {os.getpid()}")
        ready()
        # The model is loaded now, so that the first question does not wait for it.
        self._readers.submit(lambda app: app.warm())
        try:
            await self._until_told_or_idle(server)
        finally:
            await server.close()
            self._log("leaving")

    async def _until_told_or_idle(self, server: Server) -> None:
        assert self._stop is not None
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), IDLE_CHECK_S)
            if self._keeper.lost_ledger or not self._settings.home.is_dir():
                self._log("its index is gone, or another one is in its place")
                return
            idle_s = time.monotonic() - server.last_request_at
            if self._idle_exit_s and idle_s > self._idle_exit_s and not self._keeper.pending:
                self._log(f"nobody asked for {idle_s:.0f} s")
                return

    async def _handle(self, request: Request) -> Payload:
        if request.method == STOP:
            assert self._stop is not None
            self._stop.set()
            return {"stopping": True}
        if request.method == "presence":
            return self._presence()
        if request.method == "stay":
            self._idle_exit_s = None
            return self._presence()
        method = METHODS.get(request.method)
        if method is None or method.where not in ("reader", "keeper"):
            raise UsageError(f"the daemon has no method {request.method}", "kb --help lists the commands")
        params: dict[str, Any] = dict(request.params)

        def told(progress: Progress) -> None:
            request.check()
            request.progress(progress)

        def job(app: App) -> Any:
            request.check()
            return getattr(app, request.method)(**params)

        def part(piece: Payload) -> None:
            request.check()
            request.part(piece)

        if method.progress:
            params["on_progress"] = told
        if method.parts:
            params["on_part"] = part
        if method.where == "reader" and params.pop("fresh", False):
            await asyncio.wrap_future(self._keeper.freshen(told))

        if request.method == "night":
            return await asyncio.to_thread(night_run, partial(self._in_quiet, request), on_progress=told)
        worker = self._readers if method.where == "reader" else self._keeper
        result: Payload = await asyncio.wrap_future(worker.submit(job))
        return result

    def _in_quiet(self, request: Request, job: Job) -> Any:
        """One step of the night run, done in the keeper's stead while it waits; between two steps come the others."""

        def in_its_stead(_: App) -> Any:
            request.check()
            self._keeper.give_up_tending()
            return in_quiet_thread(self._shared, job)

        return self._keeper.submit(in_its_stead).result()

    def _presence(self) -> Payload:
        """What only the running daemon knows of itself and of how fresh the index is."""
        return {
            "running": True,
            "pid": os.getpid(),
            "uptime_s": round(time.monotonic() - self._began, 1),
            "rss_mb": resident_mb(),
            "pending_changes": self._keeper.pending,
            "settled": self._keeper.settled,
            "problem": self._keeper.problem,
            "sources": self._keeper.watching(),
        }


def resident_mb() -> float | None:
    """Memory of this process that is in use now, in MB; None where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return round(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    except (OSError, ValueError, IndexError):
        return None
