"""YAML front matter: the one place that parses what an author wrote above the first line of text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_LINES = 400
MAX_CHARS = 20_000
MAX_NESTING = 40
"""Deeper brackets than any author writes: libyaml and PyYAML recurse on them until the stack is gone."""

KEY = re.compile(r"^([A-Za-z][\w .-]{0,60}?)\s*:(?:\s|$)")
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`end` is the line of the closing mark, 0 when the file has no front matter."""

    end: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    warning: str = ""


def read_front_matter(lines: Sequence[str]) -> FrontMatter:
    """The fields between a first line ``---`` and the next ``---``; broken YAML gives a warning and no fields."""
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter()
    end = next((n for n, line in enumerate(lines[1:], 2) if line.rstrip() in ("---", "...")), 0)
    if not end or not _looks_like_fields(lines[1 : end - 1]):
        return FrontMatter()
    if end > MAX_LINES or (size := sum(map(len, lines[:end]))) > MAX_CHARS:
        return FrontMatter(end=end, warning=f"front matter of {end} lines is too large; not read")
    source = "\n".join(lines[1 : end - 1])
    if size and _nesting(source) > MAX_NESTING:
        return FrontMatter(end=end, warning="front matter nests too deeply; not read")
    try:
        if _has_alias(_without_tabs(source)):
            return FrontMatter(end=end, fields=_plain_fields(lines[1 : end - 1]), lines=_key_lines(lines, end),
                               warning="front matter uses YAML aliases; only its plain lines are read")  # fmt: skip
        loaded = yaml.load(_without_tabs(source), Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError) as error:
        problem = str(getattr(error, "problem", "") or error).splitlines()[0:1]
        return FrontMatter(end=end, fields=_plain_fields(lines[1 : end - 1]), lines=_key_lines(lines, end),
                           warning=f"front matter is not valid YAML: {''.join(problem)[:120]}")  # fmt: skip
    if not isinstance(loaded, dict):
        return FrontMatter(end=end)
    fields = {field_name(str(key)): value for key, value in loaded.items()}
    return FrontMatter(end=end, fields=fields, lines=_key_lines(lines, end))


def field_name(written: str) -> str:
    """One spelling for ``Superseded_By``, ``superseded by`` and ``Superseded-By``."""
    return re.sub(r"[\s_-]+", "-", written.strip().lower())


def texts(value: Any) -> tuple[str, ...]:
    """A field's value as strings, whether it was written as a list, a comma list or one word."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(text for item in value for text in texts(item))
    if isinstance(value, dict):
        named = value.get("name") or value.get("title")
        return texts(named if named is not None else list(value))
    return tuple(part for part in (piece.strip() for piece in str(value).split(",")) if part)


def _looks_like_fields(lines: Sequence[str]) -> bool:
    # Between two thematic breaks stands prose, which must not vanish as front matter.
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    return not first or bool(KEY.match(first)) or first.lstrip()[:1] in "{[\"'"


def _key_lines(lines: Sequence[str], end: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(lines[1 : end - 1], 2):
        if match := KEY.match(line):
            found.setdefault(field_name(match.group(1)), number)
    return found


def _plain_fields(lines: Sequence[str]) -> dict[str, Any]:
    """``key: value`` lines of a block that is not read as YAML, so that one stray colon does not lose the title."""
    fields: dict[str, Any] = {}
    for line in lines:
        # What begins with an anchor or an alias has no plain value of its own.
        if (match := KEY.match(line)) and (value := line[match.end() :].strip()) and value[0] not in "&*":
            fields.setdefault(field_name(match.group(1)), value.strip("\"'"))
    return fields


def _has_alias(source: str) -> bool:
    """Whether a value is written as ``*name``: it may hold itself, or a few lines of them a billion words."""
    return "*" in source and any(isinstance(token, yaml.AliasToken) for token in yaml.scan(source, Loader=_LOADER))


def _nesting(source: str) -> int:
    depth = deepest = 0
    for char in source:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    # Block lists nest as well: "- - - - x".
    return max(deepest, max((line.count("- ") for line in source.split("\n")), default=0))


def _without_tabs(source: str) -> str:
    return source.replace("\t", "  ")
