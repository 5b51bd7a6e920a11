"""What a client may ask of a server and what it gets: results, progress, parts, errors; many at once, and the end."""

import asyncio
import contextlib
import os
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kb.app.daemon.server import Limits, Request
from kb.errors import KbError, ModelError, UsageError
from kb.progress import Progress
from kb.service.client import Client, DaemonLost, VersionMismatch
from kb.service.endpoint import TcpEndpoint, UnixEndpoint
from kb.service.protocol import Cancelled, Frames, Message, encode
from tests.unit.service.serving import IDENTITY, Serving, eventually

KINDS = [UnixEndpoint, TcpEndpoint] if hasattr(socket, "AF_UNIX") else [TcpEndpoint]


def connect(serving: Serving, kind: type[Any]) -> Client:
    client = Client.connect(serving.home, IDENTITY, timeout_s=5.0, endpoint=kind(serving.home))
    assert client is not None
    return client


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_gets_its_result(tmp_path: Path, kind: type[Any]) -> None:
    with Serving(tmp_path, endpoint=kind(tmp_path)) as serving, connect(serving, kind) as client:
        assert client.call("search", {"query": "x", "limit": 3}) == {"method": "search", "query": "x", "limit": 3}
        assert client.call("status") == {"method": "status"}
        assert (client.daemon_identity, client.daemon_pid) == (IDENTITY, os.getpid())


@pytest.mark.parametrize("kind", KINDS)
def test_a_big_result_arrives_whole(tmp_path: Path, kind: type[Any]) -> None:
    text = random.Random(1).randbytes(2_500_000).hex()

    async def big(_: Request) -> Message:
        return {"text": text}

    with Serving(tmp_path, big, endpoint=kind(tmp_path)) as serving, connect(serving, kind) as client:
        began = time.monotonic()
        assert client.call("x") == {"text": text}
        assert time.monotonic() - began < 5.0


def test_a_name_that_is_not_utf_8_goes_there_and_back(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\xff\xf0.md")
    with Serving(tmp_path) as serving, serving.client() as client:
        got = client.call("x", {"path": name})["path"]
        assert os.fsencode(got) == b"caf\xe9\xff\xf0.md"


def test_an_error_keeps_its_class_words_and_exit_code(tmp_path: Path) -> None:
    async def fail(request: Request) -> Message:
        raise ModelError("no \udcff model", "kb model use")

    with Serving(tmp_path, fail) as serving, serving.client() as client:
        with pytest.raises(ModelError, match="no \udcff model") as caught:
            client.call("ask")
        assert (caught.value.hint, int(caught.value.exit_code)) == ("kb model use", 5)
        # The connection is as good as before.
        with pytest.raises(ModelError):
            client.call("ask")


def test_an_unknown_method_is_a_usage_error(tmp_path: Path) -> None:
    async def handle(request: Request) -> Message:
        raise UsageError(f"no method {request.method}")

    with Serving(tmp_path, handle) as serving, serving.client() as client, pytest.raises(UsageError, match="dance"):
        client.call("dance")


@pytest.mark.parametrize("fault", [ValueError("torn"), RecursionError(), SystemExit(3), KeyboardInterrupt()])
def test_a_fault_costs_its_request_and_not_the_daemon(tmp_path: Path, fault: BaseException) -> None:
    async def handle(request: Request) -> Message:
        if request.method == "bad":
            raise fault
        return {"ok": True}

    with Serving(tmp_path, handle) as serving, serving.client() as client:
        with pytest.raises(KbError, match=type(fault).__name__) as caught:
            client.call("bad")
        assert not isinstance(caught.value, DaemonLost)
        assert client.call("good") == {"ok": True}
        assert any("Traceback" in line for line in serving.lines)


@pytest.mark.parametrize("result", [{"text": "x" * 17_000_000}, {"path": Path()}])
def test_a_result_that_cannot_be_sent_is_an_error(tmp_path: Path, result: Any) -> None:
    async def handle(_: Request) -> Message:
        return result  # type: ignore[no-any-return]

    with Serving(tmp_path, handle) as serving, serving.client() as client:
        with pytest.raises(KbError) as caught:
            client.call("x")
        assert not isinstance(caught.value, DaemonLost)
        assert client.ping()["identity"] == IDENTITY


def test_progress_and_parts_come_in_order_before_the_result(tmp_path: Path) -> None:
    def work(request: Request) -> Message:
        for number in range(100):
            request.progress(Progress("read", done=number, total=100))
            request.part({"n": number})
        request.progress(Progress("embed", done=1, total=1, unit="chunks", detail="caf\udce9"))
        return {"done": True}

    async def handle(request: Request) -> Message:
        return await asyncio.to_thread(work, request)

    told: list[Progress] = []
    parts: list[Message] = []
    with Serving(tmp_path, handle) as serving, serving.client() as client:
        assert client.call("x", on_progress=told.append, on_part=parts.append) == {"done": True}
    assert parts == [{"n": number} for number in range(100)]
    reads = [progress.done for progress in told if progress.stage == "read"]
    assert reads == sorted(reads)
    assert reads[-1] == 99
    assert told[-1] == Progress("embed", done=1, total=1, unit="chunks", detail="caf\udce9")


def test_progress_from_the_loops_own_thread_comes_before_the_result(tmp_path: Path) -> None:
    async def handle(request: Request) -> Message:
        request.progress(Progress("scan", done=1))
        request.part({"n": 1})
        return {}

    told: list[Any] = []
    with Serving(tmp_path, handle) as serving, serving.client() as client:
        client.call("x", on_progress=told.append, on_part=told.append)
    assert sorted(map(str, told)) == sorted(map(str, [Progress("scan", done=1), {"n": 1}]))


def test_ten_clients_with_a_hundred_requests_each_get_their_own_answers(tmp_path: Path) -> None:
    def ask(serving: Serving, who: int) -> list[Message]:
        with serving.client() as client:
            return [client.call("x", {"who": who, "n": number}) for number in range(100)]

    with Serving(tmp_path) as serving, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda who: ask(serving, who), range(10)))
    assert answers == [[{"method": "x", "who": who, "n": n} for n in range(100)] for who in range(10)]


