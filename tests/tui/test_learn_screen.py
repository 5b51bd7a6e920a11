"""What a person sees and does on the learn screen, with the tutor and with the cards, over a real index."""

import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

from kb.app.application import App
from kb.embedding.hashing import HashingEmbedder
from kb.progress import OnProgress, Progress, ignore
from tests.tui.conftest import Stage
from tests.tui.test_responsive import assert_nothing_holds
from tests.unit.learn.ramp import EXPIRE, FILES, TOPIC
from tui.app import Terminal
from tui.learning_lines import Item
from tui.messages import TopicWanted
from tui.screens.ask import AskPage
from tui.screens.learn import LearnPage
from tui.screens.recall import RecallPage
from tui.screens.tutor import TutorPage
from tui.widgets.reader import Reader
from tui.widgets.title_dialog import TitleDialog

Until = Callable[[Pilot[None], Callable[[], bool]], Awaitable[None]]
Settle = Callable[[Pilot[None]], Awaitable[None]]
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
SIZES = [(80, 24), (200, 60)]
HOSTILE = (
    "# \x1b]52;c;cHduZWQ=\x07[bold]Zebra cache[/] \u202eevil\n\nA zebra cache is a \x1b[31mcache\x9b2J that "
    "[/nothing] \u200bholds zebras.\n\nBeware of the [/] zebra: the zebra cache fails when it \x07 expires.\n"
)


def write_shop(stage: Stage) -> Stage:
    for path, text in FILES.items():
        stage.write(path, text)
    stage.index()
    return stage


@pytest.fixture
def shop(bare_stage: Stage) -> Stage:
    return write_shop(bare_stage)


async def opened(pilot: Pilot[None], settle: Settle) -> LearnPage:
    await settle(pilot)
    await pilot.press("escape", "3")
    await settle(pilot)
    page = pilot.app.screen
    assert isinstance(page, LearnPage)
    return page


async def planned(pilot: Pilot[None], settle: Settle, topic: str = TOPIC) -> LearnPage:
    """The screen with the plan of a topic."""
    page = await opened(pilot, settle)
    page.query_input.value = topic
    await pilot.press("enter")
    await settle(pilot)
    return page


