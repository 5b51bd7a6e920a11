"""Two decisions in each dialect that people write, and what an accepted link makes of them."""

from typing import NamedTuple

CONTEXT = "## Context\n\nNotes need a place.\n\n## Decision\n\nWe keep them in {place}.\n\n## Consequences\n\nNone.\n"
MADR_BODY = (
    "## Context and Problem Statement\n\nWhere do notes live?\n\n## Considered Options\n\n* Files\n* SQLite\n\n"
    '## Decision Outcome\n\nChosen option: "{place}", because it is simple.\n'
)
PROPOSAL = "## Summary\n\nNotes.\n\n## Motivation\n\nNotes need a place: {place}.\n\n## Alternatives\n\nNone.\n"


class Dialect(NamedTuple):
    """`old` and `new` are (path, text); `marks` are lines that the changed texts must hold afterwards."""

    old: tuple[str, str]
    new: tuple[str, str]
    in_old: tuple[str, ...]
    """Lines of the old one after `supersedes` was accepted."""
    in_new: tuple[str, ...]
    extends: tuple[str, ...]
    """Lines of the new one after `extends` was accepted in its stead."""
    gone: tuple[str, ...] = ()
    """Lines that the old one must have no more."""


def nygard(number: int, title: str, place: str, status: str = "Accepted") -> str:
    body = CONTEXT.format(place=place)
    return f"# {number}. {title}\n\nDate: 2021-0{number}-01\n\n## Status\n\n{status}\n\n{body}"


