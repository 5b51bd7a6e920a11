"""The status line: what was found, what went wrong, and the next command."""

from textual.content import Content
from textual.widgets import Static

from kb.errors import KbError
from kb.sanitize import for_terminal
from tui.fold import columns


class StatusLine(Static):
    """One line; an error stays until the next thing is said."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self.said = ""

    def say(self, text: str) -> None:
        self._put(text, failed=False)

    def fail(self, error: BaseException) -> None:
        """A failure in the user's words: what, and the next command."""
        if isinstance(error, KbError):
            self._put(" · ".join(word for word in (error.message, error.hint) if word), failed=True)
        else:
            self._put(f"{type(error).__name__}: {error} · kb status", failed=True)

    def _put(self, text: str, *, failed: bool) -> None:
        self.said = for_terminal(" ".join(text.split()), keep_newlines=False)
        self.set_class(failed, "-failed")
        # A layout of the whole screen, at each key typed, only where the line becomes two or one again.
        needs_room = self.size.height != 1 or columns(self.said) > self.content_size.width
        self.update(Content(self.said), layout=needs_room)
