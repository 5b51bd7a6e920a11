"""Hostile files, names and stores met by the installed command: read, or skipped with a reason; the rest serves."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Result

KB = str(Path(sys.executable).with_name("kb"))
DEADLINE_S = 170
ESCAPES = (
    "\x1b]0;owned\x07 \x1b]52;c;cm0gLXJm\x07 \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b31m \u202etxt\u202c"
)
ACTING = frozenset("\x1b\x07\x9b\x9d\u202e\u202c\u2066")


Kb = Callable[..., Result]


def run_kb(home: Path, *words: str | bytes, cwd: Path) -> Result:
    """The installed command on an index in `home`."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "KB_HOME": str(home / "state"),
        "KB_MODELS": os.environ["KB_MODELS"],
        "KB_NO_DAEMON": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(
        [KB, *words], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def hostile_files() -> dict[bytes, bytes]:
    """Name and content of files that must not stop a run; each readable one holds a word of its own."""
    note = "# Note\n\nThe {} lives here.\n"
    latin = "# Größe\n\nDie Größe der latinword Straße ist schön.\n"
    return {
        b"zero.md": b"",
        b"plain.md": note.format("plainword").encode(),
        b"bom-crlf.md": b"\xef\xbb\xbf" + note.format("crlfword").replace("\n", "\r\n").encode(),
        b"latin1.md": latin.encode("latin-1"),
        b"broken-utf8.md": "# Größe\n\nDie brokenword ".encode() + b"\xff\xfe\xc3 Gr\xc3\xb6\xc3\x9fe\n",
        b"utf16.md": note.format("utf16word").encode("utf-16"),
        b"binary.md": b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 4,
        b"one-line.md": b"x" * (5 << 20),
        b"one-word.txt": b"a" * (2 << 20),
        b"brackets.md": b"# Brackets\n\nbracketword\n\n" + b"[" * 10_000,
        b"backticks.md": b"# Backticks\n\ntickword\n\n" + b"`" * 10_000,
        b"broken-yaml.md": b"---\ntitle: [unclosed\n: : :\n\t- x\n---\n\nyamlword\n",
        b"huge-yaml.md": b"---\n" + b"key: value\n" * 40_000 + b"---\n\nhugeyamlword\n",
        b"control.md": b"# Control\n\ncontrol\0word \x01\x02 nulword\n",
        b"long-title.md": b"# " + b"very long title " * 400 + b"\n\ntitleword\n",
        b"not-utf8-\xe9.md": note.format("rawnameword").encode(),
        "nf-\u00e9.md".encode(): note.format("composedword").encode(),
        "nf-e\u0301.md".encode(): note.format("decomposedword").encode(),
        b"new\nline \x1b[31m [/b].md": note.format("namesword").encode(),
        b"n" * 252 + b".md": note.format("longnameword").encode(),
        b".env": b"TOKEN=secretword\n",
        b"id_rsa": b"secretword\n",
        b"key.txt": b"-----BEGIN RSA PRIVATE KEY-----\n" + b"c2VjcmV0d29yZA==\n" * 20,
        b".gitignore": b"ignored/\n",
        b"ignored/x.md": b"# X\n\nsecretword\n",
        b".kbignore": b"also-ignored.md\n",
        b"also-ignored.md": b"# Y\n\nsecretword\n",
        b".git/notes.md": b"secretword\n",
        b"escapes.md": f"# Zebra {ESCAPES}\n\nThe zebra presses {ESCAPES} here.\n\n```\n{ESCAPES}\n```\n".encode(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[Path]:
    # A short path of its own: a socket's name may have 108 bytes.
    base = Path(tempfile.mkdtemp(prefix="kb-faults-"))
    tree = base / "tree"
    for name, content in hostile_files().items():
        path = os.path.join(os.fsencode(tree), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    os.mkfifo(tree / "pipe.md")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tree / "socket.md"))
    (tree / "out.md").symlink_to("/etc/hostname")
    (tree / "loop").symlink_to(tree)
    os.link(tree / "plain.md", tree / "hard-link.md")
    deep(tree, 1_000)
    yield base
    shallow(tree)
    shutil.rmtree(base)


def deep(tree: Path, levels: int) -> None:
    """A chain of folders that no absolute path can name, with a note at its end."""
    here = os.open(tree, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("ddd", dir_fd=here)
        inner = os.open("ddd", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def shallow(tree: Path) -> None:
    """Take the chain down from its top: its own depth would break a recursive removal."""
    while (tree / "ddd").exists():
        inner = tree / "ddd" / "ddd"
        if inner.exists():
            inner.rename(tree / "next")
        (tree / "ddd").rmdir()
        if (tree / "next").exists():
            (tree / "next").rename(tree / "ddd")


@pytest.fixture(scope="module")
def kb(world: Path) -> Kb:
    return lambda *words: run_kb(world, *words, cwd=world / "tree")


@pytest.fixture(scope="module")
def report(kb: Kb) -> Any:
    """What `kb index` says of the hostile tree; the index stands from here on."""
    result = kb("index", ".", "--json")
    assert result.code == 0, result.err or result.out
    return result.json


@pytest.fixture(scope="module")
def reasons(report: Any) -> dict[str, str]:
    return {item["path"]: item["reason"] for item in report["skipped"]}


def found(kb: Kb, query: str) -> list[str]:
    result = kb("search", query, "--json", "-n", "50")
    return [hit["path"] for hit in result.json["hits"] if query in hit["snippet"]]


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("plainword", "plain.md"),
        ("crlfword", "bom-crlf.md"),
        ("latinword", "latin1.md"),
        ("brokenword", "broken-utf8.md"),
        ("utf16word", "utf16.md"),
        ("bracketword", "brackets.md"),
        ("tickword", "backticks.md"),
        ("yamlword", "broken-yaml.md"),
        ("hugeyamlword", "huge-yaml.md"),
        ("nulword", "control.md"),
        ("titleword", "long-title.md"),
        ("rawnameword", "not-utf8-\\xe9.md"),
        ("composedword", "nf-\u00e9.md"),
        ("decomposedword", "nf-e\u0301.md"),
        ("namesword", "new\nline \x1b[31m [/b].md"),
        ("longnameword", "n" * 252 + ".md"),
    ],
)
@pytest.mark.usefixtures("report")
def test_what_can_be_read_is_found(kb: Kb, word: str, path: str) -> None:
    assert path in found(kb, word)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("binary.md", "binary file"),
        ("one-line.md", "larger than 4 MiB"),
        ("pipe.md", "not a regular file"),
        ("socket.md", "not a regular file"),
        ("out.md", "symbolic link out of the source"),
        (".env", "may hold a secret"),
        ("id_rsa", "may hold a secret"),
        ("key.txt", "holds a private key"),
    ],
)
def test_what_cannot_be_read_is_listed_with_its_reason(reasons: dict[str, str], kb: Kb, path: str, reason: str) -> None:
    assert reasons[path] == reason
    assert {"path": path, "source": "tree", "reason": reason} in kb("status", "--json").json["skipped"]


