"""PDF by way of pypdf, an extra: its text as lines of our own, one section per page."""

import io
from collections.abc import Iterator

from ingest.files import Unreadable, split_lines
from ingest.readers.links import find_links
from ingest.readers.plain import blank_line_blocks
from ingest.readers.reading import Reading
from kb.model import Block

INSTALL = 'pip install "kb[pdf]"'
MAX_PAGES = 2_000
MAX_CHARS = 4_000_000


def read_pdf(data: bytes) -> tuple[tuple[str, ...], Reading]:
    """The lines of a PDF's text and its blocks; `Unreadable` when pypdf is missing or the file is broken or locked."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise Unreadable(f"reading PDF needs one more package: {INSTALL}", keep_old=True) from None
    lines: list[str] = []
    blocks: list[Block] = []
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("PDF is protected by a password", keep_old=False)
        title = str((reader.metadata.title if reader.metadata else "") or "")
        for number, text in _pages(reader):
            page = split_lines(text.replace("\x00", ""))
            trail = (f"page {number}",)
            blocks.extend(blank_line_blocks(page, first=len(lines) + 1, trail=trail))
            lines.extend((*page, ""))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise Unreadable(f"PDF cannot be read: {str(error)[:100]}", keep_old=False) from error
    links = tuple(find_links(lines, blocks))
    return tuple(lines), Reading(blocks=tuple(blocks), title=" ".join(title.split())[:500], references=links)


def _pages(reader: "object") -> Iterator[tuple[int, str]]:
    chars = 0
    for number, page in enumerate(reader.pages, 1):  # type: ignore[attr-defined]
        if number > MAX_PAGES or chars > MAX_CHARS:
            return
        text = page.extract_text() or ""
        chars += len(text)
        yield number, text
