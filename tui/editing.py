"""Opens a place in the user's editor by the command for it, `kb open`, while the screen stands aside."""

import os
import subprocess
import sys

from kb.config import Settings
from kb.errors import ConfigError, KbError


def open_in_editor(settings: Settings, ref: str) -> None:
    """Return when the editor does; ConfigError where none is set, KbError where it fails."""
    if not settings.editor:
        raise ConfigError("no editor is set", 'export EDITOR=vim, or: kb config set editor "code --wait"')
    done = subprocess.run([sys.executable, "-m", "kb", "open", ref], env=_environment(settings), check=False)
    if done.returncode != 0:
        raise KbError(f"the editor could not open it (code {done.returncode})", f"kb open {ref}")


def _environment(settings: Settings) -> dict[str, str]:
    """The same home for the command: it may have been given by a flag, which the environment lacks."""
    moved = settings.config_file.parent == settings.home
    return {**os.environ, "KB_HOME": str(settings.home)} if moved else dict(os.environ)
