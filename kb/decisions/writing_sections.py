"""Links in the text of a note: its status section, the list of its links, or a new section for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.readers.decision import LINK_HEADINGS, STATUS_HEADINGS
from ingest.readers.markdown import heading_text
from ingest.readers.relations import targets
from ingest.readers.status import normal_status
from kb.decisions.writing_page import Edit, Link, Page
from kb.model import Block

ITEM = re.compile(r"^(?P<indent>\s{0,3})(?P<mark>[-*+]|(?P<number>\d{1,4})(?P<dot>[.)]))(?P<gap>\s+)\S")
MARK = re.compile(r"^\s{0,3}(?:>\s?)*(?:[-*+]\s+)?")
STATED_CHARS = 40
"""A status longer than this says more than its word: it stays, and the successor is said above it."""
HEAD_LINES = 25
FOREIGN_LINKS = frozenset({"references", "related work", "links and references"})
"""Sections that hold literature as often as decisions: used where they are there, never where a better one is."""
MADR = frozenset({"decision outcome", "considered options", "decision drivers"})
UNDERLINE = re.compile(r"^([=\-~^\"'`*+#:.])\1{2,}\s*$")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the blocks that stand right under it, up to the next heading of any level."""

    name: str
    heading: Block
    body: tuple[Block, ...]

    @property
    def text(self) -> list[Block]:
        return [block for block in self.body if block.role != "comment"]


def in_links(page: Page, link: Link) -> list[Edit]:
    """One more item in the section of links that the file has."""
    found = [section for section in sections(page) if section.name.lower().strip(" :") in LINK_HEADINGS]
    own = [section for section in found if section.name.lower().strip(" :") not in FOREIGN_LINKS]
    return _item(page, (own or found)[-1], page.sentence(link)) if found else []


def in_status_section(page: Page, link: Link) -> list[Edit]:
    """One more line under "Status", as adr-tools writes it."""
    section = _status_section(page)
    if section is None:
        return []
    last = section.body[-1] if section.body else section.heading
    return [_paragraph(page, last.end, page.sentence(link))]


def in_status(page: Page, link: Link) -> list[Edit]:
    """The successor in the place of the status word, or above a status that says more than a word."""
    section = _status_section(page)
    if section is None:
        return []
    said = page.sentence(link)
    for block in section.text:
        text = "\n".join(page.lines[block.start - 1 : block.end])
        if not (status := normal_status(text)):
            continue
        if status == "superseded" and targets(text, {}):
            return [_paragraph(page, block.end, said)]
        if block.start == block.end and len(text.strip()) <= STATED_CHARS and not targets(text, {}):
            mark = MARK.match(text)
            return [Edit(block.start - 1, block.end, (f"{mark[0] if mark else ''}{said}",))]
        return [Edit(block.start - 1, block.start - 1, (said, ""))]
    return [_paragraph(page, section.body[-1].end if section.body else section.heading.end, said)]


def as_notice(page: Page, link: Link) -> list[Edit]:
    """A sentence under the title of a decision that has no status: nobody reads an old one to its end."""
    return [_paragraph(page, _head_end(page), f"{page.sentence(link)}.")]


def new_section(page: Page, link: Link) -> list[Edit]:
    """A section of links at the end, under the name that the dialect has for it."""
    name, lines = _section_name(page), page.lines
    at = len(lines)
    if page.rst and (last := [section for section in sections(page) if section.name == "Copyright"]):
        # A PEP ends with its copyright.
        at = last[-1].heading.start - 1
    heading = (name, _underline(page) * len(name)) if page.rst else (f"{_hashes(page)} {name}",)
    before = ("",) if at and lines[at - 1].strip() else ()
    after = ("",) if at < len(lines) else ()
    return [Edit(at, at, (*before, *heading, "", f"{'*' if page.rst else '-'} {page.sentence(link)}", *after))]


