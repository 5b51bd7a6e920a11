"""The day on which a decision is to be looked at again, as authors write it, and what only looks like one."""

from datetime import date

import pytest

from kb.app.brief.review import review_dates


def days(text: str) -> list[tuple[str, int, str]]:
    return [(found.day.isoformat(), found.line, found.sort) for found in review_dates(enumerate(text.split("\n"), 1))]


@pytest.mark.parametrize(
    ("line", "day", "sort"),
    [
        ("review-by: 2026-03-01", "2026-03-01", "review"),
        ("review_by: '2026-03-01'", "2026-03-01", "review"),
        ("Review date: 1 March 2026", "2026-03-01", "review"),
        ("Next review: 2026/3/1", "2026-03-01", "review"),
        ("* Review due: March 1, 2026", "2026-03-01", "review"),
        ("- **Revisit:** 2026-03-01", "2026-03-01", "review"),
        ("**Revisit on**: 2026-03-01, by the platform team", "2026-03-01", "review"),
        ("Re-evaluate: 2026-03", "2026-03-01", "review"),
        ("revisit: Q2 2026", "2026-04-01", "review"),
        ("revisit: 2026-Q2", "2026-04-01", "review"),
        ("| Review date | 2026-03-01 |", "2026-03-01", "review"),
        ("expires: 2026-03-01", "2026-03-01", "end"),
        ("Expiration date: 2026-03-01", "2026-03-01", "end"),
        ("valid-until: 2026-03-01", "2026-03-01", "end"),
        ("Valid until: March 2026", "2026-03-01", "end"),
        ("validation date: 2026-03-01", "2026-03-01", "check"),
        ("We will revisit this decision in March 2027.", "2027-03-01", "review"),
        ("To be re-evaluated; reassess it on 2026-03-01 at the latest.", "2026-03-01", "review"),
        ("This decision is valid until 2026-03-01.", "2026-03-01", "end"),
        ("Please review by 2026-03-01", "2026-03-01", "review"),
    ],
)
def test_a_day_that_was_set(line: str, day: str, sort: str) -> None:
    assert days(line) == [(day, 1, sort)]


@pytest.mark.parametrize(
    "line",
    [
        "Last reviewed: 2024-03-01",
        "Reviewed by: Ann, 2024-03-01",
        "reviewed: 2024-03-01",
        "Reviewers: Ann (2024-03-01)",
        "We revisited this in March 2024.",
        "date: 2024-03-01",
        "status: accepted 2024-03-01",
        "The certificate expires on 2024-03-01.",
        "review-by: somebody who knows, once PR 2024-03 is in",
        "review-by: 2026-13-45",
        "revisit: when we have 2000 users",
        "The review on 2024-03-01 found nothing.",
        "Validation: see 2024-03-01-results.md",
        "review-by:",
        "Preview date: 2024-03-01",
    ],
)
def test_what_is_no_such_day(line: str) -> None:
    assert days(line) == []


def test_a_date_under_its_heading() -> None:
    assert days("# Use X\n\n## Review date\n\n2026-03-01\n\nother 2027-01-01") == [("2026-03-01", 5, "review")]
    assert days("## Revisit\n\nsome words\n\nmore words\n\n2026-03-01") == []


def test_of_each_sort_the_latest_counts() -> None:
    text = "review-by: 2025-01-01\nexpires: 2030-01-01\n\n| Revisit | 2026-06-01 |\nrevisit: 2026-02-01"
    assert days(text) == [("2026-06-01", 4, "review"), ("2030-01-01", 2, "end")]


def test_an_example_in_a_fence_is_none() -> None:
    text = "```yaml\nexpires: 2024-01-01\n```\nreview-by: 2026-03-01\n~~~\nreview-by: 2029-01-01\n```\n~~~"
    assert days(text) == [("2026-03-01", 4, "review")]


def test_a_long_line_takes_no_time() -> None:
    assert days("revisit " * 20_000 + "| " * 20_000) == []


def test_the_day_is_a_date() -> None:
    found = review_dates([(7, "  review-by: 2026-03-01  ")])
    assert (found[0].day, found[0].line, found[0].evidence) == (date(2026, 3, 1), 7, "review-by: 2026-03-01")
