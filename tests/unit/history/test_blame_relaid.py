"""A line that only looks different is found again in the version before; a line that says something new is not."""

import pytest

from ingest.blame.relaid import earlier_line, lines_of

BLACK = (
    ["def f(x):", "    call('a', x, key=True, other=None)", "    return x"],
    ["def f(x):", "    call(", '        "a",', "        x,", "        key=True,", "        other=None,", "    )",
     "    return x"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "before"),
    [
        (["a = 1", "b = 2"], ["a = 1", "b = 2"], 2, 2),
        (["a = 1", "b = 2"], ["new = 0", "a = 1", "b = 2"], 3, 2),
        (["a = 1", "b = 2"], ["new = 0", "a = 1", "b = 2"], 1, None),
        (["    a = 1"], ["a  =  1"], 1, 1),
        (["x = 'one'"], ['x = "one"'], 1, 1),
        (["x = 'one'"], ['x = "two"'], 1, None),
        (["const a = 1;"], ["const a = 1"], 1, 1),
        (["f(a, b,)"], ["f(a, b)"], 1, 1),
        (["f(a, b)"], ["f(a)"], 1, None),
        (["x = 'a b'"], ["x = 'a  b'"], 1, None),
        (*BLACK, 2, 2),
        (*BLACK, 5, 2),
        (*BLACK, 7, 2),
        (*BLACK, 8, 3),
        (BLACK[1], BLACK[0], 2, 2),
        (["import json", "import os", "", "x = 1"], ["import os", "import json", "", "x = 1"], 1, 2),
        (["import json", "import os", "", "x = 1"], ["import os", "import json", "", "x = 1"], 2, 1),
        (["from a import b", "y = 3"], ["y = 3", "from a import b, c"], 2, None),
        (["if old:", "    return None"], ["while new:", "    return None"], 1, None),
        ([], ["a"], 1, None),
        (["a", "b", "a"], ["", "a", "b", "a"], 1, None),
    ],
)
def test_a_line_is_found_in_the_version_before_it_was_laid_out_anew(
    old: list[str], new: list[str], line: int, before: int | None
) -> None:
    assert earlier_line(old, new, line) == before


def test_a_changed_number_in_a_call_that_was_split_is_new() -> None:
    old, new = BLACK
    changed = [text.replace("key=True", "key=False") for text in new]
    assert earlier_line(old, changed, 5) is None
    assert earlier_line(old, changed, 6) == 2


def test_two_large_versions_without_anything_in_common_take_no_time() -> None:
    old = [f"old_{n} = {n}" for n in range(20_000)]
    new = [f"new_{n} = {n}" for n in range(20_000)]
    assert earlier_line(old, new, 10_000) is None


def test_lines_are_counted_as_git_does() -> None:
    assert lines_of(b"a\rb\x0cc\r\nd\n") == ["a\rb\x0cc\r", "d"]
    assert lines_of(b"\xff\n") == ["\udcff"]
