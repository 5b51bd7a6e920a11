"""A client finds a daemon or says that there is none, at once; and it knows when the daemon is gone."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb.app.daemon.server import Request
from kb.errors import ExitCode, UsageError
from kb.service.client import Client, DaemonLost
from kb.service.endpoint import UnixEndpoint
from kb.service.listening import UnixListener
from kb.service.protocol import HEADER_BYTES, Frames, Message, encode
from tests.unit.service.serving import IDENTITY, Serving, eventually

# What a fresh interpreter has not imported, and what costs more than the whole client.
HEAVY = {
    "asyncio",
    "subprocess",
    "dataclasses",
    "inspect",
    "pathlib",
    "tempfile",
    "hashlib",
    "logging",
    "click",
    "kb.config",
}


def imported_by(script: str) -> set[str]:
    probe = f"{script}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def test_the_client_imports_little() -> None:
    probe = "import sys, kb.service.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    before = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert set(done.stdout.split()) & HEAVY <= set(before.stdout.split())


def test_the_wire_is_of_the_standard_library() -> None:
    probe = "import sys, kb.service.client, kb.service.spawn; print(*{n.split('.')[0] for n in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {os.getcwd()!r}); {probe}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert set(done.stdout.split()) - set(sys.stdlib_module_names) <= {"kb", "__main__"}


@pytest.mark.parametrize("state", ["no home", "no socket", "a dead daemon's socket", "a file"])
def test_where_nobody_listens_there_is_no_client_at_once(tmp_path: Path, state: str) -> None:
    home = tmp_path / "home"
    if state != "no home":
        home.mkdir(mode=0o700)
    if state == "a dead daemon's socket":
        UnixListener(UnixEndpoint(home)).open().close()
    if state == "a file":
        (home / "daemon.sock").write_text("")
    began = time.monotonic()
    assert Client.connect(home, IDENTITY, timeout_s=30.0) is None
    assert time.monotonic() - began < 5.0
    assert home.exists() == (state != "no home")


def test_a_frozen_daemon_costs_the_timeout_and_no_more(tmp_path: Path) -> None:
    with UnixListener(UnixEndpoint(tmp_path)).open():
        began = time.monotonic()
        assert Client.connect(tmp_path, IDENTITY, timeout_s=0.2) is None
        assert 0.15 < time.monotonic() - began < 5.0


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n", encode({"welcome": {}}), encode({"hello": 1}), b""]
)
def test_what_does_not_greet_is_no_daemon(tmp_path: Path, answer: bytes) -> None:
    with UnixListener(UnixEndpoint(tmp_path)).open() as listening, ThreadPoolExecutor(1) as pool:
        found = pool.submit(Client.connect, tmp_path, IDENTITY, timeout_s=10.0)
        connection, _ = listening.accept()
        with connection:
            connection.sendall(answer)
            if not answer:
                connection.shutdown(socket.SHUT_WR)
            assert found.result(10) is None


HELLO = encode({"hello": {"protocol": 1, "identity": IDENTITY, "pid": 1}})


def answer_once(listening: socket.socket, last_words: bytes) -> None:
    """A daemon by its script: it greets, waits for one request, says its last words and hangs up."""
    connection, _ = listening.accept()
    with connection:
        frames = Frames()
        while not frames.feed(connection.recv(4096)):
            pass
        connection.sendall(HELLO)
        while not frames.feed(connection.recv(4096)):
            pass
        connection.sendall(last_words)


@pytest.mark.parametrize(
    "last_words",
    [b"", b"\0", encode({"id": 1, "result": {}})[:-1], encode({"id": 1, "progress": {"stage": "scan"}}), b"\xff" * 8],
)
def test_a_daemon_that_dies_before_its_answer_is_lost(tmp_path: Path, last_words: bytes) -> None:
    with UnixListener(UnixEndpoint(tmp_path)).open() as listening:
        daemon = threading.Thread(target=answer_once, args=(listening, last_words))
        daemon.start()
        client = Client.connect(tmp_path, IDENTITY, timeout_s=10.0)
        assert client is not None
        with client, pytest.raises(DaemonLost) as caught:
            client.call("index")
        assert caught.value.exit_code == ExitCode.NEGATIVE
        assert caught.value.hint
        daemon.join()
        with pytest.raises(DaemonLost):
            client.call("index")


def test_a_killed_daemon_is_lost_at_once(tmp_path: Path) -> None:
    script = """
import asyncio, sys
from kb.app.daemon.server import Server
from kb.service.endpoint import endpoint_of
async def hang(request):
    print("asked", flush=True)
    await asyncio.sleep(60)
async def main():
    await Server(endpoint_of(sys.argv[1]), "1+same", hang).start()
    print("up", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == "up\n"
        client = Client.connect(tmp_path, IDENTITY, timeout_s=10.0)
        assert client is not None
        with client, ThreadPoolExecutor(1) as pool:
            call = pool.submit(client.call, "x")
            assert daemon.stdout.readline() == "asked\n"
            daemon.kill()
            with pytest.raises(DaemonLost):
                call.result(10)
    assert Client.connect(tmp_path, IDENTITY) is None


def test_a_question_over_the_limit_is_a_usage_error(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving, serving.client() as client:
        with pytest.raises(UsageError, match="too long"):
            client.call("ask", {"context": "x" * 17_000_000})
        assert serving.lines == []


def test_late_answers_of_another_request_are_passed_over(tmp_path: Path) -> None:
    answers = ({"id": 0, "result": {"late": True}}, {"id": 7, "error": {}}, {"id": 1, "result": {"n": 1}})
    with UnixListener(UnixEndpoint(tmp_path)).open() as listening:
        daemon = threading.Thread(target=answer_once, args=(listening, b"".join(map(encode, answers))))
        daemon.start()
        client = Client.connect(tmp_path, IDENTITY, timeout_s=10.0)
        assert client is not None
        with client:
            assert client.call("x") == {"n": 1}
        daemon.join()


def test_threads_that_share_a_client_take_turns(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving, serving.client() as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.call("x", {"n": n})["n"], range(200)))
    assert answers == list(range(200))


def test_an_interrupt_reaches_the_daemon_and_ends_the_command(tmp_path: Path) -> None:
    seen: list[str] = []
    gone = threading.Event()

    async def handle(request: Request) -> Message:
        import asyncio

        seen.append("asked")
        await asyncio.to_thread(request.cancelled.wait, 20)
        seen.append("cancelled" if request.cancelled.is_set() else "went on")
        gone.set()
        return {}

    script = f"""
import signal, sys
from kb.service.client import Client
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    Client.connect(sys.argv[1], {IDENTITY!r}, timeout_s=10.0).call("ask")
except KeyboardInterrupt:
    sys.exit(130)
"""
    with Serving(tmp_path, handle), subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) as command:
        eventually(lambda: seen)
        command.send_signal(signal.SIGINT)
        assert command.wait(10) == 130
        assert gone.wait(10)
    assert seen == ["asked", "cancelled"]


def test_a_closed_client_may_be_closed_again(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving:
        client = serving.client()
        client.close()
        client.close()
        client.cancel()
        client.stop()


def test_the_header_is_what_the_protocol_says() -> None:
    assert encode({}) == (2).to_bytes(HEADER_BYTES, "big") + b"{}"
