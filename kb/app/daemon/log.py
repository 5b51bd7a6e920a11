"""The daemon's log: lines on its stderr, which its starter sends to `daemon.log`."""

import sys
from collections.abc import Callable
from datetime import datetime

from kb.sanitize import for_terminal

Log = Callable[[str], None]


def to_stderr(text: str) -> None:
    """One line with the local time; cleaned, for somebody will `cat` it."""
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    if sys.stderr is not None:
        print(f"{at} {for_terminal(text, keep_newlines=False)}", file=sys.stderr, flush=True)  # noqa: T201
