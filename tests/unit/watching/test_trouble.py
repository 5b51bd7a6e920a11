"""What the system cannot tell ends in a scan or in polling, said in words; never in silence."""

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyFD

from ingest.events.mounts import remote_kind
from ingest.watcher import RETRY_S, Watched, Watcher
from kb.model import Source
from tests.unit.watching.conftest import DEADLINE_S, Place

Watching = Callable[..., Watcher]


def state_of(watcher: Watcher) -> Watched:
    (state,) = watcher.state()
    return state


def check_until_scanned(watcher: Watcher, place: Place) -> None:
    """Look at the roots again and again, as the watcher's owner does."""
    deadline = time.monotonic() + DEADLINE_S
    while (1, "*") not in place.ear.places:
        assert time.monotonic() < deadline, "no scan was asked for"
        watcher.check_roots()
        time.sleep(0.01)


# Events that were lost


def test_an_overflow_of_the_kernels_queue_ends_in_a_scan(place: Place, watching: Watching) -> None:
    one, two = place.write("one.md"), place.write("two.md")
    go_on, stuck = threading.Event(), threading.Event()
    hear = place.ear.on_paths

    def hear_slowly(source_id: int, raws: Sequence[bytes]) -> None:
        stuck.set()
        assert go_on.wait(DEADLINE_S)
        hear(source_id, raws)

    place.ear.on_paths = hear_slowly  # type: ignore[method-assign]
    watcher = watching()
    one.touch()
    assert stuck.wait(DEADLINE_S)
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for _ in range(most):
        # By turns: the kernel makes one of two like events in a row.
        os.utime(one)
        os.utime(two)
    place.write("never-told/a.md")
    watcher.check_roots()
    assert (1, "*") not in place.ear.places
    go_on.set()
    place.ear.on_paths = hear  # type: ignore[method-assign]
    check_until_scanned(watcher, place)
    place.until_quiet()
    # A folder that appeared unheard is watched since.
    place.write("never-told/a.md", "edited")
    place.ear.waits_for("never-told/a.md")
    assert state_of(watcher).mode == "watched"


# Roots that come and go


def test_a_root_made_anew_is_watched_again_and_scanned(place: Place, watching: Watching) -> None:
    place.write("a.md")
    watcher = watching()
    shutil.rmtree(place.root)
    place.root.mkdir()
    # The new folder often gets the number of the old one: only the watches tell that they are gone.
    check_until_scanned(watcher, place)
    place.until_quiet()
    place.write("b.md")
    place.ear.waits_for("b.md")


def test_a_lost_root_is_said_to_be_lost_until_it_is_back(place: Place, watching: Watching, tmp_path: Path) -> None:
    place.write("sub/a.md")
    watcher = watching()
    place.root.rename(tmp_path / "unmounted")
    watcher.check_roots()
    state = state_of(watcher)
    assert (state.source, state.mode) == ("notes", "lost")
    assert "kept" in state.detail
    (tmp_path / "unmounted/sub/a.md").write_text("elsewhere")
    place.ear.hears_nothing()
    (tmp_path / "unmounted").rename(place.root)
    watcher.check_roots()
    place.ear.waits_for("*")
    assert state_of(watcher) == Watched("notes", "watched")
    place.write("sub/a.md", "edited")
    place.ear.waits_for("sub/a.md")


def test_a_root_replaced_by_another_folder_is_scanned(place: Place, watching: Watching, tmp_path: Path) -> None:
    watcher = watching()
    watcher.check_roots()
    assert place.ear.places == []
    place.root.rename(tmp_path / "old")
    place.root.mkdir()
    watcher.check_roots()
    place.ear.waits_for("*")
    place.write("a.md")
    place.ear.waits_for("a.md")


def test_a_root_that_never_was_there_is_lost_and_the_others_are_watched(place: Place, watching: Watching) -> None:
    watcher = watching(Source(2, "gone", str(place.root / "nowhere")), place.source)
    assert [(s.source, s.mode) for s in watcher.state()] == [("gone", "lost"), ("notes", "watched")]
    place.write("a.md")
    place.ear.waits_for("a.md")


# Limits of the system


