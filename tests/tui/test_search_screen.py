"""What a person sees and does on the search screen, over a real index."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tui.screens.search import SearchScreen

Until = Callable[[Pilot[None], Callable[[], bool]], Awaitable[None]]
Settle = Callable[[Pilot[None]], Awaitable[None]]
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


def screen_of(pilot: Pilot[None]) -> SearchScreen:
    screen = pilot.app.screen
    assert isinstance(screen, SearchScreen)
    return screen


def shown_in_list(screen: SearchScreen) -> str:
    height = screen.results.scrollable_content_region.height
    return "\n".join(screen.results.render_line(y).text for y in range(height))


def shown_in_reader(screen: SearchScreen) -> str:
    height = screen.reader.scrollable_content_region.height
    return "\n".join(screen.reader.render_line(y).text for y in range(height))


async def search(pilot: Pilot[None], settle: Settle, words: str) -> SearchScreen:
    """Type a query; return when the first result is in the reader."""
    screen = screen_of(pilot)
    await pilot.press(*("space" if char == " " else char for char in words))
    await settle(pilot)
    assert screen.results.entries and screen.reader.sheet.ends_matter, screen.status.said
    return screen


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_the_cited_lines_are_highlighted_and_in_sight(
    stage: Any, settle: Settle, size: tuple[int, int], theme: str
) -> None:
    async with stage.terminal().run_test(size=size) as pilot:
        pilot.app.theme = theme
        screen = await search(pilot, settle, "jest inspect-brk")
        first = screen.results.entries[0]
        assert (first.kind, first.place.path) == ("til", "til/debugger.md")
        assert f"debugger.md:{first.place.start}" in shown_in_list(screen)
        cited = [row for row in screen.reader.seen if row.line.cited]
        assert int(cited[0].gutter) == first.place.start
        assert cited[0].text in shown_in_reader(screen)
        assert not screen.reader.seen[0].line.cited, "what stands above is seen too"


async def test_the_number_beside_a_line_is_its_number_in_the_file(stage: Any, settle: Settle) -> None:
    lines = (stage.notes / "til/debugger.md").read_text().split("\n")
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "jest inspect-brk")
        numbered = [(int(row.gutter), row.text) for row in screen.reader.seen if row.gutter.strip()]
        assert numbered
        assert all(lines[number - 1] == text for number, text in numbered)


async def test_only_the_last_of_what_was_typed_is_shown(stage: Any, until: Until, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "sessions")
        screen.query_input.value = ""
        await until(pilot, lambda: not screen.results.entries)
        screen.query_input.value = "mysql"
        screen.query_input.value = "jest inspect-brk"
        await until(pilot, lambda: bool(screen.results.entries))
        assert screen.results.entries[0].place.path == "til/debugger.md"


async def test_a_superseded_decision_names_its_successor(stage: Any, until: Until, settle: Settle) -> None:
    async with stage.terminal().run_test(size=(140, 40)) as pilot:
        screen = await search(pilot, settle, "sessions live in mysql")
        old = next(entry for entry in screen.results.entries if entry.place.path.endswith("0001-use-mysql.md"))
        assert (old.status, old.standing) == ("superseded by 0002-use-postgres", "warn")
        assert "superseded by 0002-use-postgres" in shown_in_list(screen)
        screen.results.highlighted = screen.results.entries.index(old)
        await until(pilot, lambda: "0001-use-mysql" in screen.reader.sheet.heading)
        assert screen.reader.sheet.warned
        assert "superseded by 0002-use-postgres" in screen.reader.sheet.note


async def test_arrows_walk_the_results_while_typing(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "sessions live")
        assert len(screen.results.entries) > 1
        await pilot.press("down")
        assert (screen.results.highlighted, screen.focused) == (1, screen.query_input)
        await pilot.press("up", "up")
        assert screen.results.highlighted == 0


async def test_escape_leaves_the_input_and_slash_comes_back(stage: Any, until: Until) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        await pilot.press("q", "e", "y", "slash")
        assert screen.query_input.value == "qey/"
        await pilot.press("escape")
        assert screen.focused is screen.results
        await pilot.press("slash")
        assert screen.focused is screen.query_input
        assert screen.query_input.value == "qey/"


async def test_y_copies_path_and_line(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "jest inspect-brk")
        await pilot.press("escape", "y")
        place = screen.results.entries[0].place
        assert pilot.app.clipboard == f"{stage.notes}/til/debugger.md:{place.start}"
        assert screen.status.said.startswith("copied ")


async def test_without_a_terminal_e_names_the_command(stage: Any, until: Until, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "jest inspect-brk")
        await pilot.press("escape", "e")
        await until(pilot, lambda: "kb open notes:til/debugger.md:" in screen.status.said)
        assert screen.status.has_class("-failed")


async def test_enter_on_a_result_goes_to_its_text(stage: Any, until: Until, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "jest inspect-brk")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: screen.focused is screen.reader)


async def test_q_quits(stage: Any, settle: Settle) -> None:
    terminal = stage.terminal()
    async with terminal.run_test() as pilot:
        await search(pilot, settle, "jest")
        await pilot.press("escape", "q")
    assert terminal.return_code == 0


async def test_without_an_index_the_next_command_is_told(bare_stage: Any, until: Until, settle: Settle) -> None:
    async with bare_stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        await until(pilot, lambda: "kb index" in screen.status.said)
        await pilot.press("j", "e", "s", "t")
        await settle(pilot)
        assert screen.status.has_class("-failed")
        assert pilot.app.is_running


async def test_a_file_that_is_gone_is_told_and_the_rest_goes_on(own_stage: Any, until: Until) -> None:
    (own_stage.notes / "til/debugger.md").unlink()
    async with own_stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        screen.query_input.value = "jest inspect-brk"
        await until(pilot, lambda: screen.status.has_class("-failed"))
        assert "debugger.md" in screen.status.said
        screen.query_input.value = "sessions live in postgres"
        await until(pilot, lambda: "0002-use-postgres" in screen.reader.sheet.heading)
        assert not screen.status.has_class("-failed")


async def test_nothing_from_a_file_acts_on_the_terminal(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test(size=(140, 40)) as pilot:
        screen = await search(pilot, settle, "zebra crosses")
        seen = shown_in_list(screen) + shown_in_reader(screen) + screen.status.said
        assert not UNFIT.search(seen)
        assert "[bold]Zebra[/]" in seen
        assert "ze\\u202ebra[/b].md" in seen
        assert "[/nothing]" in seen
        await pilot.press("escape", "y")
        assert not UNFIT.search(pilot.app.clipboard)


def test_the_editor_is_opened_at_the_line(stage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from tui.editing import open_in_editor

    editor = tmp_path / "vim"
    editor.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/opened\n')
    editor.chmod(0o755)
    monkeypatch.setenv("KB_EDITOR", str(editor))
    open_in_editor(replace(stage.settings, editor=str(editor)), "notes:til/debugger.md:7")
    assert (tmp_path / "opened").read_text() == f"+7 {stage.notes}/til/debugger.md\n"


@pytest.mark.parametrize("question", ["how do I run jest with inspect-brk to attach?", "which moons circle Neptune?"])
async def test_enter_asks_and_shows_the_answer_then_its_places(stage: Any, settle: Settle, question: str) -> None:
    with stage.open_index() as app:
        answer = app.ask(question)
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        screen.query_input.value = question
        await pilot.press("enter")
        await settle(pilot)
        assert screen.reader.sheet.heading == question
        titles = [entry.title for entry in screen.results.entries]
        if answer["status"] == "answered":
            assert titles[0] == "Answer"
            assert answer["citations"][0]["quote"].split("\n")[0] in "\n".join(row.text for row in screen.reader.seen)
        else:
            assert titles[0] == "Not in your notes"
            assert screen.reader.seen[0].text == "Not in your notes."
        for place in (answer["citations"] or answer["nearest"])[:1]:
            await pilot.press("down")
            await settle(pilot)
            assert screen.results.chosen.place.path == place["path"]
            assert any(row.line.cited for row in screen.reader.seen)
