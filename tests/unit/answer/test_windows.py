"""Windows are runs of whole blocks: no fence, list item or function is cut while it may stay whole."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.answer.windows import QUOTE_LINES, WHOLE_LINES, code_blocks, prose_blocks, windows

BLOCKS = st.sampled_from(
    [
        "# Heading", "Setext\n======", "One line.", "Two\nlines.", "```sh\necho\n\n# no heading\n```", "~~~\n```\n~~~",
        "````\n```\ninner\n```\n````", "- item\n  more of it\n- next", "1. one\n2. two", "", "---",
        "| a | b |\n|---|---|\n| 1 | 2 |", "> quoted\n> twice", "    indented\n    code", "```\nnever closed",
        "text\n" * 30, "```\n" + "x\n" * 30 + "```",
    ]
)  # fmt: skip
INNER = st.lists(st.sampled_from(["", "# x", "- y", "z", "~~~"]), max_size=30)


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(BLOCKS, max_size=12), limit=st.integers(1, QUOTE_LINES))
def test_blocks_and_windows_of_any_text(parts: list[str], limit: int) -> None:
    lines = "\n\n".join(parts).split("\n")
    blocks = prose_blocks(lines)
    assert all(1 <= block.start <= block.end <= len(lines) for block in blocks)
    assert all(one.end < two.start for one, two in pairwise(blocks))
    covered = {number for block in blocks for number in range(block.start, block.end + 1)}
    content = {number for number, line in enumerate(lines, 1) if line.strip()}
    # Only front matter may be left out: it is no text to quote.
    assert content <= covered or lines[0] == "---"
    for window in windows(blocks, limit):
        run = [blocks.index(block) for block in window.blocks]
        assert run == list(range(run[0], run[-1] + 1))
        assert window.blocks[-1].kind != "heading"
        assert window.length <= max(limit, WHOLE_LINES)


@settings(max_examples=100, deadline=None)
@given(inner=INNER, mark=st.sampled_from(["```", "````"]))
def test_a_fence_is_one_block(inner: list[str], mark: str) -> None:
    lines = ["Before:", "", f"{mark}sh", *inner, mark, "", "After."]
    fence = next(block for block in prose_blocks(lines) if block.kind == "fence")
    assert (fence.start, fence.end) == (3, len(lines) - 2)


@pytest.mark.parametrize("length", [1, QUOTE_LINES, QUOTE_LINES + 5, WHOLE_LINES - 6])
def test_a_fence_is_quoted_whole_with_the_line_that_leads_to_it(length: int) -> None:
    lines = ["# Title", "", "Type this:", "", "```", *["code"] * length, "```"]
    found = windows(prose_blocks(lines))
    assert any(window.blocks[0].kind in ("heading", "prose") and window.end == len(lines) for window in found)


def test_front_matter_is_no_block() -> None:
    lines = ["---", "title: x", "---", "", "Text."]
    assert [(block.start, block.end) for block in prose_blocks(lines)] == [(5, 5)]


def test_code_is_cut_at_blank_lines_only() -> None:
    lines = ["def a():", "    x", "", "", "    y", "", "z"]
    assert [(block.start, block.end) for block in code_blocks(lines)] == [(1, 2), (5, 5), (7, 7)]
    assert [(block.start, block.end) for block in code_blocks(lines, 5, 6)] == [(5, 5)]
    assert code_blocks([]) == []
