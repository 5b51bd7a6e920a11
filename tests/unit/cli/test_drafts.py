"""New decisions speak the house's dialect; new notes never overwrite, and vanish when nothing was written."""

from pathlib import Path

import pytest

from kb.draft.adr import adr_folder, adr_name, adr_text, repository_root
from kb.draft.dialect import dialect_of, read_dialect
from kb.draft.file import create, settle
from kb.draft.proposal import Near, Proposal, propose, without_comment
from kb.draft.slug import slugify
from kb.draft.til import til_folder, til_text
from kb.errors import StorageError, UsageError

DAY = "2026-01-31"
NYGARD = (
    "# {n}. Use {x}\n\nDate: 2020-01-01\n\n## Status\n\nAccepted\n\n"
    "## Context\n\nc\n\n## Decision\n\nd\n\n## Consequences\n\ne\n"
)
MADR_BODY = "## Context and Problem Statement\n\nc\n\n## Decision Outcome\n\nd\n"
MADR2 = f"# Use A\n\n* Status: accepted\n* Date: 2020-01-01\n\n{MADR_BODY}"
MADR3 = f"---\nstatus: accepted\ndate: 2020-01-01\ndeciders: me\n---\n# Use A\n\n{MADR_BODY}"
MADR4 = f"---\nstatus: accepted\ndecision-makers: me\n---\n\n# Use A\n\n{MADR_BODY}"
LOG4BRAINS = f"# Use A\n\n- Status: accepted\n- Date: 2020-01-01\n- Tags: a\n\n{MADR_BODY}"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Use SQLite, not files!", "use-sqlite-not-files"),
        ("Don't panic", "dont-panic"),
        ("  Ünïcode café  ", "unicode-cafe"),
        ("../../etc/passwd", "etc-passwd"),
        ("東京の夜", "東京の夜"),
        ("!!!", "untitled"),
        ("\x1b[31m", "31m"),
        ("a" * 300, "a" * 60),
        ("word " * 50, "word-word-word-word-word-word-word-word-word-word-word-word"),
    ],
)
def test_a_title_becomes_a_safe_file_name(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_nygard_house_gets_numbered_titles_and_a_status_section() -> None:
    names = ["0001-use-a.md", "0002-use-b.md", "README.md"]
    dialect = dialect_of(names, [NYGARD.format(n=1, x="a"), NYGARD.format(n=2, x="b")])
    text = adr_text(dialect, "Use C", number=3, date=DAY)
    assert text.startswith("# 3. Use C\n\nDate: 2026-01-31\n\n## Status\n\nProposed\n\n## Context\n")
    assert adr_name(dialect, "Use C", number=dialect.next_number, date=DAY) == "0003-use-c.md"


@pytest.mark.parametrize(
    ("sample", "begins"),
    [
        (
            MADR2,
            "# Use C\n\n* Status: proposed\n* Deciders: \n* Date: 2026-01-31\n\n## Context and Problem Statement\n",
        ),
        (
            MADR3,
            "---\nstatus: proposed\ndate: 2026-01-31\ndeciders: \n---\n\n# Use C\n\n## Context and Problem Statement\n",
        ),
        (MADR4, "---\nstatus: proposed\ndate: 2026-01-31\ndecision-makers: \n---\n\n# Use C\n\n## Context and Problem"),
        (LOG4BRAINS, "# Use C\n\n- Status: proposed\n- Deciders: \n- Date: 2026-01-31\n- Tags: \n\n## Context and"),
    ],
)
def test_metadata_follows_the_house(sample: str, begins: str) -> None:
    dialect = dialect_of(["0001-a.md"], [sample])
    assert adr_text(dialect, "Use C", number=2, date=DAY).startswith(begins)


def test_headings_are_those_that_most_of_the_house_has() -> None:
    own = "# A\n\n* Status: accepted\n\n## Why\n\nx\n\n## What we do\n\ny\n"
    dialect = dialect_of(["001-a.md", "002-b.md", "003-c.md"], [own, own, own + "\n## Once only\n\n"])
    assert dialect.headings == ("Why", "What we do")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["adr-001-a.md", "adr-009-b.md"], "adr-010-use-c.md"),
        (["ADR0004-a.md"], "ADR0005-use-c.md"),
        (["1-a.md", "2-b.md"], "3-use-c.md"),
        (["0001_a_b.md"], "0002_use_c.md"),
        (["20200101-use-a.md", "20210101-use-b.md"], "20260131-use-c.md"),
        ([], "0001-use-c.md"),
        (["0000-template.md", "0041-x.md", "index.md"], "0042-use-c.md"),
    ],
)
def test_the_file_name_follows_the_house(names: list[str], expected: str) -> None:
    dialect = dialect_of(sorted(names), [])
    assert adr_name(dialect, "Use C", number=dialect.next_number, date=DAY) == expected


