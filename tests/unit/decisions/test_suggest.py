"""How alike documents are: templates weigh nothing, and what is held in memory follows the ledger."""

from typing import Any

import pytest

from kb.app.application import App
from kb.decisions import suggest_documents
from kb.decisions.boilerplate import is_template
from kb.decisions.relate import FLOOR
from kb.decisions.suggest import Likeness, likeness_of
from kb.decisions.suggest_documents import document_of, documents_of
from kb.decisions.suggest_words import Document
from kb.errors import UsageError
from tests.unit.app.world import World

TEMPLATE = (
    "# {n}. {title}\n\n## Status\n\nAccepted\n\n## Context\n\nThe team met in the large room on a Monday and talked at"
    " length about what the customer wants from us.\n\n{text}\n\n## Decision\n\nWe do so, as all of us have agreed"
    " on that Monday.\n\n## Consequences\n\nThe customer and the team get what they want, and the work begins.\n"
)
SUBJECTS = {
    1: ("Ledger", "Postings of the ledger are booked twice."),
    2: ("Kayaks", "A kayak drifts with the current of the river."),
    3: ("Gears", "Cogs of the gearbox mesh under load."),
    4: ("Bookings", "Whoever books a posting balances the ledger."),
    5: ("Paddles", "The paddle steers a kayak on the river."),
    6: ("Bread", "Sourdough rises overnight."),
}


@pytest.fixture
def indexed(world: World) -> World:
    for number, (title, text) in SUBJECTS.items():
        world.write(f"adr/{number:04}.md", TEMPLATE.format(n=number, title=title, text=text))
    world.index()
    return world


def scores(app: App, path: str) -> dict[str, float]:
    """The likeness of every other document to one, by paths."""
    likeness = likeness_of(app.ledger)
    names = dict(app.ledger.database.execute("SELECT id, path FROM file").fetchall())
    own = next(document for document in likeness.documents.all if names[document.file_id] == path)
    return {names[other.file_id]: score for other, score in likeness.best(own, 100)}


def test_what_a_whole_folder_has_in_common_makes_no_two_of_it_alike(indexed: World) -> None:
    with indexed.app() as app:
        for one, other in ((1, 4), (2, 5), (4, 1), (5, 2)):
            found = scores(app, f"adr/{one:04}.md")
            assert next(iter(found)) == f"adr/{other:04}.md"
            assert found[f"adr/{other:04}.md"] > 2 * found["adr/0006.md"]
        assert max(scores(app, "adr/0006.md").values()) < 0.2


def test_one_pair_alone_scores_as_it_does_among_all(indexed: World) -> None:
    with indexed.app() as app:
        likeness = likeness_of(app.ledger)
        for document in likeness.documents.all:
            for other, score in likeness.best(document, 100):
                assert likeness.pair(document, other) == pytest.approx(score, abs=1e-5)
                assert likeness.pair(other, document) == pytest.approx(score, abs=1e-5)


def test_the_preselection_of_all_holds_the_best_of_each(indexed: World) -> None:
    with indexed.app() as app:
        likeness = likeness_of(app.ledger)
        near = {d.file_id: [o.file_id for o, _ in others] for d, others in likeness.near_all(likeness.documents.all)}
        for document in likeness.documents.all:
            assert document.file_id not in near[document.file_id]
            assert likeness.best(document, 1)[0][0].file_id in near[document.file_id]


