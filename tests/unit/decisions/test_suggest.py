"""How alike documents are: templates weigh nothing, and what is held in memory follows the ledger."""

from typing import Any

import pytest

from kb.app.application import App
from kb.decisions import suggest_documents
from kb.decisions.suggest import Likeness, likeness_of
from kb.decisions.suggest_documents import Document, document_of, documents_of
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
