"""A round at the keyboard: each key does what it says, and the end of input grades nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.cli.recalling import Round
from kb.cli.views.page import Page, plain
from tests.unit.app.world import World


class Table:
    """A world with three cards, and a round that is fed keys; `tick_s` goes by between two looks at the clock."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.write("n.md", "# N\n\n" + "".join(f"Answer {number}.\n\n" for number in (1, 2, 3)))
        self.world.index()
        with self.world.app() as app:
            for number in (1, 2, 3):
                app.card_add(f"Question {number}?", ref=f"n.md:{1 + 2 * number}", cwd="/")
        self.shown: list[str] = []

    def play(self, *keys: str, minutes: float = 5, limit: int = 0, tick_s: float = 0.0) -> str:
        typed: Iterator[str] = iter(keys)
        times = iter(range(1_000_000))
        with self.world.app() as app:
            Round(
                app, Page(),
                read=lambda: next(typed, None),
                say=self.shown.append,
                show=lambda lines: self.shown.extend(map(plain, lines)),
                minutes=minutes, limit=limit, clock=lambda: tick_s * next(times),
            ).play()  # fmt: skip
        assert next(typed, None) is None, "all keys were used"
        return "\n".join(self.shown)

    def phases(self) -> list[str]:
        with self.world.app() as app:
            return [card["phase"] for card in app.card_list()["cards"]]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_the_back_is_shown_only_after_enter(table: Table) -> None:
    told = table.play("q\n")
    assert "Question 1?" in told
    assert "Answer 1." not in told
    assert table.phases() == ["new", "new", "new"]
    assert "Answer 1." in table.play("\n", "q\n")


def test_each_card_is_graded_and_the_round_ends_by_itself(table: Table) -> None:
    told = table.play("\n", "4\n", "\n", "3\n", "\n", "1\n")
    assert [f"Question {number}?" in told for number in (1, 2, 3)] == [True, True, True]
    assert "n.md:3" in told
    assert "3 grades, 2 recalled" in told
    assert table.phases() == ["review", "learning", "learning"]


def test_a_grade_is_taken_back_and_the_card_asked_again_at_once(table: Table) -> None:
    told = table.play("\n", "4\n", "\n", "3\n", "u\n", "u\n", "\n", "2\n", "q\n")
    assert told.count("taken back") == 2
    assert "1 grade, 1 recalled" in told
    assert table.phases() == ["learning", "new", "new"]


def test_keys_that_mean_nothing_are_asked_again_and_nothing_is_there_to_undo(table: Table) -> None:
    told = table.play("u\n", "\n", "5\n", "\n", "x\n", "3\n", "q\n")
    assert "nothing of this round to undo" in told
    assert table.phases() == ["learning", "new", "new"]


@pytest.mark.parametrize("keys", [(), ("\n",)])
def test_the_end_of_input_grades_nothing(table: Table, keys: tuple[str, ...]) -> None:
    table.play(*keys)
    assert table.phases() == ["new", "new", "new"]


def test_it_stops_when_the_time_is_over_and_after_as_many_cards_as_were_asked_for(table: Table) -> None:
    assert "the rest waits" in table.play("\n", "4\n", minutes=1, tick_s=61)
    assert table.phases() == ["review", "new", "new"]
    table.play("\n", "4\n", limit=1)
    assert table.phases() == ["review", "review", "new"]


def test_a_change_is_shown_with_the_answer(table: Table) -> None:
    table.world.write("n.md", "# N\n\nAnswer 1 is another one.\n\nAnswer 2.\n\nAnswer 3.\n")
    told = table.play("\n", "4\n", "q\n")
    assert "its text was rewritten" in told
    assert "-Answer 1.\n+Answer 1 is another one." in told
