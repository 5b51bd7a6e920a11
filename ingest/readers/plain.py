"""Text of which we know no more than that blank lines part it: the fallback of every other reader."""

from collections.abc import Sequence

from kb.model import Block, Role


def blank_line_blocks(
    lines: Sequence[str], *, first: int = 1, role: Role = "prose", trail: tuple[str, ...] = ()
) -> list[Block]:
    """One block per run of non-blank lines; `first` is the number of the first of `lines`."""
    blocks: list[Block] = []
    start = 0
    for number, line in enumerate(lines, first):
        if line.strip():
            start = start or number
        elif start:
            blocks.append(Block(start=start, end=number - 1, role=role, trail=trail))
            start = 0
    if start:
        blocks.append(Block(start=start, end=first + len(lines) - 1, role=role, trail=trail))
    return blocks


def indented_blocks(lines: Sequence[str]) -> list[Block]:
    """Blank-line blocks of code in an unknown language; an indented run stays with the line it belongs to."""
    blocks: list[Block] = []
    for block in blank_line_blocks(lines, role="declaration"):
        inner = lines[block.start - 1][:1] in (" ", "\t", "}", ")", "]")
        if blocks and inner and block.end - blocks[-1].start < 60:
            blocks[-1] = Block(start=blocks[-1].start, end=block.end, role="declaration")
        else:
            blocks.append(block)
    return blocks
