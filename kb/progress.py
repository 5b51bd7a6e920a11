"""How far a long job is: what a face needs to draw a bar, and nothing about drawing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["scan", "read", "model", "embed", "mirror", "check", "write"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` is 0 while it is not known; `unit` names what is counted (files, chunks)."""

    stage: Stage
    done: int = 0
    total: int = 0
    unit: str = ""
    detail: str = ""


OnProgress = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """The listener of those who do not watch."""