@pytest.mark.usefixtures("report")
def test_secrets_and_ignored_files_are_nowhere_in_the_index(kb: Kb, world: Path) -> None:
    assert found(kb, "secretword") == []
    assert not any(b"secretword" in file.read_bytes() for file in (world / "state").glob("ledger.db*"))


@pytest.mark.usefixtures("report")
def test_an_empty_file_is_known_and_has_no_passages(kb: Kb) -> None:
    assert kb("get", "zero.md", "--json").code in (0, 1)
    assert "Traceback" not in kb("get", "zero.md").err


@pytest.mark.usefixtures("report")
def test_crlf_and_bom_have_the_lines_of_plain_text(kb: Kb) -> None:
    places = []
    for path in ("plain.md", "bom-crlf.md"):
        hit = next(hit for hit in kb("search", "lives here", "--path", path, "--json").json["hits"])
        places.append((hit["start"], hit["end"]))
        assert kb("get", f"{path}:3", "--json").json["text"].endswith("lives here.")
    assert places[0] == places[1]


@pytest.mark.usefixtures("report")
def test_a_second_run_finds_nothing_to_do(kb: Kb) -> None:
    again = kb("index", "--json").json
    assert (again["added"], again["changed"], again["removed"], again["embedded"]) == (0, 0, 0, 0)


