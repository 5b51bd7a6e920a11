"""The user's editor: which one it is, how it is told a line, and how it is made to wait."""

import os
import shlex
import subprocess

from kb.config import Settings
from kb.errors import ConfigError, KbError

WAITS = {
    **dict.fromkeys(
        ("code", "code-insiders", "codium", "cursor", "windsurf", "subl", "mate", "zed", "zeditor"), "--wait"
    ),
    **dict.fromkeys(("idea", "pycharm", "goland", "webstorm", "rubymine"), "--wait"),
    "gvim": "--nofork",
    "mvim": "--nofork",
}
"""Editors that return at once unless told to wait: a note would be judged before it is written."""

GOTO = ("code", "code-insiders", "codium", "cursor", "windsurf")
COLON = ("subl", "zed", "zeditor", "hx", "helix", "micro")
PLUS = ("vi", "vim", "nvim", "gvim", "mvim", "nano", "emacs", "emacsclient", "kak", "joe", "ne", "mg", "less", "pico")
LINE = ("idea", "pycharm", "goland", "webstorm", "rubymine", "mate")


def command_of(settings: Settings) -> list[str]:
    """The editor as an argument list, split as a shell would; ConfigError when none is set."""
    if not settings.editor or not settings.editor.strip():
        raise ConfigError("no editor is set", 'export EDITOR=vim, or: kb config set editor "code --wait"')
    try:
        words = shlex.split(settings.editor)
    except ValueError as error:
        raise ConfigError(f"the editor cannot be read: {settings.editor}", "kb config set editor vim") from error
    return [os.path.expanduser(words[0]), *words[1:]]


def open_at(editor: list[str], path: str, line: int) -> None:
    """Open a file at a line and return when the editor does."""
    _run([*editor, *placed(os.path.basename(editor[0]), path, line)])


def edit(editor: list[str], path: str) -> None:
    """Open a file and return when the user has closed it."""
    wait = WAITS.get(os.path.basename(editor[0]), "")
    waiting = [wait] if wait and not {wait, "-w", "-f"}.intersection(editor) else []
    _run([*editor, *waiting, path])


def placed(name: str, path: str, line: int) -> list[str]:
    """The arguments that make the editor called `name` show `line` of `path`."""
    if name in GOTO:
        return ["--goto", f"{path}:{line}"]
    if name in COLON:
        return [f"{path}:{line}"]
    if name in LINE:
        return ["--line", str(line), path]
    return [f"+{line}", path] if name in PLUS else [path]


def _run(words: list[str]) -> None:
    try:
        code = subprocess.run(words, check=False).returncode
    except OSError as error:
        raise ConfigError(
            f"the editor cannot be started: {words[0]}: {error.strerror}", "kb config set editor …"
        ) from error
    if code != 0:
        raise KbError(f"the editor ended with code {code}: {shlex.join(words)}")
