"""The interface in a real terminal: typed into, read from the screen, left; and the terminal sane after every end."""

import itertools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.homes import KB, Home

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

DEADLINE_S = 60.0
PAUSE_S = 0.05
MODES = re.compile(r"modes=[0-9a-f:]+=")
NUMBERS = itertools.count()
CRASHING = """
import sys
from kb.config import load_settings
from kb.errors import KbError
from tui import app
def crash(self): raise RuntimeError("made to crash")
app.Terminal.action_capture = crash
try:
    app.run(load_settings())
except KbError as error:
    sys.exit(int(error.exit_code))
"""


class Tmux:
    """A terminal of 100 columns with a shell in it, in a server of its own."""

    def __init__(self, socket: Path, home: Home) -> None:
        self._socket = str(socket)
        shell = ["env", "-i", *(f"{key}={value}" for key, value in {**home.env, "TERM": "screen-256color"}.items())]
        self._run("new-session", "-d", "-s", "t", "-x", "100", "-y", "30", shlex.join([*shell, "PS1=ready$ ", "sh"]))
        self.until(lambda: "ready$" in self.screen)

    def type(self, *keys: str) -> None:
        self._run("send-keys", "-t", "t", *keys)

    def command(self, line: str) -> None:
        self._run("send-keys", "-t", "t", "-l", line)
        self.type("Enter")

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p", "-t", "t")

    def see(self, *words: str) -> None:
        """Wait until all the words are on the screen."""
        self.until(lambda: all(word in self.screen for word in words))

    def state(self) -> str:
        """What an application can leave behind: the alternate screen, the mouse, the cursor, the keypad."""
        flags = ("alternate_on", "mouse_any_flag", "cursor_flag", "keypad_cursor_flag", "bracket_paste_flag")
        return self._run("display-message", "-p", "-t", "t", " ".join(f"#{{{flag}}}" for flag in flags))

    def modes(self) -> str:
        """What `stty` says of the terminal: raw mode would be in it."""
        self.command("clear; echo modes=$(stty -g)=")
        self.until(lambda: MODES.search(self.screen))
        found = MODES.search(self.screen)
        assert found is not None
        return found[0]

    def pid_of(self, wanted: str) -> int:
        """The process that runs a command in this terminal."""
        tty = self._run("display-message", "-p", "-t", "t", "#{pane_tty}").strip().removeprefix("/dev/")
        rows = subprocess.run(
            ["ps", "-ww", "-t", tty, "-o", "pid=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        return next(int(row.split()[0]) for row in rows if wanted in row)

    def until(self, seen: object) -> None:
        assert callable(seen)
        deadline = time.monotonic() + DEADLINE_S
        while not seen():
            assert time.monotonic() < deadline, self.screen
            time.sleep(PAUSE_S)

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)

    def _run(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-S", self._socket, "-f", os.devnull, *words], capture_output=True, check=True)
        return done.stdout.decode()


@pytest.fixture(scope="module")
def home(base: Path) -> Home:
    notes = base / "notes"
    (notes / "til").mkdir(parents=True)
    (notes / "til" / "zebra.md").write_text("# Zebra crossings\n\nA zebra crossing has\n\nblack and white stripes.\n")
    (notes / "til" / "\x1b]0;owned\x07.md").write_text("# \x1b[2J\x1b]52;c;cHduZWQ=\x07Quagga\n\nThe quagga is gone.\n")
    home = Home(base / "home", cwd=base)
    home.env |= {"KB_NO_DAEMON": "1", "KB_EDITOR": "cat", "PYTHONPATH": str(Path(__file__).parents[2])}
    assert home("index", str(notes)).code == 0
    return home


@pytest.fixture
def terminal(base: Path, home: Home) -> Iterator[Tmux]:
    # A server that is leaving still holds its socket: each terminal has a new one.
    terminal = Tmux(base / f"tmux-{next(NUMBERS)}", home)
    yield terminal
    terminal.close()


def test_a_query_is_typed_read_opened_and_left(terminal: Tmux) -> None:
    before, modes = terminal.state(), terminal.modes()
    terminal.command(f"clear; {KB} tui; echo code=$?")
    terminal.see("Search", "Decisions", "Status")
    terminal.type("z", "e", "b", "r", "a")
    terminal.see("Zebra crossings", "black and white stripes")
    terminal.type("Escape")
    time.sleep(PAUSE_S * 10)  # Esc and the next key at once would be one key to a terminal: Alt
    terminal.type("5")
    terminal.see("Left out", "Night run")
    terminal.type("C-q")
    terminal.see("code=0")
    assert terminal.state() == before
    assert terminal.modes() == modes


def test_hostile_names_and_text_do_nothing_to_the_terminal(terminal: Tmux) -> None:
    terminal.command(f"clear; {KB} tui; echo code=$?")
    terminal.see("Search")
    terminal.type("q", "u", "a", "g", "g", "a")
    terminal.see("Quagga", "The quagga is gone.", "Decisions")
    terminal.type("C-q")
    terminal.see("code=0")
    assert terminal._run("display-message", "-p", "-t", "t", "#{pane_title}").strip() != "owned"
    assert terminal._run("list-buffers").strip() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_sane_after_a_signal(terminal: Tmux, number: signal.Signals) -> None:
    before, modes = terminal.state(), terminal.modes()
    terminal.command(f"clear; {KB} tui; echo code=$?")
    terminal.see("Search", "Decisions")
    assert terminal.state() != before
    os.kill(terminal.pid_of("kb tui"), number)
    terminal.see(f"code={128 + number}")
    assert terminal.state() == before
    assert terminal.modes() == modes


def test_the_terminal_is_sane_after_a_crash(terminal: Tmux, base: Path) -> None:
    before, modes = terminal.state(), terminal.modes()
    (base / "crashing.py").write_text(CRASHING)
    terminal.command(f"clear; {sys.executable} {base}/crashing.py; echo code=$?")
    terminal.see("Search", "Decisions")
    terminal.type("Escape")
    time.sleep(PAUSE_S * 10)  # as above
    terminal.type("n")
    terminal.see("code=1")
    assert terminal.state() == before
    assert terminal.modes() == modes
