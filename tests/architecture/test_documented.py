"""Every verb tells what it does, how it is called, how it ends, and stands in the README's table."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kb.cli.command import MEANINGS, Verb
from kb.cli.root import VERBS, root
from kb.errors import ExitCode

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(root, info_name="kb")
    for name in VERBS:
        command = root.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", found) for sub, found in command.commands.items())


VERB_LIST = [(name, command) for name, command in commands() if isinstance(command, Verb)]


@pytest.mark.parametrize(("name", "command"), VERB_LIST, ids=[name for name, _ in VERB_LIST])
def test_every_verb_has_help_an_example_and_its_exit_codes(name: str, command: Verb) -> None:
    text = command.get_help(click.Context(command, info_name=f"kb {name}"))
    assert command.help
    assert "Example:\n" in text
    assert name.split()[-1] in command.example or name == "config path"
    assert f"{int(ExitCode.OK):>3}  {MEANINGS[ExitCode.OK]}" in text
    assert "130  interrupted" in text


@pytest.mark.parametrize(("name", "command"), VERB_LIST, ids=[name for name, _ in VERB_LIST])
def test_every_option_has_help(name: str, command: Verb) -> None:
    bare = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert not bare, f"kb {name}"


def test_the_overview_says_what_the_verb_says() -> None:
    told = {name: (command.help or "").split("\n")[0] for name, command in commands() if name in VERBS}
    assert told == VERBS


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_a_row_in_the_readme(name: str) -> None:
    assert re.search(rf"^\| `kb {name}\b", README, re.MULTILINE)


def test_global_flags_stand_on_both_sides_of_every_verb() -> None:
    flags = {"as_json", "no_daemon", "quiet", "debug", "home"}
    for name, command in [("", root), *commands()]:
        assert flags <= {param.name for param in command.params}, f"kb {name}"