def test_several_requests_of_one_connection_are_under_way_at_once(tmp_path: Path) -> None:
    async def handle(request: Request) -> Message:
        if request.method == "slow":
            while not released:
                await asyncio.sleep(0.005)
        return {"method": request.method}

    released: list[bool] = []
    with Serving(tmp_path, handle) as serving, contextlib.closing(UnixEndpoint(tmp_path).connect(5.0)) as raw:
        assert raw is not None
        raw.sendall(b"".join(
            encode({"id": number, "identity": IDENTITY, "method": method})
            for number, method in [(1, "slow"), (2, "fast")]
        ))  # fmt: skip
        frames = Frames()
        assert frames.feed(raw.recv(4096)) == [{"id": 2, "result": {"method": "fast"}}]
        released.append(True)
        assert frames.feed(raw.recv(4096)) == [{"id": 1, "result": {"method": "slow"}}]
        assert serving.server.connections == 1


def test_more_requests_at_once_than_allowed_are_refused_one_by_one(tmp_path: Path) -> None:
    gate = threading.Event()

    async def handle(_: Request) -> Message:
        await asyncio.to_thread(gate.wait, 10)
        return {}

    limits = Limits(requests=2)
    with Serving(tmp_path, handle, limits=limits), contextlib.closing(UnixEndpoint(tmp_path).connect(5.0)) as raw:
        assert raw is not None
        for number in (1, 2, 3):
            raw.sendall(encode({"id": number, "identity": IDENTITY, "method": "x"}))
        frames = Frames()
        (refused,) = frames.feed(raw.recv(4096))
        assert refused["id"] == 3
        assert "at once" in refused["error"]["message"]
        gate.set()
        got: list[Message] = []
        while len(got) < 2:
            got += frames.feed(raw.recv(4096))
        assert {message["id"] for message in got} == {1, 2}


def test_another_identity_is_told_the_daemons_and_may_send_it_away(tmp_path: Path) -> None:
    asked: list[str] = []

    async def handle(request: Request) -> Message:
        asked.append(request.method)
        return {}

    with Serving(tmp_path, handle) as serving, serving.client("2+other") as client:
        with pytest.raises(VersionMismatch) as caught:
            client.call("search")
        assert caught.value.identity == IDENTITY
        assert asked == []
        assert client.ping()["pid"] == os.getpid()
        client.stop()
        assert asked == ["stop"]


