"""The last row: the keys that do something where the focus is.

In the place of Textual's footer, which makes a widget for each key anew whenever the focus moves, and
keeps all it ever made: after a day of use that would be most of the memory.
"""

from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widget import Widget

from tui.fold import columns

HELP = "app.help"
"""The id of the binding that is always shown."""


class KeyBar(Widget):
    """Draws one row; a click on a key presses it."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._spans: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: "Screen[object]") -> None:
        if screen is self.screen:
            self.refresh()

    def render(self) -> Content:
        told = self._told()
        # Help leads to all that found no room: its own is kept free.
        kept = sum(_width(key) for key in told if key.helps)
        self._spans, parts, at = [], [], 0
        for key in told:
            if at + _width(key) > self.size.width - (0 if key.helps else kept):
                continue
            self._spans.append((at, at + _width(key), key.key))
            parts += [(f" {key.shown}", "$footer-key-foreground bold"), (f" {key.words} ", "")]
            at += _width(key)
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        for start, end, key in self._spans:
            if start <= event.x < end:
                self.app.simulate_key(key)

    def _told(self) -> list["_Key"]:
        """The keys that are shown, help last."""
        focused = self.screen.focused
        told: dict[str, _Key] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if not binding.show or not enabled or binding.action in told:
                continue
            if focused is not None and focused.check_consume_key(binding.key, key_to_character(binding.key)):
                continue  # it would be typed
            shown = self.app.get_key_display(binding)
            told[binding.action] = _Key(binding.key, shown, binding.description, binding.id == HELP)
        return sorted(told.values(), key=lambda key: key.helps)


class _Key(NamedTuple):
    key: str
    shown: str
    words: str
    helps: bool


def _width(key: _Key) -> int:
    return columns(key.shown) + columns(key.words) + 3
