"""A real server in a thread of its own, for tests of either end of the wire."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kb.app.daemon.connection import Limits
from kb.app.daemon.server import Handle, Request, Server
from kb.service.client import Client
from kb.service.endpoint import Endpoint, endpoint_of

IDENTITY = "1+same"


async def echo(request: Request) -> dict[str, Any]:
    return {"method": request.method, **request.params}


class Serving:
    """`with Serving(home, handle) as serving:`; the server is up within and gone after."""

    def __init__(
        self, home: Path, handle: Handle = echo, *, endpoint: Endpoint | None = None, limits: Limits | None = None
    ) -> None:
        self.home = home
        self.lines: list[str] = []
        self.endpoint = endpoint or endpoint_of(home)
        self.server = Server(self.endpoint, IDENTITY, handle, limits=limits, log=self.lines.append)
        self.loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._leave = asyncio.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(10)
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Close the server and wait until its thread has ended."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._leave.set)
            self._thread.join(20)
            assert not self._thread.is_alive()

    def client(self, identity: str = IDENTITY) -> Client:
        client = Client.connect(self.home, identity, timeout_s=5.0)
        assert client is not None
        return client

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            await self.server.start()
        except BaseException as error:
            self._failure = error
            return
        finally:
            self._up.set()
        await self._leave.wait()
        await self.server.close()


def eventually(true: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Wait until `true()` is, and fail if it never is."""
    ends = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < ends, "it never came to pass"
        time.sleep(0.005)
