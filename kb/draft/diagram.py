"""The components near to a task and who calls whom, as Mermaid: a picture that a ticket or a page can hold."""

import posixpath
from collections.abc import Mapping, Sequence

from kb.draft.callers import Use
from kb.draft.ground import Ground
from kb.learn.pool import Material

MOST_NODES = 16


def mermaid(
    ground: Ground, uses: Mapping[int, Sequence[Use]], tests: Mapping[int, Sequence[tuple[Material, str]]]
) -> str:
    """A flow chart: files in their folders, an arrow for each use with what is used, a dotted one for each test."""
    files: dict[int, Material] = {m.file.file_id: m for m in ground.code}
    edges: list[tuple[int, int, str, str]] = []
    for own, used in uses.items():
        for use in used:
            if len(files) < MOST_NODES or use.user.file.file_id in files:
                files.setdefault(use.user.file.file_id, use.user)
                edges.append((use.user.file.file_id, own, "-->", use.symbol))
    for own, guarding in tests.items():
        for test, _ in guarding[:1]:
            if len(files) < MOST_NODES or test.file.file_id in files:
                files.setdefault(test.file.file_id, test)
                edges.append((test.file.file_id, own, "-.->", "guards"))
    names = {file_id: f"f{n}" for n, file_id in enumerate(files, 1)}
    folders: dict[str, list[int]] = {}
    for file_id, material in files.items():
        folders.setdefault(posixpath.dirname(material.file.path) or ".", []).append(file_id)
    lines = ["flowchart LR"]
    for number, (folder, inside) in enumerate(folders.items(), 1):
        lines.append(f'  subgraph d{number}["{_label(folder)}"]')
        lines += [f'    {names[i]}["{_label(posixpath.basename(files[i].file.path))}"]' for i in inside]
        lines.append("  end")
    lines += [f'  {names[a]} {arrow}|"{_label(what)}"| {names[b]}' for a, b, arrow, what in dict.fromkeys(edges)]
    near = [names[m.file.file_id] for m in ground.code[:1]]
    lines += [f"  style {name} stroke-width:3px" for name in near]
    return "\n".join(lines)


def _label(text: str) -> str:
    """A name may hold what Mermaid would act on."""
    return " ".join(text.split()).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