class Limit:
    """Lets watchdog add so many watches, and fails then as the kernel does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        plain = InotifyFD.add_callback

        def limited(fd: InotifyFD, *given: object) -> object:
            if self.left <= 0:
                raise OSError(errno.ENOSPC, "inotify watch limit reached")
            self.left -= 1
            return plain(fd, *given)  # type: ignore[arg-type]

        monkeypatch.setattr(InotifyFD, "add_callback", limited)


def test_without_watches_left_a_source_is_polled_and_tried_again(
    place: Place, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        place.write(f"sub{n}/a.md")
    limit = Limit(monkeypatch, 3)
    now = 100.0
    watcher = watching(clock=lambda: now)
    state = state_of(watcher)
    assert state.mode == "polled"
    assert "every 30 s" in state.detail
    assert "sudo sysctl fs.inotify.max_user_watches=" in state.detail
    assert watcher.polled() == [1]
    limit.left = 100
    watcher.check_roots()
    assert watcher.polled() == [1]
    now += RETRY_S
    watcher.check_roots()
    place.ear.waits_for("*")
    assert (watcher.polled(), state_of(watcher)) == ([], Watched("notes", "watched"))
    place.write("sub4/a.md", "edited")
    place.ear.waits_for("sub4/a.md")


def test_a_new_folder_without_a_watch_left_makes_its_source_polled(
    place: Place, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = Limit(monkeypatch, 1)
    watcher = watching()
    assert state_of(watcher).mode == "watched"
    place.write("sub/a.md")
    place.ear.waits_for("sub")
    watcher.check_roots()
    place.ear.waits_for("*")
    assert watcher.polled() == [1]
    assert limit.left == 0


def test_without_an_inotify_instance_left_everything_is_polled(
    place: Place, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kind: type[InotifyFD]) -> int:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(InotifyFD, "_create_inotify_fd", classmethod(refuse))
    watcher = watching()
    assert "sudo sysctl fs.inotify.max_user_instances=" in state_of(watcher).detail
    assert watcher.polled() == [1]


REAL_LIMIT = """
import sys
from ingest.watcher import Watcher
from kb.model import Source
watcher = Watcher(on_paths=print, on_scan=print)
watcher.follow([Source(1, "notes", sys.argv[1])])
print(watcher.state()[0].mode, watcher.state()[0].detail)
watcher.stop()
"""


@pytest.mark.parametrize(("setting", "allowed"), [("max_inotify_watches", 3), ("max_inotify_instances", 0)])
def test_a_real_limit_of_the_kernel_is_named(place: Place, setting: str, allowed: int) -> None:
    for n in range(5):
        place.write(f"sub{n}/a.md")
    limited = ["unshare", "-Ur", "sh", "-c", f'echo {allowed} > /proc/sys/user/{setting} && exec "$@"', "sh"]
    if subprocess.run([*limited, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system does not allow a namespace of its own")
    said = subprocess.run(
        [*limited, sys.executable, "-c", REAL_LIMIT, str(place.root)], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("polled")
    assert setting.replace("inotify", "user") in said


# Other troubles


def test_a_closed_folder_is_left_alone_and_followed_once_it_opens(
    place: Place, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = place.write("closed/a.md").parent
    plain_open, plain_access = os.open, os.access
    is_closed = True

    def refusing(path: bytes | str, *given: int, **options: int) -> int:
        if is_closed and os.fsdecode(path) == str(closed):
            raise PermissionError(errno.EACCES, "permission denied", path)
        return plain_open(path, *given, **options)

    # Whoever runs the tests may be allowed everything: the system's answer is what has to be played.
    monkeypatch.setattr(os, "open", refusing)
    monkeypatch.setattr(
        os, "access", lambda path, mode: plain_access(path, mode) and not (is_closed and path == os.fsencode(closed))
    )
    watcher = watching()
    assert state_of(watcher).mode == "watched"
    place.write("closed/a.md", "unheard")
    place.until_quiet()
    is_closed = False
    closed.chmod(0o711)
    place.ear.waits_for("closed")
    place.until_quiet()
    place.write("closed/a.md", "heard")
    place.ear.waits_for("closed/a.md")
    place.until_quiet()
    is_closed = True
    closed.chmod(0o755)
    place.ear.waits_for("closed")


def test_folders_that_vanish_while_they_are_added_are_passed_over(place: Place, watching: Watching) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            for n in range(50):
                place.write(f"churn/s{n}/t/a.md")
            shutil.rmtree(place.root / "churn")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(30):
            watcher = watching()
            assert state_of(watcher).mode == "watched"
            watcher.stop()
    finally:
        stop.set()
        thread.join()


def test_twenty_thousand_folders_are_watched_and_let_go(place: Place, watching: Watching) -> None:
    for top in range(100):
        for sub in range(200):
            os.makedirs(place.root / f"t{top}" / f"s{sub}")
    watcher = watching()
    assert watcher._events is not None
    assert watcher._events.watches == 20_101  # type: ignore[attr-defined]
    place.write("t99/s199/a.md")
    place.ear.waits_for("t99/s199/a.md")
    shutil.rmtree(place.root / "t50")
    place.ear.waits_for("t50")
    assert watcher._events.watches == 20_101 - 201  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("/srv/team notes/sub", "nfs4"),
        ("/srv/team notes", "nfs4"),
        ("/srv/team notes-local", ""),
        ("/srv/team notes/cache", ""),
        ("/mnt/c/Users", "9p"),
        ("/home/me", ""),
    ],
)
def test_a_network_file_system_is_told_by_its_mount(tmp_path: Path, root: str, kind: str) -> None:
    table = tmp_path / "mounts"
    table.write_text(
        "/dev/sda / ext4 rw 0 0\nserver:/x /srv/team\\040notes nfs4 rw 0 0\n"
        "tmpfs /srv/team\\040notes/cache tmpfs rw 0 0\nC: /mnt/c 9p rw 0 0\n"
    )
    assert remote_kind(root, str(table)) == kind
    assert remote_kind(root, str(tmp_path / "none")) == ""


def test_a_source_on_a_network_file_system_is_polled(
    place: Place, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.watcher.remote_kind", lambda root: "nfs4")
    watcher = watching()
    assert watcher.polled() == [1]
    assert "nfs4" in state_of(watcher).detail
    watcher.check_roots()
    assert place.ear.places == []
