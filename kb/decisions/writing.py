"""What a link adds to a note, in the note's own dialect: a plan of edits over its lines, nothing is touched here.

The first form that the file has is taken: a header field or a key of its front matter, the status that it states,
the section of its links; only where there is none a section is added. Every other line stays as it is.
"""

from collections.abc import Callable, Sequence

from kb.decisions.writing_fields import in_fields, in_status_field
from kb.decisions.writing_page import Edit, Link, Page, open_page
from kb.decisions.writing_sections import as_notice, in_links, in_status, in_status_section, new_section
from kb.kinds import Kind

Way = Callable[[Page, Link], list[Edit]]

OF_A_NOTE: tuple[Way, ...] = (in_links, new_section)
OF_A_SUCCESSOR: tuple[Way, ...] = (in_fields, in_status_field, in_status, as_notice)
OF_A_DECISION: tuple[Way, ...] = (in_fields, in_links, in_status_section, new_section)


def plan(path: str, lines: Sequence[str], link: Link, *, kind: Kind) -> list[Edit]:
    """The edits that make the file at `path` say `link`; UsageError where its format is none that can be written."""
    page = open_page(path, lines, kind)
    ways = OF_A_NOTE if kind != "adr" else OF_A_SUCCESSOR if link.relation == "superseded_by" else OF_A_DECISION
    return next((edits for way in ways if (edits := way(page, link))), [])
