"""One connection to a model's server for one reply: what it may do, what it is refused, and how it is cut.

The integrations bring HTTP clients that follow redirects, obey proxies and give up by byte, not by word; they
are given this one, and every status and content type is judged here, the same for each of them.
"""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx

TOLD_CHARS = 200
"""Of what a server says to a refusal."""
TOLD_BYTES = 64_000
AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""A linger of no time."""


class Refusal(Exception):
    """A server that answers, and gives no reply; `status` is its status, 0 where the answer itself is off."""

    def __init__(self, told: str, *, status: int = 0, retry_after_s: float | None = None) -> None:
        super().__init__(told)
        self.told = told
        self.status = status
        self.retry_after_s = retry_after_s


class _Watched(httpx.SyncByteStream):
    """The body of a reply for as long as it is wanted: a socket that was shut down still hands on what arrives."""

    def __init__(self, stream: httpx.SyncByteStream, is_cut: threading.Event) -> None:
        self._stream = stream
        self._is_cut = is_cut

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if self._is_cut.is_set():
                raise Refusal("it was left")
            yield piece

    def close(self) -> None:
        self._stream.close()


class Line:
    """Its `client` reaches one server once; `cut` ends it from another thread, in the middle of a wait too."""

    def __init__(self, *, media_type: str, local: bool, connect_s: float, read_s: float) -> None:
        self._media_type = media_type
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_cut = threading.Event()
        self.options: dict[str, Any] = {
            "timeout": httpx.Timeout(read_s, connect=connect_s),
            # A redirect would take the text to a host that nobody configured.
            "follow_redirects": False,
            # A proxy of the environment would take text for this machine away from it.
            "trust_env": not local,
            "limits": httpx.Limits(max_keepalive_connections=0),
            "event_hooks": {"request": [self._watch], "response": [self._judge]},
        }
        if local:
            # Saves reading the certificates of the world for a server that has none.
            self.options["verify"] = False

    def cut(self) -> None:
        """End the connection; whoever reads from it meets an error."""
        self.is_cut.set()
        with self._lock:
            if self._socket is not None:
                with suppress(OSError):
                    # A server that waits for us to read would wait on after a mere farewell: closing resets the line.
                    self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                    # Closing alone would leave a thread that waits for bytes waiting.
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _watch(self, request: httpx.Request) -> None:
        request.extensions["trace"] = self._traced

    def _traced(self, event: str, told: dict[str, Any]) -> None:
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        with self._lock:
            self._socket = told["return_value"].get_extra_info("socket")
        if self.is_cut.is_set():
            self.cut()

    def _judge(self, response: httpx.Response) -> None:
        status = response.status_code
        if response.is_redirect:
            raise Refusal(f"it sends on to {response.headers.get('location', 'elsewhere')}, which is not followed")
        if status >= 400:
            raise Refusal(_beginning(response), status=status, retry_after_s=_retry_after_s(response))
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != self._media_type:
            raise Refusal(f"it answers with {media_type or 'no content type'} where {self._media_type} is due")
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Watched(response.stream, self.is_cut)


def _beginning(response: httpx.Response) -> str:
    """What a server says to its refusal, on one line."""
    body = b""
    for piece in response.iter_bytes():
        body += piece
        if len(body) > TOLD_BYTES:
            break
    return " ".join(body.decode("utf-8", "replace").split())[:TOLD_CHARS]


def _retry_after_s(response: httpx.Response) -> float | None:
    """The seconds that it asks to wait; a date is not understood, and servers of models send none."""
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
