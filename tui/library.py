"""The one way from the screens to `kb.app`: every call runs in a single thread, in the order it was made.

SQLite connections belong to the thread that opened them, so the application is opened, used and
closed in that thread alone. A call that is cancelled before its turn is never made: of ten keys
typed fast only the last costs a search.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from kb.app.api import Api

Payload = dict[str, Any]
T = TypeVar("T")

LIMIT = 30
"""Results in the list: more than anyone pages through, few enough to draw at once."""


class Library:
    """An index, opened at the first call; `cwd` is where the user stands, whose source ranks first."""

    def __init__(self, open_app: "Callable[[], Api]", *, cwd: str) -> None:
        self.cwd = cwd
        self._open_app = open_app
        self._app: Api | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="library")

    async def status(self) -> Payload:
        """What is indexed; NoIndexError where nothing is."""
        return await self._call(lambda app: app.status())

    async def brief(self) -> Payload:
        """What is new since yesterday."""
        return await self._call(lambda app: app.brief())

    async def warm(self) -> None:
        """Load the model now, so that the first search does not wait for it."""
        await self._call(lambda app: app.warm())

    async def search(self, query: str) -> Payload:
        return await self._call(lambda app: app.search(query, limit=LIMIT, cwd=self.cwd))

    async def ask(self, question: str) -> Payload:
        return await self._call(lambda app: app.ask(question, cwd=self.cwd))

    async def read(self, ref: str) -> Payload:
        """The lines of a REF as they are on disk now."""
        return await self._call(lambda app: app.get(ref, cwd=self.cwd))

    async def close(self) -> None:
        """Close the application in its own thread, after the call that is running."""
        if self._app is not None:
            await self._call(lambda app: app.close())
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _call(self, ask: "Callable[[Api], T]") -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: ask(self._opened()))

    def _opened(self) -> "Api":
        if self._app is None:
            self._app = self._open_app()
        return self._app
