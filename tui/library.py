"""The one way from the screens to `kb.app`: every call runs in one of two threads, each with a connection of its own.

SQLite connections belong to the thread that opened them, so an application is opened, used and
closed in its lane alone. A call that is cancelled before its turn is never made: of ten keys typed
fast only the last costs a search.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from kb.service.protocol import Cancelled

if TYPE_CHECKING:
    from kb.app.api import Api

Payload = dict[str, Any]
T = TypeVar("T")

Tell = Callable[[Any], None]
Lane = Literal["quick", "slow"]
"""What answers while the user types, and what may take its time: a search never waits for a re-index."""


class Library:
    """An index, opened at the first call; `cwd` is where the user stands, whose source ranks first."""

    def __init__(self, open_app: "Callable[[], Api]", *, cwd: str) -> None:
        self.cwd = cwd
        self._lanes: dict[Lane, _Thread] = {"quick": _Thread(open_app, "quick"), "slow": _Thread(open_app, "slow")}

    async def run(self, call: "Callable[[Api], T]", *, lane: Lane = "quick") -> T:
        """The result of `call`, made in a lane; raises what it raises."""
        return await self._lanes[lane].run(call)

    async def watch(self, call: "Callable[[Api, Tell], T]", tell: Tell, *, lane: Lane = "quick") -> T:
        """The result of `call`, which gets a callback for what it tells on the way: `tell`, carried out in the loop.

        When the one who waits is cancelled, the callback raises Cancelled in the lane, and with that ends the work.
        """
        loop = asyncio.get_running_loop()
        left = threading.Event()

        def relay(value: Any) -> None:
            if left.is_set():
                raise Cancelled
            loop.call_soon_threadsafe(_unless, left, tell, value)

        try:
            return await self.run(lambda app: call(app, relay), lane=lane)
        finally:
            left.set()

    async def close(self) -> None:
        """Close each application in its own thread, after the call that is running."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))


def _unless(left: threading.Event, tell: Tell, value: Any) -> None:
    """What was told before the work was cancelled, and comes after it, is not wanted any more."""
    if not left.is_set():
        tell(value)


class _Thread:
    def __init__(self, open_app: "Callable[[], Api]", name: str) -> None:
        self._open_app = open_app
        self._app: Api | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"library-{name}")

    async def run(self, call: "Callable[[Api], T]") -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: call(self._opened()))

    async def close(self) -> None:
        if self._app is not None:
            await self.run(lambda app: app.close())
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _opened(self) -> "Api":
        if self._app is None:
            self._app = self._open_app()
        return self._app
