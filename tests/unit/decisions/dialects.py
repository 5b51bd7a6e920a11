"""Two decisions in each dialect that people write (tests/data/dialects), and what accepted links make of them."""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "data" / "dialects"


class Dialect(NamedTuple):
    """Lines that the files must hold after a link was accepted, from the newer file to the older one."""

    in_old: tuple[str, ...]
    """Of the older one, after `supersedes`."""
    in_new: tuple[str, ...]
    extends: tuple[str, ...]
    """Of the newer one, after `extends` in its stead."""
    gone: tuple[str, ...] = ()
    """Lines that the older one must have no more after `supersedes`."""


DIALECTS: dict[str, Dialect] = {
    "nygard": Dialect(
        ("Superseded by [2. Use SQLite](0002-sqlite.md)",),
        ("Accepted", "Supersedes [1. Use files](0001-files.md)"),
        ("Accepted", "Extends [1. Use files](0001-files.md)"),
        ("Accepted",),
    ),
    "nygard-with-a-reason-in-its-status": Dialect(
        ("Superseded by [2. Use SQLite](0002-sqlite.md)", "Accepted by the whole team after a long spring of talks."),
        ("* Accepted", "Supersedes [1. Use files](0001-files.md)"),
        ("Extends [1. Use files](0001-files.md)",),
        (),
    ),
    "madr-4": Dialect(
        ("status: superseded by [ADR-0002](0002-sqlite.md)",),
        ('status: "accepted"', "- Supersedes [ADR-0001](0001-files.md)", "See the wiki."),
        ("- Extends [ADR-0001](0001-files.md)",),
        ("status: accepted",),
    ),
    "madr-2": Dialect(
        ("* Status: superseded by [ADR-0002](0002-sqlite.md)",),
        ("* Status: accepted", "* Supersedes [ADR-0001](0001-files.md)", "* [A page](https://example.org/x)"),
        ("* Extends [ADR-0001](0001-files.md)",),
        ("* Status: accepted",),
    ),
    "madr-2-without-links": Dialect(
        ("* Status: Superseded by [ADR-0002](0002-sqlite.md)",),
        ("## Links", "- Supersedes [ADR-0001](0001-files.md)"),
        ("## Links", "- Extends [ADR-0001](0001-files.md)"),
        (),
    ),
    "log4brains": Dialect(
        ("- Status: superseded by [20210101-use-sqlite](20210101-use-sqlite.md)",),
        ("- Supersedes [Use files](20200101-use-files.md)",),
        ("- Extends [Use files](20200101-use-files.md)",),
        (),
    ),
    "bold-fields": Dialect(
        ("**Status:** Superseded by [ADR-0002](0002-sqlite.md)  ",),
        ("- Supersedes [ADR-0001](0001-files.md)",),
        ("- Extends [ADR-0001](0001-files.md)",),
        (),
    ),
    "a-table-of-fields": Dialect(
        ("| Status | Superseded by [ADR-0002](0002-sqlite.md) |",),
        ("- Supersedes [ADR-0001](0001-files.md)",),
        ("- Extends [ADR-0001](0001-files.md)",),
        (),
    ),
    "tep": Dialect((), ("replaces:", "- TEP-0001"), ("- Extends [TEP-0001](0001-files.md)",), ()),
    "kep": Dialect(
        ("status: replaced", "superseded-by:", "  - KEP-0002"),
        ("replaces: # none yet", "  - KEP-0001", "  - KEP-0007"),
        ("- Extends [KEP-0001](0001-files.md)",),
        (),
    ),
    "pep": Dialect(
        ("Status: Superseded", "Superseded-By: 2"),
        ("Replaces: 1", "              02-Feb-2021"),
        ("See Also", "* Extends :pep:`1`"),
        (),
    ),
    "rust": Dialect(
        ("Superseded by [RFC 2](0002-sqlite.md).",),
        ("- Supersedes [RFC 1](0001-files.md)",),
        ("- Extends [RFC 1](0001-files.md)",),
        (),
    ),
    "no-status-at-all": Dialect(
        ("# Use files", "Superseded by [ADR-0002](0002-sqlite.md)."),
        ("## Links", "- Supersedes [ADR-0001](0001-files.md)"),
        ("- Extends [ADR-0001](0001-files.md)",),
        (),
    ),
    "restructuredtext": Dialect(
        ("Superseded by `2. Use SQLite <0002-sqlite.rst>`_",),
        ("Supersedes `1. Use files <0001-files.rst>`_",),
        ("Extends `1. Use files <0001-files.rst>`_",),
        (),
    ),
}


def files_of(name: str) -> list[tuple[str, str]]:
    """(path, text) of the older and of the newer decision."""
    folder = FOLDER / name
    return [(p.relative_to(folder).as_posix(), p.read_text("utf-8")) for p in sorted(folder.rglob("*.*"))]
