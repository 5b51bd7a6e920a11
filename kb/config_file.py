"""Changing one line of config.toml: comments and order stay, and the file is whole at every moment."""

import json
import os
import re
import stat
from pathlib import Path

from kb.config import parse
from kb.errors import ConfigError, StorageError

HEAD = re.compile(r"^[ \t]*\[([^\[\]]+)\][^\n]*(?:\n|\Z)", re.MULTILINE)
BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_setting(path: Path, key: str, value: str | int | bool | list[str]) -> None:
    """Set a key, in place or as a new line; ConfigError if the file would not read back."""
    try:
        text = path.read_text("utf-8-sig") if path.exists() else ""
        changed = with_setting(text, key, value)
        if parse(changed.encode(), str(path)).get(key) != value:
            raise ConfigError(f"{key} cannot be set in {path}", "set it by hand; kb config path says where")
        _replace(path, changed)
    except UnicodeEncodeError as error:
        raise ConfigError(f"{key} must be UTF-8, this is not: {value}", f"kb config set {key} …") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8", "save it as UTF-8; kb config path says where") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "kb config path") from error


def with_setting(text: str, key: str, value: str | int | bool | list[str]) -> str:
    """The text of a configuration with one setting changed or added; `table.key` stands in its table."""
    table, _, name = key.partition(".")
    # A JSON string is a TOML basic string, save that TOML wants DEL escaped.
    shown = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    start, end = _part(text, table if name else "")
    if start >= 0 and name:
        return _ended(text[:start]) + _with_line(text[start:end], name, shown) + text[end:]
    # Before the first table: after it, a key would belong to the last of them.
    start, end = _part(text, "")
    if name and not _line_of(key).search(text[start:end]):
        return _ended(text) + ("\n" if text else "") + f"[{table}]\n" + _with_line("", name, shown)
    return _with_line(text[:end], key, shown, dotted=True) + text[end:]


def _with_line(part: str, key: str, shown: str, *, dotted: bool = False) -> str:
    line = f"{key if dotted else _quoted(key)} = {shown}\n"
    pattern = _line_of(key)
    if pattern.search(part):
        return pattern.sub(lambda _: line, part, count=1)
    body = _ended(part.rstrip("\n"))
    return body + line + part[len(body) :]


def _line_of(key: str) -> re.Pattern[str]:
    """The line that sets a key, quoted or not."""
    written = "|".join(re.escape(form) for form in {key, _quoted(key)})
    return re.compile(rf"^[ \t]*(?:{written})[ \t]*=.*\n?", re.MULTILINE)


def _part(text: str, table: str) -> tuple[int, int]:
    """Where the lines of a table stand, those before the first table for ""; -1 where there is no such table."""
    heads = [(match.start(), match.end(), match[1].strip()) for match in HEAD.finditer(text)]
    starts = [(0, ""), *((end, name) for _, end, name in heads)]
    ends = [*(start for start, _, _ in heads), len(text)]
    found = (place for place, (_, name) in enumerate(starts) if name == table)
    place = next(found, None)
    return (-1, -1) if place is None else (starts[place][0], ends[place])


def _quoted(name: str) -> str:
    """A key as TOML takes it: with a dot, it would else be a table in a table."""
    return name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _replace(path: Path, text: str) -> None:
    # A link into a folder of dotfiles stays a link: what it points to is replaced.
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    try:
        # Private from its first byte where the file was private: its mode comes only with its text.
        beside.touch(mode=0o666 if mode is None else 0o600)
        beside.write_text(text, "utf-8")
        if mode is not None:
            beside.chmod(mode)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
