"""A search that asks for it sees every change that was made before it, whatever the watcher has heard."""

import random

from kb.service.client import Client
from tests.unit.daemon.served import LARGE, Served
from tests.unit.daemon.tree import Text, new_word

EDITS = 200 * LARGE
FILES = 30


def test_a_fresh_search_sees_every_earlier_change() -> None:
    with Served() as served, served.client() as client:
        for number in range(FILES):
            served.tree.write(f"first/{number}.md", Text(new_word(), number % 4))
        served.index()
        chance = random.Random(1)
        stale = [edit for number in range(EDITS) if (edit := _stale_edit(served, client, chance, number))]
        assert stale == []
        assert served.faults() == []


def _stale_edit(served: Served, client: Client, chance: random.Random, number: int) -> str:
    """Make one change and search for it at once; what was not seen of it, or nothing."""
    tree = served.tree
    what = chance.choice(("write", "replace", "delete", "move", "twice", "folder"))
    path = chance.choice(sorted(tree.files))
    gone, there = tree.files[path].word, path
    if what == "write":
        there = f"new/{number}.md"
        tree.write(there, Text(new_word(), number % 4))
        gone = ""
    elif what == "replace":
        tree.replace(path, Text(new_word(), chance.randrange(4)))
    elif what == "delete":
        tree.delete(path)
        tree.write(there := f"after/{number}.md", Text(new_word()))
    elif what == "move":
        there = f"moved/{number}.md"
        tree.move(path, there)
        gone = ""
    elif what == "folder":
        there = f"made/{number}/inside/{number}.md"
        tree.write(there, Text(new_word()))
        gone = ""
    else:
        # Of the same size both, and maybe within one tick of the clock.
        lines = tree.files[path].blank_lines
        tree.write(path, Text(new_word(), lines))
        gone = tree.files[path].word
        if chance.random() < 0.5:
            served.paths_of(client, gone, fresh=True)
        tree.write(path, Text(new_word(), lines))
    word = tree.files[there].word
    found = served.paths_of(client, word, fresh=True)
    left = served.paths_of(client, gone) if gone else []
    return (
        "" if (found, left) == ([there], []) else f"{number} {what} {there}: found {found}, the text before in {left}"
    )
