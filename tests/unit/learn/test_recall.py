"""Recall over real files: a card follows its text, is due when that is rewritten, and rests while it is gone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kb.app.memory import Memory
from kb.errors import NoIndexError, NotFoundError, UsageError
from tests.unit.app.world import World

NOTE = """# Undo a commit

Sometimes a commit is wrong.

To undo the last commit and keep its changes:

```
git reset --soft HEAD~1
```

It was never pushed, I hope.
"""
FRONT = "What undoes a commit?"


class Desk:
    """A world with one note and one card on its lines 5 to 9, and a clock that stands until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.write(NOTE)
        self.world.index()
        self.card = self.call("add", FRONT, "", ref="git/undo.md:5-9", origin="test", cwd="/")["card"]["id"]

    def write(self, text: str, path: str = "git/undo.md") -> None:
        self.world.write(path, text)

    def call(self, name: str, *args: Any, **named: Any) -> Any:
        with self.world.app() as app:
            return getattr(Memory(app, clock=lambda: self.now), name)(*args, **named)

    def due(self) -> dict[str, Any]:
        told: dict[str, Any] = self.call("due")
        return told

    def asked(self) -> dict[str, Any]:
        (card,) = self.due()["cards"]
        told: dict[str, Any] = card
        return told

    def learn(self) -> None:
        """Grade the card until it waits for days."""
        self.call("grade", self.card, "easy")
        assert self.due()["cards"] == []

    def wait(self, days: float) -> None:
        self.now += timedelta(days=days)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_new_card_is_due_with_its_text_and_place(desk: Desk) -> None:
    card = desk.asked()
    assert (card["path"], card["source"], card["start"], card["end"]) == ("git/undo.md", "notes", 5, 9)
    assert card["quote"] == card["now"] == "\n".join(NOTE.split("\n")[4:9])
    assert (card["phase"], card["changed"], card["diff"]) == ("new", False, "")
    assert Path(card["abspath"]).read_text() == NOTE


def test_a_graded_card_waits_and_comes_again(desk: Desk) -> None:
    desk.learn()
    told = desk.due()
    later = datetime.fromisoformat(told["next_due"])
    assert later > desk.now + timedelta(days=1)
    desk.now = later
    assert desk.asked()["phase"] == "review"


def test_an_edit_far_from_the_text_changes_nothing(desk: Desk) -> None:
    desk.learn()
    desk.write(NOTE.replace("never pushed, I hope", "pushed, alas") + "\nAnd more.\n")
    assert desk.due()["cards"] == []
    desk.wait(100)
    card = desk.asked()
    assert (card["start"], card["changed"]) == (5, False)


def test_moved_text_is_found_where_it_is_now_and_is_not_due_for_it(desk: Desk) -> None:
    desk.learn()
    desk.write("An introduction.\n\nOf four lines.\n\n" + NOTE)
    assert desk.due()["cards"] == []
    (card,) = desk.call("list")["cards"]
    assert (card["start"], card["end"], card["changed"]) == (9, 13, False)


def test_rewritten_text_is_due_now_with_its_diff_and_bound_by_the_grade(desk: Desk) -> None:
    desk.learn()
    desk.write("One more line.\n" + NOTE.replace("--soft HEAD~1", "--soft HEAD^"))
    card = desk.asked()
    assert (card["changed"], card["start"], card["end"]) == (True, 6, 10)
    assert "-git reset --soft HEAD~1\n+git reset --soft HEAD^" in card["diff"]
    assert "HEAD^" in card["now"]
    assert "HEAD~1" in card["quote"]
    graded = desk.call("grade", desk.card, "good", seen=card["seen"])["card"]
    assert (graded["changed"], graded["start"]) == (False, 6)
    assert graded["quote"] == card["now"]
    assert desk.due()["cards"] == []
    back = desk.call("undo")["card"]
    assert (back["changed"], back["quote"]) == (True, card["quote"])


def test_text_that_is_as_it_was_again_is_as_before(desk: Desk) -> None:
    desk.learn()
    desk.write(NOTE.replace("HEAD~1", "HEAD^"))
    assert desk.asked()["changed"]
    desk.write(NOTE)
    assert desk.due()["cards"] == []


@pytest.mark.parametrize(
    ("new", "now"),
    [
        (NOTE.replace("git reset", "git restore"), "To undo the last commit and keep its changes:"),
        (NOTE.replace("and keep its changes", "but not its changes").replace("~1", "^"), "To undo the last commit but"),
        (NOTE.replace("```\n\nIt", "```\n\nOr not.\n\nIt"), None),
        ("# Other\n\nTo undo the last commit and keep all changes:\n\n```\ngit reset --soft HEAD~1\n```\n", "To undo"),
        (NOTE.replace("Sometimes a commit is wrong.", "Now and then it is.").replace("~1", "~2"), "To undo the last"),
    ],
)
def test_what_counts_as_rewritten(desk: Desk, new: str, now: str | None) -> None:
    desk.learn()
    desk.write(new)
    cards = desk.due()["cards"]
    assert [card["now"].startswith(now or "") for card in cards] == ([True] if now else [])
    assert all(card["changed"] for card in cards)


