"""A real daemon in a thread of the test's process, over a small embedder: for tests of who answers a command."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from kb.app.application import App
from kb.app.daemon.life import Daemon
from kb.app.gateway import Gateway, identity
from kb.config import Settings
from kb.service.client import Client
from tests.unit.app.world import World

DEADLINE_S = 30.0


class Served:
    """A daemon that answers; `stop` returns when it has left."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.said: list[str] = []
        self._daemon = Daemon(settings, log=self.said.append)
        self._daemon._shared.embedder = world.embedder
        self._settings = settings
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._daemon.run, args=(self._ready.set,), daemon=True)
        self._thread.start()
        assert self._ready.wait(DEADLINE_S), self.said

    def client(self) -> Client:
        client = Client.connect(self._settings.home, identity(self._settings), timeout_s=DEADLINE_S)
        assert client is not None
        return client

    def stop(self) -> None:
        client = Client.connect(self._settings.home, "whoever", timeout_s=DEADLINE_S)
        if client is not None:
            with client:
                client.stop()
        self.has_left()

    def has_left(self) -> None:
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive(), self.said


@contextmanager
def served(world: World, **settings: object) -> Iterator[Served]:
    daemon = Served(world, replace(world.settings, **settings))  # type: ignore[arg-type]
    try:
        yield daemon
    finally:
        daemon.stop()


@contextmanager
def gateway(world: World, **settings: object) -> Iterator[Gateway]:
    """What a command has in its hands, with the small embedder for what it does itself."""

    def small_app(settings: Settings) -> App:
        app = App(settings)
        app.shared.embedder = world.embedder
        return app

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kb.app.application.App", small_app)
        opened = Gateway(replace(world.settings, **settings))  # type: ignore[arg-type]
        try:
            yield opened
        finally:
            opened.close()
