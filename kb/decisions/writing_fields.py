"""Links in the fields of a decision: front matter, the header of a PEP, and the status that stands under the title."""

import json
import re
from collections.abc import Iterator, Sequence

from ingest.readers.frontmatter import field_name
from ingest.readers.relations import FIELDS, targets
from ingest.readers.status import normal_status
from kb.decisions.writing_page import Edit, Link, Page, Saying

HEADER_LINES = 60
NATIVE: dict[Saying, str] = {"supersedes": "replaces", "superseded_by": "superseded-by", "related": "see-also"}
"""The keys of an enhancement proposal; it may have none of them yet."""
PEP_ORDER: dict[Saying, tuple[str, tuple[str, ...]]] = {
    "supersedes": ("Replaces", ("superseded-by", "resolution")),
    "superseded_by": ("Superseded-By", ("resolution",)),
    "requires": ("Requires", ("created", "python-version", "post-history", "replaces", "superseded-by", "resolution")),
}
"""The field of a PEP, and the fields that stand below it."""
KEY = re.compile(r"^(?P<key>[A-Za-z][\w .-]{0,60}?)(?P<colon>\s*:)(?P<gap>\s*)(?P<value>.*)$")
FIELD = re.compile(
    r"^(?P<head>\s{0,3}(?:[-*+>]\s+)?(?:\*\*|__)?(?P<key>[^\W\d_][\w /-]{1,30}?)(?:\*\*|__)?\s*:(?:\*\*|__)?)"
    r"(?P<gap>\s*)(?P<value>.*?)\s*$"
)
LISTED = re.compile(r"^(?P<head>:(?P<key>[A-Za-z][\w -]{0,40}):)(?P<gap>\s+)(?P<value>.*?)\s*$")
CELL = re.compile(
    r"^(?P<head>\s*\|?\s*\*{0,2}(?P<key>[A-Za-z][A-Za-z _-]{1,30}?)\*{0,2}\s*\|)(?P<gap>\s*)(?P<value>[^|]*?)"
    r"(?P<tail>\s*\|?\s*)$"
)
NOTHING = frozenset({"", "n/a", "na", "none", "-", "–", "—", "tbd", "null", "~", "[]", "no", "nothing"})
COMMENT = re.compile(r"\s+#.*$|^#.*$")


def in_fields(page: Page, link: Link) -> list[Edit]:
    """A field of the relation's own: one that is there, or one that the dialect would have."""
    front = _front_end(page)
    if front:
        return _in_front_matter(page, link, front)
    if page.rst and "pep" in page.reading.fields:
        return _in_pep_header(page, link)
    for index, match in _fields(page):
        if FIELDS.get(field_name(match["key"])) == link.relation:
            return [_set(page, index, match, _with(match["value"], page.linked(link, label=link.name)))]
    return []


def in_status_field(page: Page, link: Link) -> list[Edit]:
    """`status: superseded by [ADR-0012](0012-x.md)`, wherever the status is a field; links with names, not titles."""
    front = _front_end(page)
    said = page.linked(link, label=link.name)
    if front and (index := _key_line(page, "status", front)) is not None and _value(page.lines[index]):
        return [_front_status(page.lines, index, said)]
    for index, match in _fields(page):
        if field_name(match["key"]) not in ("status", "state"):
            continue
        if match["value"].strip("*_ "):
            return [_set(page, index, match, _status(match["value"], said))]
        # `**Status:**` has its value on the line below.
        below = page.lines[index + 1] if index + 1 < len(page.lines) else ""
        if normal_status(below) and not FIELD.match(below):
            return [Edit(index + 1, index + 2, (_status(below.strip(), said),))]
        return [_set(page, index, match, _status("", said))]
    return []


def _status(value: str, said: str) -> str:
    """One that names a successor already gets a second one; any other word is no longer true."""
    if normal_status(value) == "superseded" and targets(value, {}):
        return f"{value.rstrip()} and {said}"
    return f"{'Superseded' if value.strip('*_ ')[:1].isupper() else 'superseded'} by {said}"


