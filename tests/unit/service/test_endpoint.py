"""Where a daemon listens: only its user gets there, a dead one's socket is replaced, a living one's is not."""

import contextlib
import json
import os
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb.errors import ConfigError, LockedError
from kb.service import peer
from kb.service.client import Client
from kb.service.endpoint import MAX_SOCKET_PATH, Endpoint, TcpEndpoint, UnixEndpoint, fits
from kb.service.listening import TcpListener, UnixListener, listener_of
from tests.unit.service.serving import IDENTITY, Serving

NOBODY = 65534
posix = pytest.mark.skipif(os.name != "posix", reason="rights and Unix sockets are POSIX's")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def listen(endpoint: Endpoint) -> socket.socket:
    return listener_of(endpoint).open()


def long_home(base: Path) -> Path:
    home = base.joinpath(*["a-rather-long-name-for-a-folder"] * 5)
    home.mkdir(parents=True)
    return home


@pytest.fixture
def runtime(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short XDG_RUNTIME_DIR of our own."""
    folder = Path(tempfile.mkdtemp(prefix="kb-run-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@posix
def test_home_and_socket_are_closed_to_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    before = os.umask(0)
    try:
        with listen(UnixEndpoint(home)):
            assert mode_of(home) == 0o700
            assert mode_of(home / "daemon.sock") == 0o600
    finally:
        os.umask(before)


@posix
def test_a_home_that_is_not_there_is_made(tmp_path: Path) -> None:
    with listen(UnixEndpoint(tmp_path / "new" / "home")):
        assert mode_of(tmp_path / "new" / "home") == 0o700


@as_root
def test_a_home_of_another_user_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    with pytest.raises(ConfigError, match="only you can enter"):
        listen(UnixEndpoint(home))
    assert mode_of(home) == 0o700
    assert list(home.iterdir()) == []


@posix
def test_a_socket_left_by_a_dead_daemon_is_replaced(tmp_path: Path) -> None:
    script = """
import os, sys
from kb.service.endpoint import endpoint_of
from kb.service.listening import listener_of
listener_of(endpoint_of(sys.argv[1])).open()
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=30)
    assert done.returncode == -9
    left_over = (tmp_path / "daemon.sock").lstat().st_ino
    assert UnixEndpoint(tmp_path).connect(1.0) is None
    with Serving(tmp_path) as serving, serving.client() as client:
        assert client.call("x")["method"] == "x"
        assert (tmp_path / "daemon.sock").lstat().st_ino != left_over


@pytest.mark.parametrize("kind", [UnixEndpoint, TcpEndpoint])
def test_of_two_daemons_the_first_stays_and_the_second_is_told(tmp_path: Path, kind: type[Endpoint]) -> None:
    with Serving(tmp_path, endpoint=kind(tmp_path)):
        with pytest.raises(LockedError, match="listens already") as caught, Serving(tmp_path, endpoint=kind(tmp_path)):
            pass
        assert caught.value.hint == "to see it: kb daemon status"
        client = Client.connect(tmp_path, IDENTITY, timeout_s=5.0, endpoint=kind(tmp_path))
        assert client is not None
        with client:
            assert client.call("still here")["method"] == "still here"


@posix
def test_a_daemon_that_is_frozen_is_living(tmp_path: Path) -> None:
    with listen(UnixEndpoint(tmp_path)), pytest.raises(LockedError):
        listen(UnixEndpoint(tmp_path))


