"""The figures: retention over cards in review alone, and what was written by its own date."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kb.app.stats import stats
from kb.config import load_settings, read_targets
from kb.config_file import with_setting, write_setting
from kb.errors import ConfigError, UsageError
from kb.learn.cards import Cards, Review
from kb.learn.scheduling import Grade
from kb.learn.stats import retention, weeks_until, written_kind
from kb.store.journal import Journal
from tests.unit.app.world import World
from tests.unit.learn.test_cards import draft

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def review(grade: Grade, phase: str = "review") -> Review:
    return Review(1, NOW, grade, phase)


def told(world: World, **options: Any) -> dict[str, Any]:
    with world.app() as app:
        return stats(app, clock=lambda: NOW, **{"weeks": 2, **options})


def test_retention_is_the_share_not_graded_again_of_cards_in_review() -> None:
    first_steps = [review("again", "new"), review("again", "learning"), review("again", "relearning")]
    assert retention(first_steps) is None
    assert retention([*first_steps, review("good"), review("hard"), review("easy"), review("again")]) == 0.75


def test_a_week_begins_on_monday_also_over_the_end_of_a_year() -> None:
    weeks = weeks_until(date(2027, 1, 3), 2)
    assert [week.name for week in weeks] == ["2026-W52", "2026-W53"]
    assert (weeks[1].monday, weeks[1].sunday) == (date(2026, 12, 28), date(2027, 1, 3))
    assert date(2027, 1, 3) in weeks[1]
    assert date(2027, 1, 4) not in weeks[1]


@pytest.mark.parametrize(
    ("kind", "path", "title", "counted"),
    [
        ("adr", "docs/adr/0001-use-git.md", "Use git", "adr"),
        ("adr", "docs/decisions/0007-x.md", "X", "adr"),
        ("adr", "rfcs/0002-syntax.md", "Syntax", "rfc"),
        ("adr", "text/RFC-12-syntax.md", "Syntax", "rfc"),
        ("adr", "docs/adr/0003-number-our-rfcs.md", "Number our RFCs", "adr"),
        ("til", "git/undo.md", "Undo", "til"),
        ("note", "reviews/2026-03-cache.md", "Cache", "review"),
        ("note", "docs/design-review-cache.md", "Cache", "review"),
        ("note", "docs/cache.md", "Design review of the cache", "review"),
        ("note", "docs/previews/cache.md", "Cache", None),
        ("note", "README.md", "Readme", None),
        ("code", "src/reviews/a.py", "a", None),
    ],
)
def test_what_a_note_counts_as(kind: Any, path: str, title: str, counted: str | None) -> None:
    assert written_kind(kind, path, title) == counted


def test_what_was_written_is_counted_by_its_date(world: World) -> None:
    til = "---\nkind: til\ndate: {}\n---\n\n# T\n\nText.\n"
    for number, day in enumerate(("2026-03-02", "2026-03-08", "2026-03-01", "2026-02-22", "2026-03-09")):
        world.write(f"til/t{number}.md", til.format(day))
    world.write("til/undated.md", "---\nkind: til\n---\n\n# U\n\nText.\n")
    world.write("adr/0001-a.md", "# 1. A\n\nDate: 2026-03-03\n\n## Status\n\nAccepted\n\n## Decision\n\nWe do.\n")
    world.index()
    before, this = told(world)["weeks"]
    assert (before["week"], before["from"], before["until"]) == ("2026-W09", "2026-02-23", "2026-03-01")
    assert before["written"] == {"adr": 0, "rfc": 0, "til": 1, "review": 0}
    assert this["written"] == {"adr": 1, "rfc": 0, "til": 2, "review": 0}
    assert told(world)["undated"] == 1
    assert not world.settings.journal.exists(), "asking for figures makes no journal"


def test_recall_is_counted_by_the_week_of_the_grade(world: World) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    with Journal.open(world.settings.journal) as journal:
        cards = Cards(journal)
        card, other = cards.add(draft())[0], cards.add(draft("Other?"))[0]
        for back, grade in ((30, "easy"), (8, "good"), (1, "again"), (0, "good")):
            cards.grade(card.id, grade, now=NOW - back * DAY)
        cards.retire(other.id)
    payload = told(world)
    assert [week["grades"] for week in payload["weeks"]] == [1, 2]
    assert [week["retention"] for week in payload["weeks"]] == [1.0, 0.0]
    recall = payload["recall"]
    assert (recall["cards"], recall["retired"], recall["retention"], recall["in_review"]) == (1, 1, 0.5, 2)
    assert len(recall["forecast"]) == 7
    assert sum(day["cards"] for day in recall["forecast"]) == 1


def test_targets_come_from_the_settings_as_they_are_now(world: World) -> None:
    world.write("a.md", "# A\n")
    world.index()
    assert told(world)["targets"] == {}
    write_setting(world.settings.config_file, "targets.til", 3)
    assert told(world)["targets"] == {"til": 3}
    assert read_targets(world.settings.config_file, {"KB_TARGETS_TIL": "5", "KB_TARGETS_ADR": "1"}) == {
        "til": 5, "adr": 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[targets]\ntil = 3\n"),
        ('model = "m"', 'model = "m"\n\n[targets]\ntil = 3\n'),
        ("# mine\n[targets]\ntil = 1 # few\nadr = 1\n", "# mine\n[targets]\ntil = 3\nadr = 1\n"),
        ("[targets]\nadr = 1\n", "[targets]\nadr = 1\ntil = 3\n"),
        ("[targets]", "[targets]\ntil = 3\n"),
        ("targets.til = 1\n", "targets.til = 3\n"),
    ],
)
def test_a_target_is_written_where_the_table_is(before: str, after: str) -> None:
    assert with_setting(before, "targets.til", 3) == after


def test_another_setting_is_not_written_into_the_table() -> None:
    assert with_setting("[targets]\ntil = 3\n", "answer", "write") == 'answer = "write"\n[targets]\ntil = 3\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[targets]\ntills = 3\n", "no setting 'targets.tills'"),
        ('[targets]\ntil = "three"\n', "must be a whole number"),
        ("[targets]\ntil = -1\n", "must not be below 0"),
        ("targets = 3\n", "no setting 'targets'"),
    ],
)
def test_a_target_that_is_none_is_refused(world: World, text: str, message: str) -> None:
    world.settings.home.mkdir()
    world.settings.config_file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_settings(home=str(world.settings.home), environ={})


def test_a_number_of_weeks_has_bounds(world: World) -> None:
    for weeks in (0, -1, 521):
        with pytest.raises(UsageError, match="not a number of weeks"):
            told(world, weeks=weeks)
