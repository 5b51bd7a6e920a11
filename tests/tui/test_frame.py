"""What holds on every screen: the keys that lead everywhere, the palette, help, the chosen keys and colours."""

import dataclasses
import os
import signal
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual import events
from textual.binding import Binding
from textual.drivers.headless_driver import HeadlessDriver
from textual.widgets import HelpPanel, Input

from kb.config import load_settings
from tests.tui.conftest import Stage
from tui.app import Terminal
from tui.editing import open_in_editor
from tui.keys import checked_keymap, ids_of
from tui.pages import page_classes
from tui.screens.links import LinksPage
from tui.screens.page import Page
from tui.widgets.history_dialog import HistoryDialog
from tui.widgets.navigation import served

Until = Callable[..., Awaitable[None]]
PAGES = page_classes()
KNOWN = ids_of([Terminal, *PAGES])


def page_of(terminal: Terminal) -> str:
    return terminal.page.NAME


async def test_digits_lead_to_the_screens_and_a_second_press_to_their_input(stage: Stage, until: Until) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
        for key, page in zip("23451", ("ask", "learn", "decisions", "status", "search"), strict=True):
            await pilot.press(key, "escape")
            await until(pilot, lambda page=page: page_of(terminal) == page)
        await pilot.press("1")
        assert isinstance(terminal.focused, Input)
        await pilot.press("2")
        assert (page_of(terminal), terminal.focused.value) == ("search", "2")


async def test_a_click_on_a_name_leads_there(stage: Stage, until: Until) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(80, 24)) as pilot:
        await pilot.click("#tab-status", offset=(3, 0))
        await until(pilot, lambda: page_of(terminal) == "status")
        await pilot.click("#tab-search", offset=(3, 0))
        await until(pilot, lambda: page_of(terminal) == "search")


async def test_help_tells_the_keys_of_where_one_is(stage: Stage, until: Until) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(100, 30)) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: bool(terminal.screen.query(HelpPanel)))
        await pilot.press("escape", "question_mark")
        await until(pilot, lambda: not terminal.screen.query(HelpPanel))


@pytest.mark.parametrize("page", [Terminal, *PAGES])
def test_every_key_can_be_bound_anew_and_is_in_the_palette(page: type[Terminal] | type[Page]) -> None:
    bindings = [binding for binding in vars(page)["BINDINGS"] if isinstance(binding, Binding)]
    assert bindings
    assert [binding.key for binding in bindings if not binding.id or not binding.description] == []


def test_no_two_actions_have_one_id() -> None:
    bindings = [b for place in (Terminal, *PAGES) for b in vars(place)["BINDINGS"] if isinstance(b, Binding)]
    assert len({binding.id for binding in bindings}) == len(bindings)


async def test_the_palette_shows_another_screen_and_does_its_work(own_stage: Stage, until: Until) -> None:
    terminal = own_stage.terminal()
    async with terminal.run_test(size=(100, 30)) as pilot:
        commands = {command.title: command for command in terminal.get_system_commands(terminal.screen)}
        assert {"New TIL", "Theme", "Quit"} <= set(commands)
        await commands["Status: Re-index"].callback()
        await until(pilot, lambda: page_of(terminal) == "status" and "read in" in terminal.page.status.said)


async def test_a_key_is_bound_anew(stage: Stage) -> None:
    terminal = Terminal(dataclasses.replace(stage.settings, keymap={"go.status": "f9"}), stage.open_index)
    async with terminal.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape", "5")
        assert page_of(terminal) == "search"
        await pilot.press("f9")
        assert page_of(terminal) == "status"


def test_a_key_for_nothing_names_the_nearest() -> None:
    taken, faults = checked_keymap({"search.cpoy": "c", "search.copy": "c"}, KNOWN)
    assert taken == {"search.copy": "c"}
    assert faults == ["[keymap]: nothing is called search.cpoy; did you mean search.copy?"]


async def test_a_theme_is_remembered(own_stage: Stage, until: Until) -> None:
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        pilot.app.theme = "nord"
        await until(pilot, own_stage.settings.config_file.exists)
    again = load_settings(home=str(own_stage.settings.home))
    assert again.theme == "nord"
    assert Terminal(again, own_stage.open_index).theme == "nord"


