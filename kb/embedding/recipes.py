"""What a family of models wants in front of a question and of a passage."""

from collections.abc import Mapping

_FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("bge-m3", "", ""),
    ("bge-", "Represent this sentence for searching relevant passages: ", ""),
    ("e5-", "query: ", "passage: "),
    ("multilingual-e5-", "query: ", "passage: "),
    ("gte-", "", ""),
    ("all-minilm-", "", ""),
)
"""(start of the name, before a question, before a passage), as the models' own cards tell it."""


def prefixes(name: str, prompts: Mapping[str, str]) -> tuple[str, str]:
    """(before a question, before a passage): of the known family, else what the model's own folder says."""
    short = name.rstrip("/").rsplit("/", 1)[-1].lower()
    for family, query, passage in _FAMILIES:
        if short.startswith(family):
            return query, passage
    return prompts.get("query", ""), prompts.get("passage") or prompts.get("document", "")
