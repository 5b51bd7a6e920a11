"""Words as the full-text leg and the ranking signals see them: one tokeniser for index and query.

Identifiers are split (`camelCase`, `snake_case`, `dotted.path`) and kept whole beside
their parts, so both `parse_config` and "parse config" find it. Flags and sigils
(`--all`, `\\du`, `@supports`) are words of their own, for they are what people ask about.
Changing this module changes what is stored: raise `TERMS_VERSION`, or old rows stop matching.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

TERMS_VERSION = "1"

TOKEN = re.compile(
    r"""
      (?P<cjk>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)
    | (?P<word>(?:(?<![\w'"])(?:--?|[:@\\$.\#]))?[^\W_](?:['’]?\w)*(?:[.\-:/]\w+)*)
    | (?P<operator>(?<![&|<>=!*+%^~?-])[&|<>=!*+%^~?-]{2,3}(?![&|<>=!*+%^~?-]))
    """,
    re.VERBOSE,
)
SEPARATOR = re.compile(r"[_.\-:/]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
POSSESSIVE = re.compile(r"['’]s$")
SIGILS = "-:@\\$.#"
LONGEST_TERM = 64
"""A longer run is a hash or a blob: it would only swell the index."""

STOP_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
    a about above after again all also am an and any anyone anything are as at be because been before being
    below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down
    during each else even ever every few for from further get gets getting give given gives go goes going got
    had has have having he hence her here hers him his how however i i'd i'm i've if in instead into is isn't it
    it's its itself just keep kept let let's lets like made make makes making many may me might mine more most
    much must my myself need needs no nor not now of off often on once one only onto or other our ours out over
    own per please put puts rather really same see shall she should shouldn't since so some somebody someone
    something still such sure take takes than that that's the their them then there these they thing things this
    those though through to together too under until up upon us use used uses using very via want wants was way
    we well were what what's when where whether which while who whole whom whose why will with within without
    won't would yet you your yours
    """,
    )
)


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A content word of a question: `forms[0]` is the whole, the rest are the parts of an identifier."""

    surface: str
    forms: tuple[str, ...]

    def coverage(self, present: frozenset[str] | set[str]) -> float:
        """How much of the word stands in `present`, 0..1: the whole, or the share of its parts."""
        if self.forms[0] in present:
            return 1.0
        parts = self.forms[1:]
        return sum(part in present for part in parts) / len(parts) if parts else 0.0


_stem = lru_cache(maxsize=100_000)(Stemmer.Stemmer("english").stemWord)


def terms(text: str) -> list[str]:
    """Every indexable term of `text` in order, repeats kept; none holds a space or a quote."""
    found: list[str] = []
    for match in TOKEN.finditer(text):
        found.extend(_expand(match.group(), match.lastgroup or "word"))
    return found


def path_terms(path: str) -> list[str]:
    """The terms of a path's folders and name, for the index and for the ranking alike."""
    return terms(path.rsplit(".", 1)[0].replace("/", " "))


def query_terms(text: str) -> list[QueryTerm]:
    """The distinct content words of a question; all of its words where every one is a stop word."""
    asked: dict[str, QueryTerm] = {}
    stopped: dict[str, QueryTerm] = {}
    for match in TOKEN.finditer(text):
        surface = match.group()
        forms = _expand(surface, match.lastgroup or "word")
        if forms:
            bucket = stopped if surface.lower().replace("’", "'") in STOP_WORDS else asked
            bucket.setdefault(forms[0], QueryTerm(surface, forms))
    return list((asked or stopped).values())


def all_forms(query: Iterable[QueryTerm]) -> list[str]:
    """Wholes and parts of all words of a question, each once."""
    return list(dict.fromkeys(form for term in query for form in term.forms))


@lru_cache(maxsize=200_000)
def _expand(token: str, group: str) -> tuple[str, ...]:
    if group == "operator":
        return (token,)
    if group == "cjk":
        return tuple(token[i : i + 2] for i in range(len(token) - 1)) or (token,)
    token = POSSESSIVE.sub("", token).replace("'", "").replace("’", "")
    if len(token) > LONGEST_TERM:
        return tuple(
            form for piece in SEPARATOR.split(token) if 0 < len(piece) <= LONGEST_TERM for form in _word(piece)
        )
    bare = token.lstrip(SIGILS)
    parts = tuple(form for piece in SEPARATOR.split(bare) if piece for form in _word(piece))
    if len(bare) < len(token) or SEPARATOR.search(bare):
        return tuple(dict.fromkeys((token.lower(), *parts)))
    return parts


def _word(piece: str) -> tuple[str, ...]:
    """`parseConfig` → whole and parts, all stemmed; a plain word → its stem alone."""
    humps = CAMEL.split(piece)
    whole = _stem(piece.lower())
    if len(humps) == 1:
        return (whole,)
    return tuple(dict.fromkeys((whole, *(_stem(hump.lower()) for hump in humps))))
