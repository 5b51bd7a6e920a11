"""Understands a file: picks the reader by name and content and decides what kind of note it is.

Every reader is a pure function of path and text. Nothing that stands in a file makes
`read_document` raise: what a parser cannot take is read as plain text, with a warning.
"""

import posixpath
from collections.abc import Callable
from dataclasses import replace

from ingest.files import split_lines
from ingest.readers.code import read_code
from ingest.readers.dates import iso_date
from ingest.readers.decision import is_decision, read_decision, tags_of
from ingest.readers.hypertext import read_html
from ingest.readers.kinds import FORMATS, MARKDOWN, TEXT, extension_of, kind_of, language_of
from ingest.readers.markdown import read_markdown
from ingest.readers.notebook import read_notebook
from ingest.readers.openapi import is_openapi, read_openapi
from ingest.readers.plain import blank_line_blocks
from ingest.readers.reading import Reading
from ingest.readers.rst import read_rst
from kb.model import Document

BinaryReader = Callable[..., Document]
"""``reader(path, data, source_name=...)``: raises `ingest.files.Unreadable` with the reason to skip the file."""


def read_document(path: str, text: str, *, source_name: str = "") -> Document:
    """The document that the file at `path` (relative to its source, named `source_name`) holds."""
    lines = split_lines(text)
    return _document(path, lines, _read(path, text, lines), source_name=source_name)


def supported(path: str) -> bool:
    """True when some reader makes more of the file than paragraphs, or is the only one for its bytes."""
    extension = extension_of(path)
    known = extension in MARKDOWN | FORMATS | TEXT or binary_reader(path) is not None
    return known or bool(language_of(path))


def _document(path: str, lines: tuple[str, ...], reading: Reading, *, source_name: str) -> Document:
    if reading.language:
        title = reading.title or posixpath.basename(path)
        return Document(kind="code", title=title, lines=lines, blocks=reading.blocks, language=reading.language,
                        references=reading.references, warnings=reading.warnings)  # fmt: skip
    decided = is_decision(path, lines, reading)
    kind = kind_of(path, reading, source_name=source_name, lines=len(lines), is_decision=decided)
    document = Document(
        kind=kind, title=reading.title or _name_in_words(path), lines=lines, blocks=reading.blocks,
        references=reading.references, warnings=reading.warnings,
    )  # fmt: skip
    return _as_decision(document, path, reading) if kind == "adr" else _as_note(document, reading)


def _as_decision(document: Document, path: str, reading: Reading) -> Document:
    decision = read_decision(path, document.lines, reading)
    return replace(
        document, number=decision.number, status=decision.status, date=decision.date, deciders=decision.deciders,
        tags=decision.tags, references=decision.references, warnings=(*document.warnings, *decision.warnings),
    )  # fmt: skip


def _as_note(document: Document, reading: Reading) -> Document:
    fields = reading.fields
    dates = (iso_date(fields.get(name)) for name in ("date", "created", "published", "updated"))
    return replace(document, date=next(filter(None, dates), ""), tags=tags_of(fields))


def binary_reader(path: str) -> BinaryReader | None:
    """The reader of a format whose bytes are no text (PDF), None where `read_document` is the one to ask."""
    return read_binary_document if extension_of(path) == "pdf" else None


def read_binary_document(path: str, data: bytes, *, source_name: str = "") -> Document:
    """The document in `data`; its lines are the text as rendered, since the file has none of its own."""
    from ingest.readers.pdf import read_pdf

    lines, reading = read_pdf(data)
    return _document(path, lines, reading, source_name=source_name)


def _read(path: str, text: str, lines: tuple[str, ...]) -> Reading:
    extension = extension_of(path)
    if extension in MARKDOWN:
        return read_markdown(lines)
    if extension in ("rst", "rest"):
        return read_rst(lines)
    if extension in ("html", "htm", "xhtml"):
        return read_html(lines)
    if extension == "ipynb":
        return read_notebook(lines)
    if language := language_of(path, text):
        if language in ("yaml", "json") and is_openapi(lines):
            return read_openapi(lines, language)
        return read_code(lines, language)
    return Reading(blocks=tuple(blank_line_blocks(lines)))


def _name_in_words(path: str) -> str:
    stem = posixpath.basename(path).rpartition(".")[0] or posixpath.basename(path)
    return stem.replace("-", " ").replace("_", " ").strip() or path
