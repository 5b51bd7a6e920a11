"""One run of `kb`: the global flags, the settings under them, and the way to the application."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from kb.cli import diagnostics, output
from kb.cli.views.freshness import behind
from kb.cli.views.page import Line, Page, Payload
from kb.config import Settings, load_settings
from kb.errors import ExitCode

if TYPE_CHECKING:
    from kb.app.api import Api

View = Callable[[Payload, Page], list[Line]]


@dataclasses.dataclass
class Run:
    """Filled by the global flags while click parses them, before or after the verb."""

    as_json: bool = False
    no_daemon: bool = False
    debug: bool = False
    quiet: bool = False
    home: str | None = None

    @cached_property
    def settings(self) -> Settings:
        return load_settings(home=self.home, no_daemon=True if self.no_daemon else None)

    @property
    def cwd(self) -> str:
        return output.current_folder()

    @contextmanager
    def open_app(self) -> "Iterator[Api]":
        """What `kb` can do, by a daemon or in this process; closed after its use also when that fails."""
        from kb.app import open_app

        app = open_app(self.settings)
        try:
            yield app
        finally:
            app.close()

    def progress(self) -> diagnostics.ProgressBar:
        return diagnostics.ProgressBar(quiet=self.quiet)

    def show(self, payload: Payload, view: View, *, code: ExitCode = ExitCode.OK) -> ExitCode:
        """Write a payload as JSON or as lines, its notices to stderr, and hand on the exit code."""
        if self.as_json:
            output.write_json(payload)
            return code
        output.write_lines(view(payload, output.page()))
        for notice in payload.get("notices") or []:
            self.note(str(notice))
        return code

    def show_answer(self, payload: Payload, view: View, *, code: ExitCode) -> ExitCode:
        """As `show`, and on stderr how old the index is where it may be behind the disk."""
        shown = self.show(payload, view, code=code)
        if not self.as_json and (told := behind(payload.get("index") or {}, found=code == ExitCode.OK)):
            self.note(told)
        return shown

    def note(self, text: str) -> None:
        """One line on stderr, unless the run is quiet."""
        if not self.quiet:
            diagnostics.note(text)