async def pressed(pilot: Pilot[None], settle: Settle, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def choose(page: LearnPage, kind: str, path: str = "") -> Item:
    """Put the cursor on the first row of a kind, and of a file."""
    place = page.listing.find(
        lambda item: (
            item.kind == kind and (not path or bool(item.entry and item.entry.place and path in item.entry.place.path))
        )
    )
    assert place is not None, [row.text for row in page.listing.rows]
    page.listing.choose(place)
    assert page.listing.chosen is not None
    return page.listing.chosen


def rows(page: LearnPage) -> str:
    return "\n".join(
        "".join(text for text, _ in (*row.before, (row.text, ""), *row.after)) for row in page.listing.rows
    )


def told(reader: Reader) -> str:
    return "\n".join(line.gutter + line.text for line in reader.sheet.lines)


def card_of(stage: Stage) -> list[dict[str, Any]]:
    with stage.open_index() as app:
        cards: list[dict[str, Any]] = app.card_list()["cards"]
    return cards


def opener(stage: Stage, kind: type[App]) -> Callable[[], App]:
    """Opens the index with an application that waits where the test wants it to."""

    def open_index() -> App:
        app = kind(stage.settings)
        app.shared.embedder = HashingEmbedder(dim=64)
        return app

    return open_index


# The plan


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_screen_says_what_to_do(shop: Stage, settle: Settle, size: tuple[int, int]) -> None:
    async with shop.terminal().run_test(size=size) as pilot:
        page = await opened(pilot, settle)
        assert page.focused is page.query_input
        assert "Type a topic" in told(page.reader) and page.reader.region.height > 5
        await pressed(pilot, settle, "escape", "slash")
        assert page.focused is page.query_input


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_a_topic_becomes_a_plan_in_the_order_to_work_through_it(
    shop: Stage, settle: Settle, size: tuple[int, int], theme: str
) -> None:
    async with shop.terminal().run_test(size=size) as pilot:
        pilot.app.theme = theme
        page = await planned(pilot, settle)
        shown = rows(page)
        assert page.focused is page.listing
        assert shown.index("Ground") < shown.index("Fit") < shown.index("Practice")
        assert re.search(r"· Serve a stale cache\d+ min", shown)
        assert "superseded by 0002-sqlite" in shown and "Check: " in shown
        items = [row.target for row in page.listing.rows if row.target is not None]
        asked, read = (
            next(n for n, item in enumerate(items) if item.kind == kind and item.entry and item.entry.place
                 and "0002" in item.entry.place.path) for kind in ("question", "reading")
        )  # fmt: skip
        assert asked < read
        assert "0 of" in str(page.listing.border_subtitle)


async def test_the_reader_shows_the_lines_of_a_reading_and_the_words_of_a_stage(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "reading", "expire.md")
        await settle(pilot)
        assert "drops an entry" in told(page.reader)
        assert any(line.cited for line in page.reader.sheet.lines)
        choose(page, "words")
        await settle(pilot)
        assert "Know the theory" in told(page.reader)


async def test_what_is_read_gets_the_room_and_esc_brings_the_plan_back(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "reading")
        await pressed(pilot, settle, "enter")
        assert page.focused is page.reader and not page.listing.display
        await pressed(pilot, settle, "escape")
        assert page.focused is page.listing and page.listing.display
        await pressed(pilot, settle, "o")
        assert page.focused is page.reader


async def test_done_is_kept_over_a_restart_and_can_be_taken_back(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "reading", "expire.md")
        await pressed(pilot, settle, "space")
        assert "1 of" in str(page.listing.border_subtitle) and "1 of" in page.status.said
        assert re.search(r"✓ Expire the price cache", rows(page))
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        assert re.search(rf"{TOPIC}1 of \d+", rows(page))
        await pressed(pilot, settle, "escape", "enter")
        assert page.listing.topic == TOPIC and "✓ Expire the price cache" in rows(page)
        choose(page, "reading", "expire.md")
        await pressed(pilot, settle, "d")
        assert "✓" not in rows(page)


async def test_marks_made_fast_are_all_kept(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        todo = [n for n, row in enumerate(page.listing.rows) if row.target and row.target.kind == "reading"]
        for place in todo[:4]:
            page.listing.choose(place)
            page.action_done()
        await settle(pilot)
        assert page.listing.plan is not None and page.listing.plan["progress"]["reading_done"] == 4
        assert rows(page).count("✓") == 4


async def test_a_question_is_answered_only_when_it_is_wanted(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "question", "0002-sqlite.md")
        await settle(pilot)
        assert "which option was chosen" in told(page.reader) and "- Redis" in told(page.reader)
        assert "must not wait" not in told(page.reader)
        await pressed(pilot, settle, "r")
        assert "must not wait for a server" in told(page.reader)
        assert "docs/adr/0002-sqlite.md:" in told(page.reader)


async def test_grading_shows_the_answer_first_and_then_goes_round(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        item = choose(page, "question", "0002-sqlite.md")
        await pressed(pilot, settle, "g")
        assert "must not wait" in told(page.reader) and not page.listing.chosen.done  # type: ignore[union-attr]
        for grade in ("right", "partly", "wrong", ""):
            await pressed(pilot, settle, "g")
            chosen = page.listing.chosen
            assert chosen is not None and (chosen.id, chosen.grade, chosen.done) == (item.id, grade, bool(grade))
        await pressed(pilot, settle, "g")
    with shop.open_index() as app:
        questions = [q for stage in app.learn(TOPIC)["stages"] for q in stage["questions"]]
    assert [question["grade"] for question in questions if question["id"] == item.id] == ["right"]


async def test_what_changed_since_last_time_comes_first(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "reading", "expire.md")
        await pressed(pilot, settle, "space")
    shop.write("til/cache/expire.md", EXPIRE.replace("thirty", "sixty"))
    shop.index()
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        first, second = page.listing.rows[:2]
        assert first.text == "Since you studied it last"
        assert second.text == "Expire the price cache" and second.after[0][0] == "changed since you read it"
        assert page.listing.cursor == 1 and "sixty" in told(page.reader)
        assert "1 changed" in page.status.said


async def test_esc_stops_a_plan_that_takes_its_time_and_nothing_is_kept(
    shop: Stage, settle: Settle, until: Until
) -> None:
    began, go_on = threading.Event(), threading.Event()

    class Slow(App):
        def learn(self, topic: str, *, on_progress: OnProgress = ignore, **options: Any) -> dict[str, Any]:
            def told(progress: Progress) -> None:
                began.set()
                go_on.wait(10)
                on_progress(progress)

            return super().learn(topic, on_progress=told, **options)

    terminal = Terminal(shop.settings, opener(shop, Slow))
    async with terminal.run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        page.query_input.value = TOPIC
        await pilot.press("enter")
        await until(pilot, began.is_set)
        await pilot.press("escape")
        assert page.status.said == "stopped"
        go_on.set()
        await terminal.library.run(lambda kb: None, lane="slow")
        await settle(pilot)
        assert page.listing.plan is None and page.query_input.value == TOPIC
        with shop.open_index() as app:
            assert app.studies()["studies"] == []


async def test_a_topic_that_the_notes_hardly_touch_says_so(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle, "idempotency of the price cache in webhooks")
        assert "hardly speak of this" in rows(page) or "do not speak of" in rows(page)


@pytest.mark.parametrize(("topic", "words"), [("qqqxyz", "nothing in your notes"), ("x" * 400, "at most 300")])
async def test_a_topic_that_is_none_is_told(shop: Stage, settle: Settle, topic: str, words: str) -> None:
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        page.query_input.value = topic
        await pressed(pilot, settle, "enter")
        assert words in page.status.said and page.listing.plan is None


async def test_without_an_index_it_says_how_to_make_one(bare_stage: Stage, settle: Settle) -> None:
    async with bare_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        assert "Type a topic" in told(page.reader)
        assert not bare_stage.settings.home.exists()
        page = await planned(pilot, settle)
        assert "kb index" in page.status.said
        await pressed(pilot, settle, "escape", "v")
        assert isinstance(pilot.app.screen, RecallPage)
        await pressed(pilot, settle, "escape")
        assert pilot.app.screen is page


async def test_another_screen_can_want_a_topic(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        pilot.app.screen.post_message(TopicWanted(TOPIC))
        await settle(pilot)
        page = pilot.app.screen
        assert isinstance(page, LearnPage)
        assert (page.query_input.value, page.listing.topic) == (TOPIC, TOPIC)


async def test_esc_leaves_the_plan_for_what_is_under_study(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle, "checkout of a cart")
        page = await planned(pilot, settle)
        await pressed(pilot, settle, "escape")
        assert page.listing.plan is None
        assert [row.target.id for row in page.listing.rows if row.target] == [TOPIC, "checkout of a cart"]
        assert page.listing.chosen is not None and page.listing.chosen.id == TOPIC
        await pressed(pilot, settle, "slash", "down", "enter")
        assert page.listing.topic == "checkout of a cart"


async def test_copy_edit_and_ask_act_on_the_row(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "reading", "expire.md")
        await pressed(pilot, settle, "y")
        assert "expire.md:1" in pilot.app.clipboard
        await pressed(pilot, settle, "e")
        assert "editor" in page.status.said
        await pressed(pilot, settle, "a")
        ask = pilot.app.screen
        assert isinstance(ask, AskPage) and "expire.md" in str(ask.question.border_title)


async def test_a_card_is_made_of_a_question_and_of_a_reading(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "question", "0002-sqlite.md")
        await pressed(pilot, settle, "c")
        assert "made: card 1" in page.status.said
        await pressed(pilot, settle, "c")
        assert "there already: card 1" in page.status.said
        choose(page, "reading", "stale.md")
        await pilot.press("c")
        await settle_dialog(pilot)
        await pilot.press(*"?", "enter")
        await settle(pilot)
    first, second = card_of(shop)
    assert "which option was chosen" in first["front"] and "SQLite" in first["back"]
    assert (second["front"], second["back"], second["path"]) == ("Serve a stale cache?", "", "til/cache/stale.md")


async def settle_dialog(pilot: Pilot[None]) -> TitleDialog:
    """The dialog that a worker waits for."""
    for _ in range(500):
        if isinstance(pilot.app.screen, TitleDialog):
            await pilot.pause()
            return pilot.app.screen
        await pilot.pause(0.01)
    raise AssertionError("no dialog")


async def test_the_study_is_written_to_a_new_file_and_never_over_one(
    shop: Stage, settle: Settle, tmp_path: Path
) -> None:
    target = tmp_path / "own.md"
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        for words in ("written: ", "there is a file already"):
            await pilot.press("w")
            dialog = await settle_dialog(pilot)
            box = dialog.query_one("#title")
            assert box.value == "price-cache.md"  # type: ignore[attr-defined]
            box.value = str(target)  # type: ignore[attr-defined]
            await pilot.press("enter")
            await settle(pilot)
            assert words in page.status.said
            if words == "written: ":
                assert target.read_text("utf-8").startswith(f"# Learning: {TOPIC}")
                target.write_text("mine", "utf-8")
        assert target.read_text("utf-8") == "mine"
        await pilot.press("w")
        await settle_dialog(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert not (Path(pilot.app.library.cwd) / "price-cache.md").exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["escape", "v"])
async def test_a_dialog_does_not_come_over_what_the_user_went_on_to(
    shop: Stage, settle: Settle, until: Until, key: str
) -> None:
    began, go_on = threading.Event(), threading.Event()

    class Slow(App):
        def study_note(self, topic: str) -> dict[str, Any]:
            began.set()
            go_on.wait(10)
            return super().study_note(topic)

    async with Terminal(shop.settings, opener(shop, Slow)).run_test(size=(80, 24)) as pilot:
        await planned(pilot, settle)
        await pilot.press("w")
        await until(pilot, began.is_set)
        await pilot.press(key)
        here = pilot.app.screen
        go_on.set()
        await settle(pilot)
        assert pilot.app.screen is here


async def test_no_handler_holds_the_screen(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        await pressed(
            pilot, settle, "down", "r", "g", "space", "escape", "enter", "v", "escape", "t", "escape", "escape"
        )

        async def play() -> None:
            await pressed(pilot, settle, "enter", "down", "r", "g", "space", "down", "down", "escape", "enter")
            await pressed(pilot, settle, "v", "escape", "t", "escape", "escape")

        await assert_nothing_holds(play)
        assert isinstance(page, LearnPage)


# The tutor


async def tutored(pilot: Pilot[None], settle: Settle, key: str = "t") -> TutorPage:
    await pressed(pilot, settle, key)
    page = pilot.app.screen
    assert isinstance(page, TutorPage)
    return page


@pytest.mark.parametrize("size", SIZES)
async def test_the_tutor_leads_from_the_level_to_the_end(shop: Stage, settle: Settle, size: tuple[int, int]) -> None:
    async with shop.terminal().run_test(size=size) as pilot:
        page = await planned(pilot, settle)
        choose(page, "words")
        tutor = await tutored(pilot, settle)
        assert "How well do you know" in told(tutor.talk)
        assert tutor.has_class("-bare") and not tutor.excerpts.display
        await pressed(pilot, settle, "2")
        assert tutor.payload is not None and tutor.payload["stage"] == "goal"
        tutor.reply.value = "change it"
        await pressed(pilot, settle, "enter")
        assert tutor.payload["stage"] == "theory" and tutor.excerpts.display and "│ " in told(tutor.excerpts)
        seen = set()
        for _ in range(40):
            step = tutor.payload["step"]
            seen.add(tutor.payload["stage"])
            # The newest step is on the screen, whatever stands before it.
            newest = tutor.talk.sheet.lines[-1].text
            assert any(newest.startswith(row.text.strip()[:10]) for row in tutor.talk.seen if row.text.strip())
            if step["expects"] == "answer":
                assert not tutor.excerpts.display or step["excerpts"]
                tutor.reply.value = "because readers must not wait for a server"
                await pressed(pilot, settle, "enter")
            elif step["expects"] == "grade":
                await pressed(pilot, settle, "1")
            elif step["expects"] == "next":
                await pressed(pilot, settle, "enter")
            else:
                break
        assert {"question", "reveal", "done"} <= seen
        assert re.search(r"[1-9]\d* right", told(tutor.talk))
        await pressed(pilot, settle, "x", "enter")
        assert tutor.payload["stage"] == "done"
        await pressed(pilot, settle, "ctrl+n")
        assert tutor.payload["stage"] == "level"


async def test_just_tell_me_shows_what_is_held_back(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "words")
        tutor = await tutored(pilot, settle)
        assert tutor.payload is not None
        while tutor.payload["stage"] != "question":
            await pressed(pilot, settle, "ctrl+t")
        assert tutor.payload["held"]
        await pressed(pilot, settle, "ctrl+t")
        assert tutor.payload["stage"] == "reveal" and tutor.excerpts.display
        assert tutor.payload["step"]["grade"] is None


async def test_the_tutor_is_tied_to_the_lines_of_the_reading(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "reading", "shop/cache.py")
        tutor = await tutored(pilot, settle)
        assert tutor.payload is not None
        assert [excerpt["path"] for excerpt in tutor.payload["excerpts"] if excerpt["here"]] == ["shop/cache.py"]
        first = tutor.payload["session"]
        await pressed(pilot, settle, "escape", "escape")
        tutor = await tutored(pilot, settle)
        assert tutor.payload is not None and tutor.payload["session"] == first
        await pressed(pilot, settle, "escape", "escape")
        choose(page, "reading", "checkout.py")
        tutor = await tutored(pilot, settle)
        assert tutor.payload is not None and tutor.payload["session"] != first
        await pressed(pilot, settle, "escape", "escape")
        # On the whole topic the newest session goes on.
        again = await tutored(pilot, settle, "T")
        assert again.payload is not None and again.payload["session"] == tutor.payload["session"]


async def test_the_open_session_goes_on_after_a_restart(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "words")
        tutor = await tutored(pilot, settle)
        await pressed(pilot, settle, "2", "enter")
        assert tutor.payload is not None
        session, stage = tutor.payload["session"], tutor.payload["stage"]
        assert stage == "theory"
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        assert f"The tutor on {TOPIC}" in rows(page)
        await pressed(pilot, settle, "escape", "enter")
        tutor = pilot.app.screen  # type: ignore[assignment]
        assert isinstance(tutor, TutorPage) and tutor.payload is not None
        assert (tutor.payload["session"], tutor.payload["stage"]) == (session, stage)
        assert "where you left it" in tutor.status.said


async def test_excerpts_are_walked_copied_and_asked_about(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "words")
        tutor = await tutored(pilot, settle)
        await pressed(pilot, settle, "2", "enter")
        assert tutor.payload is not None and len(tutor.payload["step"]["excerpts"]) > 1
        before = tutor.place
        await pressed(pilot, settle, "right_square_bracket")
        assert tutor.place != before and tutor.place is not None
        await pressed(pilot, settle, "escape", "y")
        assert tutor.place.path in pilot.app.clipboard
        await pressed(pilot, settle, "left_square_bracket")
        assert tutor.place == before
        await pressed(pilot, settle, "slash")
        assert tutor.focused is tutor.reply
        await pressed(pilot, settle, "escape", "e")
        assert "editor" in tutor.status.said
        await pressed(pilot, settle, "pagedown", "pageup", "a")
        assert isinstance(pilot.app.screen, AskPage)


async def test_esc_does_not_wait_for_a_tutor_and_what_was_said_is_heard_once(
    shop: Stage, settle: Settle, until: Until
) -> None:
    began, go_on = threading.Event(), threading.Event()

    class Slow(App):
        def tutor_say(self, session: int, text: str, *, turn: int = -1) -> dict[str, Any]:
            began.set()
            go_on.wait(10)
            return super().tutor_say(session, text, turn=turn)

    async with Terminal(shop.settings, opener(shop, Slow)).run_test(size=(120, 40)) as pilot:
        page = await planned(pilot, settle)
        choose(page, "words")
        tutor = await tutored(pilot, settle)
        assert tutor.payload is not None
        await pilot.press("2")
        await until(pilot, began.is_set)
        await pilot.press("3", "escape")
        assert tutor.payload["stage"] == "level"
        go_on.set()
        await settle(pilot)
        assert (tutor.payload["stage"], tutor.payload["level"], tutor.payload["turn"]) == ("goal", "some", 1)


async def test_a_topic_of_which_the_notes_hold_nothing_is_told_by_the_tutor(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        await pressed(pilot, settle, "escape", "t")
        assert "about what" in page.status.said
        page.query_input.value = "qqqxyz"
        tutor = await tutored(pilot, settle)
        assert "nothing near" in tutor.status.said
        await pressed(pilot, settle, "ctrl+t", "enter", "right_square_bracket", "escape", "escape")
        assert pilot.app.screen is page


# The cards


def add_card(stage: Stage, front: str, ref: str) -> None:
    with stage.open_index() as app:
        app.card_add(front, ref=ref, cwd=str(stage.notes))


async def recalled(pilot: Pilot[None], settle: Settle) -> RecallPage:
    await opened(pilot, settle)
    await pressed(pilot, settle, "escape", "v")
    page = pilot.app.screen
    assert isinstance(page, RecallPage)
    return page


@pytest.mark.parametrize("size", SIZES)
async def test_a_round_of_cards(shop: Stage, settle: Settle, size: tuple[int, int]) -> None:
    add_card(shop, "How long does a price live?", "til/cache/expire.md:3-3")
    add_card(shop, "What is a stale cache?", "til/cache/stale.md:3-3")
    async with shop.terminal().run_test(size=size) as pilot:
        page = await recalled(pilot, settle)
        assert "How long does a price live?" in told(page.reader) and "thirty" not in told(page.reader)
        assert "2 due" in page.reader.sheet.heading
        await pressed(pilot, settle, "3")
        assert "thirty" in told(page.reader) and "expire.md:3" in told(page.reader) and page.due == 2
        await pressed(pilot, settle, "3")
        assert "What is a stale cache?" in told(page.reader) and "1 left" in page.status.said
        await pressed(pilot, settle, "u")
        assert "How long does a price live?" in told(page.reader) and page.due == 2 and not page.turned
        await pressed(pilot, settle, "space", "4", "enter", "4")
        assert page.card is None and "Nothing is due" in told(page.reader)
        assert "2 cards graded, 2 recalled" in told(page.reader) and "The next card is due in" in told(page.reader)
        await pressed(pilot, settle, "escape")
        assert isinstance(pilot.app.screen, LearnPage)
    assert [card["reviewed"] is not None for card in card_of(shop)] == [True, True]


async def test_two_keys_at_once_grade_one_card(shop: Stage, settle: Settle) -> None:
    add_card(shop, "How long?", "til/cache/expire.md:3-3")
    add_card(shop, "What?", "til/cache/stale.md:3-3")
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await recalled(pilot, settle)
        page.action_show()
        page.action_grade("good")
        page.action_grade("easy")
        page.action_undo()
        await settle(pilot)
        assert page.card is not None and page.card["front"] == "What?" and page.due == 1
    assert [card["reviewed"] is not None for card in card_of(shop)] == [True, False]


async def test_a_card_whose_text_was_rewritten_shows_the_change(shop: Stage, settle: Settle) -> None:
    add_card(shop, "How long does a price live?", "til/cache/expire.md:3-3")
    with shop.open_index() as app:
        app.card_grade(1, "easy")
    shop.write("til/cache/expire.md", EXPIRE.replace("thirty", "sixty"))
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await recalled(pilot, settle)
        assert "was rewritten" in told(page.reader)
        await pressed(pilot, settle, "enter")
        styles = {line.text[:1]: line.style for line in page.reader.sheet.lines if "price cache drops" in line.text}
        assert styles["+"] == "good" and styles["-"] == "warn"
        await pressed(pilot, settle, "y")
        assert "expire.md:3" in pilot.app.clipboard
        await pressed(pilot, settle, "e")
        assert "editor" in page.status.said


async def test_without_a_card_it_says_how_one_is_made_and_the_digits_lead_on(shop: Stage, settle: Settle) -> None:
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await recalled(pilot, settle)
        assert "kb recall add" in told(page.reader)
        await pressed(pilot, settle, "u", "y", "e", "enter")
        assert "nothing of this round" in page.status.said
        await pressed(pilot, settle, "2")
        assert isinstance(pilot.app.screen, AskPage)


async def test_the_idle_screen_counts_the_cards_and_leads_to_them(shop: Stage, settle: Settle) -> None:
    add_card(shop, "How long?", "til/cache/expire.md:3-3")
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        assert "1 carddue" in rows(page)
        await pressed(pilot, settle, "escape", "enter")
        assert isinstance(pilot.app.screen, RecallPage)
        await pressed(pilot, settle, "enter", "4", "escape")
        assert pilot.app.screen is page and "card" not in rows(page)


# Safety and keys


async def test_hostile_notes_are_shown_as_text_everywhere(shop: Stage, settle: Settle) -> None:
    shop.write("til/cache/\u202eze[bold]bra[/b].md", HOSTILE)
    shop.index()
    add_card(shop, "\x1b]52;c;x\x07[/b] zebra\u202e?", "til/cache/\u202eze[bold]bra[/b].md:3-3")
    shown: list[str] = []
    async with shop.terminal().run_test(size=(80, 24)) as pilot:
        page = await planned(pilot, settle, "zebra cache \x1b[31m [/b]")
        assert "ebra cache" in rows(page)
        for place, row in enumerate(page.listing.rows):
            if row.target is not None:
                page.listing.choose(place)
                await pressed(pilot, settle, "r")
                shown += [told(page.reader), page.reader.sheet.heading, str(page.listing.border_title)]
        shown.append(rows(page))
        choose(page, "reading", "bra")
        tutor = await tutored(pilot, settle)
        for _ in range(12):
            shown += [told(tutor.talk), told(tutor.excerpts), tutor.excerpts.sheet.heading, tutor.talk.sheet.heading]
            shown.append(tutor.status.said)
            await pressed(pilot, settle, "ctrl+t")
        await pressed(pilot, settle, "escape", "escape", "v", "enter")
        cards = pilot.app.screen
        assert isinstance(cards, RecallPage)
        shown += [told(cards.reader), cards.status.said, page.status.said]
        await pressed(pilot, settle, "escape", "escape")
        shown.append(rows(page))
    assert "[/b] zebra" in "".join(shown) and "[/nothing]" in "".join(shown)
    assert [text for text in shown if UNFIT.search(text)] == []


@pytest.mark.parametrize("page", [TutorPage, RecallPage])
def test_every_key_of_the_pages_can_be_bound_anew(page: type[TutorPage | RecallPage]) -> None:
    bindings = [binding for binding in vars(page)["BINDINGS"] if isinstance(binding, Binding)]
    assert bindings
    assert [binding.key for binding in bindings if not binding.id or not binding.description] == []
    assert len({binding.id for binding in bindings}) == len(bindings)
