"""Our own precedents: code that does already what somebody is about to write, by name and by what it says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.decisions.why.line import DECLARES
from kb.draft.binding import lines_of
from kb.draft.diffs import Changed
from kb.draft.ground import FOUND, Surveyor
from kb.draft.proposed import Proposal, Statement
from kb.learn.pool import Material
from kb.model import StoredChunk
from kb.search.signals import is_test
from kb.terms import terms

NEW = re.compile(
    r"\b(?:new|own|custom|introduc\w+|creat(?:e|es|ing)|add(?:s|ing)?|writ(?:e|es|ing)|build(?:s|ing)?|implement\w*|generic)\b",
    re.IGNORECASE,
)
MOST, MOST_LOOKED_FOR, MOST_PASSAGES, MOST_BODY_CHARS = 4, 12, 3, 400
BETWEEN = frozenset({"for", "by", "of", "the", "to", "with", "and", "or", "in", "on", "from", "an", "all"})
"""Parts of a name that join the others."""
SHARED = 0.5
"""So much of a name has to be in the name of a precedent."""


@dataclass(frozen=True, slots=True)
class Precedent:
    """A declaration in the code, and for what it is one."""

    statement: Statement | None
    change: Changed | None
    material: Material
    part: StoredChunk
    line: int
    """Where it is declared."""
    name: str
    """`OrderRepository.findByUser`."""


Found = tuple[Material, StoredChunk, int, str]
"""A file, the passage and the line that declare something, and its name with that of its owner."""


def precedents(surveyor: Surveyor, proposal: Proposal) -> list[Precedent]:
    """For each new function of a diff, or each new thing of a document, the code that is most alike."""
    found = _of_diff(surveyor, proposal.changes) if proposal.is_diff else _of_document(surveyor, proposal)
    told: dict[tuple[int, int], Precedent] = {}
    for precedent in found:
        told.setdefault((precedent.material.file.file_id, precedent.part.ordinal), precedent)
    return list(told.values())[:MOST]


def precedent_for(surveyor: Surveyor, text: str, *, name: str = "", but: str = "") -> Found | None:
    """The nearest declaration to a text; with a name one that shares enough of it. None where nothing is near."""
    wanted = _name_words(name)
    for material in surveyor.near(text, "code"):
        if material.file.path == but or is_test(material.file.path):
            continue
        for ordinal, score in sorted(material.scores.items(), key=lambda item: -item[1])[:MOST_PASSAGES]:
            part = next((part for part in material.parts if part.ordinal == ordinal), None)
            if part is None or not part.symbols:
                continue
            declared = _declared(part)
            if wanted:
                # The index may hold the new function already: it is no precedent for itself.
                others = [(at, n, held) for at, n in declared if n != name and (held := _name_words(n))]
                shared = [(len(wanted & held) / max(len(wanted), len(held)), at, n) for at, n, held in others]
                best = max(shared, default=None, key=lambda item: item[0])
                if best is not None and best[0] >= SHARED:
                    return material, part, best[1], _owned(part, best[2])
            elif score >= FOUND and _is_named(part, text):
                return material, part, declared[0][0], _owned(part, declared[0][1])
    return None


def _declared(part: StoredChunk) -> list[tuple[int, str]]:
    """(line, plain name) of what a passage declares: its symbols, then the functions inside of a small class."""
    lines = lines_of(part)
    names = [symbol.rsplit(".", 1)[-1] for symbol in part.symbols]
    found = [
        (
            next((number for number, text in lines if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)), part.start),
            name,
        )
        for name in names
    ]
    inside = [(number, match[1]) for number, text in lines if (match := DECLARES.match(text)) and match[1] not in names]
    return [*found, *inside]


def _owned(part: StoredChunk, name: str) -> str:
    symbol = part.symbols[0].rsplit(".", 1)[-1]
    owner = part.trail[-1] if part.trail and part.kind == "code" else ""
    owner = symbol if name != symbol else owner
    return f"{owner}.{name}" if owner and owner != name else name


def _of_diff(surveyor: Surveyor, changes: Sequence[Changed]) -> list[Precedent]:
    gone = {change.text.strip() for change in changes if not change.is_added}
    found: list[Precedent] = []
    new = [change for change in changes if change.is_declaration and change.text.strip() not in gone]
    for change in new[:MOST_LOOKED_FOR]:
        body = " ".join(
            c.text.strip() for c in changes if c.is_added and (c.path, c.symbol) == (change.path, change.symbol)
        )
        words = " ".join(sorted(_name_words(change.symbol)))
        if is_test(change.path) or not words:
            continue
        text = f"{change.symbol} {words} {body[:MOST_BODY_CHARS]}"
        if (at := precedent_for(surveyor, text, name=change.symbol)) is not None:
            found.append(Precedent(None, change, *at))
    return found


def _of_document(surveyor: Surveyor, proposal: Proposal) -> list[Precedent]:
    new = [statement for statement in proposal.statements if NEW.search(statement.text)][:MOST_LOOKED_FOR]
    return [
        Precedent(statement, None, *at)
        for statement in new
        if (at := precedent_for(surveyor, statement.text)) is not None
    ]


def _is_named(part: StoredChunk, text: str) -> bool:
    """Whether a text says a word of the name of a declaration or of its owner: likeness alone is often an accident."""
    named = {word for symbol in (*part.symbols, *part.trail) for word in _name_words(symbol.rsplit(".", 1)[-1])}
    return bool(named & set(terms(text)))


def _name_words(name: str) -> frozenset[str]:
    """The parts of a name, stemmed; `findByUser` ▶ find, user."""
    found = terms(name)
    parts = found[1:] if len(found) > 1 else found
    return frozenset(part for part in parts if part not in BETWEEN and len(part) > 1)
