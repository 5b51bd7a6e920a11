"""Why a reading stands in the plan, in one line made of what is known of it; and what a file is about at all."""

import posixpath
from collections.abc import Sequence

from kb.decisions.contradict import choice_of
from kb.decisions.edges import Decision
from kb.decisions.graph import Graph
from kb.learn.guards import Use, symbols_of
from kb.learn.model import Concept
from kb.learn.phrases import SECTIONS, key_of
from kb.learn.pitfalls import SENTENCE, SHORTEST, pitfall_in, plain, shortened
from kb.learn.pool import Material
from kb.terms import terms


class Reasons:
    """Says of a material what it is about, out of the concepts and the decisions of the index."""

    def __init__(self, graph: Graph, concepts: Sequence[Concept]) -> None:
        self._graph = graph
        self._concepts = concepts

    def about(self, material: Material) -> set[str]:
        """The keys of the concepts that its title or a heading names, or that its code declares."""
        keys = {concept.key: set(concept.key.split()) for concept in self._concepts}
        if material.file.kind == "code":
            declared = {key_of(symbol.rsplit(".", 1)[-1]) for part in material.parts for symbol in part.symbols}
            return keys.keys() & declared
        heads = {material.file.title, *(heading for part in material.parts for heading in part.trail)}
        named = [set(key_of(head).split()) for head in heads]
        return {key for key, forms in keys.items() if any(forms <= head for head in named)}

    def is_known(self, material: Material) -> bool:
        known = {concept.key for concept in self._concepts if concept.known}
        about = self.about(material)
        return bool(about) and about <= known

    def note(self, material: Material) -> str:
        names = self._names(material)
        pitfall = pitfall_in(material)
        if pitfall and names:
            return f"{_list(names)}, and what can go wrong: “{pitfall}”"
        if pitfall:
            return f"what can go wrong: “{pitfall}”"
        return f"speaks of {_list(names)}" if names else _section(material)

    def decision(self, material: Material) -> str:
        file_id = material.file.file_id
        ends = self._graph.in_force(file_id)
        if ends:
            return f"no longer in force: read it after {_list([_called(end) for end in ends])}, for what was given up"
        found = self._graph.decision(file_id)
        status = found.status if found and found.status else "decided"
        date = f" on {found.date}" if found and found.date else ""
        before = [_called(old) for old in self._graph.succession.before(file_id)[:2]]
        replaced = f", in place of {_list(before)}" if before else ""
        choice = choice_of(material.parts)
        given_up = count_of(len(choice.turned_down), "option") if choice else ""
        return f"{status}{date}{replaced}" + (f"; {given_up} turned down" if given_up else "")

    def touch(self, material: Material) -> str:
        names = self._names(material)
        return f"a change to {_list(names)} would go here" if names else f"a change would go here: {_section(material)}"

    def _names(self, material: Material) -> list[str]:
        """The concepts that a file is about, by its title, headings and symbols; two at most."""
        about = self.about(material)
        found = [concept.name for concept in self._concepts if concept.key in about]
        return found[:2]


def why_used(use: Use) -> str:
    users = [posixpath.basename(path) for path in use.used_by[:2]]
    more = f" and {len(use.used_by) - 2} more" if len(use.used_by) > 2 else ""
    return f"declares {_list(use.symbols)}, used by {', '.join(users)}{more}"


def _section(material: Material) -> str:
    """What was found in it: the symbols that it declares for others, the first sentence of its nearest passage."""
    best = material.best
    if material.file.kind == "code":
        declared = symbols_of(material)
        nearest = [name for name in declared if name in {symbol.rsplit(".", 1)[-1] for symbol in best.symbols}]
        return f"declares {_list((nearest or declared)[:2])}" if declared else "near to the topic"
    prose = [part for part in (best, *material.parts) if part.role in ("prose", "list", "quote")]
    said = next((text for part in prose for text in map(plain, SENTENCE.split(part.text)) if _is_said(text)), "")
    if said:
        return f"says: “{shortened(said)}”"
    # A heading that every note has tells nothing of this one.
    heads = [head for head in best.trail if " ".join(terms(head)) not in SECTIONS and head != material.file.title]
    return f"“{heads[-1]}” is near to the topic" if heads else "near to the topic"


def _is_said(text: str) -> bool:
    marked = text.startswith(("#", "|", "<", "$", "!", ">")) or "```" in text or text.endswith(":")
    return len(text) >= SHORTEST and not marked


def count_of(count: int, what: str) -> str:
    """`1 option`, `3 options`, nothing for none."""
    return "" if not count else f"{count} {what}{'' if count == 1 else 's'}"


def _called(decision: Decision) -> str:
    return f"“{decision.title}”" if decision.title else decision.path


def _list(names: Sequence[str]) -> str:
    return " and ".join(names)
