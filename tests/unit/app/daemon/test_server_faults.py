"""A client that is broken, slow, too many or somebody else is dropped, and no other notices."""

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from kb.app.daemon.server import Limits, Request
from kb.progress import Progress
from kb.service.client import Client
from kb.service.endpoint import TcpEndpoint, UnixEndpoint
from kb.service.protocol import MAX_FRAME_BYTES, Frames, Message, encode
from tests.unit.service.serving import IDENTITY, Serving, eventually

NOBODY = 65534


@contextmanager
def raw_client(serving: Serving) -> Iterator[socket.socket]:
    connection = UnixEndpoint(serving.home).connect(10.0)
    assert connection is not None
    with connection:
        yield connection


def is_dropped(connection: socket.socket) -> bool:
    """Whether the other end closed, once all that it sent is read."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    return True


def ask(number: int, method: str = "x") -> bytes:
    return encode({"id": number, "identity": IDENTITY, "method": method})


BROKEN = {
    "oversized": (MAX_FRAME_BYTES + 1).to_bytes(4, "big") + b"{",
    "4 GB": b"\xff\xff\xff\xff",
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no JSON": b"\0\0\0\3abc",
    "not UTF-8": b"\0\0\0\2\xff\xfe",
    "empty": b"\0\0\0\0",
    "a list": b"\0\0\0\2[]",
    "too deep": (1_000_000).to_bytes(4, "big") + b"[" * 1_000_000,
    "neither": encode({"id": 1}),
    "no id": encode({"method": "x", "identity": IDENTITY}),
    "id of text": encode({"id": "1", "method": "x", "identity": IDENTITY}),
    "method of numbers": encode({"id": 1, "method": 2, "identity": IDENTITY}),
    "params of a list": encode({"id": 1, "method": "x", "params": [], "identity": IDENTITY}),
    "cancel of a list": encode({"cancel": [1]}),
    "a number twice": ask(1, "slow") + ask(1, "slow"),
    "good, then bad": ask(1) + b"\0\0\0\0" + ask(2),
}


async def slow_or_quick(request: Request) -> Message:
    if request.method == "slow":
        await asyncio.to_thread(request.cancelled.wait, 10)
    return {"method": request.method}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_client_is_dropped_and_no_other(tmp_path: Path, name: str) -> None:
    with Serving(tmp_path, slow_or_quick) as serving, serving.client() as good, raw_client(serving) as bad:
        assert good.call("x") == {"method": "x"}
        bad.sendall(BROKEN[name])
        assert is_dropped(bad)
        assert good.call("x") == {"method": "x"}
        assert [line for line in serving.lines if line.startswith("dropped a client")]


def test_requests_behind_a_broken_frame_are_not_begun(tmp_path: Path) -> None:
    begun: list[str] = []

    async def handle(request: Request) -> Message:
        begun.append(request.method)
        return {}

    with Serving(tmp_path, handle) as serving, raw_client(serving) as bad, serving.client() as good:
        bad.sendall(encode({"cancel": []}) + ask(1, "after"))
        assert is_dropped(bad)
        good.call("good")
        assert begun == ["good"]


def test_requests_of_a_client_that_was_dropped_are_not_begun(tmp_path: Path) -> None:
    begun: list[str] = []

    async def handle(request: Request) -> Message:
        begun.append(request.method)
        return {}

    with Serving(tmp_path, handle, limits=Limits(unread_bytes=-1)) as serving, raw_client(serving) as bad:
        bad.sendall(encode({"hello": {}}) + ask(1))
        assert is_dropped(bad)
        eventually(lambda: serving.server.connections == 0)
    assert begun == []


@pytest.mark.parametrize("half", [b"\0", b"\0\0\0", ask(1)[:-1]])
def test_a_half_sent_frame_is_waited_for_only_so_long(tmp_path: Path, half: bytes) -> None:
    with Serving(tmp_path, limits=Limits(frame_s=0.3)) as serving, serving.client() as good:
        with raw_client(serving) as bad:
            bad.sendall(ask(1) + half)
            began = time.monotonic()
            assert is_dropped(bad)
            assert time.monotonic() - began < 5.0
        assert good.call("x") == {"method": "x"}


def test_bytes_that_trickle_do_not_prolong_the_time_of_a_frame(tmp_path: Path) -> None:
    with Serving(tmp_path, limits=Limits(frame_s=0.3)) as serving, raw_client(serving) as bad:
        bad.settimeout(0.02)
        bad.sendall((1000).to_bytes(4, "big"))

        def trickle() -> bool:
            try:
                bad.sendall(b" ")
                return bad.recv(10) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        eventually(trickle, within_s=5.0)


def test_a_client_that_only_listens_is_no_half_frame(tmp_path: Path) -> None:
    with Serving(tmp_path, limits=Limits(frame_s=0.1)) as serving, serving.client() as idle:
        with raw_client(serving) as other:
            other.sendall(b"\0")
            assert is_dropped(other)
        assert idle.call("x") == {"method": "x"}


def big(kind: str) -> Callable[[Request], object]:
    async def handle(request: Request) -> Message:
        if request.method == "big":
            return {"text": "x" * 1_000_000}
        if request.method == "parts":

            def work() -> None:
                while not request.cancelled.is_set():
                    request.part({"text": "x" * 100_000})

            await asyncio.to_thread(work)
        return {"method": request.method}

    return handle


def test_a_client_that_does_not_read_is_dropped_and_blocks_no_other(tmp_path: Path) -> None:
    limits = Limits(unread_s=0.5)
    with Serving(tmp_path, big("big"), limits=limits) as serving, serving.client() as good:  # type: ignore[arg-type]
        with raw_client(serving) as bad:
            bad.sendall(ask(1, "big"))
            eventually(lambda: serving.server.connections == 2)
            slowest_s = 0.0
            while serving.server.connections == 2:
                began = time.monotonic()
                assert good.call("x") == {"method": "x"}
                slowest_s = max(slowest_s, time.monotonic() - began)
            assert slowest_s < 0.5
        assert any("it took nothing" in line for line in serving.lines)


def test_a_client_that_reads_slowly_is_not_dropped(tmp_path: Path) -> None:
    limits = Limits(unread_s=1.0)
    with Serving(tmp_path, big("big"), limits=limits) as serving, raw_client(serving) as slow:  # type: ignore[arg-type]
        slow.sendall(ask(1, "big"))
        frames = Frames()
        got: list[Message] = []
        pieces = 0
        while not got:
            # A pause without a condition: that it takes longer than the limit is what is tested.
            time.sleep(0.03)
            got += frames.feed(slow.recv(20_000))
            pieces += 1
        assert pieces * 0.03 > limits.unread_s
        assert len(got[0]["result"]["text"]) == 1_000_000


def test_a_backlog_over_the_limit_is_not_kept(tmp_path: Path) -> None:
    limits = Limits(unread_bytes=2_000_000)
    with Serving(tmp_path, big("parts"), limits=limits) as serving, raw_client(serving) as bad:  # type: ignore[arg-type]
        bad.sendall(ask(1, "parts"))
        eventually(lambda: any("lie unread" in line for line in serving.lines))
        eventually(lambda: serving.server.connections == 0)


def test_progress_to_a_slow_client_is_left_out_and_its_result_is_not(tmp_path: Path) -> None:
    told = 20_000

    async def handle(request: Request) -> Message:
        for number in range(told):
            request.progress(Progress("read", done=number, detail="x" * 200))
            await asyncio.sleep(0)
        finished.set()
        return {"done": True}

    finished = threading.Event()
    limits = Limits(unread_bytes=1_000_000)
    with Serving(tmp_path, handle, limits=limits) as serving, raw_client(serving) as slow:
        slow.sendall(ask(1))
        assert finished.wait(60)
        frames = Frames()
        got: list[Message] = []
        while not got or "result" not in got[-1]:
            got += frames.feed(slow.recv(65_536))
        assert got[-1] == {"id": 1, "result": {"done": True}}
        assert 1 < len(got) < told / 2


def test_progress_faster_than_the_wire_is_told_by_the_last_of_each_stage(tmp_path: Path) -> None:
    def work(request: Request) -> None:
        for number in range(100_000):
            request.progress(Progress("read", done=number))

    async def handle(request: Request) -> Message:
        request.progress(Progress("scan", done=7))
        work(request)
        return {}

    told: list[Progress] = []
    with Serving(tmp_path, handle) as serving, serving.client() as client:
        client.call("x", on_progress=told.append)
    assert told == [Progress("scan", done=7), Progress("read", done=99_999)]


def test_more_clients_than_allowed_are_turned_away(tmp_path: Path) -> None:
    with Serving(tmp_path, limits=Limits(connections=2)) as serving, serving.client() as one, serving.client():
        assert Client.connect(tmp_path, IDENTITY, timeout_s=1.0) is None
        one.close()
        eventually(lambda: serving.server.connections == 1)
        with serving.client() as next_one:
            assert next_one.call("x") == {"method": "x"}


@pytest.mark.parametrize("first", [{"hello": {"protocol": 1, "token": "00" * 32}}, {"hello": {}}, {"hello": None}])
def test_a_wrong_token_is_dropped_without_a_word(tmp_path: Path, first: Message) -> None:
    with Serving(tmp_path, endpoint=TcpEndpoint(tmp_path)) as serving:
        stranger = TcpEndpoint(tmp_path).connect(5.0)
        assert stranger is not None
        with stranger:
            stranger.sendall(encode(first) + ask(1))
            with suppress(ConnectionResetError):
                assert stranger.recv(10) == b""
        eventually(lambda: "dropped a client: a wrong token" in serving.lines)


def test_a_request_before_the_token_is_dropped(tmp_path: Path) -> None:
    with Serving(tmp_path, endpoint=TcpEndpoint(tmp_path)) as serving:
        place = json.loads((tmp_path / "daemon.json").read_text())
        with socket.create_connection(("127.0.0.1", place["port"]), 5.0) as stranger:
            stranger.sendall(ask(1) + encode({"hello": {"token": place["token"]}}))
            assert is_dropped(stranger)
        assert serving.lines == ["dropped a client: no token"]


def test_who_does_not_show_a_token_in_time_is_dropped(tmp_path: Path) -> None:
    with Serving(tmp_path, endpoint=TcpEndpoint(tmp_path), limits=Limits(frame_s=0.2)):
        silent = TcpEndpoint(tmp_path).connect(10.0)
        assert silent is not None
        with silent:
            assert is_dropped(silent)


STRANGER = f"""
import os, socket, sys
from kb.service.client import Client
from kb.service.protocol import encode
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
raw = socket.socket(socket.AF_UNIX)
raw.settimeout(10)
try:
    raw.connect(sys.argv[1] + "/daemon.sock")
    raw.sendall(encode({{"id": 1, "identity": {IDENTITY!r}, "method": "x"}}))
    print("heard", raw.recv(1000))
