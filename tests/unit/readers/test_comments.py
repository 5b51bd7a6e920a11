"""Comments and docstrings refer to decisions; strings, names and examples in quotes do not."""

import pytest

from ingest.readers import read_document

SOURCES = {
    "a.py": (
        '"""Does what ADR-1 says."""\nX = "ADR-90"  # per ADR-2\n\n\n'
        'def f():\n    """As docs/adr/0003-x says."""\n    return """ADR-91"""\n'
    ),
    "a.go": (
        'package a\n\n// F: ADR-1\nfunc F() string { /* ADR 2 */ return "// ADR-90" }\n\n'
        "// docs/adr/0003-x.md\nvar x = `ADR-91`\n"
    ),
    "a.ts": "/**\n * ADR-1\n */\nconst a = `ADR-90`; // ADR-2\nconst b = 'ADR-91'; /* docs/adr/0003-x.md */\n",
    "a.rs": '//! ADR-1\n/// ADR-2\nfn a() { let x = "ADR-90"; } // docs/adr/0003-x.md\n',
    "a.java": 'class A {\n  /** ADR-1 */\n  String x = "ADR-90"; // ADR-2\n  // docs/adr/0003-x.md\n}\n',
    "a.rb": "# ADR-1\ndef a\n  'ADR-90' # ADR-2\nend\n# docs/adr/0003-x.md\n",
    "a.sh": '#!/bin/bash\n# ADR-1\necho "# ADR-90" # ADR-2\n# docs/adr/0003-x.md\n',
    "a.yaml": 'a: "ADR-90" # ADR-1\nb: ADR-91\n# ADR-2\nu: "http://x/#ADR-92"\n# docs/adr/0003-x.md\n',
    "a.tf": '# ADR-1\nx = "ADR-90" // ADR-2\n/* docs/adr/0003-x.md */\n',
    "a.sql": "-- ADR-1\nSELECT 'ADR-90'; -- ADR-2\n-- docs/adr/0003-x.md\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_comments_of_each_language_refer_and_strings_do_not(name: str) -> None:
    targets = [reference.target.removesuffix(".md") for reference in read_document(name, SOURCES[name]).references]
    assert targets == ["ADR-1", "ADR-2", "docs/adr/0003-x"]


@pytest.mark.parametrize(
    "comment",
    ["`ADR-12` is how it is written", "``ADR-12``", 'the word "ADR-12"', "MADR 2.1", "ADR 2.x", "ISO-12", "v12",
     "ADRIAN-12", "all decision records 12 of 20", "http://example.org/adr-12/x"],
)  # fmt: skip
def test_what_only_looks_like_a_decision_is_none(comment: str) -> None:
    assert read_document("a.py", f"# {comment}\nx = 1\n").references == ()


def test_a_line_is_where_the_reference_stands() -> None:
    document = read_document("a.py", "x = 1\n\n\n# see ADR-7\n")
    assert [(r.line, r.relation, r.evidence) for r in document.references] == [(4, "mentions", "# see ADR-7")]


def test_a_fence_refers_by_its_comments_only() -> None:
    text = '# T\n\n```go\n// as ADR-1 says\nx := "ADR-90"\n```\n\n```markdown\n[ADR-91](0091-x.md)\n```\n'
    assert [r.target for r in read_document("n.md", text).references] == ["ADR-1"]


def test_a_minified_line_and_a_very_long_one_cost_nothing() -> None:
    assert read_document("a.js", "x=1;" * 200_000 + "// ADR-1\n").references == ()


@pytest.mark.parametrize(
    ("written", "status"),
    [("Akzeptiert", "accepted"), ("Ersetzt durch [5](5-x.md)", "superseded"), ("Accepté", "accepted"),
     ("Rechazada", "rejected"), ("Substituída por ADR-5", "superseded"), ("已接受", "accepted"),
     ("被 ADR-5 取代", "superseded"), ("принято", "accepted"), ("Hyväksytty", "")],
)  # fmt: skip
def test_a_status_in_another_language_is_read_or_told(written: str, status: str) -> None:
    document = read_document(
        "adr/0001-x.md", f"# 1. X\n\n## Status\n\n{written}\n\n## Context\n\nx\n\n## Decision\n\ny\n"
    )
    assert document.status == status
    assert bool([w for w in document.warnings if "not understood" in w]) == (not status)


def test_a_decision_in_a_folder_of_its_own_has_the_number_of_the_folder() -> None:
    assert read_document("keps/1234-name/README.md", "# Name\n\n## Motivation\n\nx\n").number == 1234
