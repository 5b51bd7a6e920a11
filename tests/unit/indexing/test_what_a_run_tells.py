"""What is told before a run and after it agrees with what the run did."""

from tests.unit.app.world import World

PATHS = [
    "README.md", "LICENSE", "Makefile", "Dockerfile", "docs/adr/0001-use-sqlite.md", "docs/adr/README.md",
    "docs/adr/template.md", "docs/rfcs/0002-x.rst", "docs/guide.md", "enhancements/kep-1/README.md", "til/git/undo.md",
    "git/rebase.md", "src/app.py", "src/app.ts", "src/unknown.xyz", "data/table.csv", "conf/a.yaml", "a.html", "b.txt",
    "nb.ipynb", "log4brains/20200101-x.md", "decision_records/0001-y.adoc",
]  # fmt: skip


def test_a_dry_run_counts_the_kinds_that_the_run_finds(world: World) -> None:
    for path in PATHS:
        content = '{"cells": [{"cell_type": "markdown", "source": ["text"]}]}' if path.endswith("ipynb") else "text\n"
        world.write(path, content)
    told = world.index(world.notes, dry_run=True)
    world.index(world.notes)
    assert told["kinds"] == world.status()["kinds"]
    assert sum(told["kinds"].values()) == len(PATHS)


def test_status_lists_the_files_that_were_not_read_as_written(world: World) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.write("latin.md", "# Caf\xe9\n\nfrais\n".encode("latin-1"))
    world.write("loop.md", "---\ntags: &a [*a]\n---\n\n# B\n")
    world.index()
    assert world.status()["warnings"] == [
        {"path": "latin.md", "source": "notes", "warning": "not UTF-8: read as windows-1252 (Latin-1)"},
        {"path": "loop.md", "source": "notes",
         "warning": "front matter uses YAML aliases; only its plain lines are read"},
    ]  # fmt: skip
    world.write("latin.md", "# Café\n")
    world.index()
    assert [item["path"] for item in world.status()["warnings"]] == ["loop.md"]
