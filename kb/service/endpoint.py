"""Where the daemon of a home listens, and that nobody but its user gets in.

Endpoint
├── UnixEndpoint    a socket in the home, or in a folder of the user's where its path would be too long
└── TcpEndpoint     loopback and a token, where there are no Unix sockets

`daemon.json` in the home says what the home's path alone does not: the place of a socket outside
of it, or port and token.
"""

import json
import os
import socket
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from kb.errors import ConfigError, LockedError
from kb.service.peer import is_ours
from kb.service.protocol import PROTOCOL, BadFrame, Frames, Message, encode

SOCKET = "daemon.sock"
PLACE = "daemon.json"
BINDING = "daemon.lock"
MAX_SOCKET_PATH = 108 if sys.platform == "linux" else 104
"""Bytes of `sun_path`, the NUL at the end among them."""
BACKLOG = 128
ALIVE_S = 1.0
"""How long the one that listens now is given to show that it lives."""
OTHERS = 0o077
"""The rights that nobody else may have."""
ELSEWHERE = "keep the state elsewhere: KB_HOME=… kb …"

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

    def listen(self) -> socket.socket:
        """A socket that takes connections; LockedError where a daemon lives, ConfigError where it is not safe."""
        raise NotImplementedError

    def admits(self, connection: Any) -> bool:
        """Whether a new connection is of our user, as far as the kernel tells."""
        return is_ours(connection)

    def release(self) -> None:
        """Take away what leads others here, if it still leads to us."""
        raise NotImplementedError

    def _in_home(self, name: str) -> str:
        return os.path.join(self.home, name)

    def _read_place(self) -> Mapping[str, Any]:
        """What `daemon.json` says; nothing where it is absent, damaged or another user's."""
        try:
            with open(self._in_home(PLACE), "rb") as file:
                if _is_foreign(os.fstat(file.fileno())):
                    return {}
                told = json.loads(file.read(65_536))
        except (OSError, ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}

    def _write_place(self, told: Mapping[str, Any]) -> None:
        fresh = self._in_home(f"{PLACE}.new")
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        # Its mode from the first moment on: a token must not be readable for an instant.
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            json.dump(told, file)
        os.replace(fresh, self._in_home(PLACE))

    def _forget_place(self, told: Mapping[str, Any]) -> None:
        if told and self._read_place() == told:
            os.unlink(self._in_home(PLACE))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time looks, replaces and takes away: else two replace the same stale socket."""
        try:
            import fcntl
        except ImportError:  # Windows: the writer lock alone sees to it
            yield
            return
        descriptor = os.open(self._in_home(BINDING), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class UnixEndpoint(Endpoint):
    """A socket file that only its user may reach: folder 0700, socket 0600, and the kernel names the peer."""

    def __init__(self, home: Home, *, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(home)
        self._environ = os.environ if environ is None else environ
        self._ours: tuple[int, int] | None = None
        self._path = ""
        self._place: dict[str, Any] = {}

    def connect(self, timeout_s: float) -> socket.socket | None:
        path = self._path_to_ask()
        if not path:
            return None
        connection = self._reach(path, timeout_s)
        if connection is not None and not is_ours(connection):
            # Somebody else's daemon: it must not hear the question, nor be believed.
            connection.close()
            return None
        return connection

    def listen(self) -> socket.socket:
        make_private(self.home)
        path = self._in_home(SOCKET)
        outside = not fits(path)
        if outside:
            folder = self._folder_outside()
            make_private(folder, nested=False)
            path = os.path.join(folder, _short_name(self.home))
        with self._alone():
            self._refuse_if_taken(path)
            listening = self._bind(path)
            if outside:
                self._place = {"socket": path}
                self._write_place(self._place)
            else:
                with suppress(FileNotFoundError):  # of a time when it lay elsewhere
                    os.unlink(self._in_home(PLACE))
        self._path = path
        return listening

    def release(self) -> None:
        if self._ours is None:
            return
        with suppress(OSError), self._alone():
            # The inode, not the name: a successor may have put its own socket there.
            if _identity(os.lstat(self._path)) == self._ours:
                os.unlink(self._path)
        with suppress(OSError):
            self._forget_place(self._place)
        self._ours = None

    def _path_to_ask(self) -> str:
        path = self._in_home(SOCKET)
        if fits(path):
            return path
        path = str(self._read_place().get("socket", ""))
        if not path or not fits(path):
            return ""
        try:
            return path if is_private(os.path.dirname(path)) else ""
        except OSError:
            return ""

    def _reach(self, path: str, timeout_s: float) -> socket.socket | None:
        """A connection; None where nobody listens, or nobody takes it."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout_s)
        try:
            connection.connect(path)
        except BaseException as error:
            connection.close()
            if not isinstance(error, OSError):
                raise
            return None
        return connection

    def _refuse_if_taken(self, path: str) -> None:
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise ConfigError(f"{path} is in the way of the daemon's socket", f"move it elsewhere: mv {path} …")
        if _is_alive(path):
            raise LockedError(f"a daemon listens already on {path}", "to see it: kb daemon status")

    def _bind(self, path: str) -> socket.socket:
        """Bound under another name, closed to others and listening before it gets its own: no half-made state."""
        fresh = os.path.splitext(path)[0] + ".new"
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(fresh)
            os.chmod(fresh, 0o600)
            listening.listen(BACKLOG)
            self._ours = _identity(os.lstat(fresh))
            os.rename(fresh, path)
        except OSError as error:
            listening.close()
            raise ConfigError(f"no socket can be made at {path}: {error.strerror or error}", ELSEWHERE) from error
        return listening

    def _folder_outside(self) -> str:
        base = self._environ.get("XDG_RUNTIME_DIR", "")
        folder = os.path.join(base, "kb")
        with suppress(OSError):
            # Under sudo the variable may still name the folder of the user who called.
            if os.path.isabs(base) and not _is_foreign(os.stat(base)) and fits(os.path.join(folder, "0" * 21)):
                return folder
        import tempfile

        return os.path.join(tempfile.gettempdir(), f"kb-{os.geteuid()}")