@pytest.mark.usefixtures("report")
def test_a_name_that_is_not_utf8_can_be_opened_by_its_bytes_and_as_shown(kb: Kb) -> None:
    assert "rawnameword" in kb("get", b"not-utf8-\xe9.md").out
    assert "rawnameword" in kb("get", "tree:not-utf8-\\xe9.md").out
    assert "rawnameword" in kb("get", b"tree:not-utf8-\xe9.md").out
    assert "not-utf8" in kb("search", b"rawnameword", b"--path", b"not-utf8-\xe9*").out
    for words in ((b"search", b"caf\xe9"), (b"ask", b"what is caf\xe9?"), (b"search", b"x", b"--path", b"\xe9*")):
        result = kb(*words)
        assert result.code in (0, 1), (words, result)
        assert "unexpected" not in result.err


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize(
    "words",
    [
        ("search", "zebra"),
        ("search", "zebra", "--json"),
        ("search", "namesword"),
        ("ask", "what does the zebra press?"),
        ("ask", "what does the zebra press?", "--json"),
        ("ask", "who painted the zebra \x1b]0;x\x07 of Amsterdam in 1642?"),
        ("get", "escapes.md"),
        ("get", "new\nline \x1b[31m [/b].md"),
        ("get", "\x1b]0;x\x07.md"),
        ("open", "\x1b]0;x\x07.md"),
        ("status",),
        ("status", "--json"),
        ("source", "list"),
        ("source", "remove", "\x1b[2J"),
        ("source", "add", "\x1b[2J"),
        ("index",),
        ("index", "--dry-run", "."),
        ("index", "\x1b]52;c;x\x07"),
        ("search", "x", "--kind", "\x1b[2J"),
        ("search", "x", "--source", "\x1b[2J"),
        ("config", "set", "\x1b[2J", "x"),
        ("model", "use", "\x1b[2J"),
        ("\x1b[2J",),
        ("--debug", "get", "\x1b]0;x\x07.md"),
    ],
    ids=lambda words: ascii(" ".join(words))[:40],
)
def test_no_byte_that_acts_reaches_the_terminal(kb: Kb, words: tuple[str, ...]) -> None:
    result = kb(*words)
    assert not ACTING & set(result.out), result.out
    assert not ACTING & set(result.err), result.err


def test_a_source_whose_name_acts_is_listed_safely(world: Path) -> None:
    folder = world / "evil \x1b]0;x\x07\u202e"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\ntext\n")
    home = world / "second"
    for words in (("index", "--text-only", str(folder)), ("source", "list"), ("status",), ("search", "text")):
        result = run_kb(home, *words, cwd=world)
        assert result.code == 0, result
        assert not ACTING & set(result.out + result.err), words


def test_a_folder_whose_name_is_not_utf8_is_refused_in_words(world: Path) -> None:
    folder = os.fsencode(world) + b"/caf\xe9"
    os.mkdir(folder)
    result = run_kb(world / "third", "index", folder, cwd=world)
    assert result.code == 2
    assert "UTF-8" in result.err


# The store


def test_an_index_of_a_newer_kb_is_refused_with_the_way_out(world: Path, report: Any) -> None:
    import sqlite3

    assert report["added"]
    home = world / "newer"
    (home / "state").mkdir(parents=True)
    shutil.copy(world / "state" / "ledger.db", home / "state" / "ledger.db")
    with sqlite3.connect(home / "state" / "ledger.db") as ledger:
        ledger.execute("PRAGMA user_version = 99")
    ledger.close()
    for words in (("search", "x"), ("ask", "x?"), ("index",), ("index", "tree"), ("status",)):
        result = run_kb(home, *words, cwd=world)
        assert result.code == 3, (words, result)
        assert "schema 99" in result.err
        assert "kb index" in result.err


def test_a_killed_run_is_finished_by_the_next(world: Path) -> None:
    home, folder = world / "killed", world / "many"
    folder.mkdir()
    for number in range(120):
        (folder / f"n{number}.md").write_text(f"# Note {number}\n\n" + f"Sentence {number} of it. " * 30)
    env = {**os.environ, "KB_HOME": str(home / "state"), "KB_NO_DAEMON": "1"}
    with subprocess.Popen([KB, "index", str(folder)], env=env, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("Reading"):
                break
        running.send_signal(signal.SIGKILL)
        running.stderr.read()
    assert run_kb(home, "search", "sentence", cwd=world).code == 0
    again = run_kb(home, "index", "--json", cwd=world)
    assert again.code == 0, again.err
    status = run_kb(home, "status", "--json", cwd=world).json
    assert (status["files"], status["pending"]) == (120, 0)
