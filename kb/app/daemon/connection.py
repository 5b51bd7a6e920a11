"""One client of the daemon: its frames in, its requests under way, its answers out, and when it is dropped.

Whatever a client sends or fails to read is its own loss: everything here is bounded, and nothing waits for it.
"""

import asyncio
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from kb.progress import Progress
from kb.service.protocol import BadFrame, Cancelled, Frames, Message, encode, progress_to_object


@dataclass(frozen=True)
class Limits:
    """What one client may cost; tests make them small."""

    connections: int = 64
    requests: int = 64
    """Under way at once, of one connection."""
    frame_s: float = 10.0
    """A frame that has begun must be complete by then, a token must be there."""
    unread_s: float = 10.0
    """Answers lie unread, and not a byte was taken for so long: the client is dropped."""
    unread_bytes: int = 32 * 1024 * 1024
    progress_unread_bytes: int = 64 * 1024
    """With so much unread, progress is left out."""
    leave_s: float = 2.0
    """What is under way when the daemon leaves may take so long to end."""


class Host(Protocol):
    """What a connection needs of the server."""

    limits: Limits

    @property
    def token(self) -> str: ...
    def greeting(self) -> Message: ...
    def admits(self, connection: "Connection", peer: Any) -> bool: ...
    def begin(self, connection: "Connection", request: "Request") -> None: ...
    def forget(self, connection: "Connection") -> None: ...
    def log(self, text: str) -> None: ...


class Request:
    """One question while it is worked on; its methods may be called from any thread."""

    def __init__(self, connection: "Connection", *, number: int, identity: str, method: str, params: Message) -> None:
        self.method = method
        self.params = params
        self.identity = identity
        self.cancelled = threading.Event()
        """Set when the client cancels or hangs up: the answer goes nowhere."""
        self._connection = connection
        self._number = number
        self._ended = False
        self._lock = threading.Lock()
        self._told: dict[str, Progress] = {}

    def check(self) -> None:
        """Raise Cancelled if nobody waits for the answer any more."""
        if self.cancelled.is_set():
            raise Cancelled

    def progress(self, progress: Progress) -> None:
        """Tell the client how far it is; what comes faster than it can be sent is told by the last of each stage."""
        with self._lock:
            due = bool(self._told)
            self._told[progress.stage] = progress
        if not due:
            self._connection.soon(self._send_progress)

    def part(self, part: Message) -> None:
        """Send a piece of the answer; none is left out."""
        frame = encode({"id": self._number, "part": part})
        self._connection.soon(self._send, frame)

    def end(self, last_word: Message) -> None:
        """Send the result or the error, after all that was told before; BadFrame or TypeError if it cannot be sent."""
        frame = encode({"id": self._number, **last_word})
        self._connection.soon(self._send_end, frame)

    def _send_progress(self) -> None:
        with self._lock:
            told, self._told = self._told, {}
        if not self._ended and self._connection.unread_bytes <= self._connection.limits.progress_unread_bytes:
            for progress in told.values():
                self._send(encode({"id": self._number, "progress": progress_to_object(progress)}))

    def _send(self, frame: bytes) -> None:
        if not self._ended:
            self._connection.write(frame)

    def _send_end(self, frame: bytes) -> None:
        self._send_progress()
        self._send(frame)
        self._ended = True
        self._connection.requests.pop(self._number, None)


class Connection(asyncio.Protocol):
    """Lives in the loop's thread, except `soon`."""

    def __init__(self, host: Host, loop: asyncio.AbstractEventLoop) -> None:
        self.limits = host.limits
        self.requests: dict[int, Request] = {}
        self.lost = asyncio.Event()
        self._host = host
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._frames = Frames()
        self._known = not host.token
        self._frame_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._gone = False
        self._written = 0
        self._taken = 0

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._host.admits(self, transport.get_extra_info("socket")):
            self._gone = True
            transport.abort()
        elif not self._known:
            self._expect_rest()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        for timer in (self._frame_timer, self._unread_timer):
            if timer is not None:
                timer.cancel()
        for request in self.requests.values():
            request.cancelled.set()
        self._host.forget(self)
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        began_before = self._frames.half
        try:
            messages = self._frames.feed(data)
            for message in messages:
                if not self._gone:  # dropped on account of one before
                    self._receive(message)
        except BadFrame as error:
            self.drop(str(error))
            return
        if messages or not began_before:
            self._expect_rest()

    # Out

    def soon(self, act: Callable[..., None], *args: Any) -> None:
        """Have the loop do it, after all that it was given before; from any thread, nothing once the loop has ended."""
        try:
            self._loop.call_soon_threadsafe(act, *args)
        except RuntimeError:
            return

    def write(self, frame: bytes) -> None:
        """Send a frame, or drop the client that reads none."""
        if self._transport is None or self._gone:
            return
        self._transport.write(frame)
        self._written += len(frame)
        if self.unread_bytes > self.limits.unread_bytes:
            self.drop(f"{self.unread_bytes} bytes lie unread")
        elif self.unread_bytes and self._unread_timer is None:
            self._watch_unread()

    @property
    def unread_bytes(self) -> int:
        """What was written and the system has not taken."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def drop(self, reason: str) -> None:
        """End this connection now, and no other."""
        if self._transport is not None and not self._gone:
            self._gone = True
            self._host.log(f"dropped a client: {reason}")
            self._transport.abort()

    def close(self) -> None:
        """End it when all that was written is taken."""
        if self._transport is not None:
            self._transport.close()

    # In

    def _receive(self, message: Message) -> None:
        if "hello" in message:
            self._greet(message["hello"])
        elif not self._known:
            raise BadFrame("no token")
        elif "method" in message:
            self._begin(message)
        elif isinstance(number := message.get("cancel"), int):
            if (request := self.requests.get(number)) is not None:
                request.cancelled.set()
        else:
            raise BadFrame("neither a request nor a cancel")

    def _greet(self, hello: object) -> None:
        token = str(hello.get("token", "")) if isinstance(hello, dict) else ""
        if self._host.token and not hmac.compare_digest(token.encode("utf-8", "replace"), self._host.token.encode()):
            raise BadFrame("a wrong token")
        self._known = True
        self.write(encode({"hello": self._host.greeting()}))

    def _begin(self, message: Message) -> None:
        number, method, params = message.get("id"), message["method"], message.get("params", {})
        if not isinstance(number, int) or not isinstance(method, str) or not isinstance(params, dict):
            raise BadFrame("a request without id, method or params")
        if number in self.requests:
            raise BadFrame(f"two requests of the number {number}")
        request = Request(self, number=number, identity=str(message.get("identity", "")), method=method, params=params)
        self.requests[number] = request
        self._host.begin(self, request)

    def _expect_rest(self) -> None:
        """Give the frame that has begun its time from now on."""
        if self._frame_timer is not None:
            self._frame_timer.cancel()
            self._frame_timer = None
        if self._frames.half or not self._known:
            self._frame_timer = self._loop.call_later(self.limits.frame_s, self.drop, "half a frame, and no more")

    def _watch_unread(self) -> None:
        self._taken = self._written - self.unread_bytes
        self._unread_timer = self._loop.call_later(self.limits.unread_s, self._judge_unread)

    def _judge_unread(self) -> None:
        self._unread_timer = None
        if not self.unread_bytes:
            return
        if self._written - self.unread_bytes == self._taken:
            self.drop(f"it took nothing for {self.limits.unread_s:.0f} s")
        else:
            self._watch_unread()
