"""The way from a face to an `Api`: the daemon where one answers, this process where none does.

Imported by every command, so it imports neither the application nor the store: a question that a
warm daemon answers must not pay for them.
"""

import math
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from kb import __version__
from kb.app.api import METHODS, Api
from kb.config import Settings
from kb.errors import KbError, LockedError
from kb.service.client import Client, DaemonLost, VersionMismatch
from kb.service.protocol import Cancelled

if TYPE_CHECKING:
    from pathlib import Path

    from kb.app.application import App

CONNECT_S = 1.0
LOOK_AGAIN_S = 2.0
IDLE_EXIT_S = 1_800
"""A daemon that started itself leaves when nobody has asked for so long."""
TURNOVER_S = 5.0
"""How long a daemon that is starting or leaving is waited for by a command that must write."""


def identity(settings: Settings) -> str:
    """What daemon and client must have in common: the version, and the settings that change an answer."""
    import zlib

    told = (settings.model, str(settings.models_dir), settings.max_file_bytes, settings.writer)
    return f"{__version__}+{zlib.crc32(repr(told).encode()):08x}"


def open_api(settings: Settings, *, stays: bool = False) -> Api:
    """The application behind a daemon, or in this process; cheap: nothing is opened before it is needed.

    A face that `stays` open is handed from this process to a daemon, and back, as one comes and goes.
    """
    return cast(Api, Gateway(settings, stays=stays))


def daemon_command(settings: Settings, *, idle_exit_s: int = IDLE_EXIT_S) -> list[str]:
    """What starts a daemon for these settings."""
    # Named only where it was: with --home the configuration is looked for in the home too.
    home = ("--home", str(settings.home)) if settings.config_file.parent == settings.home else ()
    # -P: a json.py in the folder that the daemon stands in must not be imported in the place of Python's own.
    return [sys.executable, "-P", "-m", "kb", *home, "daemon", "run", "--idle-exit", str(idle_exit_s)]


class Gateway:
    """Has the methods of `Api`; decides at each call who does it."""

    def __init__(self, settings: Settings, *, stays: bool = False) -> None:
        self._settings = settings
        self._stays = stays
        self._client: Client | None = None
        self._app: App | None = None
        self._look_at = 0.0
        self._wants_daemon = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in METHODS:
            raise AttributeError(name)
        return lambda *args, **named: self._call(name, args, named)

    @property
    def in_daemon(self) -> bool:
        """Whether a daemon answers at this moment."""
        return self._daemon() is not None

    def close(self) -> None:
        """Leave the daemon, or close the index; where a daemon was missed, start it now, behind the answer."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._close_app()
        self._start_if_wanted()

    def _call(self, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        method = METHODS[name]
        if method.where == "alone" and (client := self._daemon()) is not None:
            self._client = None
            dismiss(client, self._settings.home, wait=True)
            self._wants_daemon = True
        if method.where in ("reader", "keeper") and (client := self._daemon()) is not None:
            try:
                return self._ask_daemon(client, name, args, named)
            except VersionMismatch:
                # Another version, or other settings: it leaves, and its successor starts behind this answer.
                self._client = None
                dismiss(client, self._settings.home, wait=method.where == "keeper")
                self._wants_daemon = self._may_start()
            except DaemonLost:
                self._client = None
                if method.where != "reader":
                    # Half of it may be done: whoever asked should know before it is done again.
                    raise
        self._wants_daemon = self._wants_daemon or (method.starts and self._may_start())
        result = self._here(name, args, named)
        if self._stays:
            self._start_if_wanted()
        return result

    def _ask_daemon(self, client: Client, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        params = {**dict(zip(METHODS[name].positional, args, strict=False)), **named}
        on_progress, on_part = params.pop("on_progress", None), params.pop("on_part", None)
        try:
            return client.call(name, params, on_progress=on_progress, on_part=on_part)
        except BaseException as error:
            if isinstance(error, Cancelled) or not isinstance(error, KbError):
                # Given up in the middle: the connection is spent, but the daemon is there for the next call.
                client.close()
                self._client, self._look_at = None, 0.0
            raise

    def _here(self, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if self._app is None:
            from kb.app.application import App

            self._app = App(self._settings)
        try:
            return getattr(self._app, name)(*args, **named)
        except LockedError:
            # A daemon that was just started holds the index before its socket is there.
            if (client := self._starting_daemon()) is None:
                raise
            return self._ask_daemon(client, name, args, named)

    def _daemon(self) -> Client | None:
        """The daemon, looked for once, or by a face that stays open every now and then."""
        if self._client is None and not self._settings.no_daemon and self._look_at <= time.monotonic():
            self._look_at = time.monotonic() + (LOOK_AGAIN_S if self._stays else math.inf)
            self._client = Client.connect(self._settings.home, identity(self._settings), timeout_s=CONNECT_S)
            if self._client is not None:
                # Held open here as well, the vectors would be twice in memory.
                self._close_app()
        return self._client

    def _close_app(self) -> None:
        if self._app is not None:
            self._app.close()
            self._app = None

    def _start_if_wanted(self) -> None:
        if self._wants_daemon:
            self._wants_daemon = False
            start_behind(self._settings)

    def _starting_daemon(self) -> Client | None:
        from kb.service.spawn import wait_until_ready
        from kb.store.lock import holder_role

        if self._settings.no_daemon or holder_role(self._settings.home) != "daemon":
            return None
        self._client = wait_until_ready(self._settings.home, identity(self._settings), deadline_s=TURNOVER_S)
        return self._client

    def _may_start(self) -> bool:
        settings = self._settings
        return not settings.no_daemon and settings.ledger.exists() and os.access(settings.home, os.W_OK)


def dismiss(client: Client, home: "Path", *, wait: bool) -> None:
    """Ask a daemon to leave; `wait` until it has, for who must write to the index."""
    client.stop()
    client.close()
    if wait:
        from kb.service.spawn import wait_until_gone

        wait_until_gone(home, deadline_s=TURNOVER_S, pid=client.daemon_pid)


def start_behind(settings: Settings) -> None:
    """Start a daemon and do not wait for it; a failure costs nothing but speed."""
    from kb.service.spawn import spawn

    try:
        spawn(settings.home, daemon_command(settings))
    except OSError:
        return
