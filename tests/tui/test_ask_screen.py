"""What a person sees and does on the ask screen, over a real index."""

import re
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from kb.app.application import App
from kb.embedding.hashing import HashingEmbedder
from kb.service.protocol import Cancelled
from tests.unit.answer.scripted import writer
from tui.app import Terminal
from tui.dialogue import Turn, turn_lines
from tui.entries import Place
from tui.messages import QuestionRaised
from tui.screens.ask import AskPage
from tui.widgets.dialogue import MOST_TURNS, Spot
from tui.widgets.history_dialog import HistoryDialog

Until = Callable[[Pilot[None], Callable[[], bool]], Awaitable[None]]
Settle = Callable[[Pilot[None]], Awaitable[None]]
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
QUESTION = "how do I run jest with inspect-brk to attach a debugger?"
SESSIONS = "where do sessions live, in MySQL?"


def page_of(pilot: Pilot[None]) -> AskPage:
    page = pilot.app.screen
    assert isinstance(page, AskPage)
    return page


def drawn(page: AskPage) -> str:
    height = page.dialogue.scrollable_content_region.height
    return "\n".join(page.dialogue.render_line(y).text.rstrip() for y in range(height))


async def opened(pilot: Pilot[None], settle: Settle) -> AskPage:
    """The ask screen, come to rest."""
    await pilot.press("escape", "2")
    await settle(pilot)
    return page_of(pilot)


async def ask(pilot: Pilot[None], settle: Settle, question: str) -> AskPage:
    page = page_of(pilot)
    page.question.value = question
    page.question.focus()
    await pilot.press("enter")
    await settle(pilot)
    return page


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_an_answer_is_quoted_with_its_place(own_stage: Any, settle: Settle, size: Any, theme: str) -> None:
    async with own_stage.terminal().run_test(size=size) as pilot:
        pilot.app.theme = theme
        page = await opened(pilot, settle)
        assert page.focused is page.question
        await ask(pilot, settle, QUESTION)
        assert f"› {QUESTION}" in drawn(page)
        assert "│ Run jest with --inspect-brk to attach." in drawn(page)
        assert re.search(r"^\[1\] notes:til/debugger\.md:\d+", drawn(page), re.MULTILINE)
        assert page.status.said.startswith("1 citation")
        assert page.question.value == ""
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert page.reader.display
        assert "til/debugger.md" in page.reader.sheet.heading
        cited = [row for row in page.reader.seen if row.line.cited]
        assert any("inspect-brk" in row.text for row in cited)


async def test_brackets_walk_the_citations_and_the_text_follows(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test(size=(200, 60)) as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, SESSIONS)
        paths = ["adr/0002-use-postgres.md", "adr/0001-use-mysql.md"]
        seen = []
        for _ in range(2):
            seen.append(page.dialogue.chosen.place.path)
            assert page.reader.sheet.heading.startswith(f"notes:{seen[-1]}")
            await pilot.press("right_square_bracket")
            await settle(pilot)
        assert seen == paths
        assert page.dialogue.chosen.place.path == paths[-1], "the last stays the last"
        await pilot.press("escape", "left_square_bracket")
        await settle(pilot)
        assert page.dialogue.chosen.place.path == paths[0]
        await ask(pilot, settle, QUESTION)
        await pilot.press("left_square_bracket")
        await settle(pilot)
        assert page.dialogue.spot == Spot(0, 1), "also into the answer before"


async def test_brackets_are_letters_in_a_question(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test() as pilot:
        page = await opened(pilot, settle)
        await pilot.press("a", "left_square_bracket", "0", "right_square_bracket")
        assert page.question.value == "a[0]"


async def test_a_replaced_decision_names_its_successor(own_stage: Any, settle: Settle) -> None:
    own_stage.write("adr/0002-use-postgres.md", (own_stage.notes / "adr/0002-use-postgres.md").read_text().replace(
        "Status: accepted", "Date: 2025-03-02\n\nStatus: accepted"
    ))  # fmt: skip
    own_stage.index()
    async with own_stage.terminal().run_test(size=(80, 40)) as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, SESSIONS)
        assert "adr · 2025-03-02 · accepted" in drawn(page)
        assert "superseded by 0002-use-postgres on 2025-03-02" in drawn(page)


