"""A daemon that is started outlives its starter, holds nothing of it, and is not started twice."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.service import spawn as spawning
from kb.service.client import Client
from kb.service.endpoint import UnixEndpoint
from kb.service.listening import UnixListener
from kb.service.spawn import LOG, STARTING, environment, open_log, spawn, wait_until_gone, wait_until_ready
from tests.unit.service.serving import IDENTITY, Serving, eventually

DAEMON = """
import asyncio, json, os, sys
from kb.app.daemon.server import Server
from kb.errors import KbError
from kb.service.endpoint import endpoint_of
home = sys.argv[1]
async def handle(request):
    if request.method == "stop":
        leave.set()
        return {}
    standing = {"cwd": os.getcwd(), "session": os.getsid(0), "pid": os.getpid()}
    files = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            files[name] = os.readlink("/proc/self/fd/" + name)
        except OSError:
            pass
    return {**standing, "no_daemon": "KB_NO_DAEMON" in os.environ, "files": files}
async def main():
    global leave
    leave = asyncio.Event()
    server = Server(endpoint_of(home), "1+same", handle)
    await server.start()
    print("up", flush=True)
    print("and warns", file=sys.stderr, flush=True)
    await leave.wait()
    await server.close()
try:
    asyncio.run(main())
except KbError as error:
    print("lost:", error.message, flush=True)
    sys.exit(int(error.exit_code))
"""


def daemon_command(home: Path) -> list[str]:
    return [sys.executable, "-c", DAEMON, str(home)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "home"
    yield place
    if (client := Client.connect(place, IDENTITY)) is not None:
        client.stop()
        client.close()
    assert wait_until_gone(place, deadline_s=10.0)
    for process in spawning._started:
        process.wait(10)
    spawning.reap()


def ready(home: Path) -> Client:
    client = wait_until_ready(home, IDENTITY, deadline_s=30.0)
    assert client is not None, (home / LOG).read_text()
    return client


def test_a_daemon_stands_apart_from_its_starter(home: Path) -> None:
    assert os.environ["KB_NO_DAEMON"] == "1"
    assert spawn(home, daemon_command(home))
    with ready(home) as client:
        told = client.call("tell")
        assert told["cwd"] == "/"
        assert told["session"] == told["pid"] == client.daemon_pid != os.getsid(0)
        assert not told["no_daemon"]
        assert told["files"]["0"] == "/dev/null"
        assert told["files"]["1"] == told["files"]["2"] == str(home / LOG)
    assert (home / LOG).read_text() == "up\nand warns\n"
    assert stat.S_IMODE((home / LOG).stat().st_mode) == 0o600


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="reads what is open from /proc")
def test_a_captured_command_returns_although_its_daemon_lives_on(home: Path, tmp_path: Path) -> None:
    script = f"""
import sys
from kb.service.spawn import spawn
spawn(sys.argv[1], [sys.executable, "-c", {DAEMON!r}, sys.argv[1]])
print("the answer")
"""
    (tmp_path / "inherited").write_text("")
    # As a shell's $( ) with one more descriptor open: both ends must close when the command ends.
    reading, writing = os.pipe()
    with open(tmp_path / "inherited") as inherited:
        done = subprocess.run(
            [sys.executable, "-c", script, str(home)],
            capture_output=True, text=True, timeout=60, check=True, pass_fds=(writing, inherited.fileno()),
        )  # fmt: skip
    os.close(writing)
    with ready(home) as client:
        assert done.stdout == "the answer\n"
        with open(reading, "rb") as pipe:
            assert pipe.read() == b""
        files = client.call("tell")["files"]
        assert not [place for place in files.values() if place.startswith("pipe:") or place.endswith("/inherited")]


def test_ten_commands_at_once_start_one_daemon(home: Path) -> None:
    script = f"""