# Front matter


def _front_end(page: Page) -> int:
    """Number of lines of the front matter, its marks counted; 0 where there is none."""
    first = page.reading.blocks[0] if page.reading.blocks else None
    marked = bool(page.lines) and page.lines[0].rstrip() == "---"
    return first.end if first and marked and first.start == 1 and first.role == "metadata" else 0


def _in_front_matter(page: Page, link: Link, end: int) -> list[Edit]:
    keys = [name for name, relation in FIELDS.items() if relation == link.relation]
    for index in range(1, end - 1):
        match = KEY.match(page.lines[index])
        if match and field_name(match["key"]) in keys:
            return _added(page, index, link, end)
    if link.relation in NATIVE and _is_enhancement(page):
        entry = (f"{NATIVE[link.relation]}:", f"{_indent(page, end)}- {_yaml(_named(page, link, end))}")
        return [Edit(end - 1, end - 1, entry), *_replaced_status(page, link, end)]
    return []


def _is_enhancement(page: Page) -> bool:
    own = {"see-also", "replaces", "superseded-by", "creation-date", "kep-number"}
    return len(own.intersection(page.reading.fields)) >= 2


def _added(page: Page, index: int, link: Link, end: int) -> list[Edit]:
    """One more value in a key that is there: below its list, in its brackets, behind its comma."""
    line, named = page.lines[index], _named(page, link, end)
    status = _replaced_status(page, link, end)
    items = [n for n in _block_of(page.lines, index, end) if page.lines[n].lstrip().startswith("- ")]
    if items:
        indent = page.lines[items[-1]][: len(page.lines[items[-1]]) - len(page.lines[items[-1]].lstrip())]
        last = _block_of(page.lines, index, end)[-1]
        return [Edit(last + 1, last + 1, (f"{indent}- {_yaml(named)}",)), *status]
    value = _value(line)
    if value in ("[]", "~", "null", ""):
        bare = line if value == "" else line.replace(value, "", 1).rstrip()
        return [Edit(index, index + 1, (bare, f"{_indent(page, end)}- {_yaml(named)}")), *status]
    if _block_of(page.lines, index, end) or value[0] in "|>&*{":
        return []
    at = line.index(value, line.index(":")) + len(value)
    if value[0] == "[" and value[-1] == "]":
        return [Edit(index, index + 1, (f"{line[: at - 1]}, {_yaml(named)}{line[at - 1 :]}",)), *status]
    if value[0] in "\"'" and value[-1] == value[0]:
        return [Edit(index, index + 1, (f"{line[: at - 1]}, {named}{line[at - 1 :]}",)), *status]
    return [Edit(index, index + 1, (f"{line[:at]}, {named}{line[at:]}",)), *status]


def _replaced_status(page: Page, link: Link, end: int) -> list[Edit]:
    """An enhancement proposal says its successor in one key, and in another one that it is `replaced`."""
    index = _key_line(page, "status", end)
    if link.relation != "superseded_by" or index is None:
        return []
    line, value = page.lines[index], _value(page.lines[index])
    if not value or normal_status(value) == "superseded":
        return []
    word = "replaced" if _is_enhancement(page) else "superseded"
    return [Edit(index, index + 1, (line.replace(value, _like(value, word), 1),))]


def _front_status(lines: Sequence[str], index: int, said: str) -> Edit:
    line, value = lines[index], _value(lines[index])
    at = line.index(value, line.index(":"))
    stated = _status(value.strip("\"'"), said)
    return Edit(index, index + 1, (line[:at] + _like(value, stated) + line[at + len(value) :],))


def _like(value: str, word: str) -> str:
    """`word` in the quotes of the value that it replaces, or in those that it needs."""
    if value[:1] in "\"'" and value[-1:] == value[:1] and value[:1] not in word and "\\" not in word:
        return f"{value[0]}{word}{value[0]}"
    return _yaml(word)


