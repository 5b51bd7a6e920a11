"""When a burst of events is due, told by the clock that the test holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.debounce import (
    LONGEST_OF_MANY_S,
    LONGEST_S,
    MANY,
    QUIET_OF_MANY_S,
    QUIET_S,
    TOO_MANY,
    Batch,
    Debouncer,
)


def filled(count: int, *, every_s: float = 0.0, source_id: int = 1) -> Debouncer:
    debouncer = Debouncer()
    for n in range(count):
        debouncer.add(source_id, b"n%d.md" % n, n * every_s)
    return debouncer


def test_nothing_is_due_of_nothing() -> None:
    debouncer = Debouncer()
    assert (debouncer.due(1e9), debouncer.next_due(), debouncer.pending, debouncer.flush()) == (None, None, 0, None)


@pytest.mark.parametrize(
    ("times", "due_at"),
    [
        ([0.0], QUIET_S),
        ([0.0, 0.05], 0.05 + QUIET_S),
        ([0.0, 0.05, 0.14], 0.14 + QUIET_S),
        ([n * 0.09 for n in range(12)], LONGEST_S),
    ],
    ids=["one save", "three events of one save", "a slow save", "a file that is written to all the time"],
)
def test_a_few_places_wait_for_the_end_of_their_burst(times: list[float], due_at: float) -> None:
    debouncer = Debouncer()
    for now in times:
        debouncer.add(1, b"a.md", now)
    assert debouncer.next_due() == pytest.approx(due_at)
    assert debouncer.due(due_at - 0.001) is None
    assert debouncer.due(due_at + 0.001) == Batch(paths=((1, b"a.md"),))
    assert debouncer.pending == 0


def test_many_places_wait_longer() -> None:
    assert filled(MANY).next_due() == QUIET_S
    assert filled(MANY + 1).next_due() == QUIET_OF_MANY_S
    assert filled(MANY + 1, every_s=LONGEST_OF_MANY_S / MANY).next_due() == LONGEST_OF_MANY_S


def test_too_many_places_of_one_source_are_one_scan_of_it() -> None:
    debouncer = filled(TOO_MANY)
    debouncer.add(2, b"other.md", 0.0)
    assert debouncer.pending == TOO_MANY + 1
    debouncer.add(1, b"one-more.md", 0.0)
    debouncer.add(1, b"and-another.md", 0.0)
    assert debouncer.pending == 2
    assert debouncer.due(QUIET_OF_MANY_S) == Batch(paths=((2, b"other.md"),), scans=(1,))


def test_a_checkout_of_ten_thousand_files_is_one_batch() -> None:
    debouncer = Debouncer()
    batches = []
    for n in range(10_000):
        now = n * 0.0005
        debouncer.add(1, b"n%d.md" % n, now)
        batches.append(debouncer.due(now))
    assert set(batches) == {None}
    assert debouncer.due(10_000 * 0.0005 + QUIET_OF_MANY_S) == Batch(scans=(1,))


def test_a_scan_keeps_the_places_that_are_named_before_and_after() -> None:
    debouncer = filled(2)
    debouncer.add_scan(1, 0.0)
    debouncer.add(1, b"later.md", 0.0)
    debouncer.add(3, b"", 0.0)
    assert debouncer.flush() == Batch(paths=((1, b"later.md"), (1, b"n0.md"), (1, b"n1.md")), scans=(1, 3))


def test_what_comes_after_a_batch_is_a_burst_of_its_own() -> None:
    debouncer = filled(MANY + 1)
    assert debouncer.due(50.0) is not None
    debouncer.add(1, b"late.md", 50.0)
    assert debouncer.next_due() == 50.0 + QUIET_S


EVENTS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 700), st.floats(0.0, 0.3, allow_nan=False), st.integers(0, 40)),
    max_size=120,
)


@given(EVENTS)
def test_no_place_is_ever_lost_and_none_is_due_while_its_burst_goes_on(
    events: list[tuple[int, int, float, int]],
) -> None:
    debouncer, now, first, last = Debouncer(), 0.0, 0.0, 0.0
    owed: set[tuple[int, bytes]] = set()

    def settle(batch: Batch) -> None:
        assert now - last >= QUIET_S - 1e-9 or now - first >= LONGEST_S - 1e-9
        assert {place for place in owed if place[0] not in batch.scans} <= set(batch.paths)
        owed.clear()

    for source_id, number, pause, burst in events:
        now += pause
        if (batch := debouncer.due(now)) is not None:
            settle(batch)
        for n in range(burst * 20 if burst > 35 else 1):
            place = (source_id, b"n%d" % (number + n))
            if not owed:
                first = now
            owed.add(place)
            debouncer.add(*place, now)
            last = now
        assert debouncer.pending > 0
        due_at = debouncer.next_due()
        assert due_at is not None
        assert due_at <= first + LONGEST_OF_MANY_S
    if owed:
        now = debouncer.next_due() or 0.0
        batch = debouncer.due(now)
        assert batch is not None
        settle(batch)
    assert debouncer.next_due() is None
