"""The one reader of flags, environment, the configuration file and default paths, in that order.

An unknown key or a wrong type is refused with the nearest name: a typo must not turn a
setting off silently. Imported at every start, so it stays cheap: platformdirs is imported
only where a default place is needed, tomllib only if there is a file.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from kb.config_writer import KEYS as WRITER_KEYS
from kb.config_writer import WRITER, WriterSettings, check_writer, writer_settings
from kb.errors import ConfigError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_MAX_FILE_BYTES = 4 * 1024 * 1024

FILE_KEYS: dict[str, type] = {
    "model": str,
    "notes_dir": str,
    "answer": str,
    "max_file_bytes": int,
    "editor": str,
    "no_daemon": bool,
    "models_dir": str,
    "theme": str,
    "targets.adr": int,
    "targets.rfc": int,
    "targets.til": int,
    "targets.review": int,
    **WRITER_KEYS,
}
"""The keys of config.toml with their types; each is also read from the environment as KB_<KEY>, `_` for a dot."""
TARGETS = "targets"
"""A table of the file: what `kb stats` measures a week against."""

TABLES: dict[str, type] = {"keymap": str}
"""Tables of any keys with the type of their values; which keys mean something, those know who read them."""

ENVIRONMENT = {"models_dir": "KB_MODELS"}
TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})

Answering = Literal["quote", "write"]


@dataclass(frozen=True)
class Settings:
    """What one run works under; every path is absolute."""

    home: Path
    config_file: Path
    ledger: Path
    vectors_dir: Path
    journal: Path
    backup_dir: Path
    models_dir: Path
    """Exported models, shared by all homes: an export happens once per machine."""
    model: str = DEFAULT_MODEL
    notes_dir: Path | None = None
    no_daemon: bool = False
    answer: Answering = "quote"
    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES
    editor: str | None = None
    """The command from KB_EDITOR, the file, VISUAL or EDITOR; None when none is set."""
    theme: str = ""
    """Of the terminal interface; empty for its own choice."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Keys of the terminal interface by the id of what they do."""
    writer: WriterSettings = field(default_factory=WriterSettings)


def load_settings(
    *,
    home: str | None = None,
    no_daemon: bool | None = None,
    environ: Mapping[str, str] | None = None,
    file: bool = True,
) -> Settings:
    """Settings out of flags (the arguments), environment, config.toml and defaults; ConfigError if unusable.

    Without the `file` it is not read: what needs only the places must work also where it is broken.
    """
    env = os.environ if environ is None else environ
    place, config_file = _places(home or env.get("KB_HOME", ""))
    values = {**(read_file(config_file) if file else {}), **_from_environment(env)}
    if no_daemon is not None:
        values["no_daemon"] = no_daemon
    base = config_file.parent
    return Settings(
        home=place,
        config_file=config_file,
        ledger=place / "ledger.db",
        vectors_dir=place / "vectors",
        journal=place / "journal.db",
        backup_dir=place / "backup",
        models_dir=_folder(values["models_dir"], base) if values.get("models_dir") else _cache(env) / "models",
        model=values.get("model") or DEFAULT_MODEL,
        notes_dir=_folder(values["notes_dir"], base) if values.get("notes_dir") else None,
        no_daemon=values.get("no_daemon", False),
        answer=cast(Answering, values.get("answer", "quote")),
        max_file_bytes=values.get("max_file_bytes", DEFAULT_MAX_FILE_BYTES),
        editor=values.get("editor") or env.get("VISUAL") or env.get("EDITOR") or None,
        theme=values.get("theme", ""),
        keymap=_table(values, "keymap"),
        writer=writer_settings(_table(values, WRITER)),
    )


