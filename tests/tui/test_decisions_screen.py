"""What a person sees and does on the screen of decisions, over a real index."""

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.message import Message
from textual.pilot import Pilot

from tests.tui.conftest import Stage
from tui.decision_tree import supersession
from tui.messages import DecisionWanted, QuestionRaised
from tui.rows import Row
from tui.screens.ask import AskPage
from tui.screens.decisions import DecisionsPage
from tui.screens.links import LinksPage
from tui.screens.problems import ProblemsPage
from tui.widgets.diff_dialog import DiffDialog
from tui.widgets.row_list import RowList

Until = Callable[[Pilot[None], Callable[[], bool]], Awaitable[None]]
Settle = Callable[[Pilot[None]], Awaitable[None]]
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
SIZES = [(80, 24), (200, 60)]


def decision(number: int, title: str, status: str, body: str) -> str:
    return (
        f"# {number}. {title}\n\nDate: 2024-03-0{number}\n\nStatus: {status}\n\n"
        f"## Context\n\nThe matter of {title}.\n\n## Decision\n\n{body}\n"
    )


CACHE = "The session cache keeps every token in shared memory, evicts the oldest token first and warms itself at start."


REPLACED = "superseded by [ADR {}]({})"
DECISIONS = {
    "adr/0001-mysql.md": decision(1, "Use MySQL", REPLACED.format(2, "0002-postgres.md"), "Rows in MySQL."),
    "adr/0002-postgres.md": decision(
        2, "Use Postgres", REPLACED.format(3, "0003-sqlite.md"), "Rows.\n\nSupersedes [ADR 1](0001-mysql.md)"
    ),
    "adr/0003-sqlite.md": decision(
        3, "Use SQLite", "accepted", "Supersedes [ADR 2](0002-postgres.md)\n\nAmends [ADR 4](0004-cache.md)"
    ),
    "adr/0004-cache.md": decision(4, "Cache sessions", "accepted", CACHE),
    "adr/0005-memory.md": decision(5, "Cache sessions in memory", "proposed", CACHE),
    "adr/0006-\u202eodd[/b].md": decision(
        6, "[bold]Odd[/]\u202e \x1b]52;c;cHduZWQ=\x07", "accepted", "See [gone](nowhere.md)."
    ),
}


