"""The first code of every run: answers `--version` by itself and imports the rest only when it is needed."""

import sys
from collections.abc import Sequence

from kb import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if asks_version(words):
            from kb.cli import output

            output.write_json({"version": __version__}) if "--json" in words else output.write_text(f"kb {__version__}")
            return 0
        from kb.cli.root import run

        return run(words)
    except KeyboardInterrupt:  # before the guard stands: during the imports
        return 130


def asks_version(words: Sequence[str]) -> bool:
    """True when `--version` stands before the verb, where flags of `kb` itself stand."""
    for word in words:
        if word in ("--version", "-V"):
            return True
        if not word.startswith("-"):
            return False
    return False