def test_a_card_whose_text_is_gone_is_retired_and_comes_back_with_it(desk: Desk) -> None:
    desk.learn()
    desk.write("# Undo a commit\n\nWe use another tool today.\n")
    told = desk.due()
    assert [card["retired"] for card in told["retired"]] == ["gone"]
    assert FRONT in told["notices"][0]
    assert desk.due()["retired"] == [], "told once"
    assert [card["id"] for card in desk.call("list")["cards"]] == [desk.card], "kept in the journal"
    desk.write(NOTE)
    assert [card["id"] for card in desk.due()["returned"]] == [desk.card]
    desk.wait(100)
    assert desk.asked()["phase"] == "review", "with all that was learned"


def test_a_card_whose_file_is_gone_is_retired_and_comes_back_with_it(desk: Desk) -> None:
    (desk.world.notes / "git/undo.md").unlink()
    desk.write("# Another\n", "other.md")
    assert [card["retired"] for card in desk.due()["retired"]] == ["gone"]
    desk.write(NOTE)
    assert desk.asked()["id"] == desk.card


def test_a_card_goes_along_with_a_file_that_is_renamed(desk: Desk) -> None:
    desk.learn()
    (desk.world.notes / "git/undo.md").rename(desk.world.notes / "git/undo-a-commit.md")
    desk.world.index()
    assert desk.due()["retired"] == []
    (card,) = desk.call("list")["cards"]
    assert (card["path"], card["retired"]) == ("git/undo-a-commit.md", None)


def test_a_folder_that_is_not_there_retires_nothing(desk: Desk) -> None:
    away = desk.world.folder / "away"
    desk.world.notes.rename(away)
    card = desk.asked()
    assert (card["retired"], card["now"]) == (None, card["quote"])
    desk.world.notes.mkdir()
    assert desk.due()["retired"] == [], "an empty mount point"
    desk.world.notes.rmdir()
    away.rename(desk.world.notes)
    assert desk.asked()["id"] == desk.card


def test_what_was_written_between_question_and_grade_is_shown_before_it_is_bound(desk: Desk) -> None:
    desk.write(NOTE.replace("HEAD~1", "HEAD~2"))
    shown = desk.asked()
    desk.write(NOTE.replace("HEAD~1", "HEAD~3"))
    desk.call("grade", desk.card, "easy", seen=shown["seen"])
    assert "HEAD~3" in desk.asked()["diff"]


def test_an_edit_that_kept_size_and_time_is_found_when_the_card_is_due(desk: Desk) -> None:
    import os

    desk.world.age("git/undo.md")
    desk.call("due")
    desk.learn()
    desk.write(NOTE.replace("HEAD~1", "HEAD~9"))
    os.utime(desk.world.notes / "git/undo.md", (1, 1))
    desk.wait(100)
    assert desk.asked()["changed"]


def test_a_clock_that_was_set_back_loses_nothing(desk: Desk) -> None:
    desk.learn()
    desk.wait(-40)
    card = desk.asked()
    told = desk.call("grade", desk.card, "good", seen=card["seen"])["card"]
    assert datetime.fromisoformat(told["due"]) > desk.now
    desk.wait(41)
    assert desk.call("list")["cards"][0]["id"] == desk.card


def test_the_rewritten_come_first_then_the_longest_overdue(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.write(f"# Note {number}\n\nThing {number}.\n", f"n{number}.md")
        desk.world.index()
        desk.call("add", f"{number}?", "", ref=f"n{number}.md:3", origin="", cwd="/")
        desk.wait(1)
    desk.write("# Note 3\n\nThing 3, rewritten.\n", "n3.md")
    told = desk.call("due", limit=2)
    assert [card["front"] for card in told["cards"]] == ["3?", FRONT]
    assert told["total"] == 4


@pytest.mark.parametrize(
    ("front", "ref", "error", "told"),
    [
        ("", "git/undo.md:5", UsageError, "front"),
        ("x" * 4_001, "git/undo.md:5", UsageError, "4,000 characters"),
        ("What?", "git/undo.md", UsageError, "say which"),
        ("What?", "git/undo.md:90", NotFoundError, "nothing is written"),
        ("What?", "git/undo.md:4", NotFoundError, "nothing is written"),
        ("What?", "git/undo.md:1-300", UsageError, "200 lines"),
        ("What?", "no/such.md:1", NotFoundError, "no such file"),
    ],
)
def test_a_card_that_cannot_be_made_says_why(
    desk: Desk, front: str, ref: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        desk.call("add", front, "", ref=ref, origin="", cwd="/")
    assert len(desk.call("list")["cards"]) == 1


def test_grades_that_are_none_are_refused(desk: Desk) -> None:
    with pytest.raises(UsageError, match="no such grade"):
        desk.call("grade", desk.card, "perfect")
    with pytest.raises(UsageError, match="not a card's token"):
        desk.call("grade", desk.card, "good", seen="nonsense")


def test_cards_outlive_the_index(desk: Desk) -> None:
    desk.world.settings.ledger.unlink()
    assert desk.asked()["id"] == desk.card
    desk.world.settings.journal.unlink()
    with pytest.raises(NoIndexError):
        desk.due()


def test_the_notes_are_only_read(desk: Desk) -> None:
    file = desk.world.notes / "git/undo.md"
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    desk.due()
    desk.learn()
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
