"""The words leg against SQLite's own bm25(), which has the same formula and is the oracle."""

import random
from pathlib import Path

import pytest

from kb.search.words import WordScores, _sums, bm25
from kb.store.ledger import Ledger
from kb.store.passages import COLUMN_WEIGHTS, Filter
from tests.unit.app.world import World
from tests.unit.words import matching, query_of

WORDS = ["otter", "raven", "lynx", "heron", "stoat", "badger", "vole", "shrew", "marten", "owl"]


def filled(world: World, files: int = 40) -> None:
    random.seed(7)
    for number in range(files):
        title, body = random.choice(WORDS), " ".join(random.choices(WORDS, k=random.randint(5, 200)))
        text = f"# {title}\n\n{body}\n\n## {random.choice(WORDS)}\n\n{body}"
        world.write(f"{random.choice(WORDS)}/n{number}.md", text)
    world.index()


def by_sqlite(ledger: Ledger, forms: list[str]) -> dict[int, float]:
    weights = ", ".join(map(str, COLUMN_WEIGHTS.values()))
    match = " OR ".join(f'"{form}"' for form in forms)
    sql = f"SELECT rowid, -bm25(chunk_fts, {weights}) FROM chunk_fts WHERE chunk_fts MATCH ?"
    return dict(ledger.database.execute(sql, (match,)).fetchall())


@pytest.mark.parametrize("forms", [["otter"], ["otter", "raven"], ["vole", "lynx", "owl", "heron", "stoat"]])
def test_the_scores_are_those_of_sqlite(world: World, forms: list[str]) -> None:
    filled(world)
    with Ledger.open(world.settings.ledger) as ledger:
        expected = by_sqlite(ledger, forms)
        columns = ledger.passages.terms_of(list(expected))
        scores = bm25(query_of(ledger, forms), [columns[i] for i in expected], ledger.passages.full_text_size())
        assert len(expected) > 20
        assert scores == pytest.approx(list(expected.values()))


def test_what_holds_any_of_the_words_is_found(world: World) -> None:
    filled(world)
    with Ledger.open(world.settings.ledger) as ledger:
        found = matching(ledger, ["otter", "owl"], 10_000, Filter())
        assert sorted(found) == sorted(by_sqlite(ledger, ["otter", "owl"]))
        assert matching(ledger, ["otter", "owl"], 7, Filter()) == found[:7]


def test_the_best_by_sqlite_are_among_the_first(world: World) -> None:
    filled(world)
    world.write("about.md", "# The wombat\n\nA wombat digs.")
    world.write("aside.md", "# Other animals\n\n" + " ".join(WORDS * 8) + " wombat")
    world.index()
    with Ledger.open(world.settings.ledger) as ledger:
        expected = by_sqlite(ledger, ["wombat", "otter"])
        assert matching(ledger, ["wombat", "otter"], 1, Filter()) == [max(expected, key=lambda i: expected[i])]


def test_lengths_follow_what_is_added_and_taken_away(world: World) -> None:
    filled(world, files=10)
    scores = WordScores()

    def found() -> list[int]:
        with Ledger.open(world.settings.ledger) as ledger:
            return scores.best(ledger, query_of(ledger, ["otter"]), limit=1_000, chosen=Filter())

    before = found()
    world.write("new.md", "# A new note\n\n" + "otter " * 50)
    (world.notes / world.files()[0][1]).unlink()
    world.index()
    with Ledger.open(world.settings.ledger) as ledger:
        fresh = matching(ledger, ["otter"], 1_000, Filter())
    assert found() == fresh
    assert set(fresh) != set(before)


def test_a_filter_narrows_and_keeps_the_order(world: World) -> None:
    filled(world)
    with Ledger.open(world.settings.ledger) as ledger:
        inside = matching(ledger, ["otter"], 1_000, Filter(path_glob="raven"))
        assert inside
        everywhere = matching(ledger, ["otter"], 1_000, Filter())
        assert inside == [chunk_id for chunk_id in everywhere if chunk_id in set(inside)]
        assert len(inside) < len(everywhere)


@pytest.mark.parametrize("numbers", [[0, 0, 0, 1], [127, 128, 1, 0], [16_383, 16_384, 2_097_151, 300]])
def test_lengths_are_read_as_sqlite_writes_them(numbers: list[int]) -> None:
    blobs = [b"".join(varint(number) for number in numbers), varint(5)]
    assert _sums(blobs).tolist() == [sum(numbers), 5]


def varint(number: int) -> bytes:
    parts = [number & 127]
    while number := number >> 7:
        parts.append(number & 127 | 128)
    return bytes(reversed(parts))


def test_nothing_known_of_finds_nothing(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        assert matching(ledger, ["otter"], 5, Filter()) == []