def test_titles_with_a_padded_number_stay_padded() -> None:
    dialect = dialect_of(["0007-a.md"], ["# ADR-0007: Use A\n\n* Status: accepted\n\n## Context\n"])
    assert "# ADR-0008: Use C\n" in adr_text(dialect, "Use C", number=8, date=DAY)


def test_an_empty_house_starts_with_madr_4(tmp_path: Path) -> None:
    text = adr_text(read_dialect(str(tmp_path / "none")), "Use C", number=1, date=DAY)
    assert text.startswith("---\nstatus: proposed\n")
    assert "## Considered Options\n" in text


def test_a_folder_of_decisions_is_found_from_below_and_not_outside_the_repository(tmp_path: Path) -> None:
    (tmp_path / "adr").mkdir()
    repository = tmp_path / "shop"
    deep = repository / "src" / "deep"
    deep.mkdir(parents=True)
    (repository / ".git").mkdir()
    top = repository_root(str(deep))
    assert top == str(repository)
    assert adr_folder(str(deep), top) is None
    (repository / "docs" / "decisions").mkdir(parents=True)
    assert adr_folder(str(deep), top) == str(repository / "docs" / "decisions")


@pytest.mark.parametrize(
    ("name", "text"), [(".adr-dir", "own/place\n"), (".log4brains.yml", "project:\n  adrFolder: ./own/place\n")]
)
def test_the_folder_that_a_tool_is_told_wins(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "own" / "place").mkdir(parents=True)
    (tmp_path / "docs" / "adr").mkdir(parents=True)
    (tmp_path / name).write_text(text)
    assert adr_folder(str(tmp_path), str(tmp_path)) == str(tmp_path / "own" / "place")


def test_a_told_folder_outside_the_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "shop" / ".adr-dir").write_text("../other\n")
    assert adr_folder(str(tmp_path / "shop"), str(tmp_path / "shop")) is None


def test_tils_live_in_the_source_named_so_the_current_one_first(tmp_path: Path) -> None:
    for name in ("work/notes/til", "my-til", "tilde"):
        (tmp_path / name).mkdir(parents=True)
    roots = [str(tmp_path / "tilde"), str(tmp_path / "my-til"), str(tmp_path / "work")]
    assert til_folder(roots, str(tmp_path)) == str(tmp_path / "my-til")
    assert til_folder(roots, str(tmp_path / "work")) == str(tmp_path / "work/notes/til")
    assert til_folder(roots[:1], str(tmp_path)) is None


PROPOSAL = Proposal(("git",), (Near("Undo --> a commit", "git/undo.md", "/til/git/undo.md"),))


def test_a_proposal_stands_in_one_comment_that_no_title_can_end() -> None:
    comment = PROPOSAL.comment()
    assert comment.count("-->") == 1
    assert "tags: git" in comment
    assert "- [Undo → a commit](git/undo.md)" in comment
    assert Proposal().comment() == ""


def test_an_untouched_comment_goes_and_a_changed_one_stays() -> None:
    text = til_text("T", date=DAY)
    assert without_comment(text + "Body\n" + PROPOSAL.comment(), PROPOSAL).endswith("Body\n")
    touched = text + PROPOSAL.comment().replace("tags: git", "tags: git, undo")
    assert without_comment(touched, PROPOSAL) == touched


def test_what_is_proposed_names_each_file_once() -> None:
    hit = {"path": "git/undo.md", "title": "Undo", "abspath": "/x", "kind": "til"}
    proposal = propose([hit, hit, {**hit, "path": "0001-a.md", "kind": "adr"}])
    assert [note.path for note in proposal.near] == ["git/undo.md", "0001-a.md"]
    assert proposal.tags == ("git",)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "topic" / "x.md"
    create(str(path), "mine")
    with pytest.raises(UsageError):
        create(str(path), "other")
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        create(str(tmp_path / "file" / "x.md"), "text")


def test_an_unchanged_template_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    template = til_text("T", date=DAY) + PROPOSAL.comment()
    for left in (template, template.rstrip() + "\n", til_text("T", date=DAY)):
        path.write_text(left)
        assert settle(str(path), template, PROPOSAL) is False
        assert not path.exists()


def test_a_written_note_keeps_its_bytes_but_for_the_comment(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    body = til_text("T", date=DAY).encode() + b"caf\xe9\r\n"
    path.write_bytes(body + PROPOSAL.comment().encode())
    assert settle(str(path), til_text("T", date=DAY) + PROPOSAL.comment(), PROPOSAL) is True
    assert path.read_bytes().startswith(body.rstrip(b"\n"))
    assert b"kb proposes" not in path.read_bytes()


def test_a_note_deleted_in_the_editor_is_no_error(tmp_path: Path) -> None:
    assert settle(str(tmp_path / "gone.md"), "t", Proposal()) is False