async def test_what_is_not_found_shows_what_is_near_and_can_be_walked(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, "which kubernetes cluster serves billing?")
        assert "Not in your notes. What lies nearest does not speak of: " in drawn(page)
        assert "Nearest:" in drawn(page)
        assert not page.reader.display
        await pilot.press("right_square_bracket")
        await settle(pilot)
        first = page.dialogue.chosen
        assert page.reader.display and first.shown in page.reader.sheet.heading
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert page.dialogue.chosen != first
        assert page.dialogue.chosen.shown in drawn(page), "still in sight beside the text"


async def test_a_follow_up_shows_what_was_asked(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, "where do sessions live in MySQL?")
        await ask(pilot, settle, "what about Postgres?")
        assert "asked: where do sessions live in Postgres?" in drawn(page)


async def test_a_conversation_survives_a_restart_and_is_gone_on_with(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        await ask(pilot, settle, QUESTION)
    async with own_stage.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        assert f"› {QUESTION}" in drawn(page)
        assert "│ Run jest with --inspect-brk to attach." in drawn(page)
        assert {seen.row.line.style for seen in page.dialogue.seen} <= {"dim", "place"}
        await ask(pilot, settle, "why?")
        assert "asked: how do I run jest" in drawn(page)
        await pilot.press("ctrl+n")
        assert page.dialogue.turns == []
        await ask(pilot, settle, "why?")
        assert "asked:" not in drawn(page), "a new conversation has nothing to lean on"
    with own_stage.open_index() as app:
        assert [told["turns"] for told in app.conversations()["conversations"]] == [1, 2]


async def test_an_earlier_conversation_is_gone_on_with_or_forgotten(
    own_stage: Any, settle: Settle, until: Until
) -> None:
    async with own_stage.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        await pilot.press("escape", "h")
        await settle(pilot)
        assert page.status.said == "no conversation was kept yet"
        await ask(pilot, settle, QUESTION)
        await pilot.press("ctrl+n")
        await ask(pilot, settle, SESSIONS)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryDialog))
        await until(pilot, lambda: pilot.app.screen.is_mounted)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert [turn.question for turn in page_of(pilot).dialogue.turns] == [QUESTION]
        await pilot.press("escape", "h")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryDialog))
        await until(pilot, lambda: pilot.app.screen.is_mounted)
        await pilot.press("down", "delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryDialog) and page.dialogue.turns == [])
        assert [row.text for row in pilot.app.screen.listing.rows] == [SESSIONS]
        await pilot.press("escape")
        assert page_of(pilot) is page


async def test_a_question_raised_elsewhere_stands_ready_with_its_place(own_stage: Any, settle: Settle) -> None:
    file = own_stage.notes / "til/debugger.md"
    place = Place("notes", "til/debugger.md", str(file), 83, 85)
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        page.post_message(QuestionRaised("what is this?", about=place))
        await settle(pilot)
        assert (page.question.value, page.focused) == ("what is this?", page.question)
        assert page.question.border_title == "about notes:til/debugger.md:83-85"
        for turn in (QUESTION, SESSIONS):
            page.dialogue.add(Turn(turn, state="stopped"))
        await pilot.press("enter")
        await settle(pilot)
        assert "› what is this?\n  about notes:til/debugger.md:83-85\n" in drawn(page)
        assert page.dialogue.seen[0].row.text == "what is this?" or page.dialogue.max_scroll_y == page.dialogue.scroll_y
        assert page.question.border_title is None, "the next question is about what it says"
        page.post_message(QuestionRaised("", about=Place("notes", "til/debugger.md", str(file), 0, 0)))
        await settle(pilot)
        assert page.question.border_title == "about notes:til/debugger.md"
        await pilot.press("escape")
        assert page.question.border_title is None
        assert page.focused is page.question, "the first Esc drops the place alone"


async def test_e_y_and_enter_act_on_the_citation(own_stage: Any, settle: Settle, monkeypatch: Any) -> None:
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        edited: list[Place] = []
        monkeypatch.setattr(page, "edit_place", lambda place: bool(edited.append(place)))
        await pilot.press("escape", "e", "y", "o")
        assert (edited, page.status.said) == ([], ""), "nothing is chosen yet"
        await ask(pilot, settle, QUESTION)
        place = page.dialogue.chosen.place
        await pilot.press("escape", "y", "e", "enter")
        await settle(pilot)
        assert pilot.app.clipboard == f"{own_stage.notes}/til/debugger.md:{place.start}"
        assert edited == [place]
        assert page.focused is page.reader
        await pilot.press("escape")
        assert page.focused is page.dialogue
        await pilot.press("escape")
        assert not page.reader.display


async def test_a_click_on_a_passage_shows_its_text(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, SESSIONS)
        row = next(n for n, seen in enumerate(page.dialogue.seen) if seen.spot is not None and not seen.here)
        assert not page.reader.display
        await pilot.click(page.dialogue, offset=(5, row + 1))
        await settle(pilot)
        assert page.reader.display
        assert page.dialogue.chosen.place.path in page.reader.sheet.heading


async def test_d_shows_a_cited_decision_among_the_others(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, QUESTION)
        await pilot.press("escape", "d")
        await settle(pilot)
        assert pilot.app.screen is page, "a TIL is none"
        await ask(pilot, settle, SESSIONS)
        await pilot.press("escape", "d")
        await settle(pilot)
        assert pilot.app.screen.NAME == "decisions"


async def test_up_brings_back_what_was_asked(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test() as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, QUESTION)
        await ask(pilot, settle, "why?")
        values = []
        for key in ("up", "up", "up", "down", "down"):
            await pilot.press(key)
            values.append(page.question.value)
        assert values == ["why?", QUESTION, QUESTION, "why?", ""]


async def test_escape_and_slash_leave_the_input_and_come_back(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test() as pilot:
        page = await opened(pilot, settle)
        await pilot.press("q", "h", "2", "slash")
        assert page.question.value == "qh2/"
        await pilot.press("escape")
        assert page.focused is page.dialogue
        await pilot.press("slash")
        assert (page.focused, page.question.value) == (page.question, "qh2/")
        await pilot.press("escape", "2")
        assert page.focused is page.question


class Halt:
    """Where the answer of a test stands."""

    def __init__(self) -> None:
        self.halted, self.may_go_on = threading.Event(), threading.Event()
        self.ended_with: BaseException | None = None


class Halting(App):
    """Stops after the first part of an answer until it may go on."""

    def __init__(self, settings: Any, halt: Halt) -> None:
        super().__init__(settings)
        self.shared.embedder = HashingEmbedder(dim=64)
        self._halt = halt

    def answered(self, *args: Any, on_part: Any = None, **named: Any) -> Any:
        def told(part: Any) -> None:
            on_part(part)
            self._halt.halted.set()
            assert self._halt.may_go_on.wait(20)

        try:
            return super().answered(*args, on_part=told, **named)
        except BaseException as error:
            self._halt.ended_with = error
            raise


async def test_escape_stops_an_answer_that_comes_in_parts(own_stage: Any, settle: Settle, until: Until) -> None:
    halt = Halt()
    async with Terminal(own_stage.settings, lambda: Halting(own_stage.settings, halt)).run_test(
        size=(120, 40)
    ) as pilot:
        page = await opened(pilot, settle)
        page.question.value = SESSIONS
        await pilot.press("enter")
        await until(pilot, lambda: "[1]" in drawn(page))
        assert halt.halted.is_set() and "[2]" not in drawn(page), "the first part is seen before the second is there"
        assert page.dialogue.turns[-1].state == "asking"
        await pilot.press("escape")
        assert page.dialogue.turns[-1].state == "stopped"
        assert "stopped" in drawn(page)
        assert page.focused is page.question, "the first Esc only stops it"
        halt.may_go_on.set()
        await until(pilot, lambda: halt.ended_with is not None)
        assert isinstance(halt.ended_with, Cancelled)
        await ask(pilot, settle, QUESTION)
        assert "│ Run jest with --inspect-brk to attach." in drawn(page), "the lane is free for the next"
    with own_stage.open_index() as app:
        assert [told["question"] for told in app.conversations()["conversations"]] == [QUESTION]


async def test_without_an_index_the_next_command_is_told(bare_stage: Any, settle: Settle) -> None:
    async with bare_stage.terminal().run_test() as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, QUESTION)
        assert "kb index" in page.status.said
        assert "no answer" in drawn(page)


async def test_hostile_text_reaches_the_screen_as_text(own_stage: Any, settle: Settle) -> None:
    own_stage.write(
        "til/rlo\u202e[b].md",
        "# \x1b]0;title\x07[red]\n\nHow does the \x1b[2J zebra cross? [/] \u202eright \U000e0041.\n",
    )
    own_stage.index()
    async with own_stage.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        for question in ("how does the zebra cross?", "\x1b]0;x\x07 [/bold] \u202ezebra \U000e0041?"):
            await ask(pilot, settle, question)
            await pilot.press("right_square_bracket")
            await settle(pilot)
        await pilot.press("home")
        everything = "\n".join(seen.row.gutter + seen.row.text for seen in page.dialogue._rows)
        assert "zebra" in everything and "[/" in everything
        assert UNFIT.search(everything.replace("\n", "")) is None
        await pilot.press("escape", "h")
        await settle(pilot)
        assert UNFIT.search("".join(row.text for row in pilot.app.screen.listing.rows)) is None


async def test_a_long_conversation_draws_what_is_seen_and_forgets_what_is_far_back(
    own_stage: Any, settle: Settle, until: Until
) -> None:
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        for number in range(MOST_TURNS + 1):
            page.dialogue.add(Turn(f"question {number}", state="stopped"))
        assert len(page.dialogue.turns) <= MOST_TURNS
        assert page.dialogue.turns[-1].question == f"question {MOST_TURNS}"
        assert f"› question {MOST_TURNS}" in drawn(page)
        await pilot.press("escape", "home")
        await until(pilot, lambda: round(page.dialogue.scroll_y) == 0)
        assert f"› question {MOST_TURNS // 4}" in drawn(page)
        assert f"{MOST_TURNS // 4} earlier: kb history" in drawn(page)


async def test_a_reader_of_what_is_above_is_not_pulled_down(own_stage: Any, settle: Settle) -> None:
    async with own_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        page.dialogue.show([Turn(f"question {number}", state="told", found=True) for number in range(40)])
        page.dialogue.add(Turn("the newest"))
        page.dialogue.scroll_to(y=3, animate=False, immediate=True, force=True)
        page.dialogue.renew(Turn("the newest", asked="something long"))
        assert round(page.dialogue.scroll_y) == 3
        await pilot.press("pagedown")
        await settle(pilot)
        assert round(page.dialogue.scroll_y) > 3


async def test_w_writes_the_last_answer_anew_and_shows_what_was_dropped(own_stage: Any, settle: Settle) -> None:
    model = writer("Run jest with --inspect-brk to attach [1]. It also makes coffee [1].")

    def open_index() -> App:
        app: App = own_stage.open_index()
        app.shared.given_writer = model
        return app

    async with Terminal(own_stage.settings, open_index).run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        await ask(pilot, settle, QUESTION)
        assert page.dialogue.turns[-1].text == ""
        await pilot.press("escape", "w")
        await settle(pilot)
        turn = page.dialogue.turns[-1]
        assert (turn.question, turn.text) == (QUESTION, "Run jest with --inspect-brk to attach [1].")
        assert "written by scripted, each sentence checked" in drawn(page)
        assert "1 sentence was dropped: your notes do not say it" in turn.notices
        assert len(model.given) == 1


def test_what_is_being_written_is_marked_as_unchecked() -> None:
    turn = Turn(QUESTION)
    for part in ({"text": "Run "}, {"text": "jest"}):
        turn = turn.with_part(part)
    lines = [marked.line for marked in turn_lines(turn, "/")]
    assert [(line.text, line.style) for line in lines if line.text in ("Run jest", "not checked yet")] == [
        ("Run jest", "dim"),
        ("not checked yet", "dim"),
    ]