class TcpEndpoint(Endpoint):
    """A free port of the loopback address, and a token that only the home's user can read."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._token = ""
        self._place: dict[str, Any] = {}

    @property
    def token(self) -> str:
        return self._token

    def connect(self, timeout_s: float) -> socket.socket | None:
        place = self._read_place()
        port, token = place.get("port"), place.get("token")
        if not isinstance(port, int) or not isinstance(token, str) or not 0 < port < 65_536:
            return None
        self._token = token
        try:
            return socket.create_connection(("127.0.0.1", port), timeout_s)
        except OSError:
            return None

    def listen(self) -> socket.socket:
        make_private(self.home)
        with self._alone():
            if (other := TcpEndpoint(self.home).connect(ALIVE_S)) is not None:
                # A port is given to others after its daemon's death: only one that greets is a daemon.
                with other:
                    if greet(other, token=str(self._read_place().get("token", "")), frames=Frames()) is not None:
                        raise LockedError(f"a daemon listens already for {self.home}", "to see it: kb daemon status")
            import secrets

            listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
            self._token = secrets.token_hex(32)
            self._place = {"port": listening.getsockname()[1], "token": self._token}
            self._write_place(self._place)
        return listening

    def admits(self, connection: Any) -> bool:
        return True

    def release(self) -> None:
        with suppress(OSError), self._alone():
            self._forget_place(self._place)
        self._place = {}


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


def make_private(folder: str, *, nested: bool = True) -> None:
    """Make `folder` one that only our user can enter; ConfigError where that cannot be."""
    try:
        if nested:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        else:
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700)
        if os.name == "posix" and not is_private(folder):
            if not _is_foreign(os.lstat(folder)):
                os.chmod(folder, 0o700)
            if not is_private(folder):
                raise ConfigError(f"{folder} is not a folder that only you can enter", ELSEWHERE)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made private: {error.strerror}", "check its owner and rights") from error


def is_private(folder: str) -> bool:
    """Whether it is a folder, no link to one, of ours, and closed to everyone else; OSError where it cannot be seen."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and not _is_foreign(found) and not stat.S_IMODE(found.st_mode) & OTHERS


def _is_foreign(found: os.stat_result) -> bool:
    return os.name == "posix" and found.st_uid != os.geteuid()


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _is_alive(path: str) -> bool:
    """Whether somebody listens; a daemon that is stopped or has a full queue counts as living."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ALIVE_S)
        try:
            connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
    return True


def _short_name(home: str) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(home)).hexdigest()[:16] + ".sock"