def wait_for_cancel(seen: list[str]) -> Any:
    def work(request: Request) -> Message:
        seen.append("began")
        if request.cancelled.wait(10):
            seen.append("cancelled")
        request.check()
        return {}

    async def handle(request: Request) -> Message:
        return {} if request.method == "quick" else await asyncio.to_thread(work, request)

    return handle


def test_a_cancelled_request_is_told_so_and_the_connection_lives_on(tmp_path: Path) -> None:
    seen: list[str] = []
    with Serving(tmp_path, wait_for_cancel(seen)) as serving, serving.client() as client:
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(client.call, "slow")
            eventually(lambda: seen)
            client.cancel()
            with pytest.raises(Cancelled) as caught:
                call.result(10)
        assert int(caught.value.exit_code) == 130
        assert client.call("quick") == {}
        client.cancel()  # nothing is under way: nothing happens
        assert client.call("quick") == {}


def test_who_hangs_up_cancels_what_it_asked(tmp_path: Path) -> None:
    seen: list[str] = []
    with Serving(tmp_path, wait_for_cancel(seen)) as serving:
        client = serving.client()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(client.call, "slow")
            eventually(lambda: seen)
            client.close()
            with pytest.raises(DaemonLost):
                call.result(10)
        eventually(lambda: seen == ["began", "cancelled"])
        eventually(lambda: serving.server.connections == 0)


def test_an_interrupt_inside_a_callback_cancels_and_goes_up(tmp_path: Path) -> None:
    seen: list[str] = []

    def work(request: Request) -> Message:
        request.progress(Progress("scan"))
        seen.append("cancelled" if request.cancelled.wait(10) else "went on")
        return {}

    async def handle(request: Request) -> Message:
        return await asyncio.to_thread(work, request)

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with Serving(tmp_path, handle) as serving, serving.client() as client:
        with pytest.raises(KeyboardInterrupt):
            client.call("x", on_progress=interrupt)
        eventually(lambda: seen == ["cancelled"])


def test_what_is_under_way_may_end_before_the_daemon_leaves(tmp_path: Path) -> None:
    began = threading.Event()

    async def handle(_: Request) -> Message:
        began.set()
        await asyncio.sleep(0.3)
        return {"text": "x" * 5_000_000}

    with Serving(tmp_path, handle) as serving, serving.client() as client, ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.call, "x")
        assert began.wait(10)
        serving.leave()
        assert len(call.result(10)["text"]) == 5_000_000
        with pytest.raises(DaemonLost):
            client.call("x")
    assert not (tmp_path / "daemon.sock").exists()


def test_what_takes_too_long_is_told_that_the_daemon_left(tmp_path: Path) -> None:
    seen: list[str] = []
    limits = Limits(leave_s=0.2)
    with Serving(tmp_path, wait_for_cancel(seen), limits=limits) as serving, serving.client() as client:
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(client.call, "slow")
            eventually(lambda: seen)
            serving.leave()
            with pytest.raises(DaemonLost, match="leaving"):
                call.result(10)
        eventually(lambda: seen == ["began", "cancelled"])


def test_it_knows_since_when_nobody_asks(tmp_path: Path) -> None:
    gate = threading.Event()

    async def handle(_: Request) -> Message:
        await asyncio.to_thread(gate.wait, 60)
        return {}

    with Serving(tmp_path, handle) as serving, serving.client() as client, ThreadPoolExecutor(1) as pool:
        first = serving.server.last_request_at
        call = pool.submit(client.call, "x")
        # While one is under way the daemon is not idle, however long it takes.
        eventually(lambda: serving.server.last_request_at > first)
        now = serving.server.last_request_at
        eventually(lambda: serving.server.last_request_at > now)
        gate.set()
        call.result(10)
        eventually(lambda: not serving.server._tasks)
        at = serving.server.last_request_at
        client.ping()
        assert serving.server.last_request_at == at


def test_progress_after_the_end_is_no_fault(tmp_path: Path) -> None:
    kept: list[Request] = []

    async def handle(request: Request) -> Message:
        kept.append(request)
        return {}

    with Serving(tmp_path, handle) as serving:
        with serving.client() as client:
            client.call("x")
            kept[0].progress(Progress("scan"))
            kept[0].part({})
            assert client.call("x") == {}
        kept[0].progress(Progress("read"))
    kept[0].progress(Progress("embed"))
    kept[0].part({})
    assert serving.lines == []
