"""Changing one line of config.toml: comments and order stay, and the file is whole at every moment."""

import json
import os
import re
import stat
from pathlib import Path

from kb.config import parse
from kb.errors import ConfigError, StorageError


def write_setting(path: Path, key: str, value: str | int | bool) -> None:
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


def with_setting(text: str, key: str, value: str | int | bool) -> str:
    """The text of a configuration with one setting changed or added, in its table where there is one."""
    # A JSON string is a TOML basic string, save that TOML wants DEL escaped.
    shown = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    line = f"{key} = {shown}"
    table, _, name = key.rpartition(".")
    if table and (header := re.search(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\].*\n?", text, re.MULTILINE)):
        head, end = header.end(), _end_of_table(text, header.end())
        above = text[:head] if text[:head].endswith("\n") else text[:head] + "\n"
        return above + _with_line(text[head:end], name, f"{name} = {shown}") + text[end:]
    # Before the first table: after it, a key would belong to the last of them.
    end = _end_of_table(text, 0)
    return _with_line(text[:end], key, line) + text[end:]


def _end_of_table(text: str, begin: int) -> int:
    """Where the next header stands, or the end."""
    header = re.compile(r"^[ \t]*\[", re.MULTILINE).search(text, begin)
    return header.start() if header else len(text)


def _with_line(text: str, key: str, line: str) -> str:
    pattern = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=.*$", re.MULTILINE)
    if pattern.search(text):
        return pattern.sub(lambda _: line, text, count=1)
    return text + ("\n" if text and not text.endswith("\n") else "") + line + "\n"


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
