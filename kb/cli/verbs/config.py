"""`kb config`: which settings hold and where they come from; changing one in the file."""

import os
from typing import Any

import click

from kb import config
from kb.cli import output
from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload
from kb.cli.views.state import settings_lines
from kb.config_file import write_setting
from kb.errors import ExitCode


@click.group("config", cls=VerbGroup)
def command() -> None:
    """Show or change the settings."""


@verb(group=command, name="show", example="kb config show")
def show(run: Run) -> ExitCode:
    """Show the settings that hold, and where each comes from."""
    settings = run.settings
    in_file = config.read_file(settings.config_file)
    rows: dict[str, Any] = {"home": {"value": str(settings.home), "from": _home_from(run)}}
    in_force: dict[str, Any] = {
        f"{config.TARGETS}.{kind}": goal for kind, goal in config.read_targets(settings.config_file).items()
    }
    in_force |= {f"writer.{name}": value for name, value in vars(settings.writer).items()}
    for key in config.FILE_KEYS:
        value = in_force.get(key) if "." in key else getattr(settings, key)
        rows[key] = {"value": str(value) if isinstance(value, os.PathLike) else value, "from": _from(run, key, in_file)}
    rows |= {key: {"value": v, "from": "config.toml"} for key, v in in_file.items() if key not in config.FILE_KEYS}
    return run.show({"settings": rows, "file": str(settings.config_file)}, settings_lines)


@verb(group=command, name="path", example='$EDITOR "$(kb config path)"')
def path(run: Run) -> ExitCode:
    """Print where the configuration file is, or would be."""
    # Not through the settings: a broken file must not hide its own place.
    where = config.config_path(home=run.home)
    output.write_json({"path": str(where)}) if run.as_json else output.write_text(str(where))
    return ExitCode.OK


@verb(
    group=command,
    name="set",
    example='kb config set notes_dir ~/til\nkb config set editor "code --wait"',
    codes=(ExitCode.NEGATIVE,),
)
@click.argument("key")
@click.argument("value")
def set_value(run: Run, key: str, value: str) -> ExitCode:
    """Set KEY to VALUE in the configuration file; its comments stay."""
    if key in ("notes_dir", "models_dir"):
        value = os.path.abspath(os.path.expanduser(value))
    checked = config.from_text(key, value, "kb config set")
    file = config.config_path(home=run.home)
    write_setting(file, key, checked)
    return run.show({"key": key, "value": checked, "file": str(file)}, _set)


def _set(payload: Payload, page: Page) -> list[Line]:
    return [[f"{payload['key']} = {payload['value']}", ("  " + payload["file"], "dim")]]


def _home_from(run: Run) -> str:
    return "--home" if run.home else "KB_HOME" if os.environ.get("KB_HOME") else "default"


def _from(run: Run, key: str, in_file: dict[str, Any]) -> str:
    if key == "no_daemon" and run.no_daemon:
        return "--no-daemon"
    if os.environ.get(config.variable(key)):
        return config.variable(key)
    if key in in_file:
        return "config.toml"
    if key == "editor":
        return next((name for name in ("VISUAL", "EDITOR") if os.environ.get(name)), "default")
    return "default"
