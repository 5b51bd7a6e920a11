"""A whole daemon in a thread of the test's process: real socket, real watcher, real threads, a small embedder."""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kb.app.daemon.life import Daemon
from kb.app.gateway import identity
from kb.config import load_settings
from kb.embedding.hashing import HashingEmbedder
from kb.service.client import Client
from tests.unit.daemon.tree import Tree

DEADLINE_S = 60.0
LARGE = 10 if os.environ.get("KB_NIGHTLY") else 1
"""How many times larger the numbers of these tests are at night."""


class Served:
    """`with Served() as served:`; a folder of notes beside the home, and clients of its daemon."""

    def __init__(self) -> None:
        # A short path of its own: a socket's name may have 108 bytes.
        self._folder = tempfile.TemporaryDirectory(prefix="kb-served-")
        base = Path(os.path.realpath(self._folder.name))
        (base / "notes").mkdir()
        self.tree = Tree(base / "notes")
        self.settings = load_settings(home=str(base / "home"), environ={"XDG_CACHE_HOME": str(base)})
        self.said: list[str] = []
        self.daemon = Daemon(self.settings, log=self.said.append)
        self.daemon._shared.embedder = HashingEmbedder()
        self._thread = threading.Thread(target=self._run, name="daemon")
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(DEADLINE_S), self.said
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.client() as client:
            client.stop()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        self._folder.cleanup()

    def _run(self) -> None:
        try:
            self.daemon.run(self._ready.set)
        finally:
            self._ready.set()

    def client(self) -> Client:
        client = Client.connect(self.settings.home, identity(self.settings), timeout_s=10.0)
        assert client is not None, self.said
        return client

    def index(self) -> dict[str, Any]:
        """Make the notes a source, or bring it up to date."""
        with self.client() as client:
            return client.call("index", {"paths": [str(self.tree.root)]})

    def paths_of(self, client: Client, word: str, *, fresh: bool = False) -> list[str]:
        """The files in which a word is found."""
        hits = client.call("search", {"query": word, "limit": 3, "fresh": fresh})["hits"]
        return [hit["path"] for hit in hits if word in hit["snippet"]]

    def faults(self) -> list[str]:
        """What the daemon's log tells of tasks that failed."""
        return [line for line in self.said if "failed" in line or "Traceback" in line]


def eventually(true: Callable[[], object], *, within_s: float = DEADLINE_S) -> None:
    """Wait until `true()` is, and fail if it never is."""
    ends = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < ends, "it never came to pass"
        time.sleep(0.02)
