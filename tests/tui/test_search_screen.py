"""What a person sees and does on the search screen, over a real index."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.message import Message
from textual.pilot import Pilot

from tui.messages import DecisionWanted, QuestionRaised, SearchWanted, TopicWanted, Wanted
from tui.screens.search import SearchPage

Until = Callable[[Pilot[None], Callable[[], bool]], Awaitable[None]]
Settle = Callable[[Pilot[None]], Awaitable[None]]
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


def screen_of(pilot: Pilot[None]) -> SearchPage:
    screen = pilot.app.screen
    assert isinstance(screen, SearchPage)
    return screen


def shown_in_list(screen: SearchPage) -> str:
    height = screen.results.scrollable_content_region.height
    return "\n".join(screen.results.render_line(y).text for y in range(height))


def shown_in_reader(screen: SearchPage) -> str:
    height = screen.reader.scrollable_content_region.height
    return "\n".join(screen.reader.render_line(y).text for y in range(height))


async def search(pilot: Pilot[None], settle: Settle, words: str) -> SearchPage:
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
        screen.query_bar.input.value = ""
        await until(pilot, lambda: screen.results.entries[0].place is None)
        screen.query_bar.input.value = "mysql"
        screen.query_bar.input.value = "jest inspect-brk"
        await until(pilot, lambda: screen.results.entries[0].place is not None)
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
        assert (screen.results.highlighted, screen.focused) == (1, screen.query_bar.input)
        await pilot.press("up", "up")
        assert screen.results.highlighted == 0


async def test_escape_leaves_the_input_and_slash_comes_back(stage: Any, until: Until) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        await pilot.press("q", "e", "y", "slash")
        assert screen.query_bar.input.value == "qey/"
        await pilot.press("escape")
        assert screen.focused is screen.results
        await pilot.press("slash")
        assert screen.focused is screen.query_bar.input
        assert screen.query_bar.input.value == "qey/"


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
        await until(pilot, lambda: "kb open" in screen.status.said)
        assert screen.status.has_class("-failed")


@pytest.mark.parametrize("first", ["enter", "escape"])
async def test_enter_opens_the_text_then_the_editor_and_escape_leads_back(
    stage: Any, until: Until, settle: Settle, first: str
) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "jest inspect-brk")
        await pilot.press("escape", "enter") if first == "escape" else await pilot.press("enter")
        await until(pilot, lambda: screen.focused is screen.reader)
        await pilot.press("enter")
        await until(pilot, lambda: "kb open" in screen.status.said)
        await pilot.press("escape")
        assert screen.focused is screen.results


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
        screen.query_bar.input.value = "jest inspect-brk"
        await until(pilot, lambda: screen.status.has_class("-failed"))
        assert "debugger.md" in screen.status.said
        screen.query_bar.input.value = "sessions live in postgres"
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


# Filters


async def test_a_filter_in_the_query_narrows_it_and_shows_as_a_chip(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "sessions live kind:adr")
        assert {entry.kind for entry in screen.results.entries} == {"adr"}
        assert [chip.value for chip in screen.query_bar.chips.chips if chip.on] == ["adr"]
        screen.query_bar.put("sessions live path:til/")
        await settle(pilot)
        assert {entry.kind for entry in screen.results.entries} == {"til"}
        assert "path: til/" in screen.query_bar.chips.render().plain


async def test_chips_are_toggled_by_key_and_by_mouse(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "sessions live")
        await pilot.press("escape", "f", "right", "space")
        await settle(pilot)
        assert screen.query_bar.input.value == "sessions live kind:til "
        assert {entry.kind for entry in screen.results.entries} == {"til"}
        await pilot.press("enter")
        assert screen.query_bar.input.value == "sessions live"
        row = screen.query_bar.chips.render().plain
        await pilot.click("#chips", offset=(2 + row.index("adr"), 0))
        await settle(pilot)
        assert {entry.kind for entry in screen.results.entries} == {"adr"}
        await pilot.press("escape")
        assert screen.focused is screen.results


async def test_chips_beyond_the_edge_come_into_sight(bare_stage: Any, settle: Settle) -> None:
    async with bare_stage.terminal().run_test(size=(40, 20)) as pilot:
        screen = screen_of(pilot)
        names = [f"source-{number}-[/b]\x1b\u202e" for number in range(9)]
        screen.query_bar.offer(names)
        screen.query_bar.chips.focus()
        await pilot.press(*["right"] * 20)
        seen = screen.query_bar.chips.render().plain
        assert "source-8-[/b]" in seen
        assert not UNFIT.search(seen)
        assert len(seen) <= screen.query_bar.chips.content_size.width


async def test_filters_alone_ask_for_words(stage: Any, until: Until) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        screen.query_bar.put("kind:adr")
        await until(pilot, lambda: "words to search for are missing" in screen.status.said)


# What is under the cursor


async def test_links_show_who_names_it_and_escape_brings_the_results_back(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test(size=(140, 40)) as pilot:
        screen = await search(pilot, settle, "sessions live in mysql")
        found = list(screen.results.entries)
        place = next(n for n, entry in enumerate(found) if entry.place.path.endswith("0001-use-mysql.md"))
        await pilot.press("escape", *["down"] * place, "b")
        await settle(pilot)
        assert [(entry.place.path, entry.status) for entry in screen.results.entries] == [
            ("adr/0002-use-postgres.md", "supersedes this")
        ]
        assert screen.reader.sheet.heading == screen.results.entries[0].shown
        await pilot.press("escape")
        await settle(pilot)
        assert screen.results.entries == found
        assert screen.results.highlighted == place
        await pilot.press("home")
        await settle(pilot)


async def test_what_nothing_links_to_says_so(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "jest inspect-brk")
        await pilot.press("escape", "b")
        await settle(pilot)
        assert screen.status.said == "nothing links to til/debugger.md"
        assert screen.results.entries[0].place.path == "til/debugger.md"


@pytest.mark.parametrize(("key", "page"), [("a", "ask"), ("l", "learn"), ("d", "decisions")])
async def test_other_screens_are_told_what_is_wanted_of_it(stage: Any, settle: Settle, key: str, page: str) -> None:
    wanted: list[Wanted] = []

    def heard(message: Message) -> None:
        if isinstance(message, Wanted) and message not in wanted:
            wanted.append(message)

    async with stage.terminal().run_test(message_hook=heard) as pilot:
        screen = await search(pilot, settle, "sessions live in postgres kind:adr")
        entry = screen.results.chosen
        await pilot.press("escape", key)
        await pilot.pause()
        assert wanted == [
            {
                "a": QuestionRaised("sessions live in postgres", about=entry.place),
                "l": TopicWanted(entry.topic),
                "d": DecisionWanted(f"notes:{entry.place.path}"),
            }[key]
        ]
        assert page == pilot.app.page.NAME


async def test_what_is_no_decision_is_not_shown_as_one(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "jest inspect-brk")
        await pilot.press("escape", "d")
        assert screen.status.said == "no decision is chosen"


@pytest.mark.parametrize("focus", ["input", "list", "text"])
async def test_the_text_scrolls_whoever_has_the_focus(stage: Any, settle: Settle, focus: str) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "filler about nothing")
        await pilot.press(*{"input": [], "list": ["escape"], "text": ["enter"]}[focus])
        await pilot.pause()
        before, chosen = screen.reader.scroll_y, screen.results.highlighted
        await pilot.press("pagedown", "pagedown")
        below = screen.reader.scroll_y
        await pilot.press("pageup")
        assert before < screen.reader.scroll_y < below
        assert screen.results.highlighted == chosen


async def test_the_next_result_is_read_without_leaving_the_text(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "sessions live")
        await pilot.press("enter", "right_square_bracket")
        await settle(pilot)
        assert screen.results.highlighted == 1
        assert screen.reader.sheet.heading == screen.results.entries[1].shown
        await pilot.press("left_square_bracket")
        assert (screen.results.highlighted, screen.focused) == (0, screen.reader)


async def test_in_a_narrow_terminal_the_text_read_has_all_the_room(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test(size=(80, 24)) as pilot:
        screen = await search(pilot, settle, "sessions live")
        assert screen.results.region.bottom <= screen.reader.region.y
        await pilot.press("enter")
        await pilot.pause()
        assert not screen.results.display
        assert any(row.line.cited for row in screen.reader.seen)
        await pilot.press("escape")
        await pilot.pause()
        assert screen.results.display
        await pilot.resize_terminal(140, 40)
        await pilot.pause()
        assert screen.results.region.right <= screen.reader.region.x


# Idle


async def test_an_idle_screen_shows_the_brief_and_opens_what_it_names(stage: Any, until: Until, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        await until(pilot, lambda: bool(screen.results.entries))
        assert screen.results.entries[0].title == "The morning brief"
        assert screen.reader.sheet.heading == "Since yesterday"
        await pilot.press("down")
        await settle(pilot)
        assert screen.reader.sheet.heading == screen.results.entries[1].shown
        await pilot.press("up")
        await settle(pilot)
        assert screen.reader.sheet.heading == "Since yesterday"


async def test_an_emptied_query_brings_the_brief_back(stage: Any, until: Until, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = await search(pilot, settle, "sessions live")
        screen.query_bar.put("")
        await until(pilot, lambda: screen.reader.sheet.heading == "Since yesterday")
        assert screen.results.entries[0].title == "The morning brief"


# What goes wrong


async def test_ten_thousand_characters_are_cut_and_said(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        screen.query_bar.put("jest inspect-brk " + "attach " * 1_500)
        await settle(pilot)
        assert screen.results.entries[0].place.path == "til/debugger.md"
        assert "only the first 1,000 characters" in screen.status.said


async def test_a_query_that_would_act_on_the_terminal_is_made_harmless(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        screen.take(SearchWanted("\x1b]52;c;x\x07 jest\n inspect-brk \u202e[/b]"))
        await settle(pilot)
        assert not UNFIT.search(screen.query_bar.input.value)
        pilot.app.post_message(events.Paste("\x1b[2Jjest"))
        await settle(pilot)
        assert not UNFIT.search(screen.query_bar.input.value)


async def test_links_that_come_late_do_not_stand_under_a_newer_query(stage: Any, settle: Settle) -> None:
    async with stage.terminal().run_test() as pilot:
        screen = screen_of(pilot)
        screen.query_bar.put("postgres kind:adr")
        await settle(pilot)
        go_on = threading.Event()
        held = asyncio.create_task(screen.library.run(lambda _: go_on.wait(), lane="slow"))
        await pilot.press("escape", "b")
        assert screen.at_work("links")
        screen.query_bar.put("jest inspect-brk")
        await pilot.pause()
        go_on.set()
        await held
        await settle(pilot)
        assert screen.results.entries[0].place.path == "til/debugger.md"
        assert str(screen.results.border_title or "") == ""