def config_path(*, home: str | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Where the configuration file is, or would be; asks for no readable file."""
    env = os.environ if environ is None else environ
    return _places(home or env.get("KB_HOME", ""))[1]


def read_file(path: Path) -> dict[str, Any]:
    """The checked keys of a configuration file, none if there is no file."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "kb config path") from error
    return parse(raw, str(path))


def parse(raw: bytes, where: str) -> dict[str, Any]:
    """TOML bytes to checked values, those of a table by `table.key`; `where` names them in an error."""
    import tomllib

    try:
        values = tomllib.loads(raw.decode("utf-8-sig"))
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError both are
        raise ConfigError(
            f"{where} is not TOML: {error}", "mend the line, or start anew: kb config set KEY VALUE"
        ) from error
    values = _flat(values)
    for key, value in values.items():
        check(key, value, where)
    return values


def read_targets(path: Path, environ: Mapping[str, str] | None = None) -> dict[str, int]:
    """What the user wants to do in a week, by kind; read anew each time, for a daemon outlives a change of them."""
    values = {**read_file(path), **_from_environment(os.environ if environ is None else environ)}
    return _table(values, TARGETS)


def check(key: str, value: object, where: str) -> None:
    """ConfigError unless `key` (`table.key` for one in a table) is known and `value` is one that it takes."""
    expected = _type_of(key)
    if expected is None:
        raise ConfigError(f"{where}: there is no setting {key!r}", _nearest(key))
    if type(value) is not expected:
        raise ConfigError(f"{where}: {key} must be {_TYPE_WORDS[expected]}, not {value!r}", f"kb config set {key} …")
    if key == "answer" and value not in ("quote", "write"):
        raise ConfigError(f'{where}: answer must be "quote" or "write", not {value!r}', "kb config set answer quote")
    if key == "max_file_bytes" and cast(int, value) < 1:
        raise ConfigError(
            f"{where}: max_file_bytes must be above 0, not {value!r}", "kb config set max_file_bytes 4194304"
        )
    if key.startswith(f"{TARGETS}.") and cast(int, value) < 0:
        raise ConfigError(f"{where}: {key} must not be below 0, but is {value!r}", f"kb config set {key} 3")
    check_writer(key, value, where)


def from_text(key: str, text: str, where: str) -> Any:
    """The value that `text` (of a variable or a command line) means for `key`."""
    expected = _type_of(key) or str
    value: object = text
    if expected is bool and text.lower() in TRUE | FALSE:
        value = text.lower() in TRUE
    elif expected is int and text.isascii() and text.isdigit():
        value = int(text)
    elif expected is list:
        value = [name.strip() for name in text.split(",") if name.strip()]
    check(key, value, where)
    return value


def variable(key: str) -> str:
    """The environment variable that overrides a key."""
    return ENVIRONMENT.get(key, f"KB_{key.upper().replace('.', '_')}")


_TYPE_WORDS = {str: "text", int: "a whole number", bool: "true or false", list: "a list of names"}


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    """Values of the variables that are set; an empty one counts as unset, as a shell's `KB_X= kb` means it."""
    return {key: from_text(key, text, variable(key)) for key in FILE_KEYS if (text := env.get(variable(key), ""))}


def _places(home: str) -> tuple[Path, Path]:
    """The folder of all state and the configuration file; with a home both are in it."""
    if home:
        place = _folder(home, Path() if os.path.isabs(_expand(home)) else Path.cwd())
        return place, place / "config.toml"
    import platformdirs

    return Path(platformdirs.user_data_dir("kb", appauthor=False)), Path(
        platformdirs.user_config_dir("kb", appauthor=False)
    ) / "config.toml"


def _cache(env: Mapping[str, str]) -> Path:
    if sys.platform == "linux":
        # The XDG rule in one line: importing platformdirs would cost each start some milliseconds.
        base = env.get("XDG_CACHE_HOME", "")
        return (Path(base) if os.path.isabs(base) else Path(_expand("~")) / ".cache") / "kb"
    import platformdirs

    return Path(platformdirs.user_cache_dir("kb", appauthor=False))


def _folder(text: str, base: Path) -> Path:
    """An absolute path; `~` is expanded, a relative one is meant from `base`."""
    return Path(os.path.abspath(base / _expand(text)))


def _expand(text: str) -> str:
    return os.path.expanduser(text)


def _type_of(key: str) -> type | None:
    """What a setting takes, None where there is no such setting."""
    table, _, name = key.partition(".")
    return TABLES.get(table) if name and table in TABLES else FILE_KEYS.get(key)


def _table(values: Mapping[str, Any], table: str) -> dict[str, Any]:
    """The keys of one table, without its name."""
    return {key.removeprefix(f"{table}."): value for key, value in values.items() if key.startswith(f"{table}.")}


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`search.copy = "c"` is a table in a table to TOML, where `"search.copy" = "c"` is not: both mean the same."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    known = (*FILE_KEYS, *TABLES)
    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"the settings are: {', '.join(known)}"
