"""What every verb has in common: the global flags on either side of it, an example, its exit codes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from kb.cli.run import Run
from kb.errors import ExitCode, UsageError

MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.NEGATIVE: "nothing found, not grounded, or a check failed",
    ExitCode.USAGE: "wrong usage",
    ExitCode.UNCONFIGURED: "no index, or bad configuration",
    ExitCode.LOCKED: "locked by another writer",
    ExitCode.NO_MODEL: "model unavailable",
    ExitCode.INTERRUPTED: "interrupted",
}
ALWAYS = (ExitCode.OK, ExitCode.USAGE, ExitCode.UNCONFIGURED, ExitCode.INTERRUPTED)


def global_options() -> list[click.Option]:
    """The flags that work before and after the verb; each writes into the `Run` of this call."""
    return [
        _global("--json", "as_json", "Print one JSON object, also for an error."),
        _global("--no-daemon", "no_daemon", "Stay in this process (as KB_NO_DAEMON=1 does)."),
        _global("--quiet", "quiet", "No progress and no notes on stderr."),
        _global("--debug", "debug", "Show the traceback of an error."),
        _global("--home", "home", "Keep all state in DIR (as KB_HOME does).", metavar="DIR"),
    ]


class Verb(click.Command):
    """A command with its example and exit codes at the end of its help."""

    def __init__(self, *args: Any, example: str, codes: Iterable[ExitCode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += global_options()
        self.example = example
        self.codes = sorted({*ALWAYS, *codes})

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        format_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_section(formatter, "Example", self.example.splitlines())
        write_section(formatter, "Exit codes", [f"{int(code):>3}  {MEANINGS[code]}" for code in self.codes])


class VerbGroup(click.Group):
    """A verb with verbs under it (`kb source add`); names the nearest one on a typo."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})
        self.params += global_options()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None and not cmd_name.startswith("-"):
            raise unknown_verb(cmd_name, self.list_commands(ctx), ctx.command_path)
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        format_options(self, ctx, formatter)


def verb(
    *, example: str, codes: Sequence[ExitCode] = (), group: click.Group | None = None, name: str | None = None
) -> Callable[[Callable[..., ExitCode]], Verb]:
    """Make a function that takes the `Run` first into a verb, under `group` where one is given."""

    def made(function: Callable[..., ExitCode]) -> Verb:
        command = click.command(name, cls=Verb, example=example, codes=codes)(pass_run(function))
        if group is not None:
            group.add_command(command)
        return command

    return made


def pass_run(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """Give `function` this call's `Run` as its first argument."""
    return click.make_pass_decorator(Run, ensure=True)(function)


def unknown_verb(word: str, known: Iterable[str], path: str) -> UsageError:
    """A usage error that names the nearest verb, or `ask` where the word was a question."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1, cutoff=0.5)
    if " " in word.strip():
        return UsageError(f"no such command: {word}", f'to ask it: {path} ask "{word}"')
    hint = f"did you mean: {path} {near[0]}" if near else f"the commands are: {', '.join(known)}"
    return UsageError(f"no such command: {path} {word}", hint)


def format_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The verb's own options first, the global ones in a section of their own."""
    shared = {option.name for option in global_options()}
    own: list[tuple[str, str]] = []
    everywhere: list[tuple[str, str]] = []
    for param in command.get_params(ctx):
        if isinstance(param, click.Option) and (record := param.get_help_record(ctx)):
            (everywhere if param.name in shared else own).append(record)
    for title, rows in (("Options", own), ("Options of every command", everywhere)):
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def write_section(formatter: click.HelpFormatter, title: str, lines: Iterable[str]) -> None:
    """Lines as they are, under a heading: click would fill them into a paragraph."""
    with formatter.section(title):
        for line in lines:
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _global(flag: str, name: str, text: str, *, metavar: str | None = None) -> click.Option:
    def remember(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            setattr(ctx.find_root().ensure_object(Run), name, value)

    return click.Option(
        [flag, name], is_flag=metavar is None, metavar=metavar, default=None, expose_value=False, callback=remember,
        help=text,
    )  # fmt: skip
