"""Whatever a note holds, its chunks are its lines and leave none out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import ChunkLimits, chunk_document
from ingest.readers import read_document

MARKS = [
    "# ", "## ", "- ", "1. ", "> ", "```\n", "~~~", "|a|b|\n|-|-|\n", "---\n", "===\n", "    ", "\t", "<!-- ", "-->",
    "<div>", "[x]: /y\n", "[[w]]", "[a](b.md)", "\n", "\n\n", "\r\n", "\r", "\x0b", "\u2028", "key: value\n", "word ",
    "use:\n",
]  # fmt: skip
markdown = st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=12)), max_size=60).map("".join)


@settings(max_examples=400, deadline=None)
@given(markdown, st.integers(20, 200), st.integers(0, 200))
def test_every_chunk_is_its_lines_and_every_line_is_in_a_chunk(text: str, target: int, more: int) -> None:
    document = read_document("notes/a.md", text)
    limits = ChunkLimits(target_chars=target, max_chars=target + more)
    covered: set[int] = set()
    before = 0
    for ordinal, chunk in enumerate(chunk_document(document, limits)):
        lines = "\n".join(document.lines[chunk.start - 1 : chunk.end])
        assert chunk.ordinal == ordinal
        assert chunk.text == lines or (chunk.start == chunk.end and chunk.text in lines)
        assert len(chunk.text) <= limits.max_chars
        assert chunk.start >= before
        before = chunk.end
        covered.update(range(chunk.start, chunk.end + 1))
    written = {number for number, line in enumerate(document.lines, 1) if line.strip()}
    assert written <= covered


def test_a_heading_goes_with_what_follows_it() -> None:
    text = "# Title\n\n" + "word " * 150 + "\n\n## Next\n\n" + "more " * 150 + "\n"
    chunks = chunk_document(read_document("a.md", text))
    assert [(c.start, c.end) for c in chunks] == [(1, 3), (5, 7)]
    assert chunks[1].trail == ("Next",)


def test_a_sentence_that_leads_to_a_fence_stays_with_it() -> None:
    text = "# T\n\n" + "word " * 160 + "\n\nuse:\n\n```sh\n" + "make it\n" * 20 + "```\n"
    chunks = chunk_document(read_document("a.md", text))
    assert chunks[1].text.startswith("use:\n\n```sh\n")
    assert chunks[1].text.endswith("```")


def test_a_fence_is_not_cut_while_it_fits() -> None:
    fence = "```\n" + "a\n\n" * 250 + "```"
    text = "# T\n\n" + "para\n\n" * 40 + fence + "\n\nafter\n"
    assert any(fence in chunk.text for chunk in chunk_document(read_document("a.md", text)))
