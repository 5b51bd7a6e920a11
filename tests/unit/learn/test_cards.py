"""Cards in the journal: a grade counts once, goes back step by step, and survives a kill at any moment."""

import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.errors import NotFoundError, StorageError, UsageError
from kb.learn.anchoring import Anchor
from kb.learn.cards import Card, Cards
from kb.learn.scheduling import GRADES, Schedule, graded
from kb.store.journal import Journal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def draft(front: str = "What is it?", *, quote: str = "It is this.") -> Card:
    anchor = Anchor(3, 3, quote, "# Head", "")
    return Card(0, NOW, "test", front, "", "notes", "a.md", b"a.md", anchor, b"d", "1:2", False, "", Schedule(NOW))


def opened(folder: Path) -> Cards:
    return Cards(Journal.open(folder / "journal.db"))


def test_a_card_comes_back_as_it_was_made(tmp_path: Path) -> None:
    card, added = opened(tmp_path).add(draft("Ünïcode?\n\tA tab"))
    assert added
    assert opened(tmp_path).all() == [card] == [replace(draft("Ünïcode?\n\tA tab"), id=card.id)]


def test_the_same_card_is_made_once_and_comes_back_from_retirement(tmp_path: Path) -> None:
    cards = opened(tmp_path)
    first, _ = cards.add(draft())
    cards.retire(first.id)
    assert cards.add(draft()) == (first, False)
    assert cards.add(draft("Another?"))[1]
    assert cards.add(draft(quote="Another."))[1]
    assert [card.retired for card in cards.all()] == ["", "", ""]


def test_each_grade_leads_later_than_the_one_before() -> None:
    dues = [graded(Schedule(NOW), grade, NOW).due for grade in GRADES]
    assert dues == sorted(dues)
    assert all(due > NOW for due in dues)
    again = graded(graded(Schedule(NOW), "easy", NOW), "again", NOW + 30 * DAY)
    assert (again.phase, again.due) == ("relearning", NOW + 30 * DAY + 10 * MINUTE)


def test_the_same_grades_at_the_same_times_give_the_same_days() -> None:
    def learned() -> Schedule:
        schedule = Schedule(NOW)
        for day, grade in ((0, "good"), (1, "good"), (4, "hard"), (20, "again"), (21, "good"), (30, "easy")):
            schedule = graded(schedule, grade, NOW + day * DAY)  # type: ignore[arg-type]
        return schedule

    assert learned() == learned()


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(hours=5), 40 * DAY, 20_000 * DAY])
@pytest.mark.parametrize("grade", GRADES)
def test_a_clock_set_back_gives_no_negative_interval(grade: str, back: timedelta) -> None:
    schedule = graded(graded(Schedule(NOW), "easy", NOW), "good", NOW + 10 * DAY)
    earlier = NOW + 10 * DAY - back
    after = graded(schedule, grade, earlier)  # type: ignore[arg-type]
    assert after.due > earlier
    assert after.stability is not None
    assert after.stability > 0


def test_a_card_graded_in_the_future_is_not_lost_until_then() -> None:
    ahead = graded(Schedule(NOW), "easy", NOW + 3_650 * DAY)
    assert ahead.is_due(NOW)
    assert not graded(Schedule(NOW), "easy", NOW + timedelta(hours=2)).is_due(NOW), (
        "a clock that was corrected a little"
    )
    assert not graded(ahead, "easy", NOW).is_due(NOW + MINUTE)


def test_undo_goes_back_grade_by_grade(tmp_path: Path) -> None:
    cards = opened(tmp_path)
    one, two = cards.add(draft("1"))[0], cards.add(draft("2"))[0]
    states = [cards.all()]
    for number, card in enumerate((one, two, one, two)):
        cards.grade(card.id, "good", now=NOW + number * DAY)
        states.append(cards.all())
    for before in reversed(states[:-1]):
        assert cards.undo(now=NOW + 9 * DAY) is not None
        assert cards.all() == before
    assert cards.undo(now=NOW) is None
    assert cards.reviews() == []


def test_undo_gives_back_the_text_that_a_grade_had_replaced(tmp_path: Path) -> None:
    cards = opened(tmp_path)
    card, _ = cards.add(draft())
    new = Anchor(5, 6, "It is\nthat now.", "above", "below")
    after, review = cards.grade(card.id, "good", now=NOW, bound=lambda card: replace(card, anchor=new))
    assert cards.all() == [after]
    assert after.anchor == new
    assert cards.undo(now=NOW, review=review) == card


