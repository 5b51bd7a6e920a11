"""A server of models that fails as real ones do: one behaviour for each request, and a record of all it was sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPLY = ("The ledger ", "is the truth ", "[1].")
PATIENCE_S = 30.0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "FaultServer"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.bodies.append(body)
        self.server.heads.append(f"{self.path} {dict(self.headers)}")
        behaviours = self.server.behaviours
        (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self)

    def do_GET(self) -> None:
        self.server.heads.append(f"{self.path} {dict(self.headers)}")
        self.reply(200, "application/json", json.dumps(self.server.tags).encode())

    def reply(self, status: int, media_type: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self, media_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def piece(self, line: bytes) -> None:
        self.wfile.write(line)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        return


class FaultServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *behaviours: Callable[[Handler], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = list(behaviours)
        self.bodies: list[bytes] = []
        self.heads: list[str] = []
        self.tags: Any = {"models": []}
        self.left = threading.Event()
        """Set when a client went away in the middle of a reply."""
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        return

    @property
    def sent(self) -> list[Any]:
        return [json.loads(body) for body in self.bodies]


@contextmanager
def running(*behaviours: Callable[[Handler], None]) -> Iterator[FaultServer]:
    with FaultServer(*behaviours) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


class Speech:
    """How one kind of server says a reply."""

    def __init__(self, media_type: str, piece: Callable[[str], bytes], last: bytes) -> None:
        self.media_type, self.piece, self.last = media_type, piece, last

    def well(self, handler: Handler) -> None:
        self.some(handler)
        handler.piece(self.last)

    def some(self, handler: Handler, pieces: tuple[str, ...] = REPLY) -> None:
        handler.begin(self.media_type)
        for text in pieces:
            handler.piece(self.piece(text))

    def half(self, handler: Handler) -> None:
        """The connection ends as if the reply had."""
        self.some(handler, REPLY[:2])

    def cut(self, handler: Handler) -> None:
        """The connection is cut in a line."""
        self.some(handler, REPLY[:2])
        handler.piece(self.piece("more")[:9])

    def stuck(self, handler: Handler) -> None:
        """Says some, then comments for ever: a socket's own time-out never comes."""
        self.some(handler, REPLY[:1])
        self._idle(handler)

    def mute(self, handler: Handler) -> None:
        """Takes the request and says nothing at all."""
        handler.server.closing.wait(PATIENCE_S)

    def endless(self, handler: Handler) -> None:
        handler.begin(self.media_type)
        try:
            while not handler.server.closing.is_set():
                handler.piece(self.piece("and on "))
        except OSError:
            handler.server.left.set()

    def wrong_json(self, handler: Handler) -> None:
        self.some(handler, REPLY[:1])
        handler.piece(self.last.replace(b"}", b"").replace(b"]", b""))
        handler.piece(b"\n\n")

    def wrong_shape(self, handler: Handler) -> None:
        handler.begin(self.media_type)
        handler.piece(b'data: {"fine": 1}\n\n' if "event" in self.media_type else b'{"fine": 1}\n')

    def says_error(self, handler: Handler) -> None:
        """Tells of its failure in the middle of the stream."""
        self.some(handler, REPLY[:1])
        line = b'{"error": "the model ran out of memory"}\n'
        handler.piece(
            b'data: {"error": {"message": "the model ran out of memory"}}\n\n' if "event" in self.media_type else line
        )

    def _idle(self, handler: Handler) -> None:
        try:
            while not handler.server.closing.wait(0.05):
                if "event" in self.media_type:
                    handler.piece(b": still here\n\n")
        except OSError:
            handler.server.left.set()


def refusing(status: int, *, body: bytes = b'{"error": "no"}', **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(status, "application/json", body, **headers)


def page(handler: Handler) -> None:
    """What a proxy or the wrong port says, with a status of success."""
    handler.reply(200, "text/html; charset=utf-8", b"<html>Welcome</html>")


def _event(text: str) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _line(text: str) -> bytes:
    return json.dumps({"model": "m", "message": {"role": "assistant", "content": text}, "done": False}).encode() + b"\n"


OPENAI = Speech(
    "text/event-stream",
    _event,
    b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
)
OLLAMA = Speech(
    "application/x-ndjson",
    _line,
    b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n',
)
SPEECHES = {"openai": OPENAI, "ollama": OLLAMA}
