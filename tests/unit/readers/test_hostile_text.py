"""Files that would stall or break a parser are read as plain text within a time limit, with a warning."""

from time import perf_counter

import pytest

from ingest.chunk import ChunkLimits, chunk_document, header
from ingest.readers import read_document

N = 10_000
HOSTILE = {
    "brackets": "[" * N,
    "links": "[a](" * N,
    "backticks": "`" * N,
    "backtick lines": "```\n" * N,
    "nested quotes": ">" * N + " x",
    "nested lists": "- " * N + "x",
    "staircase": "\n".join(" " * (2 * depth) + "- a" for depth in range(1_000)),
    "comments": "<!-- a\n" * N,
    "headings": "# a\n" * N,
    "wide table": "|" + "a|" * 2_000 + "\n|" + "-|" * 2_000 + "\n" + "|x|\n" * 500,
    "verbs": "## Status\n\n" + "superseded by " * N + "\n\n## Context\n\n" + "ADR-1 " * N + "\n\n## Decision\n",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["a.md", "adr/0001-a.md", "a.rst", "a.html", "a.ipynb", "a.py", "a.ts", "a.yaml"])
def test_hostile_text_is_read_in_time_and_whole(name: str, path: str) -> None:
    started = perf_counter()
    document = read_document(path, HOSTILE[name])
    chunks = chunk_document(document)
    assert perf_counter() - started < 8
    assert all(len(chunk.text) <= ChunkLimits().max_chars for chunk in chunks)


def test_two_megabytes_as_one_word_are_split_in_time() -> None:
    started = perf_counter()
    document = read_document("a.md", "# T\n\n" + "x" * 2_000_000 + "\n")
    chunks = chunk_document(document)
    assert perf_counter() - started < 2
    assert "".join(chunk.text for chunk in chunks if chunk.start == 3) == "x" * 2_000_000
    assert {(chunk.start, chunk.end) for chunk in chunks} <= {(1, 1), (3, 3), (1, 3)}
    assert document.warnings


def test_zero_bytes_give_no_chunks() -> None:
    for path in ("a.md", "a.py", "a.rst", "a.html", "a.ipynb", "a.yaml", "a.txt"):
        assert chunk_document(read_document(path, "")) == []


@pytest.mark.parametrize(
    "front",
    [
        "a: b\n" * 100_000,
        "a: " + "[" * 5_000,
        "a: [\n",
        "a: 'x\n",
        "a: &a [x]\nb: *c\n",
        "a: !!python/object:os.system x\n",
    ],
    ids=["huge", "deep", "open bracket", "open quote", "no anchor", "object"],
)
def test_broken_or_huge_front_matter_warns_and_the_body_is_read(front: str) -> None:
    document = read_document("a.md", f"---\n{front}\n---\n\nthe body\n")
    assert len(document.warnings) == 1
    assert "front matter" in document.warnings[0]
    assert "the body" in chunk_document(document)[-1].text


def test_front_matter_that_is_broken_still_gives_its_plain_title() -> None:
    document = read_document("a.md", "---\ntitle: A note\ntags: [a, b\n---\nx\n")
    assert document.title == "A note"


def test_a_title_longer_than_a_chunk_is_kept_and_its_header_is_short() -> None:
    document = read_document("a.md", "# " + "very long " * 500 + "\n\ntext\n")
    chunks = chunk_document(document)
    assert any("text" in chunk.text for chunk in chunks)
    assert all(len(header(document, "x/" * 200 + "a.md", chunk)) <= 200 for chunk in chunks)
    assert all("\n" not in header(document, "a\nb/c.md", chunk) for chunk in chunks)
