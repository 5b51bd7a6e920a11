"""What decisions bind a change to: what each chose, in its own words, and what was given up and is not to come back."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.answer.standing import outcome
from kb.answer.windows import ITEM
from kb.decisions.contradict import Phrase, choice_of
from kb.decisions.graph import Graph
from kb.draft.pack import Item
from kb.draft.sources import Cites, Sources
from kb.learn.pool import Material
from kb.model import StoredChunk

NUMBERED = re.compile(r"^(?:adr[-_ ]?)?\d{1,5}\s*[.:)–-]\s*", re.IGNORECASE)
PREFIX = re.compile(r"^(?:architecture decision record|adr)\s*:\s*", re.IGNORECASE)
STOP = re.compile(r"(?<=[.!?])\s")
MARKUP = re.compile(
    r"\[([^\]\n]*)\]\([^)\n]*\)|[*`]{1,3}(?=\S)|(?<=\S)[*`]{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)"
)
LEAD = re.compile(r"^\W*(?:option\s+\d+\s*[:.]\s*)", re.IGNORECASE)
MOST_CHARS, MOST_LINES = 220, 4
NOTHING = frozenset({"do nothing", "none", "other", "n/a", "status quo", "no change", "tbd"})


@dataclass(frozen=True, slots=True)
class Refused:
    """What a decision turned down, or what it gave up when another took its place."""

    option: str
    instead: str
    decision: Material
    cites: Cites


def title_of(material: Material) -> str:
    """A decision's title without its number, which the path shows."""
    bare = PREFIX.sub("", NUMBERED.sub("", material.file.title.strip()))
    return plain(bare) or material.file.path


def binding(sources: Sources, material: Material) -> Item | None:
    """What a decision says, with the lines that say it; None where they are gone."""
    told = decided_at(material)
    if told is None:
        return None
    part, start, end, said = told
    cites = sources.cite(part, start, end)
    status = material.file.status or "decided"
    since = f", {material.file.date}" if material.file.date else ""
    title = title_of(material)
    return (
        Item(f"“{title}” ({status}{since})" + (f": {said}" if said and said != title else ""), cites) if cites else None
    )


def decided_at(material: Material) -> tuple[StoredChunk, int, int, str] | None:
    """The passage and the lines of a decision that say what was decided, and their first sentence."""
    choice = choice_of(material.parts)
    part = None
    if choice is not None and choice.chosen is not None:
        part = part_at(material, choice.chosen.line)
        start = choice.chosen.line
    if part is None:
        part = outcome(material.parts)
        if part is None:
            return None
        start = next(
            (n for n, text in lines_of(part) if text.strip() and not text.lstrip().startswith("#")), part.start
        )
    end = paragraph_end(part, start)
    text = " ".join(text.strip() for n, text in lines_of(part) if start <= n <= end)
    return part, start, end, sentence(text)


def refused(sources: Sources, material: Material) -> Iterator[Refused]:
    """The options that a decision in force turned down."""
    choice = choice_of(material.parts)
    if choice is None:
        return
    chosen = option_name(choice.chosen) if choice.chosen else title_of(material)
    for option in choice.turned_down:
        name = option_name(option)
        # An option that shares its words with what was chosen is a variant of it: naming it alone would mislead.
        if name.lower() in NOTHING or name.lower().startswith(chosen.lower()):
            continue
        if choice.chosen and option.words <= choice.chosen.words:
            continue
        if cites := sources.line(material, option.line):
            yield Refused(name, chosen, material, cites)


def given_up(sources: Sources, graph: Graph, material: Material) -> Refused | None:
    """What a decision that is no longer in force had chosen, and what is in force in its place."""
    ends = graph.in_force(material.file.file_id)
    told = decided_at(material)
    if told is None:
        return None
    part, start, end, _ = told
    cites = sources.cite(part, start, end)
    instead = " and ".join(f"“{plain(NUMBERED.sub('', end.title)) or end.path}”" for end in ends)
    return Refused(title_of(material), instead, material, cites) if cites else None


def option_name(option: Phrase) -> str:
    """An option without its markup and its number."""
    return LEAD.sub("", plain(option.text)).strip(" .:,;(")


def plain(text: str, *, code: bool = False) -> str:
    """Markdown as it is read: links by their words, without emphasis; `code` keeps the marks around code."""
    bare = MARKUP.sub(lambda match: match[0] if code and "`" in match[0] else match[1] or "", text)
    return " ".join(bare.split())


def sentence(text: str) -> str:
    """The first sentence, cut at a length that is read at a glance."""
    first = plain(STOP.split(text, 1)[0]).lstrip("-*# ")
    return first if len(first) <= MOST_CHARS else first[: MOST_CHARS - 1].rsplit(" ", 1)[0] + " …"


def part_at(material: Material, number: int) -> StoredChunk | None:
    """The passage that holds a line."""
    return next((part for part in material.parts if part.start <= number <= part.end), None)


def lines_of(part: StoredChunk) -> Sequence[tuple[int, str]]:
    """(line number, text) of a passage as indexed."""
    return list(enumerate(part.text.split("\n"), part.start))


def paragraph_end(part: StoredChunk, start: int) -> int:
    """The last line of the paragraph that begins at a line, cut at a few lines."""
    end = start
    for number, text in lines_of(part):
        if number <= start:
            continue
        if not text.strip() or ITEM.match(text) or number - start >= MOST_LINES:
            break
        end = number
    return end
