"""Markdown: blocks on their true lines, whatever stands around them."""

import pickle

from ingest.readers import read_document

NOTE = """\
---
title: Attach a debugger
tags: [node, testing]
date: 2024-03-05
---

Setext Heading
==============

Do as [the guide](../guides/debug.md) says, see [[Other Note|there]] and ADR 0012.

## Steps

- one
- two

```js
# not a heading
debugger
```

| a | b |
|---|---|
| 1 | 2 |

> quoted

[ref]: ./other.md "x"
"""


def lines_of(text: str, start: int, end: int) -> str:
    return "\n".join(text.splitlines()[start - 1 : end])


def test_blocks_stand_on_their_true_lines() -> None:
    document = read_document("til/node/debug.md", NOTE)
    found = {block.role: lines_of(NOTE, block.start, block.end) for block in document.blocks}
    assert found["metadata"].startswith(("---", "[ref]"))
    assert found["list"] == "- one\n- two"
    assert found["fence"] == "```js\n# not a heading\ndebugger\n```"
    assert found["table"].startswith("| a | b |")
    assert found["quote"] == "> quoted"
    assert [b.trail for b in document.blocks if b.role == "fence"] == [("Setext Heading", "Steps")]


def test_front_matter_gives_title_tags_and_date() -> None:
    document = read_document("til/node/debug.md", NOTE)
    assert (document.kind, document.title, document.tags) == ("til", "Attach a debugger", ("node", "testing"))
    assert document.date == "2024-03-05"


def test_links_wikilinks_and_mentions_are_references_with_their_line() -> None:
    references = read_document("a.md", NOTE).references
    assert [(r.relation, r.target, r.line) for r in references] == [
        ("links", "../guides/debug.md", 10),
        ("links", "Other Note", 10),
        ("mentions", "ADR-12", 10),
        ("links", "./other.md", 28),
    ]


def test_crlf_gives_the_same_lines_as_lf() -> None:
    plain, windows = (read_document("a.md", text) for text in (NOTE, NOTE.replace("\n", "\r\n")))
    assert plain == windows


def test_a_title_in_the_first_heading_is_in_no_trail() -> None:
    document = read_document("a.md", "# Title\n\ntext\n\n## Part\n\nmore\n")
    assert document.title == "Title"
    assert [block.trail for block in document.blocks if block.role == "prose"] == [(), ("Part",)]


def test_a_first_heading_that_names_a_section_is_no_title() -> None:
    assert read_document("text/0116-no-shadowing.md", "## Summary\n\nx\n").title == "0116 no shadowing"


def test_prose_between_thematic_breaks_is_no_front_matter() -> None:
    document = read_document("a.md", "---\nSome words here.\n---\nmore\n")
    assert all(block.role != "metadata" for block in document.blocks)


def test_kind_in_the_front_matter_wins_over_the_folder() -> None:
    assert read_document("docs/adr/0001-x.md", "---\nkind: note\n---\nx\n").kind == "note"


def test_a_document_can_be_sent_to_another_process() -> None:
    document = read_document("a.md", NOTE)
    assert pickle.loads(pickle.dumps(document)) == document
