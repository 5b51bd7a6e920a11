"""Files written while the daemon is frozen: once it goes on, the index is the tree, though events were dropped."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.app.gateway import daemon_command, identity
from kb.config import Settings, load_settings
from kb.service.client import Client
from tests.bench.kill import words_held
from tests.unit.daemon.tree import Text, Tree, new_word

FILES = int(os.environ.get("KB_FLOOD_FILES", "2000"))
WITHIN_S = 60.0
READY_S = 60.0


@contextmanager
def daemon(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(log.parent), "KB_MODELS": str(settings.models_dir)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            daemon_command(settings, idle_exit_s=0), cwd="/", env=environment, stdin=subprocess.DEVNULL,
            stdout=out, stderr=out,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def connected(settings: Settings) -> Client:
    ends = time.monotonic() + READY_S
    while (client := Client.connect(settings.home, identity(settings), timeout_s=2.0)) is None:
        assert time.monotonic() < ends, "no daemon answers"
        time.sleep(0.02)
    return client


@pytest.mark.timeout(300)
def test_what_is_written_while_the_daemon_is_frozen_is_found(own_world: Path) -> None:
    # A short path of its own: a socket's name may have 108 bytes.
    with tempfile.TemporaryDirectory(prefix="kb-flood-") as folder:
        base = Path(os.path.realpath(folder))
        (base / "notes").mkdir()
        tree = Tree(base / "notes")
        for number in range(10):
            tree.write(f"old/{number}.md", Text(new_word()))
        settings = load_settings(home=str(base / "home"))
        with daemon(settings, base / "daemon.log") as process, connected(settings) as client:
            client.call("index", {"paths": [str(tree.root)]})
            os.kill(process.pid, signal.SIGSTOP)
            try:
                for number in range(FILES):
                    tree.write(f"flood/{number // 500}/{number}.md", Text(new_word(), number % 4))
                tree.delete("old/1.md")
                tree.move("old/2.md", "old/moved.md")
                tree.replace("old/3.md", Text(new_word()))
            finally:
                os.kill(process.pid, signal.SIGCONT)
            began = time.monotonic()
            wanted = {path: {text.word} for path, text in tree.files.items()}
            while client.call("status")["files"] != len(wanted) or words_held(settings.ledger) != wanted:
                assert time.monotonic() - began < WITHIN_S, client.call("presence")
                time.sleep(0.1)
            print(f"{FILES} files in {time.monotonic() - began:.1f} s")
            for path in ("old/moved.md", "old/3.md", "flood/0/0.md", f"flood/{(FILES - 1) // 500}/{FILES - 1}.md"):
                text = tree.files[path]
                # Among its like: those that have their vectors already stand before it until it has its own.
                hits = client.call("search", {"query": text.word, "path_glob": path})["hits"]
                assert [(hit["path"], hit["start"] <= text.line <= hit["end"]) for hit in hits] == [(path, True)]
