"""The project's own notes are true of their place: links lead somewhere, decisions say what they must, and both sides
of a succession name each other."""

import posixpath
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from ingest.readers import read_document
from kb.model import Document

ROOT = Path(__file__).parents[3]
NOTES = ROOT / "notes"
ADRS = sorted((NOTES / "adr").glob("*.md"))
TILS = sorted((NOTES / "til").glob("*/*.md"))
GUIDES = sorted((NOTES / "guides").glob("*.md"))
LINK = re.compile(r"\[[^\]\n]*\]\((?!https?:|#)([^)\s#]+)[^)\s]*\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`]*`")
SECTIONS = (
    "Context and Problem Statement", "Decision Drivers", "Considered Options", "Decision Outcome", "Consequences",
    "Confirmation", "Pros and Cons of the Options", "More Information",
)  # fmt: skip
MOST_SECTION_LINES = 20
MOST_CHARS = 100
NOT_FOR_NOTES = re.compile(r"(?<![\w~.])/(?:root|work|home)/\w|/tmp/\w")


def name_of(path: Path) -> str:
    return path.relative_to(NOTES).as_posix()


@cache
def document_at(path: Path) -> Document:
    return read_document(name_of(path), path.read_text("utf-8"), source_name="notes")


def links_of(path: Path) -> list[str]:
    return LINK.findall(CODE.sub("", FENCE.sub("", path.read_text("utf-8"))))


def targets(path: Path, relation: str) -> set[str]:
    """Names of the files beside `path` to which it stands in this relation."""
    return {posixpath.basename(r.target) for r in document_at(path).references if r.relation == relation}


def test_there_are_enough_to_ask() -> None:
    assert len(ADRS) >= 12
    assert len(TILS) >= 10
    assert GUIDES
    assert {*ADRS, *TILS, *GUIDES} == set(NOTES.rglob("*.md"))


@pytest.mark.parametrize("path", [*ADRS, *TILS, *GUIDES], ids=name_of)
def test_every_link_leads_to_a_file(path: Path) -> None:
    broken = [link for link in links_of(path) if not (path.parent / link).is_file()]
    assert broken == []


@pytest.mark.parametrize("path", [*ADRS, *TILS, *GUIDES], ids=name_of)
def test_a_note_is_short_and_names_no_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert NOT_FOR_NOTES.search(text) is None
    assert max(map(len, text.splitlines())) <= MOST_CHARS
    sections = re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]
    assert max(len(section.strip().splitlines()) for section in sections) <= MOST_SECTION_LINES


@pytest.mark.parametrize("path", ADRS, ids=name_of)
def test_a_decision_has_number_status_date_and_sections(path: Path) -> None:
    decision = document_at(path)
    assert decision.kind == "adr"
    assert decision.number == int(path.name[:4])
    assert decision.status in ("accepted", "superseded")
    assert re.fullmatch(r"2026-\d\d-\d\d", decision.date)
    assert decision.deciders == ("the maintainers",)
    headings = re.findall(r"^##+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)


def test_numbers_are_counted_without_a_gap() -> None:
    assert [document_at(path).number for path in ADRS] == list(range(1, len(ADRS) + 1))


def test_a_succession_is_told_on_both_sides() -> None:
    replaced = {(path.name, new) for path in ADRS for new in targets(path, "superseded_by")}
    replacing = {(old, path.name) for path in ADRS for old in targets(path, "supersedes")}
    assert replaced == replacing
    assert replaced
    assert {old for old, _ in replaced} == {path.name for path in ADRS if document_at(path).status == "superseded"}


@pytest.mark.parametrize("path", TILS, ids=name_of)
def test_a_til_has_kind_title_date_and_tags(path: Path) -> None:
    learned = document_at(path)
    assert (learned.kind, bool(learned.title)) == ("til", True)
    assert re.fullmatch(r"2026-\d\d-\d\d", learned.date)
    assert path.parent.name in learned.tags


@pytest.mark.parametrize("path", GUIDES, ids=name_of)
def test_a_guide_is_a_note_whose_headings_ask(path: Path) -> None:
    assert document_at(path).kind == "note"
    headings = re.findall(r"^## (.+)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    assert [heading for heading in headings if not heading.endswith("?")] == []


def test_every_decision_is_linked_from_another_note() -> None:
    linked = {(path.parent / link).resolve() for path in chain(ADRS, TILS, GUIDES) for link in links_of(path)}
    assert [path.name for path in ADRS if path.resolve() not in linked] == []
