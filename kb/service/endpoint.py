"""Where the daemon of a home is found, and that who answers there is the user's own.

Endpoint
├── UnixEndpoint    a socket in the home, or in a folder of the user's where its path would be too long
└── TcpEndpoint     loopback and a token, where there are no Unix sockets

`daemon.json` in the home says what the home's path alone does not: the place of a socket outside
of it, or port and token. The daemon's half, which makes all this, is `kb.service.listening`.
"""

import json
import os
import socket
import stat
import sys
from collections.abc import Mapping
from typing import Any

from kb.service.peer import is_ours
from kb.service.protocol import PROTOCOL, BadFrame, Frames, Message, encode

SOCKET = "daemon.sock"
PLACE = "daemon.json"
MAX_PLACE_BYTES = 65_536
MAX_SOCKET_PATH = 108 if sys.platform == "linux" else 104
"""Bytes of `sun_path`, the NUL at the end among them."""
OTHERS = 0o077
"""The rights that nobody else may have."""

Home = str | os.PathLike[str]


class Endpoint:
    """One place of one home; either end makes its own."""

    def __init__(self, home: Home) -> None:
        # One folder by two names has one daemon.
        self.home = os.path.realpath(home)

    @property
    def token(self) -> str:
        """What the first frame must hold, empty where the kernel says who connects."""
        return ""

    def connect(self, timeout_s: float) -> socket.socket | None:
        """A connection to whoever listens, which waits at most `timeout_s` for anything; None where nobody does."""
        raise NotImplementedError

    def in_home(self, name: str) -> str:
        """The path of a file of the home."""
        return os.path.join(self.home, name)

    def read_place(self) -> Mapping[str, Any]:
        """What `daemon.json` says; nothing where it is absent, damaged or another user's."""
        try:
            with open(self.in_home(PLACE), "rb") as file:
                if is_foreign(os.fstat(file.fileno())):
                    return {}
                told = json.loads(file.read(MAX_PLACE_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}


class UnixEndpoint(Endpoint):
    """A socket file that only its user may reach: folder 0700, socket 0600, and the kernel names the peer."""

    def connect(self, timeout_s: float) -> socket.socket | None:
        path = self._path()
        connection = self._reach(path, timeout_s) if path else None
        if connection is not None and not is_ours(connection):
            # Somebody else's daemon: it must not hear the question, nor be believed.
            connection.close()
            return None
        return connection

    def _path(self) -> str:
        """Where the socket lies, empty where the home does not tell or the place is open to others."""
        path = self.in_home(SOCKET)
        if fits(path):
            return path
        path = str(self.read_place().get("socket", ""))
        try:
            return path if path and fits(path) and is_private(os.path.dirname(path)) else ""
        except (OSError, ValueError):
            return ""

    def _reach(self, path: str, timeout_s: float) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout_s)
            connection.connect(path)
        except OSError:
            connection.close()
            return None
        except BaseException:
            connection.close()
            raise
        return connection


class TcpEndpoint(Endpoint):
    """A free port of the loopback address, and a token that only the home's user can read."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._token = ""

    @property
    def token(self) -> str:
        return self._token

    def connect(self, timeout_s: float) -> socket.socket | None:
        place = self.read_place()
        port, token = place.get("port"), place.get("token")
        if not isinstance(port, int) or not isinstance(token, str) or not 0 < port < 65_536:
            return None
        self._token = token
        try:
            return socket.create_connection(("127.0.0.1", port), timeout_s)
        except OSError:
            return None


def endpoint_of(home: Home) -> Endpoint:
    """The kind that this system has."""
    return UnixEndpoint(home) if hasattr(socket, "AF_UNIX") and os.name == "posix" else TcpEndpoint(home)


def greet(connection: socket.socket, *, token: str, frames: Frames) -> Message | None:
    """The daemon's greeting; None when nothing, or something else, answers within the connection's timeout."""
    try:
        connection.sendall(encode({"hello": {"protocol": PROTOCOL, "token": token}}))
        while piece := connection.recv(65_536):
            for message in frames.feed(piece):
                hello = message.get("hello")
                return hello if isinstance(hello, dict) else None
    except (OSError, BadFrame):
        return None
    return None


def fits(path: str) -> bool:
    """Whether the system takes this path for a socket."""
    return len(os.fsencode(path)) + 1 <= MAX_SOCKET_PATH


def is_private(folder: str) -> bool:
    """Whether it is a folder, no link to one, of ours, and closed to everyone else; OSError where it cannot be seen."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and not is_foreign(found) and not stat.S_IMODE(found.st_mode) & OTHERS


def is_foreign(found: os.stat_result) -> bool:
    """Whether another user owns it."""
    return os.name == "posix" and found.st_uid != os.geteuid()
