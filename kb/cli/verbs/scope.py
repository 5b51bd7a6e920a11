"""The filters that `search` and `ask` share."""

from collections.abc import Callable
from typing import Any

import click

from kb.cli.arguments import shown_value
from kb.kinds import KINDS


def scoped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --kind, --path, --source, --here and --fresh to a verb."""
    for option in (
        click.option("--fresh", is_flag=True, help="First read every change that is on disk by now."),
        click.option("--here", is_flag=True, help="Stay in the source of the current folder."),
        click.option("--source", default="", metavar="NAME", callback=shown_value, help="Stay in one source."),
        click.option(
            "--path",
            "path_glob",
            default="",
            metavar="GLOB",
            callback=shown_value,
            help="Only paths that match, as in 'docs/**'.",
        ),
        click.option(
            "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind; may be repeated."
        ),
    ):
        function = option(function)
    return function
