"""What a query means: the words to look for, and the filters among them (`kind:adr path:src/ source:shop`).

Pure. The text of the query is the one truth: chips are made of it, and a chip that is toggled is a
change to it. What is no filter of ours, or names no kind or source that there is, stays text: a
search for `kind:Deployment` looks for just that.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.kinds import KINDS

Name = Literal["kind", "path", "source"]
FILTER = re.compile(r'(?<!\S)(kind|path|source):("[^"]*"?|\S+|$)', re.IGNORECASE)
"""Without a value it is one only at the end of the query, where it is still being typed."""
MOST_CHARS = 1_000
"""More words than these tell no passages apart; a pasted log would cost seconds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query taken apart; an empty filter lets everything through."""

    text: str
    kinds: tuple[str, ...] = ()
    path_glob: str = ""
    source: str = ""
    is_cut: bool = False
    """True where only the first `MOST_CHARS` of the text are looked for."""

    @property
    def narrowed(self) -> dict[str, Any]:
        """The filters, by the names that a search takes them under."""
        return {"kinds": self.kinds, "path_glob": self.path_glob, "source": self.source}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that can be switched on or off."""

    name: Name
    value: str
    on: bool


def parse(query: str, sources: Sequence[str] = ()) -> Asked:
    """The words and the filters of a query; of several paths or sources the last one counts."""
    kinds: dict[str, None] = {}
    path, source = "", ""
    for match in _filters(query, sources):
        name, value = match[1].lower(), _bare(match[2])
        if name == "kind":
            kinds |= dict.fromkeys(_kinds(value))
        elif name == "path":
            path = value
        else:
            source = _nearest(value, sources)
    text = _without(query, _filters(query, sources))
    return Asked(text[:MOST_CHARS], tuple(kinds), path, source, is_cut=len(text) > MOST_CHARS)


def chips(asked: Asked, sources: Sequence[str]) -> list[Chip]:
    """All that can be toggled: the kinds, the path if there is one, the sources where there are several."""
    kinds = [Chip("kind", kind, kind in asked.kinds) for kind in KINDS]
    path = [Chip("path", asked.path_glob, True)] if asked.path_glob else []
    several = sources if len(sources) > 1 else ()
    return [*kinds, *path, *(Chip("source", name, name == asked.source) for name in several)]


def toggled(query: str, chip: Chip, sources: Sequence[str] = ()) -> str:
    """The query with one filter switched; its words stay, the filter goes to the end."""
    asked = parse(query, sources)
    rest = _without(query, [match for match in _filters(query, sources) if match[1].lower() == chip.name])
    values: Iterable[str] = () if chip.on else (chip.value,)
    if chip.name == "kind":
        values = [kind for kind in KINDS if (kind in asked.kinds) != (kind == chip.value)]
    value = ",".join(values)
    if not value:
        return rest
    return f"{rest} {chip.name}:{_quoted(value)} ".lstrip()


def _filters(query: str, sources: Sequence[str]) -> list[re.Match[str]]:
    return [match for match in FILTER.finditer(query) if _is_known(match, sources)]


def _is_known(match: re.Match[str], sources: Sequence[str]) -> bool:
    value = _bare(match[2])
    if not value or match[1].lower() == "path":
        return True
    return bool(_kinds(value) if match[1].lower() == "kind" else _nearest(value, sources))


def _kinds(value: str) -> list[str]:
    """`adr,til` or the beginning of each; nothing where one of them is no kind."""
    found = [_nearest(word, KINDS) for word in value.split(",") if word]
    return found if all(found) else []


def _nearest(value: str, names: Sequence[str]) -> str:
    """The name, or else the first one that begins so: a filter that is half typed works already."""
    wanted = value.lower()
    return next((n for n in names if n == value), next((n for n in names if n.lower().startswith(wanted)), ""))


def _without(query: str, matches: Iterable[re.Match[str]]) -> str:
    kept, at = "", 0
    for match in matches:
        kept, at = kept + query[at : match.start()], match.end()
    return " ".join((kept + query[at:]).split())


def _bare(value: str) -> str:
    return value.strip('"') if value.startswith('"') else value


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