@posix
def test_a_dozen_starts_at_once_leave_one_that_listens(tmp_path: Path) -> None:
    script = """
import sys
from kb.errors import LockedError
from kb.service.endpoint import endpoint_of
from kb.service.listening import listener_of
print("ready", flush=True)
sys.stdin.readline()
try:
    listening = listener_of(endpoint_of(sys.argv[1])).open()
except LockedError:
    print("lost", flush=True)
else:
    print("won", flush=True)
    sys.stdin.read()
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    with contextlib.ExitStack() as stack:
        children = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )
            for _ in range(12)
        ]
        # All at the same moment, and over the socket of a dead one: none may take away what another just made.
        listen(UnixEndpoint(tmp_path)).close()
        assert {child.stdout.readline() for child in children if child.stdout is not None} == {b"ready\n"}
        for child in children:
            assert child.stdin is not None
            child.stdin.write(b"\n")
            child.stdin.flush()
        words = [child.stdout.readline() for child in children if child.stdout is not None]
        assert sorted(words) == [b"lost\n"] * 11 + [b"won\n"]
        for child in children:
            child.communicate(timeout=30)


@posix
def test_who_looks_and_replaces_does_it_alone(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    with open(tmp_path / "daemon.lock", "w") as held, ThreadPoolExecutor(1) as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        listening = pool.submit(listen, UnixEndpoint(tmp_path))
        with pytest.raises(TimeoutError):
            listening.result(0.3)
        fcntl.flock(held, fcntl.LOCK_UN)
        listening.result(10).close()


@posix
def test_a_file_in_the_way_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "daemon.sock").write_text("a note")
    with pytest.raises(ConfigError, match="in the way"):
        listen(UnixEndpoint(tmp_path))
    assert (tmp_path / "daemon.sock").read_text() == "a note"
    assert UnixEndpoint(tmp_path).connect(1.0) is None


@posix
def test_a_home_where_nothing_can_be_made_is_refused_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "daemon.lock").mkdir()
    with pytest.raises(ConfigError, match="no socket can be made") as caught:
        listen(UnixEndpoint(tmp_path))
    assert str(tmp_path) in caught.value.message
    assert "KB_HOME" in caught.value.hint


@posix
def test_a_path_is_counted_in_bytes_with_its_end(tmp_path: Path) -> None:
    assert fits("x" * (MAX_SOCKET_PATH - 1))
    assert not fits("x" * MAX_SOCKET_PATH)
    assert not fits("é" * (MAX_SOCKET_PATH // 2))
    longest = tmp_path / ("x" * (MAX_SOCKET_PATH - 1 - len(os.fsencode(tmp_path)) - 1))
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(str(longest))


@posix
def test_a_socket_path_over_the_limit_lies_elsewhere_and_is_found_from_any_environment(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = long_home(tmp_path)
    with Serving(home) as serving:
        assert not (home / "daemon.sock").exists()
        (own,) = (runtime / "kb").iterdir()
        assert (own.suffix, mode_of(own), mode_of(runtime / "kb")) == (".sock", 0o600, 0o700)
        assert mode_of(home / "daemon.json") == 0o600
        # A timer's environment has neither of these.
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        with serving.client() as client:
            assert client.call("x")["method"] == "x"
    assert list((runtime / "kb").iterdir()) == []
    assert not (home / "daemon.json").exists()


@posix
def test_two_long_homes_have_two_sockets(tmp_path: Path, runtime: Path) -> None:
    first, second = long_home(tmp_path / "1"), long_home(tmp_path / "2")
    with Serving(first) as one, Serving(second) as two, one.client() as a, two.client() as b:
        assert len(list((runtime / "kb").iterdir())) == 2
        one.leave()
        assert b.call("x")["method"] == "x"
        a.close()


@posix
def test_without_a_runtime_folder_a_long_home_goes_to_the_temporary_one(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(runtime))
    with Serving(long_home(tmp_path)) as serving, serving.client() as client:
        assert mode_of(runtime / f"kb-{os.geteuid()}") == 0o700
        assert client.call("x")["method"] == "x"


@posix
def test_a_folder_that_somebody_else_laid_there_is_refused(tmp_path: Path, runtime: Path) -> None:
    home = long_home(tmp_path)
    (runtime / "elsewhere").mkdir()
    (runtime / "kb").symlink_to(runtime / "elsewhere")
    with pytest.raises(ConfigError, match="only you can enter"):
        listen(UnixEndpoint(home))
    assert list((runtime / "elsewhere").iterdir()) == []


@as_root
def test_a_folder_of_another_user_is_refused_by_both_ends(tmp_path: Path, runtime: Path) -> None:
    home = long_home(tmp_path)
    with Serving(home):
        os.chown(runtime / "kb", NOBODY, NOBODY)
        assert UnixEndpoint(home).connect(1.0) is None
        with pytest.raises(ConfigError, match="only you can enter"):
            listen(UnixEndpoint(home))
        os.chown(runtime / "kb", 0, 0)


@posix
def test_one_home_by_two_names_has_one_daemon(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "also").symlink_to(tmp_path / "home")
    with Serving(tmp_path / "home"), Client.connect(tmp_path / "also", IDENTITY) or pytest.fail("no daemon") as client:
        assert client.call("x")["method"] == "x"


@posix
def test_who_leaves_late_does_not_take_the_successors_socket_away(tmp_path: Path) -> None:
    old = UnixListener(UnixEndpoint(tmp_path))
    old.open().close()
    with listen(UnixEndpoint(tmp_path)):
        old.release()
        found = UnixEndpoint(tmp_path).connect(1.0)
        assert found is not None
        found.close()


@posix
def test_who_leaves_takes_its_own_socket_away(tmp_path: Path) -> None:
    listener = UnixListener(UnixEndpoint(tmp_path))
    with listener.open():
        listener.release()
        assert not (tmp_path / "daemon.sock").exists()
        listener.release()


def test_a_token_is_for_the_user_alone_and_new_each_time(tmp_path: Path) -> None:
    tokens = set()
    for _ in range(2):
        listener = TcpListener(TcpEndpoint(tmp_path))
        with listener.open() as listening:
            assert listening.getsockname()[0] == "127.0.0.1"
            place = json.loads((tmp_path / "daemon.json").read_text())
            assert place == {"port": listening.getsockname()[1], "token": listener.token}
            assert len(bytes.fromhex(listener.token)) == 32
            assert os.name != "posix" or mode_of(tmp_path / "daemon.json") == 0o600
            tokens.add(listener.token)
            listener.release()
        assert not (tmp_path / "daemon.json").exists()
    assert len(tokens) == 2


def test_a_port_that_another_program_was_given_is_no_daemon(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        (tmp_path / "daemon.json").write_text(json.dumps({"port": other.getsockname()[1], "token": "of the dead"}))
        assert Client.connect(tmp_path, IDENTITY, timeout_s=0.2, endpoint=TcpEndpoint(tmp_path)) is None
        with listen(TcpEndpoint(tmp_path)) as listening:
            assert listening.getsockname() != other.getsockname()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"port": "80", "token": "t"}', '{"port": 0, "token": "t"}', '{"port": 99999, "token": ""}']
)
def test_a_damaged_place_is_no_daemon(tmp_path: Path, text: str) -> None:
    (tmp_path / "daemon.json").write_text(text)
    assert TcpEndpoint(tmp_path).connect(0.2) is None


@as_root
def test_a_place_that_another_user_wrote_is_not_believed(tmp_path: Path) -> None:
    with Serving(tmp_path, endpoint=TcpEndpoint(tmp_path)):
        os.chown(tmp_path / "daemon.json", NOBODY, NOBODY)
        assert TcpEndpoint(tmp_path).connect(1.0) is None
        os.chown(tmp_path / "daemon.json", 0, 0)


def test_the_peer_is_read_from_what_each_kernel_tells() -> None:
    assert peer.uid_in_ucred(struct.pack("=iII", 77, 1000, 100)) == 1000
    assert peer.uid_in_ucred(struct.pack("=iII", 0, 1000, 100)) == 1000
    assert peer.uid_in_ucred(struct.pack("=iII", 0, 0xFFFFFFFF, 0xFFFFFFFF)) == -1
    assert peer.uid_in_ucred(struct.pack("=iI", 77, 0)) == -1
    assert peer.uid_in_ucred(b"") == -1
    assert peer.uid_in_xucred(struct.pack("=IIh2x16I", 0, 501, 1, *[20] * 16)) == 501
    assert peer.uid_in_xucred(struct.pack("=IIh2x16I", 1, 501, 1, *[20] * 16)) == -1
    assert peer.uid_in_xucred(b"\0" * 7) == -1
    assert struct.calcsize("=IIh2x16I") == peer.BSD_XUCRED_BYTES


@posix
def test_we_are_our_own_peer() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert peer.peer_uid(one) in (os.geteuid(), None)
        assert peer.is_ours(other)
