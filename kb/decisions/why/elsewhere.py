"""Whether a note that names a symbol speaks of other code: of another project, in another language, or of any code.

A name is proof of little there: the `app.get` of a note on JavaScript is not the method `get` of app.go.
"""

import posixpath
import re
from collections.abc import Sequence

from ingest.readers.kinds import LANGUAGES, language_of
from kb.decisions.why.line import Line, is_telling
from kb.model import StoredFile

FENCE = re.compile(r"^\s*(?:```+|~~~+)\s*\{?\.?([A-Za-z+#]*)")
FOLDERS = {
    **{name: name for name in (
        "javascript", "typescript", "python", "go", "rust", "java", "ruby", "php", "csharp", "kotlin", "swift",
        "scala", "elixir", "erlang", "haskell", "lua", "perl", "cpp", "clojure", "dart", "bash",
    )},
    "golang": "go", "node": "javascript", "nodejs": "javascript", "react": "javascript", "rails": "ruby",
    "django": "python", "shell": "bash",
}  # fmt: skip
"""Folders that hold notes on one language, by the name that it has in the readers."""
FENCES = {**LANGUAGES, **{name: name for name in LANGUAGES.values()}, **FOLDERS, "c++": "cpp", "c#": "csharp"}
FAMILIES = {"typescript": "javascript", "tsx": "javascript", "c": "cpp"}
"""Languages whose notes speak of one another's code."""
SHORT = 5
"""A shorter name is that of a method in every other program."""
COMMON = frozenset({
    "apply", "build", "check", "clear", "close", "config", "connect", "create", "delete", "execute", "exists", "fetch",
    "filter", "format", "handle", "index", "insert", "items", "login", "parse", "print", "process", "query", "remove",
    "render", "reset", "search", "setup", "start", "status", "string", "update", "validate", "value", "values",
    "version", "write",
})  # fmt: skip


def is_common(named: str) -> bool:
    """Whether a declaration is called as a thousand others are."""
    name = re.split(r"\.|::|#", named)[-1]
    return not is_telling(name) and (len(name) < SHORT or name.lower() in COMMON)


def is_elsewhere(line: Line, note: StoredFile, text: Sequence[str], at: int) -> bool:
    """Whether line `at` of a note is in another source than the code, or on another language."""
    if note.source != line.source:
        return True
    own, spoken = language_of(line.path), _fence_around(text, at) or _folder(note.path)
    return bool(own and spoken) and FAMILIES.get(own, own) != FAMILIES.get(spoken, spoken)


def _folder(path: str) -> str:
    return next((FOLDERS[name] for name in posixpath.dirname(path.lower()).split("/") if name in FOLDERS), "")


def _fence_around(text: Sequence[str], at: int) -> str:
    """The language of the fenced code that holds a line; empty outside of one, or where it names none."""
    fences = [match[1].lower() for match in map(FENCE.match, text[:at]) if match]
    return FENCES.get(fences[-1], "") if len(fences) % 2 else ""
