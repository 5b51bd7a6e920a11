"""Every command works where no connection can be made, and none tries to make one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KB = str(Path(sys.executable).with_name("kb"))
DEADLINE_S = 170

# Read by every Python process that is started here, the exporter of models and worker processes too.
BLOCK = """
import os, socket

def refuse(*given, **named):
    with open(os.environ["KB_TEST_ATTEMPTS"], "a") as log:
        log.write(repr(given[1:] or given) + "\\n")
    raise OSError("the network is blocked")

def connect(self, address, *more):
    if self.family == getattr(socket, "AF_UNIX", None):
        return plain(self, address)
    return refuse(self, address)

plain = socket.socket.connect
socket.socket.connect = socket.socket.connect_ex = connect
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
"""

COMMANDS = [
    ("index", "til"),
    ("index",),
    ("index", "--dry-run", "til"),
    ("index", "--full"),
    ("search", "undo commit"),
    ("ask", "how do I undo the last commit?"),
    ("ask", "--new", "how do I undo the last commit?"),
    ("ask", "-c", "how do I undo the last commit of git?"),
    ("history",),
    ("get", "til:git/undo.md"),
    ("open", "til:git/undo.md"),
    ("source", "list"),
    ("source", "add", "more"),
    ("source", "remove", "more"),
    ("status",),
    ("config", "path"),
    ("config", "show"),
    ("config", "set", "notes_dir", "til"),
    ("model", "list"),
    ("model", "use", "all-MiniLM-L6-v2"),
    ("new", "til", "--no-edit", "squash commits"),
    ("new", "adr", "--no-edit", "keep a changelog"),
    ("new", "rfc", "--no-edit", "sign every commit"),
    ("related", "til:git/undo.md"),
    ("link", "suggest"),
    ("link", "accept", "til:git/undo.md", "til:docs/adr/0001-use-git.md", "--relation", "related", "--yes"),
    ("decisions", "list"),
    ("decisions", "show", "til:docs/adr/0001-use-git.md"),
    ("decisions", "links"),
    ("decisions", "graph"),
    ("decisions", "check"),
    ("why", "til/git/undo.md:1"),
    ("context", "undo commit"),
    ("draft", "review", "til/git/undo.md"),
    ("draft", "comment", "the commit may be lost", "--at", "til/git/undo.md:3"),
    ("draft", "instructions"),
    ("draft", "adr", "use git"),
    ("draft", "rfc", "use git"),
    ("draft", "til"),
    ("draft", "status"),
    ("draft", "guide", "undo a commit"),
    ("brief",),
    ("learn", "undo commit"),
    ("learn", "undo", "--plan"),
    ("learn", "--resume"),
    ("tutor", "undo commit"),
    ("tutor", "--resume", "--tell"),
    ("recall", "add", "How is a commit undone?", "--at", "til:git/undo.md:3-7"),
    ("recall",),
    ("recall", "list"),
    ("recall", "--export", "anki"),
    ("recall", "retire", "1"),
    ("stats",),
    ("schedule", "show"),
    ("schedule", "run", "--now"),
    ("doctor",),
    ("daemon", "start"),
    ("daemon", "status"),
    ("daemon", "stop"),
    ("daemon", "run", "--idle-exit", "1"),
    ("--help",),
    ("--version",),
]
MEANT_FOR_THE_NETWORK = {"model download"}
NEEDS_A_TERMINAL = {"tui"}
ENDS_BY_CTRL_C = {"watch"}  # `daemon run` is the same code
CHANGES_THE_MACHINE = {"schedule install", "schedule remove"}  # the crontab of whoever runs the tests
MAY_SAY_NO = {"link suggest", "decisions check", "why til/git/undo.md:1", "context undo commit"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("offline")
    for path, text in {
        "til/git/undo.md": "# Undo a commit\n\nTo undo the last commit, type:\n\n```\ngit reset --soft HEAD~1\n```\n",
        "til/docs/adr/0001-use-git.md": "# 1. Use git\n\n## Status\n\nAccepted\n\n## Decision\n\nWe use git.\n",
        "more/a.py": "def a():\n    return 1\n",
        "block/sitecustomize.py": BLOCK,
    }.items():
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_text(text)
    return base


@pytest.fixture(scope="module")
def env(world: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(world / "home"),
        "KB_HOME": str(world / "state"),
        # Its own, so that the making of the model is watched too.
        "KB_MODELS": str(world / "models"),
        "KB_NO_DAEMON": "1",
        "EDITOR": "true",
        "PYTHONPATH": str(world / "block"),
        # No model is looked for at its usual place: on a developer's machine one may be there.
        "OLLAMA_HOST": "127.0.0.1:9",
        "KB_TEST_ATTEMPTS": str(world / "attempts"),
    }


def test_the_block_blocks(world: Path, env: dict[str, str]) -> None:
    script = "import urllib.request; urllib.request.urlopen('http://example.org')"
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode != 0
    assert (world / "attempts").exists()
    (world / "attempts").unlink()


@pytest.mark.timeout(600)
def test_every_command_works_without_a_network(world: Path, env: dict[str, str]) -> None:
    for words in COMMANDS:
        done = subprocess.run(
            [KB, *words], cwd=world, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=DEADLINE_S,
        )  # fmt: skip
        fine = (0, 1) if " ".join(words) in MAY_SAY_NO else (0,)
        assert done.returncode in fine, (words, done.stdout, done.stderr)
        assert not (world / "attempts").exists(), (words, (world / "attempts").read_text())
    # What native code would send, no socket of Python's shows; the id that it keeps for that does.
    left = [str(path) for path in (world / "home").rglob("*") if path.is_file()]
    assert left == []


def test_what_needs_the_network_says_so(world: Path, env: dict[str, str]) -> None:
    command = [KB, "model", "download", "some/model", "--json"]
    done = subprocess.run(command, cwd=world, env=env, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 5, done.stdout + done.stderr
    assert set(json.loads(done.stdout)) == {"error"}
    (world / "attempts").unlink(missing_ok=True)


def test_no_command_is_left_out() -> None:
    import click

    from kb.cli.root import root

    known: set[str] = set()
    with click.Context(root) as context:
        for name in root.list_commands(context):
            command = root.get_command(context, name)
            inner = command.list_commands(context) if isinstance(command, click.Group) else ()
            known |= {f"{name} {part}" for part in inner} or {name}
    tried = {" ".join(words[:count]) for words in COMMANDS for count in (1, 2)}
    left_out = MEANT_FOR_THE_NETWORK | NEEDS_A_TERMINAL | ENDS_BY_CTRL_C | CHANGES_THE_MACHINE
    assert known - tried - left_out == set()