except OSError as error:
    print(type(error).__name__)
print(Client.connect(sys.argv[1], {IDENTITY!r}, timeout_s=2.0))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("is_open", [False, True])
def test_another_user_is_refused_even_where_the_rights_are_too_wide(is_open: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="kb-stranger-") as folder:
        home = Path(folder)
        with Serving(home) as serving, serving.client() as good:
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
            if is_open:
                home.chmod(0o755)
                (home / "daemon.sock").chmod(0o666)
            done = subprocess.run(
                [sys.executable, "-c", STRANGER, folder], capture_output=True, text=True, timeout=60, check=True
            )
            heard, connected = done.stdout.splitlines()
            assert heard in (
                ("heard b''", "ConnectionResetError", "BrokenPipeError") if is_open else ("PermissionError",)
            )
            assert connected == "None"
            assert ("refused a client: it is another user's" in serving.lines) == is_open
            assert good.call("x") == {"method": "x"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
def test_a_daemon_of_another_user_does_not_hear_the_question() -> None:
    with tempfile.TemporaryDirectory(prefix="kb-impostor-") as folder:
        impostor = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.settimeout(30)
os.setgid(65534); os.setuid(65534)
listening.bind(sys.argv[1] + "/daemon.sock")
listening.listen()
print("up", flush=True)
connection, _ = listening.accept()
print(connection.recv(100))
"""
        os.chmod(folder, 0o777)
        with subprocess.Popen([sys.executable, "-c", impostor, folder], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "up\n"
            assert Client.connect(folder, IDENTITY, timeout_s=2.0) is None
            assert child.communicate(timeout=30)[0] == "b''\n"
