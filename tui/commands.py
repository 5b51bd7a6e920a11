"""The command palette: every action of every screen, under the words of its binding."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from tui.screens.page import Page

if TYPE_CHECKING:
    from tui.app import Terminal


def commands_of(terminal: "Terminal", pages: Sequence[type[Page]], seen: Screen[object]) -> Iterable[SystemCommand]:
    """What can be done where one is and from anywhere first, then what each screen does: it is shown, and does it."""
    if type(seen) not in pages:
        for binding in _told(seen.BINDINGS):
            yield SystemCommand(
                binding.description, f"key {_key(binding)}", partial(terminal.run_action, binding.action, seen)
            )
    for binding in _told(type(terminal).BINDINGS):
        yield SystemCommand(
            binding.description, f"key {_key(binding)}", partial(terminal.run_action, binding.action, terminal)
        )
    for page in pages:
        for binding in _told(page.BINDINGS):
            title = f"{page.NAME.capitalize()}: {binding.description}"
            yield SystemCommand(title, f"key {_key(binding)}", partial(_on_page, terminal, page.NAME, binding.action))


def _told(bindings: Iterable[object]) -> Iterable[Binding]:
    return (binding for binding in bindings if isinstance(binding, Binding) and binding.description and binding.id)


def _key(binding: Binding) -> str:
    return binding.key_display or binding.key.split(",")[0]


async def _on_page(terminal: "Terminal", name: str, action: str) -> None:
    await terminal.go(name)
    page = terminal.page
    # After what the page does when it is shown: it begins to fill itself.
    page.call_after_refresh(page.start, "palette", page.act_filled, action)
