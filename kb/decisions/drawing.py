"""Draws a graph of decisions as Mermaid or DOT; what stands in a file is a label there, never syntax."""

import re
from collections.abc import Container, Iterable, Mapping
from typing import Final

from kb.decisions.edges import Edge
from kb.sanitize import for_terminal

LABEL_CHARS = 60
DOTTED: Final = frozenset({"related", "links", "mentions", "contradicts"})
ENTITY = re.compile(r"[^\w \-.,:/()]")


def mermaid(
    labels: Mapping[int, str], edges: Iterable[Edge], *, gone: Iterable[int] = (), planned: Container[Edge] = ()
) -> str:
    """A flowchart; the nodes in `gone` are no longer in force, the edges in `planned` are only proposed."""
    lines = ["flowchart TD"]
    lines += [f'    d{file_id}["{_entities(label)}"]' for file_id, label in labels.items()]
    for edge in edges:
        arrow = "-.->" if edge.relation in DOTTED or edge in planned else "-->"
        lines.append(f"    d{edge.src} {arrow}|{_said(edge, planned)}| d{edge.dst}")
    if old := [f"d{file_id}" for file_id in gone]:
        lines += ["    classDef gone stroke-dasharray: 4 4,color:#888", f"    class {','.join(old)} gone"]
    return "\n".join(lines) + "\n"


def dot(
    labels: Mapping[int, str], edges: Iterable[Edge], *, gone: Iterable[int] = (), planned: Container[Edge] = ()
) -> str:
    """A digraph for Graphviz."""
    old = set(gone)
    lines = ["digraph decisions {", "  node [shape=box];"]
    for file_id, label in labels.items():
        style = ", style=dashed, fontcolor=gray40" if file_id in old else ""
        lines.append(f"  d{file_id} [label={_quoted(label)}{style}];")
    for edge in edges:
        style = ", style=dashed" if edge.relation in DOTTED or edge in planned else ""
        lines.append(f"  d{edge.src} -> d{edge.dst} [label={_quoted(_said(edge, planned))}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _said(edge: Edge, planned: Container[Edge]) -> str:
    return "would supersede" if edge in planned else edge.relation


def _entities(label: str) -> str:
    """Everything but plain letters as a number: quotes, brackets, `#` and `;` are Mermaid's own, `<` the browser's."""
    return ENTITY.sub(lambda match: f"#{ord(match[0])};", _clipped(label))


def _quoted(label: str) -> str:
    """A DOT string; a backslash is doubled, for DOT has escapes of its own (`\\\\N` is the name of the node)."""
    escaped = _clipped(label).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _clipped(label: str) -> str:
    clean = for_terminal(" ".join(label.split()), keep_newlines=False)
    return clean if len(clean) <= LABEL_CHARS else clean[: LABEL_CHARS - 1].rstrip() + "…"
