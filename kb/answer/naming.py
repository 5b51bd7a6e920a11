"""Names, code and quotes of a sentence: what has to stand in the passage as it is written, for no word is like it."""

import re

from kb.answer.figures import MONTHS
from kb.answer.sentences import QUOTED, quotes_of
from kb.sanitize import for_prompt
from kb.terms import STOP_WORDS, query_terms, terms

CAPITAL = re.compile(r"[A-Z]")
INNER = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}|\d|[_/\\.$#@:]|^--?\w")
EDGES = "()[]{}.,;:!?'\" "
CALL = re.compile(r"\(\s*\)$")
OURS = frozenset(
    (
        "ADR",
        "ADRs",
        "TIL",
        "TILs",
        "RFC",
        "RFCs",
        "I",
        "URL",
        "CLI",
        "API",
        "UI",
        "ID",
        "OK",
        *(name.capitalize() for name in MONTHS),
    )
)
"""Said of any note, and of none in particular."""


def unnamed(claimed: str, said: str) -> str:
    """The first code, quote or name of a sentence that a text does not have; empty where it has all."""
    folded = _folded(said)
    for quote in quotes_of(claimed):
        # A command may be put together: `task --init` out of "the `task` utility has an `--init` flag".
        if not _stands(quote, folded) and not all(_stands(word, folded) for word in quote.split()):
            return quote
    present = frozenset(terms(said))
    loose = re.sub(r"[\s_-]+", "", said).lower()
    for name in names_of(QUOTED.sub(" ", claimed)):
        if (
            not any(term.coverage(present) == 1 for term in query_terms(name))
            and re.sub(r"[\s_-]+", "", name).lower() not in loose
        ):
            return name
    return ""


def stands_in(quote: str, text: str) -> bool:
    """Whether a text holds these words as they are, whatever its line breaks."""
    return _folded(quote) in _folded(for_prompt(text))


def names_of(text: str) -> list[str]:
    """Words that name one thing: identifiers, paths, flags, and words with a capital where none is due."""
    found = []
    start = True
    for word in text.split():
        bare = word.strip(EDGES).removesuffix("'s").removesuffix("’s")
        capital = bool(CAPITAL.match(bare)) and not start
        inner = bool(INNER.search(bare)) and not bare[0].isdigit()
        if (capital or inner) and bare not in OURS and bare.lower() not in STOP_WORDS:
            found.append(bare)
        start = word.endswith((".", "!", "?", ":")) and not bare.islower()
    return found


def _stands(quote: str, folded: str) -> bool:
    wanted = CALL.sub("", _folded(quote)).rstrip(".,;:")
    if not wanted:
        return True
    place = folded.find(wanted)
    while place >= 0:
        before, after = folded[place - 1 : place], folded[place + len(wanted) : place + len(wanted) + 1]
        # `less` does not stand in "lessons", nor `-d` in "--daemon".
        if not (_glued(wanted[0], before) or _glued(after, wanted[-1])):
            return True
        place = folded.find(wanted, place + 1)
    return False


def _glued(one: str, other: str) -> bool:
    return bool(one and other) and (one.isalnum() or one in "-_") and (other.isalnum() or other in "-_")


def _folded(text: str) -> str:
    return " ".join(text.split())
