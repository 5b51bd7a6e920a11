"""Where a question looks: its scope, checked against the sources that there are."""

from typing import NamedTuple

from kb.app import places
from kb.app.api import Scope
from kb.errors import UsageError
from kb.kinds import KINDS
from kb.store.ledger import Ledger
from kb.store.passages import Filter


class Searched(NamedTuple):
    """`home` is the source of the current folder, which ranks first; empty where there is none."""

    chosen: Filter
    home: str


def resolved(ledger: Ledger, scope: Scope) -> Searched:
    """The filter that a scope means; UsageError for a kind or a source that does not exist."""
    if unknown := scope.keys() - Scope.__annotations__.keys():
        raise TypeError(f"a scope has no {', '.join(sorted(unknown))}")
    kinds, cwd, here = tuple(scope.get("kinds", ())), scope.get("cwd", ""), scope.get("here", False)
    if strange := [kind for kind in kinds if kind not in KINDS]:
        raise UsageError(f"no such kind: {', '.join(strange)}", f"kinds are: {', '.join(KINDS)}")
    home = places.owner(ledger.catalog.sources(), cwd) if cwd else None
    if here and home is None:
        raise UsageError(f"{cwd} lies in no source", "kb index .")
    name = home.name if home else ""
    source = known_source(ledger, scope.get("source", "")) or (name if here else "")
    return Searched(Filter(kinds=kinds, path_glob=places.as_known(scope.get("path_glob", "")), source=source), name)


def known_source(ledger: Ledger, source: str) -> str:
    """The name as it was given; UsageError where no source has it."""
    names = [known.name for known in ledger.catalog.sources()] if source else []
    if source and source not in names:
        raise UsageError(f"no such source: {source}", f"sources are: {', '.join(names)}")
    return source