def test_only_changed_files_are_read_again_and_gone_ones_are_forgotten(
    indexed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with indexed.app() as app:
        before = documents_of(app.ledger)
        assert documents_of(app.ledger) is before
        read = count_reads(monkeypatch)
        indexed.write("adr/0006.md", TEMPLATE.format(n=6, title="Rolls", text="A kayak on the river."))
        (indexed.notes / "adr/0003.md").unlink()
        app.index([])
        after = documents_of(app.ledger)
        assert read == [1]
        assert len(after.all) == len(before.all) - 1
        assert next(iter(scores(app, "adr/0006.md"))) in ("adr/0002.md", "adr/0005.md")


def test_documents_without_vectors_are_compared_by_words_and_read_again_when_these_come(world: World) -> None:
    for number, (title, text) in SUBJECTS.items():
        world.write(f"adr/{number:04}.md", TEMPLATE.format(n=number, title=title, text=text))
    world.index(text_only=True)
    with world.app() as app:
        assert [document.vector for document in documents_of(app.ledger).all] == [None] * len(SUBJECTS)
        assert next(iter(scores(app, "adr/0001.md"))) == "adr/0004.md"
        app.index([])
        assert all(document.vector is not None for document in documents_of(app.ledger).all)


def test_words_that_another_thread_learned_meanwhile_do_not_matter(indexed: World) -> None:
    indexed.write("code.py", "def postings(ledger):\n    '''Books unheard-of gizmos.'''\n    return ledger\n")
    with indexed.app() as app:
        app.index([])
        documents = documents_of(app.ledger)
        for word in ("unheard", "gizmo", "of"):
            documents.vocabulary.id(word)
        file_id = app.ledger.database.execute("SELECT id FROM file WHERE path = 'code.py'").fetchone()[0]
        code = document_of(app.ledger, documents, file_id)
        assert code is not None
        assert Likeness(documents).best(code, 2)


def test_above_the_bound_decisions_come_first(indexed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        indexed.write(f"page{number}.md", f"# Page {number}\n\nAbout the ledger.\n")
    monkeypatch.setattr(suggest_documents, "MOST_DOCUMENTS", 7)
    indexed.index()
    with indexed.app() as app:
        documents = documents_of(app.ledger)
        assert sorted(document.group[1] for document in documents.all) == ["adr"] * 6 + ["note"]
        assert documents.left_out == 3
        assert app.related("adr/0001.md", cwd="/")["notices"] == ["3 older notes were not compared: there are too many"]


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each reading of documents takes up, from now on."""
    counted: list[int] = []
    read = suggest_documents._read

    def counting(*args: Any) -> dict[int, Document]:
        found = read(*args)
        counted.append(len(found))
        return found

    monkeypatch.setattr(suggest_documents, "_read", counting)
    return counted


# What is no likeness, and no evidence

FORM = "> Here stands all the context that a reader needs to follow what was decided here.\n"
FILLED = "# {n}. {title}\n\n## Status\n\nAccepted\n\n## Context\n\n{form}\n{text}\n\n## Decision\n"
OWN = {
    21: ("Tulips", ""),
    22: ("Anvils", "Blacksmiths hammer glowing iron."),
    23: ("Violins", "Rosin makes strings sing."),
}


def related(world: World, ref: str, **asked: Any) -> list[dict[str, Any]]:
    with world.app() as app:
        return app.related(ref, cwd=str(world.notes), **asked)["related"]  # type: ignore[no-any-return]


def words_in_common(app: App, *paths: str) -> float:
    """What the words of two documents count in their likeness."""
    likeness = likeness_of(app.ledger)
    ids = {path: file_id for file_id, path in app.ledger.database.execute("SELECT id, path FROM file")}
    one, other = (likeness.documents.place[ids[path]] for path in paths)
    return float(likeness.parts(likeness.documents.all[one]).words[other])


def test_a_line_of_the_form_is_no_likeness_and_no_evidence(indexed: World) -> None:
    for number, (title, text) in OWN.items():
        indexed.write(f"adr/{number:04}.md", FILLED.format(n=number, title=title, form=FORM, text=text))
    indexed.index()
    with indexed.app() as app:
        assert words_in_common(app, "adr/0022.md", "adr/0023.md") < 0.01
    for ref in ("adr/0021.md", "adr/0022.md"):
        assert not any(FORM.strip() in span["quote"] for item in related(indexed, ref) for span in item["evidence"])


def test_two_documents_alone_may_share_a_line_unless_it_is_that_of_the_template(indexed: World) -> None:
    for number in (22, 23):
        title, text = OWN[number]
        indexed.write(f"adr/{number:04}.md", FILLED.format(n=number, title=title, form=FORM, text=text))
    indexed.index()
    with indexed.app() as app:
        assert words_in_common(app, "adr/0022.md", "adr/0023.md") > FLOOR
    indexed.write("adr/template.md", FILLED.format(n=0, title="Title", form=FORM, text="…"))
    indexed.index()
    with indexed.app() as app:
        assert words_in_common(app, "adr/0022.md", "adr/0023.md") < 0.01


def test_what_is_hardly_alike_is_not_related(indexed: World) -> None:
    assert [item["path"] for item in related(indexed, "adr/0002.md")] == ["adr/0005.md"]
    assert related(indexed, "adr/0006.md") == []


@pytest.fixture
def two_projects(world: World) -> World:
    """Two projects that decide alike: of queues, which have no name, and of one thing that has."""
    others = world.notes.parent / "other" / "adr"
    others.mkdir(parents=True)
    for place, end in ((world.notes / "adr", "in the mill"), (others, "in the bakery")):
        place.mkdir(exist_ok=True)
        texts = {
            "0001-record-architecture-decisions": ("Record architecture decisions", f"We keep Nygard records {end}."),
            "0002-queue": ("Queue the work", f"A queue holds the jobs that wait for workers {end}."),
            "0003-broker": ("Choose the broker", f"Messages go through RabbitMQ brokers at night {end}."),
        }
        for number, (name, (title, text)) in enumerate(texts.items(), 1):
            said = f"# {number}. {title}\n\n## Status\n\nAccepted\n\n## Context\n\n{text}\n\n## Decision\n\nSo.\n"
            (place / f"{name}.md").write_text(said, "utf-8")
    with world.app() as app:
        app.index([str(world.notes), str(others.parent)])
    return world


def test_across_projects_a_name_must_be_shared(two_projects: World) -> None:
    for name, found in (("0001-record-architecture-decisions", []), ("0002-queue", []), ("0003-broker", ["other"])):
        assert [item["source"] for item in related(two_projects, f"adr/{name}.md")] == found
    with two_projects.app() as app:
        pairs = app.link_suggest()["suggestions"]
    assert {frozenset((pair["src"], pair["dst"])) for pair in pairs} == {frozenset({"adr/0003-broker.md"})}


def test_with_a_line_the_evidence_stands_around_it(indexed: World) -> None:
    long = "\n\n".join(f"Paragraph {n} of the kayak on the river, and of the paddle that steers it." for n in range(30))
    indexed.write("adr/0030.md", TEMPLATE.format(n=30, title="Boats", text=long))
    indexed.index()
    for line in (20, 40):
        for item in related(indexed, f"adr/0030.md:{line}"):
            (own,) = (span for span in item["evidence"] if span["path"] == "adr/0030.md")
            assert own["start"] - 3 <= line <= own["end"] + 3


def test_each_pair_quotes_other_lines_where_there_are_such(world: World) -> None:
    parts = {"kayaks": "river kayak current", "ledgers": "ledger posting balance", "ovens": "oven dough sourdough"}
    text = "\n\n".join(
        f"## Of {name}\n\nAll {words} things are {name} to us, with {words} in them." for name, words in parts.items()
    )
    world.write("til/all.md", f"# Everything\n\n{text}\n")
    for name, words in parts.items():
        world.write(f"til/{name}.md", f"# {name}\n\nThe {words} of {name}, and {words} again: {name}.\n")
    world.index()
    found = related(world, "til/all.md")
    quoted = [span["start"] for item in found for span in item["evidence"] if span["path"] == "til/all.md"]
    assert len(found) == 3 and len(set(quoted)) == 3


def test_a_folder_is_told_to_be_one(indexed: World) -> None:
    for ref in ("adr", "adr/", "notes:adr"):
        with pytest.raises(UsageError, match="is a folder") as caught:
            related(indexed, ref)
        assert "name a file in it" in caught.value.hint


def test_what_a_form_asks_for_is_no_evidence_even_where_two_only_left_it(world: World) -> None:
    asks = "> This section contains all the context one needs to see the state of things.\n\n- {date}: {changelog}\n"
    for number, title in ((36, "Empty blocks"), (38, "Start height")):
        world.write(f"adr/{number:04}.md", FILLED.format(n=number, title=title, form=asks, text=""))
    world.index()
    with world.app() as app:
        assert words_in_common(app, "adr/0036.md", "adr/0038.md") < FLOOR
        assert app.link_suggest()["suggestions"] == []


@pytest.mark.parametrize(
    ("path", "is_form"),
    [("adr/template.md", True), ("docs/adr-template.md", True), ("adr/0000-template.md", True),
     ("templates/a.md", True), ("adr/0039-choose-a-template-engine.md", False), ("docs/template-engine.md", False),
     ("adr/0001-a.md", False)],
)  # fmt: skip
def test_a_form_is_told_by_its_name(path: str, is_form: bool) -> None:
    assert is_template(path) is is_form
