"""Decisions in the dialects that people write."""

import pytest

from ingest.readers import read_document
from kb.model import Document


def relations(document: Document) -> list[tuple[str, str, int]]:
    kept = ("supersedes", "superseded_by", "amends", "extends", "requires", "related")
    return [(r.relation, r.target, r.line) for r in document.references if r.relation in kept]


NYGARD = """\
# 3. CLI using noun verb format

Date: 2021-07-07

## Status

Superceded by [11. CLI verb noun](0011-cli-verb-noun.md)

## Context

c

## Decision

d
"""
MADR = """\
---
status: "superseded by [ADR-0057](0057-x.md)"
date: 2023-08-15
deciders: shawncal, "@dmytro"
---
# Use a flag

## Context and Problem Statement

x

## Decision Outcome

y
"""
LOG4BRAINS = """\
# Use the slug

- Status: accepted
- Deciders: Ann, Bob
- Date: 2020-10-16
- Tags: ids, cli

## Context and Problem Statement

## Links

- Supersedes [the number](20200926-number.md)
"""
PEP = """\
PEP: 426
Title: Metadata
Status: Withdrawn
Requires: 440, 508,
          518
Created: 30-Aug-2012
Replaces: 345
Superseded-By: 566

Abstract
========

Text.
"""
KEP = """\
---
status: implemented
title: Propagating
creation-date: '2022-04-11'
replaces:
- TEP-0023
---

# TEP-0107: Propagating

## Motivation

m
"""
RUST = """\
- Start Date: 2014-10-30
- RFC PR: [rust-lang/rfcs#1183](https://github.com/rust-lang/rfcs/pull/1183)

*Note:* this RFC has been superseded by [RFC 1974][].

[RFC 1974]: https://github.com/rust-lang/rfcs/blob/master/text/1974-global.md

## Summary

s
"""


@pytest.mark.parametrize(
    ("path", "text", "number", "status", "date", "deciders", "found"),
    [
        ("0003-cli.md", NYGARD, 3, "superseded", "2021-07-07", (), [("superseded_by", "0011-cli-verb-noun.md", 7)]),
        ("0045-a.md", MADR, 45, "superseded", "2023-08-15", ("shawncal", "dmytro"), [("superseded_by", "0057-x.md", 2)]),  # noqa: E501
        ("20201016-s.md", LOG4BRAINS, None, "accepted", "2020-10-16", ("Ann", "Bob"),
         [("supersedes", "20200926-number.md", 12)]),
        ("pep-0426.rst", PEP, 426, "withdrawn", "2012-08-30", (),
         [("requires", "PEP-440", 4), ("requires", "PEP-508", 4), ("requires", "PEP-518", 4), ("supersedes", "PEP-345", 7),  # noqa: E501
          ("superseded_by", "PEP-566", 8)]),
        ("0107-p.md", KEP, 107, "implemented", "2022-04-11", (), [("supersedes", "TEP-23", 5)]),
        ("1183-j.md", RUST, 1183, "superseded", "2014-10-30", (),
         [("superseded_by", "https://github.com/rust-lang/rfcs/blob/master/text/1974-global.md", 4)]),
    ],
    ids=["nygard", "madr", "log4brains", "pep", "kep", "rust-rfc"],
)  # fmt: skip
def test_each_dialect_tells_number_status_date_deciders_and_relations(
    path: str, text: str, number: int | None, status: str, date: str, deciders: tuple[str, ...],
    found: list[tuple[str, str, int]],
) -> None:  # fmt: skip
    document = read_document(path, text)
    assert document.kind == "adr"
    assert (document.number, document.status, document.date, document.deciders) == (number, status, date, deciders)
    assert relations(document) == found


@pytest.mark.parametrize(
    ("written", "status"),
    [("✅ Accepted", "accepted"), ("~Accepted~\n\nSuperseded by [5](5-x.md)", "superseded"), ("ACCEPTED Implemented", "accepted"),  # noqa: E501
     ("{ proposed }", "proposed"), ("> Proposed", "proposed"), ("Declined", "rejected"), ("Approved.", "accepted"),
     ("Invalidated by [0018-x.md](./0018-x.md)", "superseded"), ("Rejected in favour of ADR 111", "rejected"),
     ("accepted; supersedes ADR-4", "accepted"), ("Partly superseded", "partly superseded"), ("On hold", "deferred")],
)  # fmt: skip
def test_status_words_come_to_one_spelling(written: str, status: str) -> None:
    text = f"# 1. X\n\n## Status\n\n{written}\n\n## Context\n\nc\n\n## Decision\n\nd\n"
    assert read_document("adr/0001-x.md", text).status == status


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("This ADR supersedes some aspects of [ADR-15](a.md) and [ADR-16](b.md).", ["a.md", "b.md"]),
        ("This ADR supersedes the decisions made in ADRs 60 and 61, but builds on ADR 3.", ["ADR-60", "ADR-61"]),
        ("ADR-9 supersedes ADR-3.", []),
        ("This does not replace ADR-3.", []),
        ("Value constraints replace ADR-3's patterns.", []),
        ("Rejected, see nobody.", []),
    ],
)
def test_only_what_a_decision_says_of_itself_is_its_relation(sentence: str, found: list[str]) -> None:
    text = f"# 1. X\n\n## Context\n\n{sentence}\n\n## Decision\n\n## Consequences\n"
    document = read_document("adr/0001-x.md", text)
    assert [target for relation, target, _ in relations(document) if relation == "supersedes"] == found


def test_a_readme_or_a_template_among_decisions_is_a_note() -> None:
    for name in ("README.md", "template.md", "adr-template.md", "index.md"):
        assert read_document(f"docs/adr/{name}", NYGARD).kind == "note"
    assert read_document("docs/adr/0039-use-velocity-as-template.md", NYGARD).kind == "adr"