async def test_a_theme_that_is_not_there_is_told(stage: Stage, until: Until) -> None:
    terminal = Terminal(dataclasses.replace(stage.settings, theme="[/]neon"), stage.open_index)
    async with terminal.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: any("[/]neon" in note.message for note in terminal._notifications))


async def test_capture_asks_for_a_title_and_can_be_left(stage: Stage, until: Until) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape", "n")
        await until(pilot, lambda: len(terminal.screen_stack) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: len(terminal.screen_stack) == 1)
        await pilot.press("n", "h", "i", "enter")
        # No terminal can be handed to an editor here; it is said, and the screen goes on.
        await until(pilot, lambda: "editor" in terminal.page.status.said)


def test_capture_writes_the_note_with_the_editor(own_stage: Stage, tmp_path: Path) -> None:
    from tui.editing import capture_til

    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "Learned today." >> "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    (own_stage.settings.home / "config.toml").write_text(f'notes_dir = "{own_stage.notes / "til"}"\n')
    settings = dataclasses.replace(own_stage.settings, editor=str(editor))
    before = dict(os.environ)
    os.environ["KB_EDITOR"] = str(editor)
    try:
        capture_til(settings, "--json is a title")
    finally:
        os.environ.clear()
        os.environ.update(before)
    written = [path for path in own_stage.notes.rglob("*.md") if "Learned today." in path.read_text("utf-8")]
    assert len(written) == 1
    assert "--json is a title" in written[0].read_text("utf-8")


@pytest.mark.parametrize(
    ("index", "told"),
    [
        ({"daemon": True, "pending_changes": 0, "as_of": "x"}, "daemon"),
        ({"daemon": True, "pending_changes": 1200, "as_of": "x"}, "1,200 to read · daemon"),
        ({"daemon": False, "pending": 0, "as_of": "2026-01-02T03:04:05+00:00"}, "no daemon · as of 2026-01-02 03:04"),
        ({"daemon": False, "as_of": None}, "no daemon"),
    ],
)
def test_the_navigation_says_who_answers(index: dict[str, object], told: str) -> None:
    assert served(index) == told


async def test_the_palette_waits_until_the_screen_has_something_to_do_it_with(stage: Stage, until: Until) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(100, 30)) as pilot:
        commands = {command.title: command for command in terminal.get_system_commands(terminal.screen)}
        await commands["Decisions: Suggest links"].callback()
        await until(pilot, lambda: isinstance(terminal.screen, LinksPage))


@pytest.mark.parametrize("key", ["1", "2", "3", "4"])
async def test_what_is_pasted_is_drawn_as_it_is_spelled(stage: Stage, key: str) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape", key)
        line = terminal.page.query_one("#query", Input)
        line.focus()
        line.post_message(events.Paste("a\x1b]52;c;x\x07\u202eb"))
        await pilot.pause()
        assert line.value == r"a\x1b]52;c;x\x07\u202eb"
        assert line.cursor_at_end


async def test_the_screen_comes_back_after_an_editor_that_failed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    back: list[bool] = []
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    monkeypatch.setattr(HeadlessDriver, "resume_application_mode", lambda _: back.append(True))
    terminal = Terminal(dataclasses.replace(stage.settings, editor=None), stage.open_index)
    async with terminal.run_test(size=(80, 24)):
        # The terminal of the test is no file that output could be led to meanwhile.
        monkeypatch.setattr(HeadlessDriver, "suspend_application_mode", lambda _: None)
        assert not terminal.page.aside(lambda: open_in_editor(terminal.settings, "notes:til/debugger.md"))
        assert "no editor is set" in terminal.page.status.said
    assert back == [True]


def test_an_interrupted_editor_does_not_end_the_interface(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\nkill -INT {os.getpid()}\n")
    editor.chmod(0o755)
    monkeypatch.setenv("KB_EDITOR", str(editor))
    before = signal.getsignal(signal.SIGINT)
    open_in_editor(dataclasses.replace(stage.settings, editor=str(editor)), "notes:til/debugger.md:1")
    assert signal.getsignal(signal.SIGINT) is before


async def test_a_key_on_a_screen_that_is_not_filled_yet_does_nothing(stage: Stage) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(80, 24)) as pilot:
        dialog = HistoryDialog([])
        assert not await terminal.run_action("forget", dialog)
        await terminal.push_screen(dialog)
        await pilot.pause()
        assert await terminal.run_action("forget", dialog)
