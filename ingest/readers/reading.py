"""What a format reader hands over: the parts of a `Document` that the format alone can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kb.model import Block, Reference


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as its format shows it; what it means (its kind, its decision) is decided later."""

    blocks: tuple[Block, ...]
    title: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Front matter or header fields: lower-case names, underscores as hyphens, values as parsed."""
    field_lines: Mapping[str, int] = field(default_factory=dict)
    """The line on which each of `fields` stands."""
    references: tuple[Reference, ...] = ()
    language: str = ""
    warnings: tuple[str, ...] = ()