import sys
from kb.service.spawn import spawn, wait_until_ready
begun = spawn(sys.argv[1], [sys.executable, "-c", {DAEMON!r}, sys.argv[1]])
with wait_until_ready(sys.argv[1], {IDENTITY!r}, deadline_s=60.0) as client:
    print(int(begun), client.daemon_pid)
"""
    commands = [
        subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True)
        for _ in range(10)
    ]
    told = [command.communicate(timeout=60)[0].split() for command in commands]
    assert sum(int(begun) for begun, _ in told) == 1
    assert len({pid for _, pid in told}) == 1
    assert (home / LOG).read_text().count("up") == 1


def test_a_start_by_force_loses_to_the_daemon_that_lives_and_says_so(home: Path) -> None:
    assert spawn(home, daemon_command(home))
    with ready(home) as client:
        pid = client.daemon_pid
        assert spawn(home, daemon_command(home), force=True)
        eventually(lambda: "lost: a daemon listens already" in (home / LOG).read_text(), within_s=30)
        with ready(home) as again:
            assert again.daemon_pid == pid


def test_a_start_that_failed_is_not_tried_again_by_every_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [sys.executable, "-c", "raise SystemExit('no such model')"]
    assert spawn(home, broken)
    began = time.monotonic()
    assert wait_until_ready(home, IDENTITY, deadline_s=60.0) is None
    assert time.monotonic() - began < 30.0
    assert (home / LOG).read_text() == "no such model\n"
    assert not spawn(home, broken)
    os.utime(home / STARTING, (time.time() - 60,) * 2)
    assert spawn(home, broken)
    # A clock that was set back leaves a mark of the future.
    os.utime(home / STARTING, (time.time() + 3600,) * 2)
    assert spawn(home, broken)


def test_a_daemon_that_listens_may_be_followed_by_another_at_once(home: Path) -> None:
    for _ in range(2):
        assert spawn(home, daemon_command(home))
        with ready(home) as client:
            client.stop()
        assert wait_until_gone(home, deadline_s=10.0, pid=client.daemon_pid)
    assert not (home / STARTING).exists()


def test_a_program_that_is_not_there_is_an_os_error_and_no_start(home: Path) -> None:
    with pytest.raises(OSError):
        spawn(home, ["/does/not/exist"])
    assert not (home / STARTING).exists()


def test_waiting_ends_when_nobody_comes_and_when_nobody_leaves(tmp_path: Path) -> None:
    assert wait_until_ready(tmp_path, IDENTITY, deadline_s=0.1) is None
    assert wait_until_gone(tmp_path, deadline_s=0.1)
    with Serving(tmp_path) as serving:
        assert not wait_until_gone(tmp_path, deadline_s=0.1)
        serving.leave()
        assert wait_until_gone(tmp_path, deadline_s=0.1)
    assert not wait_until_gone(tmp_path, deadline_s=0.1, pid=os.getpid())


def test_a_client_waits_for_a_daemon_that_is_slow_to_listen(tmp_path: Path) -> None:
    with UnixListener(UnixEndpoint(tmp_path)).open():
        assert wait_until_ready(tmp_path, IDENTITY, deadline_s=0.2) is None


def test_a_log_that_grew_too_long_keeps_its_last_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / LOG
    lines = [f"line {number} {'x' * 80}" for number in range(12_000)]
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o644)
    log = open_log(str(path))
    os.write(log, b"new\n")
    os.close(log)
    kept = path.read_text().splitlines()
    assert kept[-1] == "new"
    assert kept[:-1] == lines[-len(kept) + 1 :]
    assert 90_000 < path.stat().st_size <= 100_004
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_that_is_a_link_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    (tmp_path / LOG).symlink_to(tmp_path / "precious")
    with pytest.raises(OSError):
        open_log(str(tmp_path / LOG))
    assert (tmp_path / "precious").read_text() == "x"


def test_the_daemons_environment_lacks_only_what_forbids_it() -> None:
    assert os.environ.keys() - environment().keys() == {"KB_NO_DAEMON"}
