"""The keys that the user chose: `[keymap]` of config.toml, by the ids of the bindings."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from textual.binding import Binding
from textual.dom import DOMNode


def ids_of(places: Iterable[type[DOMNode]]) -> set[str]:
    """The ids of what can be bound to another key."""
    return {
        binding.id
        for place in places
        for binding in place.BINDINGS
        if isinstance(binding, Binding) and binding.id and not binding.system
    }


def checked_keymap(keymap: Mapping[str, str], known: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """The keys that can be taken over, and what is wrong with the others, each with the nearest id."""
    faults = []
    for name in keymap:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            faults.append(f"[keymap]: nothing is called {name}" + (f"; did you mean {near[0]}?" if near else ""))
    return {name: keys for name, keys in keymap.items() if name in known}, faults
