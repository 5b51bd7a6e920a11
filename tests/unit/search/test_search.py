"""Searching through the application: filters, the home source, refusals, odd questions, and what stays bounded."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from kb.errors import IndexMismatchError, KbError, NoIndexError, UsageError
from kb.search.legs import CANDIDATES
from kb.store.database import Database
from tests.unit.app.world import CountingEmbedder, World

if TYPE_CHECKING:
    from kb.embedding.port import Matrix, Vector


@pytest.fixture
def animals(world: World) -> World:
    for number in range(30):
        text = f"# Animal {number}\n\nThe animal{number} of the zoo eats leaf{number % 5}.\n"
        world.write(f"zoo/animal{number:02}.md", text)
    world.write("src/feed.py", "def feed_animal(animal):\n    return animal.eat()\n")
    world.write("adr/0001-zoo.md", "# 1. Keep a zoo\n\n## Status\n\nAccepted\n\n## Decision\n\nWe keep a zoo.\n")
    world.index()
    return world


def test_an_index_of_nothing_yet_finds_nothing(world: World) -> None:
    world.index()
    assert world.paths("zoo") == []
    with world.app() as app:
        assert app.ask("what does the zoo eat?")["status"] == "not_found"


def test_filters_narrow_and_combine(animals: World) -> None:
    assert animals.paths("zoo", kinds=("adr",)) == ["adr/0001-zoo.md"]
    assert animals.paths("animal", kinds=("code",)) == ["src/feed.py"]
    assert set(animals.paths("animal", path_glob="zoo/*1*", limit=50)) == {
        f"zoo/animal{n:02}.md" for n in range(30) if "1" in f"{n:02}"
    }
    assert animals.paths("zoo", kinds=("adr",), path_glob="src") == []
    assert animals.paths("zoo", source="notes", kinds=("adr",)) == ["adr/0001-zoo.md"]


@pytest.mark.parametrize(
    "scope", [{"kinds": ("poem",)}, {"source": "nowhere"}, {"here": True, "cwd": "/"}], ids=["kind", "source", "here"]
)
def test_a_scope_that_is_none_is_wrong_usage(animals: World, scope: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        animals.search("zoo", **scope)


def test_the_source_of_the_current_folder_ranks_first_and_here_stays_in_it(world: World) -> None:
    for name in ("one", "two"):
        (world.folder / name).mkdir()
        (world.folder / name / "a.md").write_text("# Same\n\nThe same words.\n")
        world.index(world.folder / name)
    for name in ("one", "two"):
        place = str(world.folder / name)
        assert world.search("same words", cwd=place)[0]["source"] == name
        assert {hit["source"] for hit in world.search("same words", cwd=place, here=True)} == {name}


def test_a_name_is_found_by_its_parts_and_whole(animals: World) -> None:
    for query in ("feed_animal", "feed animal", "feedAnimal"):
        assert "src/feed.py" in animals.paths(query)


def parts(*, sentences: int) -> str:
    return "# Big\n\n" + "".join(f"## Part {n}\n\n" + f"The yak grazes {n}. " * sentences + "\n\n" for n in range(20))


def test_one_file_does_not_fill_the_list(world: World) -> None:
    world.write("big.md", parts(sentences=60))
    world.write("small.md", "# Small\n\nA yak.\n")
    world.index()
    counted = Counter(hit["path"] for hit in world.search("the yak grazes", limit=20))
    assert counted["big.md"] <= 3
    assert counted["small.md"] == 1


def test_hits_of_one_file_do_not_overlap_and_ranks_count_up(world: World) -> None:
    world.write("big.md", parts(sentences=20))
    world.index()
    hits = world.search("the yak grazes", limit=20)
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
    places = sorted((hit["start"], hit["end"]) for hit in hits)
    assert all(one[1] < two[0] for one, two in pairwise(places))


def test_the_same_index_gives_the_same_list(animals: World) -> None:
    assert animals.search("leaf3 of the zoo") == animals.search("leaf3 of the zoo")


@pytest.mark.parametrize(
    "query",
    ['"', "'", "*", "a*", "NEAR(a b)", "AND OR NOT", "title:x", "(", ")", "^", "{}", "-x", "--all", "a OR", "\\", "\0",
     "the of and", "の", "\U0001f600", "caf\udce9", "x" * 10_000, "zoo " * 5_000, "%s", "?", "; DROP TABLE file"],
    ids=ascii,
)  # fmt: skip
def test_any_question_is_searched_without_an_error(animals: World, query: str) -> None:
    animals.search(query)
    assert animals.ask(query)["status"] in ("answered", "not_found")
    assert animals.ask("zoo", context=query)["status"] in ("answered", "not_found")


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_an_empty_question_is_wrong_usage(animals: World, query: str) -> None:
    for method in (animals.search, animals.ask):
        with pytest.raises(UsageError):
            method(query)


def test_nothing_indexed_yet_is_told_with_the_next_command(world: World) -> None:
    with pytest.raises(NoIndexError) as told:
        world.search("x")
    assert told.value.hint == "kb index PATH"
    assert not world.settings.home.exists()


def test_an_index_of_another_model_is_refused_until_it_is_made_again(animals: World) -> None:
    old = animals.embedder
    animals.use("other", CountingEmbedder(32))
    with pytest.raises(IndexMismatchError) as refused:
        animals.search("zoo")
    assert refused.value.hint.startswith("kb index")
    assert animals.index()["embedded"] == len(old.texts)
    assert animals.paths("keep a zoo")[0] == "adr/0001-zoo.md"
    dims = animals.look(lambda ledger: ledger.database.execute("SELECT DISTINCT length(data) FROM vector").fetchall())
    assert dims == [(32 * 4,)]
    with pytest.raises(IndexMismatchError):
        animals.use("all-MiniLM-L6-v2", old)
        animals.search("zoo")


def test_a_model_replaced_under_its_name_is_noticed_by_the_next_run(animals: World) -> None:
    animals.use("other", CountingEmbedder(32, "-first"))
    animals.index()
    animals.use("other", CountingEmbedder(32, "-second"))
    with pytest.raises(KbError):
        animals.search("zoo")
    assert animals.index()["embedded"] > 0
    assert animals.paths("keep a zoo")[0] == "adr/0001-zoo.md"


def test_text_only_is_searched_by_words_and_says_so(world: World) -> None:
    world.write("a.md", "# A\n\nThe takin is a goat.\n")
    world.index(text_only=True)
    assert world.embedder.texts == []
    with world.app() as app:
        found = app.search("takin")
    assert found["hits"][0]["path"] == "a.md"
    assert "1 of 1 passages" in found["notices"][0]
    assert world.index()["embedded"] == 1
    with world.app() as app:
        assert app.search("takin")["notices"] == []


def test_an_open_application_sees_what_another_process_wrote(animals: World) -> None:
    with animals.app() as app:
        assert app.search("takin")["hits"][0]["path"] != "takin.md"
        animals.write("takin.md", "# Takin\n\nThe takin is a goat.\n")
        animals.index()
        assert app.search("the takin is a goat")["hits"][0]["path"] == "takin.md"


def test_the_matrix_is_read_once_for_many_searches(animals: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    plain = Database.execute

    def counted(self: Database, sql: str, parameters: object = ()) -> object:
        asked["matrix" if "v.key, v.data" in sql else "other"] += 1
        return plain(self, sql, parameters)

    monkeypatch.setattr(Database, "execute", counted)
    with animals.app() as app:
        app.search("zoo")
        assert asked["matrix"] == 1
        first = asked["other"]
        for number in range(5):
            app.search(f"animal{number}")
    assert asked["matrix"] == 1
    # One statement for each near passage and a handful beside them, however large the index.
    assert asked["other"] - first <= 5 * (CANDIDATES + 20)


class Alike(CountingEmbedder):
    """To whom all texts mean the same: what is left are the words."""

    def embed_passages(self, texts: Sequence[str]) -> "Matrix":
        return super().embed_passages(["the same"] * len(texts))

    def embed_query(self, text: str) -> "Vector":
        return super().embed_query("the same")


def test_a_note_just_saved_is_not_behind_all_others_until_it_is_embedded(world: World) -> None:
    world.embedder = Alike()
    for number in range(40):
        world.write(f"f{number}.md", f"# F{number}\n\nflat{number} text\n")
    world.index()
    world.write("f7.md", "# F7\n\nflat7 text\n\nThe word is flatpend.\n")
    world.index(text_only=True)
    assert world.paths("flatpend")[0] == "f7.md"