def test_a_call_that_is_sent_twice_counts_once(tmp_path: Path) -> None:
    cards = opened(tmp_path)
    card, _ = cards.add(draft())
    first = cards.grade(card.id, "good", now=NOW, after=0)
    assert cards.grade(card.id, "good", now=NOW + MINUTE, after=0) == first
    with pytest.raises(UsageError, match="graded elsewhere"):
        cards.grade(card.id, "easy", now=NOW, after=0)
    assert [review.grade for review in cards.reviews()] == ["good"]
    assert cards.undo(now=NOW, review=first[1]) == cards.undo(now=NOW, review=first[1]) == card
    second = cards.grade(card.id, "hard", now=NOW, after=0)[1]
    cards.grade(card.id, "hard", now=NOW, after=second)
    with pytest.raises(UsageError, match="graded since"):
        cards.undo(now=NOW, review=second)


def test_a_look_does_not_undo_a_grade_that_was_given_meanwhile(tmp_path: Path) -> None:
    cards = opened(tmp_path)
    card, _ = cards.add(draft())
    after, _ = cards.grade(card.id, "good", now=NOW)
    cards.settle([(card, replace(card, seen="other"))])
    assert cards.all() == [after]
    cards.settle([(after, replace(after, seen="other"))])
    assert cards.get(card.id).seen == "other"


def test_what_is_not_there_or_retired_is_not_graded(tmp_path: Path) -> None:
    cards = opened(tmp_path)
    with pytest.raises(NotFoundError, match="no card 7"):
        cards.grade(7, "good", now=NOW)
    card, _ = cards.add(draft())
    cards.retire(card.id)
    with pytest.raises(UsageError, match="retired"):
        cards.grade(card.id, "good", now=NOW)


def test_a_damaged_card_is_left_out_and_named_and_the_others_are_asked(tmp_path: Path) -> None:
    cards = opened(tmp_path)
    hit, sound = cards.add(draft("hit"))[0], cards.add(draft("sound"))[0]
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.execute("UPDATE card SET front = 'hjt' WHERE id = ?", (hit.id,))
    assert cards.all() == [sound]
    with pytest.raises(StorageError, match="damaged"):
        cards.get(hit.id)


def test_looking_at_cards_does_not_import_the_scheduler() -> None:
    probe = "import sys, kb.app.memory, kb.app.stats, kb.cli.verbs.recall; sys.exit('fsrs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], timeout=60).returncode == 0


def test_the_scheduler_brings_no_torch_along() -> None:
    probe = (
        "import sys; from datetime import UTC, datetime; from kb.learn.scheduling import Schedule, graded;"
        "now = datetime.now(UTC); graded(Schedule(now), 'good', now); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe], timeout=60).returncode == 0


def _grade_until_killed(folder: str, told: "multiprocessing.connection.Connection") -> None:
    cards = opened(Path(folder))
    card, number = cards.all()[0], 0
    while True:
        review = cards.grade(card.id, GRADES[number % 4], now=NOW + number * DAY)[1]
        if number % 3 == 2:
            cards.undo(now=NOW, review=review)
        told.send((number, number % 3 == 2))
        number += 1


def test_what_was_told_as_graded_survives_a_kill(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    for run in range(5):
        folder = tmp_path / str(run)
        folder.mkdir()
        before = opened(folder).add(draft())[0]
        ours, theirs = context.Pipe(duplex=False)
        writer = context.Process(target=_grade_until_killed, args=(str(folder), theirs))
        writer.start()
        theirs.close()
        kept = [ours.recv() for _ in range(3 + 2 * run)]
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        cards = opened(folder)
        numbers = [(review.at - NOW).days for review in cards.reviews()]
        assert {number for number, undone in kept if not undone} <= set(numbers)
        assert not {number for number, undone in kept if undone} & set(numbers)
        # The card is what its grades made of it, neither more nor less.
        schedule = before.schedule
        for review in cards.reviews():
            schedule = graded(schedule, review.grade, review.at)
        assert cards.get(before.id).schedule == schedule
