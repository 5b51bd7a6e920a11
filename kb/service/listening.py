"""The daemon's half of the endpoint: makes it private, takes it from a dead daemon, and leaves nothing behind.

Listener
├── UnixListener
└── TcpListener
"""

import json
import os
import secrets
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from kb.errors import ConfigError, LockedError
from kb.service.endpoint import (
    PLACE,
    SOCKET,
    Endpoint,
    TcpEndpoint,
    fits,
    greet,
    is_foreign,
    is_private,
)
from kb.service.peer import is_ours
from kb.service.protocol import Frames

BINDING = "daemon.lock"
BACKLOG = 128
TOKEN_BYTES = 32
ALIVE_S = 1.0
"""How long the one that listens now is given to show that it lives."""
ELSEWHERE = "keep the state elsewhere: KB_HOME=… kb …"


class Listener:
    """Holds one endpoint for one daemon."""

    token = ""
    """What a client must show first, empty where the kernel says who connects."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._place: dict[str, Any] = {}

    def open(self) -> socket.socket:
        """A socket that takes connections; LockedError where a daemon lives, ConfigError where it is not safe."""
        make_private(self._endpoint.home, parents=True)
        try:
            with self._alone():
                return self._open()
        except OSError as error:
            raise _no_socket(self._endpoint.home, error) from error

    def release(self) -> None:
        """Take away what leads others here, if it still leads to us; a second call does nothing."""
        with suppress(OSError), self._alone():
            self._take_away()
            if self._place and self._endpoint.read_place() == self._place:
                os.unlink(self._endpoint.in_home(PLACE))
        self._place = {}

    def admits(self, connection: Any) -> bool:
        """Whether a new connection is of our user, as far as the kernel tells."""
        return True

    def _open(self) -> socket.socket:
        raise NotImplementedError

    def _take_away(self) -> None:
        return

    def _publish(self, told: dict[str, Any]) -> None:
        fresh = self._endpoint.in_home(f"{PLACE}.new")
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        # Its mode from the first moment on: a token must not be readable for an instant.
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            json.dump(told, file)
        os.replace(fresh, self._endpoint.in_home(PLACE))
        self._place = told

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time looks, replaces and takes away: else two replace the same stale socket."""
        try:
            import fcntl
        except ImportError:  # Windows: the writer lock alone sees to it
            yield
            return
        lock = os.open(self._endpoint.in_home(BINDING), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


class UnixListener(Listener):
    """A socket file: folder 0700, socket 0600, and the kernel's word for the peer."""

    def __init__(self, endpoint: Endpoint, *, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(endpoint)
        self._environ = os.environ if environ is None else environ
        self._path = ""
        self._ours: tuple[int, int] | None = None

    def admits(self, connection: Any) -> bool:
        return is_ours(connection)

    def _open(self) -> socket.socket:
        path = self._endpoint.in_home(SOCKET)
        outside = not fits(path)
        if outside:
            folder = self._folder_outside()
            make_private(folder)
            path = os.path.join(folder, _short_name(self._endpoint.home))
        _refuse_if_taken(path)
        listening = self._bind(path)
        try:
            if outside:
                self._publish({"socket": path})
        except BaseException:
            listening.close()
            raise
        return listening

    def _bind(self, path: str) -> socket.socket:
        """Bound under another name, closed to others and listening before it gets its own: no half-made state."""
        fresh = os.path.splitext(path)[0] + ".new"
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with suppress(FileNotFoundError):
                os.unlink(fresh)
            listening.bind(fresh)
            os.chmod(fresh, 0o600)
            listening.listen(BACKLOG)
            self._path, self._ours = path, _inode(fresh)
            os.rename(fresh, path)
        except OSError as error:
            listening.close()
            raise _no_socket(path, error) from error
        return listening

    def _take_away(self) -> None:
        # The inode, not the name: a successor may have put its own socket there.
        if self._ours is not None and _inode(self._path) == self._ours:
            os.unlink(self._path)

    def _folder_outside(self) -> str:
        base = self._environ.get("XDG_RUNTIME_DIR", "")
        folder = os.path.join(base, "kb")
        with suppress(OSError):
            # Under sudo the variable may still name the folder of the user who called.
            if os.path.isabs(base) and not is_foreign(os.stat(base)) and fits(os.path.join(folder, _short_name(""))):
                return folder
        import tempfile

        return os.path.join(tempfile.gettempdir(), f"kb-{os.geteuid()}")


class TcpListener(Listener):
    """A port that was free, and a new token."""

    def _open(self) -> socket.socket:
        other = TcpEndpoint(self._endpoint.home)
        if (connection := other.connect(ALIVE_S)) is not None:
            # A port is given to others after its daemon's death: only one that greets is a daemon.
            with connection:
                if greet(connection, token=other.token, frames=Frames()) is not None:
                    raise _taken(self._endpoint.home)
        listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        try:
            self.token = secrets.token_hex(TOKEN_BYTES)
            self._publish({"port": listening.getsockname()[1], "token": self.token})
        except BaseException:
            listening.close()
            raise
        return listening


def listener_of(endpoint: Endpoint) -> Listener:
    """The half that belongs to a client's half."""
    return TcpListener(endpoint) if isinstance(endpoint, TcpEndpoint) else UnixListener(endpoint)


def make_private(folder: str, *, parents: bool = False) -> None:
    """Make `folder` one that only our user can enter; ConfigError where that cannot be."""
    try:
        if parents:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        else:
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700)
        if os.name != "posix" or is_private(folder):
            return
        if stat.S_ISDIR(os.lstat(folder).st_mode) and not is_foreign(os.lstat(folder)):
            os.chmod(folder, 0o700)
        closed = is_private(folder)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made private: {error.strerror}", "check its owner and rights") from error
    if not closed:
        raise ConfigError(f"{folder} is not a folder that only you can enter", ELSEWHERE)


def _refuse_if_taken(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(f"{path} is in the way of the daemon's socket", f"move it elsewhere: mv {path} …")
    if _is_alive(path):
        raise _taken(path)


def _is_alive(path: str) -> bool:
    """Whether somebody listens; a daemon that is frozen or has a full queue counts as living."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ALIVE_S)
        try:
            connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
    return True


def _no_socket(place: str, error: OSError) -> ConfigError:
    return ConfigError(f"no socket can be made at {place}: {error.strerror or error}", ELSEWHERE)


def _taken(place: str) -> LockedError:
    return LockedError(f"a daemon listens already at {place}", "to see it: kb daemon status")


def _inode(path: str) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def _short_name(home: str) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(home)).hexdigest()[:16] + ".sock"