def sections(page: Page) -> list[Section]:
    """The sections of a file in their order."""
    found: list[Section] = []
    heading: Block | None = None
    body: list[Block] = []
    for block in page.reading.blocks:
        if block.role == "heading":
            if heading is not None:
                found.append(Section(_name(page, heading), heading, tuple(body)))
            heading, body = block, []
        else:
            body.append(block)
    if heading is not None:
        found.append(Section(_name(page, heading), heading, tuple(body)))
    return found


def _name(page: Page, heading: Block) -> str:
    if not page.rst:
        return heading_text(page.lines, heading)
    first = page.lines[heading.start - 1].strip()
    return page.lines[heading.start].strip() if UNDERLINE.match(first) else first


def _status_section(page: Page) -> Section | None:
    return next((s for s in sections(page) if s.name.lower().strip(" :") in STATUS_HEADINGS), None)


def _section_name(page: Page) -> str:
    if page.kind != "adr":
        return "See also"
    names = {section.name.lower().strip(" :") for section in sections(page)}
    if names & MADR:
        # MADR 2 states its status in a list and ends with "Links"; since 3 it is front matter and "More Information".
        return "More Information" if page.reading.fields else "Links"
    return "See Also" if page.rst else "Links"


def _item(page: Page, section: Section, text: str) -> list[Edit]:
    lists = [block for block in section.body if block.role == "list"]
    if not lists:
        at = section.body[-1].end if section.body else section.heading.end
        return [_paragraph(page, at, f"{'*' if page.rst else '-'} {text}")]
    last = lists[-1]
    items = [match for line in page.lines[lists[0].start - 1 : last.end] if (match := ITEM.match(line))]
    if not items:
        return [_paragraph(page, last.end, f"- {text}")]
    own = [item for item in items if len(item["indent"]) <= len(items[0]["indent"])][-1]
    mark = f"{int(own['number']) + 1}{own['dot']}" if own["number"] else own["mark"]
    line = f"{own['indent']}{mark}{own['gap']}{text}"
    return [Edit(last.end, last.end, ("", line) if _loose(page.lines, lists) else (line,))]


def _loose(lines: Sequence[str], blocks: Sequence[Block]) -> bool:
    """Whether blank lines stand between the items of a list."""
    first, last = blocks[0].start, blocks[-1].end
    return any(
        not lines[n - 1].strip() and ITEM.match(lines[n]) for n in range(first + 1, last) if n < len(lines)
    )  # fmt: skip


def _paragraph(page: Page, at: int, text: str) -> Edit:
    """`text` after `at` lines, with a blank line on either side."""
    lines = page.lines
    after = ("",) if at < len(lines) and lines[at].strip() else ()
    return Edit(at, at, ("", text, *after) if at else (text, "" if not after else after[0]))


def _head_end(page: Page) -> int:
    """The number of lines that the title and the fields under it take."""
    end = 0
    for block in page.reading.blocks:
        if block.start > HEAD_LINES:
            break
        listed = block.role == "list" and all(":" in line for line in page.lines[block.start - 1 : block.end])
        title = block.role == "heading" and not any(b.role == "heading" and b.end <= end for b in page.reading.blocks)
        if not (block.role == "metadata" or listed or title) or (block.role == "heading" and end and listed):
            break
        if block.role == "heading" and _levels(page, block) > 1:
            break
        end = block.end
    return end


def _levels(page: Page, heading: Block) -> int:
    line = page.lines[heading.start - 1].lstrip()
    return len(line) - len(line.lstrip("#"))


def _hashes(page: Page) -> str:
    """The level of the file's sections: that of the first heading after the title, usually two."""
    levels = [_levels(page, section.heading) for section in sections(page)]
    below = [level for level in levels if level > 1]
    if below:
        return "#" * min(below)
    return "#" if levels.count(1) > 1 else "##"


def _underline(page: Page) -> str:
    """The mark under the file's sections."""
    marks = [page.lines[section.heading.end - 1].strip()[:1] for section in sections(page)]
    return marks[1] if len(marks) > 1 else marks[0] if marks and "pep" in page.reading.fields else "-"
