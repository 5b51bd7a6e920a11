"""What has no vector yet is counted right, and cheaply, whatever was done since the last count."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kb.search.pending
from kb.search.pending import Pending
from kb.store.ledger import Ledger
from tests.unit.store.library import Library, directions, key_of

STEPS = ["add", "add text", "embed one", "remove", "back", "sweep", "lose one"]


@pytest.mark.parametrize("near", [0, 5_000])
@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=25))
def test_the_count_is_that_of_looking_at_all(near: int, steps: list[str]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(kb.search.pending, "NEAR", near)
        library = Library(Path(folder), dim=8)
        rows, generation = library.ledger.embeddings, library.generation
        with Ledger.open(library.path) as reader:
            here, there = Pending(library.ledger), Pending(reader)
            for step in steps:
                first = library.ledger.database.execute("SELECT path FROM file ORDER BY id").fetchone()
                if step == "add":
                    library.add(2)
                elif step == "add text":
                    with library.ledger.database.transaction():
                        library.put(library._made)
                        library._made += 1
                elif step == "embed one" and (pending := rows.pending(generation, 1)):
                    with library.ledger.database.transaction():
                        rows.add(generation, [pending[0][0]], directions(1, dim=8))
                elif step == "remove" and first:
                    library.remove([int(first[0][1:7])])
                elif step == "back":
                    with library.ledger.database.transaction():
                        library.put(0)
                elif step == "sweep":
                    library.sweep()
                elif step == "lose one":
                    with library.ledger.database.transaction():
                        library.ledger.database.execute("DELETE FROM vector WHERE key = ?", (key_of(1),))
                        rows.tell_swept()
                expected = rows.count_pending(generation)
                assert here.count(generation) == expected
                assert there.count(generation) == expected
        library.close()


def test_without_a_generation_all_is_pending(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add(3)
    assert Pending(library.ledger).count(None) == 3
    library.close()
