"""Who took whose place, over long chains and in circles."""

from collections.abc import Iterator

from kb.decisions.edges import Decision
from kb.decisions.succession import Succession

LONG = 2_000


class CountedEdges(dict[int, set[int]]):
    """Edges that count how often they are asked for."""

    asked = 0

    def get(self, key: int, default: object = None) -> set[int]:  # type: ignore[override]
        self.asked += 1
        return super().get(key) or set()


def succession(edges: dict[int, set[int]]) -> Succession:
    ids = sorted({*edges, *(new for later in edges.values() for new in later)})
    return Succession([Decision(i, "notes", f"adr/{i:04d}.md", i, "", "accepted", "") for i in ids], edges)


def ends(found: Succession, file_id: int) -> list[int]:
    return [decision.file_id for decision in found.in_force(file_id)]


def numbers(found: list[Decision]) -> Iterator[int]:
    return (decision.file_id for decision in found)


def test_a_chain_of_thousands_is_not_walked_again_from_each_of_its_links() -> None:
    edges = CountedEdges({i: {i + 1} for i in range(1, LONG)})
    found = succession(edges)
    assert all(ends(found, i) == [LONG] for i in range(1, LONG))
    assert ends(found, LONG) == []
    assert edges.asked < 10 * LONG


def test_the_walk_from_a_link_in_the_middle_says_nothing_of_those_that_branch_before() -> None:
    found = succession({1: {2, 5}, 2: {3}, 3: {4}})
    assert ends(found, 2) == [4]
    assert ends(found, 1) == [5, 4]
    assert (ends(found, 4), ends(found, 5)) == ([], [])


def test_a_chain_that_runs_into_a_circle_ends_as_it_does_from_each_link_alone() -> None:
    edges = {1: {2}, 2: {3}, 3: {4}, 4: {2}}
    for order in ((1, 2, 3, 4), (4, 3, 2, 1)):
        found = succession(edges)
        assert {i: ends(found, i) for i in order} == {1: [4], 2: [4], 3: [2], 4: [3]}


def test_before_and_after_are_told_nearest_first_and_circles_end() -> None:
    found = succession({1: {2}, 2: {4}, 3: {4}, 4: {5}})
    assert list(numbers(found.after(1))) == [2, 4, 5]
    assert list(numbers(found.before(5))) == [4, 2, 3, 1]
    circle = succession({1: {2}, 2: {1}})
    assert (list(numbers(circle.after(1))), list(numbers(circle.before(1)))) == ([2], [2])


def test_a_caller_that_changes_what_it_got_changes_nothing_here() -> None:
    found = succession({1: {2}})
    found.in_force(1).clear()
    assert ends(found, 1) == [2]
