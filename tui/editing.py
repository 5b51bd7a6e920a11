"""What the user's editor is opened for, by the commands for it (`kb open`, `kb new`), while the screen stands aside."""

import os
import signal
import subprocess
import sys

from kb.config import Settings
from kb.errors import ConfigError, KbError


def open_in_editor(settings: Settings, ref: str) -> None:
    """Return when the editor does; ConfigError where none is set, KbError where it fails."""
    _run(settings, "open", "--", ref)


def capture_til(settings: Settings, title: str) -> None:
    """Write a new TIL: the template in the editor, then indexed; ConfigError where no editor is set."""
    _run(settings, "new", "til", "--", title)


def _run(settings: Settings, *words: str) -> None:
    if not settings.editor:
        raise ConfigError("no editor is set", 'export EDITOR=vim, or: kb config set editor "code --wait"')
    # Ctrl+C is for the editor alone: without this it would end the interface too. A handler, unlike SIG_IGN, is not
    # inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        done = subprocess.run([sys.executable, "-P", "-m", "kb", *words], env=_environment(settings), check=False)
    finally:
        signal.signal(signal.SIGINT, before)
    if done.returncode != 0:
        raise KbError(f"kb {words[0]} ended with code {done.returncode}", f"to see why: kb {' '.join(words)}")


def _environment(settings: Settings) -> dict[str, str]:
    """The same home for the command: it may have been given by a flag, which the environment lacks."""
    moved = settings.config_file.parent == settings.home
    return {**os.environ, "KB_HOME": str(settings.home)} if moved else dict(os.environ)
