"""A figure in a draft is the writer's own or stands in what is cited; every other one is written `[measure]`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.draft.measure import MEASURE, held, measured

FACTS = (
    "p95 is 900 ms since 2026-03-02; 1,000 users, 5 % fail, it takes ten seconds, v1.4.0 over HTTP/2, 3x slower, "
    "20 pods"
)
SPANS = {1: "after 30 days they are purged", 2: "the limit is 5 s (decided in 2024)"}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("It fell from 900 ms to 40 ms.", "It fell from 900 ms to [measure]."),
        ("It fails for 5% of 1000 users.", "It fails for 5% of 1000 users."),
        ("It fails for 7 percent.", "It fails for [measure]."),
        ("Purged after 30 days [1].", "Purged after 30 days [1]."),
        ("Purged after 30 days [2].", "Purged after [measure] [2]."),
        ("Purged after 30 days.", "Purged after [measure]."),
        ("Purged after 30 days. It is gone [1].", "Purged after [measure]. It is gone [1]."),
        ("The limit is 5 ms [2].", "The limit is [measure] [2]."),
        ("The limit is 5 s [2].", "The limit is 5 s [2]."),
        ("Since 2 March 2026, since March 2026.", "Since 2 March 2026, since March 2026."),
        ("Since March 2, 2026 and 2026-03-03.", "Since March 2, 2026 and [measure]."),
        ("Decided in 2024 [2], planned for 2027.", "Decided in 2024 [2], planned for [measure]."),
        ("It takes 10 s, not three seconds.", "It takes 10 s, not [measure]."),
        ("3x slower, 4x slower, twice as slow.", "3x slower, [measure] slower, [measure] as slow."),
        ("It costs $5 million and 1.5 GB.", "It costs [measure] and [measure]."),
        ("On v1.4.0, not v2.0.1.", "On v1.4.0, not [measure]."),
        ("5 req/s, 24/7, 3/4 of all.", "[measure], [measure]/[measure], 3/[measure] of all."),
        ("5kg and 2fa [3].", "[measure] and [measure] [3]."),
        ("`timeout=30` in the client", "`timeout=[measure]` in the client"),
    ],
)
def test_figures_are_kept_only_where_somebody_gave_them(written: str, told: str) -> None:
    assert measured(written, facts=FACTS, spans=SPANS) == told


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/2, sha256, UTF-8, ADR-0012, p95, S3, k8s, x86_64",
        "see `api/x.go:12-30`, kb/draft/x2.py, notes/0012-a.md:30 and [a](../2024/0007-x.md)",
        "1. First\n2. Second\n10) Tenth",
        "# 12. A title",
        "the 2nd and the 12th, one of them, two options",
        "[measure] today, [measure: p95] tomorrow",
        "https://example.org/2024/05/17",
    ],
)
def test_what_is_no_figure_stays(text: str) -> None:
    assert measured(text, facts="", spans={}) == text


def test_a_name_that_begins_with_a_digit_is_known_by_its_source() -> None:
    assert measured("The 2fa login of 3scale.", facts="2fa by 3scale", spans={}) == "The 2fa login of 3scale."


def test_an_item_rests_on_all_its_sources_as_a_whole() -> None:
    assert held("“After 30 days. Then 5 s.”", texts=SPANS.values()) == "“After 30 days. Then 5 s.”"
    assert held("“After 30 days. Then 5 s.”", texts=[SPANS[1]]) == f"“After 30 days. Then {MEASURE}.”"


@given(st.text(alphabet="ab .,\n%-/:[]()#`$€0123456789ms", max_size=60))
def test_to_measure_twice_changes_nothing_and_given_facts_stay(text: str) -> None:
    once = measured(text, facts="", spans={})
    assert measured(once, facts="", spans={}) == once
    assert measured(text, facts=text, spans={}) == text


@given(st.integers(0, 10**9), st.sampled_from(["ms", "s", "%", "GB", "days", "users", "€"]))
def test_no_amount_gets_through_by_itself(number: int, unit: str) -> None:
    assert re.search(r"\d", measured(f"It takes {number} {unit} now.", facts="", spans={})) is None
