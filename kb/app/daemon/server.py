"""The daemon's end of the wire: takes connections, hands requests on, and answers each with one last word.

It knows nothing of notes: what a method means is `handle`'s. It lives in the thread of its loop.
"""

import asyncio
import os
import socket
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from kb.app.daemon.connection import Connection, Limits, Request
from kb.app.daemon.log import Log, to_stderr
from kb.errors import KbError
from kb.service.endpoint import Endpoint
from kb.service.listening import listener_of
from kb.service.protocol import (
    PING,
    PROTOCOL,
    STOP,
    BadFrame,
    Cancelled,
    DaemonLost,
    Message,
    VersionMismatch,
    error_to_object,
)
from kb.service.spawn import started

__all__ = ["Limits", "Request", "Server"]

Handle = Callable[[Request], Awaitable[Message]]
ACCEPT_ROUNDS = 5
"""In so many rounds of the loop what was accepted has become a connection."""
FLUSH_S = 1.0
"""How long a client that the daemon leaves may take for the answers it was sent."""


class Server:
    """`await start()`, then it serves until `await close()`."""

    def __init__(
        self, endpoint: Endpoint, identity: str, handle: Handle, *, limits: Limits | None = None, log: Log = to_stderr
    ) -> None:
        self.limits = limits or Limits()
        self._listening = listener_of(endpoint)
        self._home = endpoint.home
        self._identity = identity
        self._handle = handle
        self._log = log
        self._listener: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._tasks: dict[asyncio.Task[None], Request] = {}
        self._leaving = False
        self._last_request_at = time.monotonic()

    async def start(self) -> None:
        """Take connections; LockedError where another daemon lives, ConfigError where it would not be safe."""
        loop = asyncio.get_running_loop()
        listening = self._listening.open()
        create = loop.create_server if listening.family == socket.AF_INET else loop.create_unix_server
        self._listener = await create(lambda: Connection(self, loop), sock=listening)
        started(self._home)

    async def close(self) -> None:
        """Take no more, let what is under way end for a moment, tell the rest, and leave nothing behind."""
        if self._listener is None:
            return
        self._leaving = True
        self._listening.release()
        await self._end_listening(self._listener)
        self._listener = None
        await self._end_requests()
        await self._end_connections()

    @property
    def token(self) -> str:
        """What a client must show before it is heard, empty where the kernel says who it is."""
        return self._listening.token

    @property
    def last_request_at(self) -> float:
        """When the last request came or ended, by the monotonic clock; now while one is under way."""
        return time.monotonic() if self._tasks else self._last_request_at

    @property
    def connections(self) -> int:
        """How many clients are there now."""
        return len(self._connections)

    # What connections ask for

    def greeting(self) -> Message:
        return {"protocol": PROTOCOL, "identity": self._identity, "pid": os.getpid()}

    def admits(self, connection: Connection, peer: Any) -> bool:
        if len(self._connections) >= self.limits.connections:
            self._log(f"refused a client: {self.limits.connections} are here already")
            return False
        if not self._listening.admits(peer):
            self._log("refused a client: it is another user's")
            return False
        self._connections.add(connection)
        return True

    def forget(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def log(self, text: str) -> None:
        self._log(text)

    def begin(self, connection: Connection, request: Request) -> None:
        if (refusal := self._refusal(connection, request)) is not None:
            request.end({"error": error_to_object(refusal)})
            return
        if request.method == PING:
            request.end({"result": self.greeting()})
            return
        self._last_request_at = time.monotonic()
        task = asyncio.get_running_loop().create_task(self._answer(request))
        self._tasks[task] = request
        task.add_done_callback(self._ended)

    def _refusal(self, connection: Connection, request: Request) -> KbError | None:
        if self._leaving:
            return _lost()
        if request.method not in (PING, STOP) and request.identity != self._identity:
            mismatch = VersionMismatch(
                f"the daemon is {self._identity}, this command {request.identity}", "kb daemon stop, then again"
            )
            mismatch.identity = self._identity
            return mismatch
        if len(connection.requests) > self.limits.requests:
            return KbError(f"more than {self.limits.requests} requests at once", "wait for some of their answers")
        return None

    # Requests

    async def _answer(self, request: Request) -> None:
        last_word: Message
        try:
            last_word = {"result": await self._handle(request)}
        except KbError as error:
            last_word = {"error": error_to_object(error)}
        except asyncio.CancelledError:
            last_word = {"error": error_to_object(_lost() if self._leaving else Cancelled())}
        except GeneratorExit:  # the loop was closed over it
            raise
        except BaseException as error:  # noqa: BLE001 - a worker's own exit too: it costs one answer, not the daemon
            last_word = {"error": self._fault(request, error)}
        try:
            request.end(last_word)
        except (BadFrame, TypeError, ValueError, RecursionError) as error:
            request.end({"error": self._fault(request, error)})

    def _fault(self, request: Request, error: BaseException) -> Message:
        self._log(f"{request.method} failed: " + "".join(traceback.format_exception(error)))
        return error_to_object(KbError(f"{type(error).__name__}: {error}", "daemon.log in KB_HOME tells more"))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._tasks[task]
        self._last_request_at = time.monotonic()

    # The end

    async def _end_listening(self, listener: asyncio.Server) -> None:
        """Close it only when what was accepted last has become a connection: asyncio would leave that one hanging."""
        with suppress(NotImplementedError):  # Windows' loop has no readers
            for listening in listener.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
        for _ in range(ACCEPT_ROUNDS):
            await asyncio.sleep(0)
        listener.close()

    async def _end_requests(self) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=self.limits.leave_s)
        for task, request in self._tasks.items():
            request.cancelled.set()
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=FLUSH_S)
        # The last words were given to the loop: let it send them.
        await asyncio.sleep(0)

    async def _end_connections(self) -> None:
        ending = list(self._connections)
        for connection in ending:
            connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                for connection in ending:
                    await connection.lost.wait()
        for connection in self._connections.copy():
            connection.drop("it did not take its last answer")


def _lost() -> DaemonLost:
    return DaemonLost("the daemon is leaving", "run this again")