DIALECTS: dict[str, Dialect] = {
    "nygard": Dialect(
        ("adr/0001-files.md", nygard(1, "Use files", "files")),
        ("adr/0002-sqlite.md", nygard(2, "Use SQLite", "SQLite")),
        ("Superseded by [2. Use SQLite](0002-sqlite.md)",),
        ("Accepted", "Supersedes [1. Use files](0001-files.md)"),
        ("Accepted", "Extends [1. Use files](0001-files.md)"),
        ("Accepted",),
    ),
    "nygard with a reason in its status": Dialect(
        ("adr/0001-files.md", nygard(1, "Use files", "files", "Accepted by the whole team after a long spring of talks.")),
        ("adr/0002-sqlite.md", nygard(2, "Use SQLite", "SQLite", "* Accepted\n* 2021-02-01")),
        ("Superseded by [2. Use SQLite](0002-sqlite.md)", "Accepted by the whole team after a long spring of talks."),
        ("* Accepted", "Supersedes [1. Use files](0001-files.md)"),
        ("Extends [1. Use files](0001-files.md)",),
    ),
    "madr 4": Dialect(
        ("docs/decisions/0001-files.md", f"---\nstatus: accepted\ndate: 2021-01-01\n---\n# Use files\n\n{MADR_BODY.format(place='Files')}"),
        ("docs/decisions/0002-sqlite.md", f'---\nstatus: "accepted"\ndate: 2022-01-01\n---\n# Use SQLite\n\n{MADR_BODY.format(place="SQLite")}\n## More Information\n\nSee the wiki.\n'),
        ("status: superseded by [ADR-0002](0002-sqlite.md)",),
        ('status: "accepted"', "- Supersedes [ADR-0001](0001-files.md)", "See the wiki."),
        ("- Extends [ADR-0001](0001-files.md)",),
        ("status: accepted",),
    ),
    "madr 2": Dialect(
        ("docs/decisions/0001-files.md", f"# Use files\n\n* Status: accepted\n* Date: 2021-01-01\n\n{MADR_BODY.format(place='Files')}"),
        ("docs/decisions/0002-sqlite.md", f"# Use SQLite\n\n* Status: accepted\n* Date: 2022-01-01\n\n{MADR_BODY.format(place='SQLite')}\n## Links\n\n* [A page](https://example.org/x)\n"),
        ("* Status: superseded by [ADR-0002](0002-sqlite.md)",),
        ("* Status: accepted", "* Supersedes [ADR-0001](0001-files.md)", "* [A page](https://example.org/x)"),
        ("* Extends [ADR-0001](0001-files.md)",),
        ("* Status: accepted",),
    ),
    "madr 2 without links": Dialect(
        ("adr/0001-files.md", f"# Use files\n\n* Status: Accepted\n* Date: 2021-01-01\n\n{MADR_BODY.format(place='Files')}"),
        ("adr/0002-sqlite.md", f"# Use SQLite\n\n* Status: accepted\n* Date: 2022-01-01\n\n{MADR_BODY.format(place='SQLite')}"),
        ("* Status: Superseded by [ADR-0002](0002-sqlite.md)",),
        ("## Links", "- Supersedes [ADR-0001](0001-files.md)"),
        ("## Links", "- Extends [ADR-0001](0001-files.md)"),
    ),
    "log4brains": Dialect(
        ("adr/20200101-use-files.md", f"# Use files\n\n- Status: accepted\n- Date: 2020-01-01\n- Tags: notes\n\n{MADR_BODY.format(place='Files')}"),
        ("adr/20210101-use-sqlite.md", f"# Use SQLite\n\n- Status: accepted\n- Date: 2021-01-01\n\n{MADR_BODY.format(place='SQLite')}\n## Links <!-- optional -->\n\n- [Wiki](https://example.org/y)\n"),
        ("- Status: superseded by [20210101-use-sqlite](20210101-use-sqlite.md)",),
        ("- Supersedes [Use files](20200101-use-files.md)",),
        ("- Extends [Use files](20200101-use-files.md)",),
    ),
    "bold fields": Dialect(
        ("adr/0001-files.md", f"# Use files\n\n**Status:** Accepted  \n**Date:** 2021-01-01\n\n{CONTEXT.format(place='files')}"),
        ("adr/0002-sqlite.md", f"# Use SQLite\n\n**Status:** Accepted  \n**Date:** 2021-02-01\n\n{CONTEXT.format(place='SQLite')}"),
        ("**Status:** Superseded by [ADR-0002](0002-sqlite.md)  ",),
        ("- Supersedes [ADR-0001](0001-files.md)",),
        ("- Extends [ADR-0001](0001-files.md)",),
    ),
    "a table of fields": Dialect(
        ("adr/0001-files.md", f"# Use files\n\n| Field | Value |\n|---|---|\n| Status | Accepted |\n| Date | 2021-01-01 |\n\n{CONTEXT.format(place='files')}"),
        ("adr/0002-sqlite.md", f"# Use SQLite\n\n| Field | Value |\n|---|---|\n| Status | Accepted |\n| Date | 2021-02-01 |\n\n{CONTEXT.format(place='SQLite')}"),
        ("| Status | Superseded by [ADR-0002](0002-sqlite.md) |",),
        ("- Supersedes [ADR-0001](0001-files.md)",),
        ("- Extends [ADR-0001](0001-files.md)",),
    ),
    "tep": Dialect(
        ("teps/0001-files.md", f"---\nstatus: implemented\ntitle: Use files\ncreation-date: '2021-01-01'\nlast-updated: '2021-01-01'\nauthors:\n- '@a'\n---\n\n# TEP-0001: Use files\n\n{PROPOSAL.format(place='files')}"),
        ("teps/0002-sqlite.md", f"---\nstatus: proposed\ntitle: Use SQLite\ncreation-date: '2021-02-01'\nauthors:\n- '@a'\nsee-also:\n- TEP-0009\n---\n\n# TEP-0002: Use SQLite\n\n{PROPOSAL.format(place='SQLite')}"),
        (),
        ("replaces:", "- TEP-0001"),
        ("- Extends [TEP-0001](0001-files.md)",),
    ),
    "kep": Dialect(
        ("keps/0001-files.md", f"---\ntitle: Use files\nstatus: implemented\ncreation-date: 2021-01-01\nsee-also: []\nreplaces:\nsuperseded-by: []\n---\n\n# Use files\n\n{PROPOSAL.format(place='files')}"),
        ("keps/0002-sqlite.md", f"---\ntitle: Use SQLite\nstatus: implementable\ncreation-date: 2021-02-01\nsee-also:\n  - KEP-0007\nreplaces: # none yet\nsuperseded-by: []\n---\n\n# Use SQLite\n\n{PROPOSAL.format(place='SQLite')}"),
        ("status: replaced", "superseded-by:", "  - KEP-0002"),
        ("replaces: # none yet", "  - KEP-0001", "  - KEP-0007"),
        ("- Extends [KEP-0001](0001-files.md)",),
    ),
    "pep": Dialect(
        ("peps/pep-0001.rst", "PEP: 1\nTitle: Use files\nAuthor: A <a@example.org>\nStatus: Active\nType: Process\nCreated: 01-Jan-2021\nResolution: https://example.org\n\n\nAbstract\n========\n\nFiles.\n\n\nCopyright\n=========\n\nPublic domain.\n"),
        ("peps/pep-0002.rst", "PEP: 2\nTitle: Use SQLite\nAuthor: A <a@example.org>,\n        B <b@example.org>\nStatus: Final\nType: Process\nCreated: 01-Feb-2021\nPost-History: 01-Feb-2021,\n              02-Feb-2021\n\n\nAbstract\n========\n\nSQLite.\n\n\nCopyright\n=========\n\nPublic domain.\n"),
        ("Status: Superseded", "Superseded-By: 2"),
        ("Replaces: 1", "              02-Feb-2021"),
        ("See Also", "* Extends :pep:`1`"),
    ),
    "rust": Dialect(
        ("rfcs/0001-files.md", f"- Feature Name: `files`\n- Start Date: 2021-01-01\n- RFC PR: [x/rfcs#1](https://github.com/x/rfcs/pull/1)\n\n{PROPOSAL.format(place='files')}"),
        ("rfcs/0002-sqlite.md", f"- Feature Name: `sqlite`\n- Start Date: 2021-02-01\n- RFC PR: [x/rfcs#2](https://github.com/x/rfcs/pull/2)\n\n{PROPOSAL.format(place='SQLite')}"),
        ("Superseded by [RFC 2](0002-sqlite.md).",),
        ("- Supersedes [RFC 1](0001-files.md)",),
        ("- Extends [RFC 1](0001-files.md)",),
    ),
    "no status at all": Dialect(
        ("adr/0001-files.md", "# Use files\n\nWe keep notes in files.\n"),
        ("adr/0002-sqlite.md", "# Use SQLite\n\nWe keep notes in SQLite.\n"),
        ("# Use files", "Superseded by [ADR-0002](0002-sqlite.md)."),
        ("## Links", "- Supersedes [ADR-0001](0001-files.md)"),
        ("- Extends [ADR-0001](0001-files.md)",),
    ),
    "reStructuredText": Dialect(
        ("adr/0001-files.rst", "1. Use files\n============\n\nStatus\n------\n\nAccepted\n\nContext\n-------\n\nNotes.\n\nDecision\n--------\n\nFiles.\n\nConsequences\n------------\n\nNone.\n"),
        ("adr/0002-sqlite.rst", "2. Use SQLite\n=============\n\nStatus\n------\n\nAccepted\n\nContext\n-------\n\nNotes.\n\nDecision\n--------\n\nSQLite.\n\nConsequences\n------------\n\nNone.\n"),
        ("Superseded by `2. Use SQLite <0002-sqlite.rst>`_",),
        ("Supersedes `1. Use files <0001-files.rst>`_",),
        ("Extends `1. Use files <0001-files.rst>`_",),
    ),
}  # fmt: skip
