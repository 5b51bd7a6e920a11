"""A command's end of the wire: connect, ask, and say plainly when the daemon is gone."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from socket import SHUT_RDWR
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kb.errors import UsageError
from kb.service.endpoint import Endpoint, Home, endpoint_of, greet
from kb.service.protocol import (
    PING,
    STOP,
    BadFrame,
    DaemonLost,
    Frames,
    Message,
    VersionMismatch,
    encode,
    error_from_object,
    progress_from_object,
)

if TYPE_CHECKING:
    import socket

    from kb.progress import OnProgress

__all__ = ["Client", "DaemonLost", "VersionMismatch"]

PIECE_BYTES = 256 * 1024
OnPart = Callable[[Message], None]


class Client:
    """One connection to the daemon of one home; calls take turns, `cancel` comes from any thread."""

    def __init__(self, connection: "socket.socket", identity: str, *, hello: Message, frames: Frames) -> None:
        self._connection = connection
        self._identity = identity
        self._frames = frames
        self._ready: list[Message] = []
        self._turn = threading.Lock()
        self._sending = threading.Lock()
        self._last_id = 0
        self._under_way: int | None = None
        self.daemon_identity = str(hello.get("identity", ""))
        self.daemon_pid = int(hello.get("pid") or 0)

    @classmethod
    def connect(
        cls, home: Home, identity: str, *, timeout_s: float = 1.0, endpoint: Endpoint | None = None
    ) -> Self | None:
        """A connection to the daemon of `home`; None when none answers within `timeout_s`.

        A daemon that is frozen takes connections and says nothing: without the greeting a command would wait for ever.
        """
        place = endpoint_of(home) if endpoint is None else endpoint
        connection = place.connect(timeout_s)
        if connection is None:
            return None
        try:
            frames = Frames()
            hello = greet(connection, token=place.token, frames=frames)
            if hello is not None:
                connection.settimeout(None)
                return cls(connection, identity, hello=hello, frames=frames)
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        on_progress: "OnProgress | None" = None,
        on_part: OnPart | None = None,
    ) -> Message:
        """The result of `method`.

        Raises the KbError that the daemon sent, VersionMismatch if it is not the one wanted, DaemonLost
        when it ended first. An exception out of here (Ctrl-C) or a callback cancels the request.
        """
        with self._turn:
            self._last_id += 1
            number = self._last_id
            request = self._request(number, method, params or {})
            self._under_way = number
            try:
                self._send(request)
                answer = self._answer(number, on_progress, on_part)
            except DaemonLost:
                self.close()
                raise
            except BaseException:
                # It may have been torn out of the middle of a frame: nothing after it can be trusted.
                self.cancel()
                self.close()
                raise
            finally:
                self._under_way = None
        if "error" in answer:
            error = error_from_object(answer["error"])
            if isinstance(error, DaemonLost):
                self.close()
            raise error
        result: Message = answer["result"]
        return result

    def cancel(self) -> None:
        """Tell the daemon that the answer under way is not wanted any more; from any thread, never raises."""
        if (number := self._under_way) is not None:
            with suppress(OSError, DaemonLost):
                self._send(encode({"cancel": number}))

    def ping(self) -> Message:
        """What the daemon says of itself, whatever its identity."""
        return self.call(PING)

    def stop(self) -> None:
        """Ask the daemon, whatever its identity, to leave; it may be there for a while yet."""
        with suppress(DaemonLost):
            self.call(STOP)

    def close(self) -> None:
        """Leave; a request under way is cancelled by that. A second call does nothing."""
        with suppress(OSError):
            # Closing alone does not wake a thread that waits for an answer.
            self._connection.shutdown(SHUT_RDWR)
        self._connection.close()

    def _request(self, number: int, method: str, params: Mapping[str, Any]) -> bytes:
        try:
            return encode({"id": number, "identity": self._identity, "method": method, "params": dict(params)})
        except BadFrame as error:
            raise UsageError(
                f"this is too long for the daemon: {error}", "ask with less, or with --no-daemon"
            ) from error

    def _send(self, frame: bytes) -> None:
        try:
            with self._sending:
                self._connection.sendall(frame)
        except OSError as error:
            raise _lost() from error

    def _answer(self, number: int, on_progress: "OnProgress | None", on_part: OnPart | None) -> Message:
        while True:
            message = self._next()
            if message.get("id") != number:
                continue  # the rest of a request that was cancelled
            if "result" in message or "error" in message:
                return message
            if on_progress is not None and "progress" in message:
                on_progress(progress_from_object(message["progress"]))
            if on_part is not None and "part" in message:
                on_part(message["part"])

    def _next(self) -> Message:
        while not self._ready:
            try:
                piece = self._connection.recv(PIECE_BYTES)
                self._ready = self._frames.feed(piece)
            except (OSError, BadFrame) as error:
                raise _lost() from error
            if not piece:
                raise _lost()
        return self._ready.pop(0)


def _lost() -> DaemonLost:
    return DaemonLost("the daemon went away before it had answered", "run this again")
