"""The input of every screen and dialog: what is pasted into it is drawn as it is spelled.

Textual draws the value as it is, and a terminal would act on an escape sequence or turn the line round.
"""

from textual.widgets import Input

from kb.sanitize import for_terminal


class LineInput(Input):
    """Holds only what is fit for a terminal, however it came in."""

    def replace(self, text: str, start: int, end: int) -> None:
        # Spelled out before it is put in: the cursor comes to stand behind all of it.
        super().replace(_spelled(text), start, end)

    def validate_value(self, value: str) -> str:
        return _spelled(value)


def _spelled(text: str) -> str:
    return for_terminal(text, keep_newlines=False)