def _yaml(text: str) -> str:
    """A value as YAML reads it back: plain where it may be, else as a JSON string, which is YAML too."""
    plain = re.match(r"[A-Za-z0-9./]", text) and not re.search(r":(?:\s|$)|\s#", text) and text == text.strip()
    return text if plain and text.lower() not in NOTHING | {"yes", "true", "false", "on", "off"} else json.dumps(text)


def _key_line(page: Page, key: str, end: int) -> int | None:
    for index in range(1, end - 1):
        match = KEY.match(page.lines[index])
        if match and field_name(match["key"]) == key:
            return index
    return None


def _value(line: str) -> str:
    """The value that stands on the line of a key, without a comment behind it."""
    match = KEY.match(line)
    value = match["value"] if match else ""
    return value.strip() if value[:1] in "\"'" else COMMENT.sub("", value).strip()


def _block_of(lines: Sequence[str], index: int, end: int) -> list[int]:
    """The lines that belong to a key: its list, or its text over several lines."""
    block: list[int] = []
    for number in range(index + 1, end - 1):
        line = lines[number]
        if not line.startswith((" ", "\t", "- ")):
            break
        block.append(number)
    return block


def _indent(page: Page, end: int) -> str:
    """How this front matter sets in its lists."""
    item = next((line for line in page.lines[1 : end - 1] if line.lstrip().startswith("- ")), "  - ")
    return item[: len(item) - len(item.lstrip())]


def _named(page: Page, link: Link, end: int) -> str:
    """The other as the fields of this file name things: by path where they hold paths."""
    block = [line.strip() for line in page.lines[1 : end - 1] if line.lstrip().startswith("- ")]
    return link.href if any(re.search(r"\.(?:md|rst)[\"']?$", line) for line in block) else link.name


# The header of a PEP


def _in_pep_header(page: Page, link: Link) -> list[Edit]:
    if link.relation not in PEP_ORDER or link.number is None:
        return []
    name, below = PEP_ORDER[link.relation]
    lines, end = page.lines, page.reading.blocks[0].end
    starts = {field_name(match["key"]): n for n in range(end) if (match := KEY.match(lines[n]))}
    edits: list[Edit] = []
    if (at := starts.get(name.lower())) is not None:
        edits.append(Edit(at, at + 1, (f"{lines[at].rstrip()}, {link.number}",)))
    else:
        at = min((starts[key] for key in below if key in starts), default=end)
        edits.append(Edit(at, at, (f"{name}: {link.number}",)))
    if link.relation == "superseded_by" and (status := starts.get("status")) is not None:
        match = KEY.match(lines[status])
        if match and normal_status(match["value"]) != "superseded":
            edits.append(Edit(status, status + 1, (f"{match['key']}{match['colon']}{match['gap']}Superseded",)))
    return edits


# Fields under the title


def _fields(page: Page) -> Iterator[tuple[int, re.Match[str]]]:
    """(index of the line, match) of the fields that stand as text above the first section."""
    for block in page.reading.blocks:
        if block.start > HEADER_LINES:
            return
        if block.role not in ("prose", "list", "quote", "table", "metadata") or len(block.trail) > 1:
            continue
        form = CELL if block.role == "table" else LISTED if page.rst else FIELD
        for index in range(block.start - 1, min(block.end, block.start + HEADER_LINES)):
            if match := form.match(page.lines[index]):
                yield index, match


def _set(page: Page, index: int, match: re.Match[str], value: str) -> Edit:
    # Two blanks at the end are a line break, and a cell ends with its bar.
    tail = match.groupdict().get("tail")
    if tail is None:
        line = page.lines[index]
        tail = line[len(line.rstrip()) :]
    return Edit(index, index + 1, (f"{match['head']}{match['gap'] or ' '}{value}{tail}",))


def _with(value: str, said: str) -> str:
    return said if value.strip("*_ ").lower() in NOTHING else f"{value}, {said}"