def write_decisions(stage: Stage) -> Stage:
    for path, text in DECISIONS.items():
        stage.write(path, text)
    stage.write("src/store.py", "x = 1\n# MySQL, see ADR-1\n")
    stage.write("til/sql.md", "# On SQL\n\nWhat [the decision](../adr/0003-sqlite.md) says.\n")
    stage.index()
    return stage


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One index for all tests that only look."""
    return write_decisions(Stage(tmp_path_factory.mktemp("decided")))


@pytest.fixture
def own_decided(bare_stage: Stage) -> Stage:
    return write_decisions(bare_stage)


def drawn(rows: RowList[Any]) -> str:
    return "\n".join(rows.render_line(y).text for y in range(rows.scrollable_content_region.height))


def titles(rows: RowList[Any]) -> list[str]:
    return [row.text for row in rows.rows if row.target is not None]


async def opened(pilot: Pilot[None], settle: Settle, *keys: str) -> DecisionsPage:
    """The screen of decisions with its list, after some keys more."""
    await settle(pilot)
    await pilot.press("escape", "4")
    await settle(pilot)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    page = pilot.app.screen_stack[0]
    assert isinstance(page, DecisionsPage)
    return page


def here(page: DecisionsPage) -> str:
    entry = page.listing.chosen
    assert entry is not None and entry.place is not None
    return entry.place.path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_the_list_tells_number_title_status_and_date(
    decided: Stage, settle: Settle, size: tuple[int, int], theme: str
) -> None:
    async with decided.terminal().run_test(size=size) as pilot:
        pilot.app.theme = theme
        page = await opened(pilot, settle)
        assert page.focused is page.listing
        lines = drawn(page.listing).split("\n")
        assert re.match(r"0001 +Use MySQL +superseded by 0003 +2024-03-01", lines[0])
        assert re.match(r"0003 +Use SQLite +accepted +2024-03-03", lines[2])
        styles = [{style for _, style in row.after} for row in page.listing.rows[:5]]
        assert ["warn" in styles[0], "good" in styles[2], "warn" in styles[4]] == [True] * 3


async def test_typing_filters_and_the_decision_under_the_cursor_stays(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle, "down", "down", "down", "slash", *"cache")
        assert titles(page.listing) == ["Cache sessions", "Cache sessions in memory"]
        assert here(page) == "adr/0004-cache.md"
        assert "2 of 6" in str(page.listing.border_title)
        await pilot.press("down")
        assert (here(page), page.focused) == ("adr/0005-memory.md", page.query_input)
        await pilot.press("escape")
        assert page.focused is page.listing
        await pilot.press("escape")
        await settle(pilot)
        assert len(titles(page.listing)) == 6
        assert here(page) == "adr/0005-memory.md"


async def test_the_status_key_goes_through_the_statuses(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle, "f")
        assert titles(page.listing)[:2] == ["Use SQLite", "Cache sessions"]
        assert "accepted" in str(page.listing.border_subtitle)
        await pilot.press("f")
        assert titles(page.listing) == ["Use MySQL", "Use Postgres"]
        await pilot.press("f", "f")
        assert len(titles(page.listing)) == 6


async def test_the_tree_shows_what_came_before_and_after(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle, "down")
        lines = drawn(page.graph).split("\n")
        assert lines[0].startswith("Supersession")
        assert re.match(r"  0003 Use SQLite +accepted", lines[1])
        assert re.match(r"▸ └─ 0002 Use Postgres +superseded by 0003", lines[2])
        assert re.match(r"     └─ 0001 Use MySQL +superseded by 0003", lines[3])


async def test_code_that_follows_a_superseded_decision_is_flagged(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        assert "Code that still follows it, though it no longer holds" in drawn(page.graph)
        assert re.search(r"still follows .*src/store\.py:2 +# MySQL", drawn(page.graph))
        await pilot.press("tab", "end")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        cited = [row for row in page.reader.seen if row.line.cited]
        assert [row.text for row in cited] == ["# MySQL, see ADR-1"]


@pytest.mark.parametrize("back", ["backspace", "escape"])
async def test_enter_goes_to_a_neighbour_and_back_comes_back(decided: Stage, settle: Settle, back: str) -> None:
    async with decided.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle, "slash", *"sqlite", "enter")
        neighbours = [row.text for row in page.graph.rows if row.target and row.before[1][0].startswith("amends")]
        assert neighbours == ["Cache sessions"]
        await pilot.press("tab")
        while page.graph.chosen and page.graph.chosen.title != "Cache sessions":
            await pilot.press("down")
        await pilot.press("enter")
        await settle(pilot)
        assert (here(page), page.focused) == ("adr/0004-cache.md", page.listing)
        assert page.query_input.value == "", "what the filter hides is shown"
        assert "amended by" in drawn(page.graph)
        await pilot.press(back)
        await settle(pilot)
        assert here(page) == "adr/0003-sqlite.md"
        assert "On SQL" in drawn(page.graph), "a note that links to it"


@pytest.mark.parametrize("key", ["o", "enter"])
@pytest.mark.parametrize("size", SIZES)
async def test_a_decision_is_read_and_left(decided: Stage, settle: Settle, size: tuple[int, int], key: str) -> None:
    async with decided.terminal().run_test(size=size) as pilot:
        page = await opened(pilot, settle, key)
        assert page.focused is page.reader
        assert page.listing.display is (size[0] > 110)
        assert "# 1. Use MySQL" in [row.text for row in page.reader.seen]
        assert page.reader.sheet.warned and "superseded by 0003" in page.reader.sheet.note
        assert not any(row.line.cited for row in page.reader.seen), "no line is more than the others"
        await pilot.press("escape")
        await settle(pilot)
        assert page.focused is page.listing and page.listing.display


async def test_y_copies_e_edits_and_a_asks(decided: Stage, settle: Settle, until: Until) -> None:
    asked: list[Message] = []
    async with decided.terminal().run_test(size=(80, 24), message_hook=asked.append) as pilot:
        page = await opened(pilot, settle, "y")
        assert pilot.app.clipboard == f"{decided.notes}/adr/0001-mysql.md:1"
        await pilot.press("e")
        await until(pilot, lambda: "kb open" in page.status.said or "adr/0001-mysql.md" in page.status.said)
        assert page.status.has_class("-failed"), "there is no editor in a test"
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskPage))
    about = next(message.about for message in asked if isinstance(message, QuestionRaised))
    assert about is not None and about.path == "adr/0001-mysql.md"


@pytest.mark.parametrize("ref", ["2", "ADR-2", "notes:adr/0002-postgres.md:7"])
async def test_another_screen_can_have_one_shown(decided: Stage, settle: Settle, until: Until, ref: str) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        pilot.app.screen.post_message(DecisionWanted(ref))
        await until(pilot, lambda: isinstance(pilot.app.screen, DecisionsPage))
        await settle(pilot)
        page = pilot.app.screen
        assert isinstance(page, DecisionsPage)
        assert here(page) == "adr/0002-postgres.md"


async def test_what_is_no_decision_is_told(decided: Stage, settle: Settle, until: Until) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle)
        page.post_message(DecisionWanted("notes:til/sql.md"))
        await until(pilot, lambda: "is no decision" in page.status.said)


async def test_several_sources_stand_under_their_names(bare_stage: Stage, settle: Settle) -> None:
    bare_stage.write("adr/0001-a.md", decision(1, "First", "accepted", "One."))
    other = bare_stage.notes.parent / "shop" / "adr" / "0001-b.md"
    other.parent.mkdir(parents=True)
    other.write_text(decision(1, "Second", "accepted", "Two."), "utf-8")
    bare_stage.index()
    with bare_stage.open_index() as app:
        app.index([str(other.parent.parent)])
    async with bare_stage.terminal().run_test(size=(80, 24)) as pilot:
        page = await opened(pilot, settle)
        assert [row.text for row in page.listing.rows] == ["notes · 1", "First", "shop · 1", "Second"]
        await pilot.press("down")
        assert here(page) == "adr/0001-b.md", "the cursor passes over a heading"
        await pilot.press("home")
        assert here(page) == "adr/0001-a.md"


@pytest.mark.parametrize("size", SIZES)
async def test_without_decisions_it_says_how_they_are_found(
    bare_stage: Stage, settle: Settle, size: tuple[int, int]
) -> None:
    bare_stage.write("til/one.md", "# One\n\nOnly a note.\n")
    bare_stage.index()
    async with bare_stage.terminal().run_test(size=size) as pilot:
        page = await opened(pilot, settle)
        seen = "\n".join(row.text for row in page.reader.seen)
        assert page.reader.display and not page.listing.display
        assert "kb new adr" in seen and "kind: adr" in seen
        await pilot.press("down", "enter", "o", "s", "e", "y", "a", "backspace", "f")
        await settle(pilot)
        assert page.is_current


async def test_nothing_from_a_file_acts_on_the_terminal(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(140, 40)) as pilot:
        page = await opened(pilot, settle, "end")
        assert "Odd/\\u202e" in drawn(page.listing) and "Odd/\\u202e" in drawn(page.graph)
        seen = drawn(page.listing) + drawn(page.graph) + str(page.graph.border_title) + page.reader.sheet.heading
        seen += "".join(row.text for row in page.reader.seen)
        await pilot.press("y", "c")
        await settle(pilot)
        problems = pilot.app.screen
        assert isinstance(problems, ProblemsPage)
        seen += drawn(problems.problems) + problems.reader.sheet.heading + pilot.app.clipboard + page.status.said
        assert not UNFIT.search(seen)


async def test_check_opens_the_place_of_a_problem(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        page = await opened(pilot, settle, "c")
        checked = pilot.app.screen
        assert isinstance(checked, ProblemsPage)
        assert "nowhere.md leads to no file" in drawn(checked.problems)
        assert [row.text for row in checked.reader.seen if row.line.cited] == ["See [gone](nowhere.md)."]
        await pilot.press("y", "o")
        assert checked.focused is checked.reader and pilot.app.clipboard.endswith(":13")
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert pilot.app.screen is page


async def test_a_mended_problem_is_gone_when_it_is_checked_again(own_decided: Stage, settle: Settle) -> None:
    async with own_decided.terminal().run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle, "c")
        checked = pilot.app.screen
        assert isinstance(checked, ProblemsPage) and checked.problems.rows
        own_decided.write("adr/0006-\u202eodd[/nowhere.md", "# Here\n")
        own_decided.index()
        await pilot.press("r")
        await settle(pilot)
        assert not checked.problems.rows
        assert "nothing wrong with their links" in checked.status.said


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*.md")}


async def suggested(pilot: Pilot[None], settle: Settle, *keys: str) -> LinksPage:
    page = await opened(pilot, settle, "slash", *"in", "space", *"memory", "enter", *keys)
    links = pilot.app.screen
    assert isinstance(links, LinksPage) and page is not links
    assert links.pairs.chosen is not None, links.status.said
    return links


@pytest.mark.parametrize("size", SIZES)
async def test_a_suggestion_shows_both_spans(decided: Stage, settle: Settle, size: tuple[int, int]) -> None:
    async with decided.terminal().run_test(size=size) as pilot:
        links = await suggested(pilot, settle, "s")
        pair = links.pairs.chosen
        assert pair is not None
        assert {pair.src.title, pair.dst.title} == {"Cache sessions", "Cache sessions in memory"}
        first, second = links.comparison.first, links.comparison.second
        assert CACHE[:20] in "".join(row.text for row in first.seen if row.line.cited)
        assert CACHE[:20] in "".join(row.text for row in second.seen if row.line.cited)
        beside = first.region.y == second.region.y
        assert beside is (size[0] >= 110)


@pytest.mark.parametrize("key", ["enter", "A"])
async def test_the_change_is_shown_first_and_left_unwritten(own_decided: Stage, settle: Settle, key: str) -> None:
    before = bytes_of(own_decided.notes)
    async with own_decided.terminal().run_test(size=(80, 24)) as pilot:
        links = await suggested(pilot, settle, "s")
        await pilot.press(key)
        await pilot.pause()
        dialog = await shown_dialog(pilot)
        assert any(row.line.style == "good" and "Cache sessions" in row.text for row in dialog.reader.seen)
        await pilot.press("enter")
        assert pilot.app.screen is dialog, "the key that opened it does not write"
        await pilot.press("escape")
        await settle(pilot)
        assert pilot.app.screen is links
        assert links.status.said == "nothing was written"
    assert bytes_of(own_decided.notes) == before


async def shown_dialog(pilot: Pilot[None]) -> DiffDialog:
    deadline = time.monotonic() + 20
    while not isinstance(pilot.app.screen, DiffDialog):
        assert time.monotonic() < deadline, pilot.app.screen
        await pilot.pause(0.01)
    await pilot.pause()
    return pilot.app.screen


@pytest.mark.parametrize("key", ["y", "A"])
async def test_one_key_writes_it_and_the_list_knows_it(own_decided: Stage, settle: Settle, key: str) -> None:
    before = bytes_of(own_decided.notes)
    async with own_decided.terminal().run_test(size=(80, 24)) as pilot:
        links = await suggested(pilot, settle, "s", "r")
        if links.pairs.chosen and links.pairs.chosen.src.title != "Cache sessions":
            # What is only proposed takes nobody's place.
            await pilot.press("x")
        assert links.pairs.chosen is not None
        assert links.pairs.chosen.words == "0004 Cache sessions supersedes 0005 Cache sessions in memory"
        old, new = links.pairs.chosen.dst.place, links.pairs.chosen.src.place
        assert old is not None and new is not None
        await pilot.press("A")
        await shown_dialog(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert links.status.said.startswith("written: notes:adr/")
        assert not links.pairs.rows
        after = bytes_of(own_decided.notes)
        assert {path for path in after if after[path] != before[path]} == {old.abspath, new.abspath}
        await pilot.press("escape")
        await settle(pilot)
        page = pilot.app.screen
        assert isinstance(page, DecisionsPage)
        await pilot.press("escape", "escape")
        await settle(pilot)
        row = next(row for row in page.listing.rows if row.text == "Cache sessions in memory")
        assert row.after[0] == ("superseded by 0004", "warn")


async def test_a_file_that_changed_meanwhile_is_not_written_to(own_decided: Stage, settle: Settle) -> None:
    async with own_decided.terminal().run_test(size=(80, 24)) as pilot:
        links = await suggested(pilot, settle, "s")
        pair = links.pairs.chosen
        assert pair is not None and pair.src.place is not None
        await pilot.press("A")
        await shown_dialog(pilot)
        for name in ("0004-cache.md", "0005-memory.md"):
            file = own_decided.notes / "adr" / name
            file.write_text(file.read_text("utf-8") + "\nMore.\n", "utf-8")
        before = bytes_of(own_decided.notes)
        await pilot.press("y")
        await settle(pilot)
        assert "changed meanwhile" in links.status.said and links.status.has_class("-failed")
        assert bytes_of(own_decided.notes) == before


async def test_the_pair_can_be_turned_round(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        links = await suggested(pilot, settle, "s")
        before = links.pairs.chosen
        await pilot.press("x")
        await settle(pilot)
        after = links.pairs.chosen
        assert before is not None and after is not None
        assert (after.src, after.dst) == (before.dst, before.src)


async def test_suggestions_for_all_and_for_one(decided: Stage, settle: Settle) -> None:
    async with decided.terminal().run_test(size=(120, 40)) as pilot:
        links = await suggested(pilot, settle, "S")
        assert "all decisions" in str(links.pairs.border_title)
        await pilot.press("escape", "s", "s")
        await settle(pilot)
        links = pilot.app.screen
        assert isinstance(links, LinksPage)
        assert "all decisions" in str(links.pairs.border_title)


def told(path: str, *supersedes: str, source: str = "a") -> dict[str, Any]:
    return {
        "source": source, "path": path, "abspath": f"/{source}/{path}", "title": path, "number": None, "date": None,
        "status": "accepted", "superseded_by": [], "superseded_on": None, "supersedes": list(supersedes),
    }  # fmt: skip


def tree(own: dict[str, Any], *, before: Sequence[Any] = (), after: Sequence[Any] = ()) -> list[str]:
    payload = {"decision": own, "chain": {"before": before, "after": after}}
    return ["".join(text for text, _ in row.before) + row.text for row in supersession(payload, "")]


def test_a_decision_that_two_others_replaced_is_drawn_below_both() -> None:
    own = told("old.md", "first.md", "second.md")
    after = [told("b.md", "old.md"), told("c.md", "old.md")]
    assert tree(own, before=[told("first.md"), told("second.md")], after=after) == [
        "  c.md",
        "▸ └─ old.md",
        "     ├─ first.md",
        "     └─ second.md",
        "  b.md",
        "▸ └─ old.md (as above)",
    ]


def test_a_circle_of_supersessions_ends() -> None:
    own, other = told("x.md", "y.md"), told("y.md", "x.md")
    assert tree(own, before=[other, own], after=[other]) == ["▸ x.md", "  └─ y.md", "▸    └─ x.md (as above)"]


def test_a_chain_of_thousands_stays_within_the_pane() -> None:
    before = [told(f"n{n}.md", f"n{n + 1}.md") for n in range(1, 5_000)]
    lines = tree(told("n0.md", "n1.md"), before=before)
    assert len(lines) == 5_000
    assert max(map(len, lines)) < 40
    assert lines[-1].lstrip().startswith("└─ ") and lines[-1].endswith("4999.md")


def test_a_path_means_the_file_of_the_same_source() -> None:
    lines = tree(told("new.md", "old.md"), before=[told("old.md", source="b"), told("old.md")])
    assert lines == ["▸ new.md", "  └─ old.md", "  old.md"]


class Lists(App[None]):
    def compose(self) -> ComposeResult:
        yield RowList[int](id="rows")


async def test_words_of_a_row_are_never_read_as_markup() -> None:
    app = Lists()
    async with app.run_test(size=(80, 24)):
        shown = app.query_one("#rows", RowList)
        shown.show([Row("[bold]Odd[/] [/nothing] \U0001f469 \u05d0", target=1)], heading="[/b] all")
        assert "[bold]Odd[/] [/nothing] \U0001f469 \u05d0" in drawn(shown)
        assert Content.from_markup(shown.border_title).plain == "[/b] all"


async def test_thousands_of_rows_are_shown_at_once_and_walked() -> None:
    rows = [Row(f"Decision {n}", after=(("accepted", "good"),), target=n) for n in range(5_000)]
    app = Lists()
    async with app.run_test(size=(80, 24)) as pilot:
        shown = app.query_one("#rows", RowList)
        shown.focus()
        took = []
        for _ in range(5):
            started = time.thread_time()
            shown.show(rows, heading="all", cursor=4_000)
            drawn(shown)
            took.append(time.thread_time() - started)
        assert min(took) < 0.05
        assert shown.chosen == 4_000 and any(row.target == 4_000 for row in shown.seen)
        await pilot.press("end")
        assert shown.chosen == 4_999 and "Decision 4999" in drawn(shown)
        await pilot.press("home", "pagedown")
        assert shown.chosen == shown.scrollable_content_region.height - 1
        await pilot.click(shown, offset=(3, 3))
        assert shown.chosen == round(shown.scroll_y) + 3
