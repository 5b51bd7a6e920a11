"""From the words of a topic to the words its authors use: "history rewriting" → interactive rebase, amend, reword.

Two looks. The first compares the files at the core of the topic with all of its domain; the second those that hold what
the first found. What stands there more often than elsewhere is weighed by its Kullback-Leibler divergence (Carpineto
et al. 2001, "An information-theoretic approach to automatic query expansion") and by its likeness to the topic.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.learn.phrases import Phrase, collect, names_nothing
from kb.learn.words import FileWords, Topic
from kb.store.ledger import Ledger
from kb.terms import terms

if TYPE_CHECKING:
    from kb.embedding.port import Embedder

FILES_READ = 60
"""Files of a look whose passages are read for phrases."""
WEIGHED = 40
"""Phrases of a look whose likeness to the topic is computed: a millisecond or two each."""
SECOND = 8
"""Phrases that are taken over from the second look."""
LEADING, BESIDE, BACKED = 1.0, 0.5, 0.1
"""The most that a phrase of the first and of the second look counts by; little where there are files that use all words
of the topic themselves: asked for "postgres indexes", nobody wants constraints first."""
SEED = 0.7
"""What is so near to the best phrase of the first look is a seed of the second."""
SEEDS = 3
COMMON = 0.05
"""A word in more of all passages names no concept."""
LEAST_LIKENESS = 0.05
LONGEST = 2


@dataclass(frozen=True, slots=True)
class Weighted:
    """A phrase and what it counts by, 0..1."""

    phrase: Phrase
    weight: float

    @property
    def forms(self) -> list[str]:
        return self.phrase.key.split()


def widen(
    topic: Topic, words: FileWords, ledger: Ledger, *, embedder: "Embedder | None", prefer: Callable[[int], float]
) -> list[Weighted]:
    """The phrases of a topic, the weightiest first; `prefer` says which files to read where there are too many."""
    if not topic.core:
        return []

    def phrases(files: Iterable[int]) -> dict[str, Phrase]:
        chosen = sorted(files, key=lambda file_id: (-prefer(file_id), file_id))[:FILES_READ]
        return collect(chunk for file_id in chosen for chunk in ledger.passages.of_file(file_id))

    look = _Look(topic, words, embedder)
    first = look.best(phrases(topic.core), topic.core, said=topic.focus_text)
    if not first:
        return []
    seeds = [item for item in first[:SEEDS] if item.weight >= SEED * first[0].weight]
    around = frozenset[int]()
    for seed in seeds:
        # Its most telling word alone, too: "rebase" of "interactive rebase".
        around |= min((words.files(form) & topic.domain for form in seed.forms if form not in topic.stems), key=len)
    said = f"{topic.focus_text} {' '.join(item.phrase.name for item in seeds)}"
    given = {form for seed in seeds for form in seed.forms}
    again = phrases(around | topic.core)
    # The seeds are why these files are looked at.
    fresh = {key: phrase for key, phrase in again.items() if not set(key.split()) - topic.stems <= given}
    second = look.best(fresh, around, said=said)
    found: dict[frozenset[str], Weighted] = {}
    top = first[0].weight
    lead, beside = (LEADING, BESIDE) if topic.core_share < 1.0 else (BACKED, BACKED)
    for most, items in ((lead, seeds), (beside, second[:SECOND])):
        for item in items:
            # "git log" among notes on git is "log".
            own = frozenset(item.forms) - topic.stems
            weight = LEADING if own <= set(topic.short) else most * min(1.0, item.weight / top)
            found.setdefault(own, Weighted(item.phrase, weight))
    return sorted(found.values(), key=lambda item: (-item.weight, item.phrase.key))


class _Look:
    """Weighs phrases of some files against the rest of the domain."""

    def __init__(self, topic: Topic, words: FileWords, embedder: "Embedder | None") -> None:
        self._topic = topic
        self._words = words
        self._embedder = embedder

    def best(self, phrases: dict[str, Phrase], core: frozenset[int], *, said: str) -> list[Weighted]:
        if not core:
            return []
        likely = [phrase for phrase in phrases.values() if phrase.files & core and self._may_name(phrase)]
        common = self._common(likely)
        weighed = [
            (divergence, phrase)
            for phrase in likely
            if not common & set(phrase.key.split()) and (divergence := self._divergence(phrase, core)) > 0
        ]
        weighed.sort(key=lambda item: (-item[0], item[1].key))
        del weighed[WEIGHED:]
        likeness = self._likeness([self._beside_topic(phrase) for _, phrase in weighed], said)
        found = [
            Weighted(phrase, divergence * like) for (divergence, phrase), like in zip(weighed, likeness, strict=True)
        ]
        return sorted(found, key=lambda item: (-item.weight, item.phrase.key))

    def _may_name(self, phrase: Phrase) -> bool:
        forms = set(phrase.key.split())
        return len(forms) <= LONGEST and not forms <= self._topic.stems and not names_nothing(phrase.key)

    def _common(self, phrases: Sequence[Phrase]) -> set[str]:
        forms = sorted({form for phrase in phrases for form in phrase.key.split()} - self._topic.stems)
        shares: dict[str, float] = {}
        for start in range(0, len(forms), 500):
            shares |= self._words.share_of_chunks(forms[start : start + 500])
        return {form for form in forms if not 0 < shares.get(form, 0) <= COMMON}

    def _divergence(self, phrase: Phrase, core: frozenset[int]) -> float:
        # Without the topic's own words, which are why these files are the core: "enabling search" is "enabling" here.
        holding = self._words.with_all([form for form in phrase.key.split() if form not in self._topic.stems])
        inside = len(holding & core) / len(core)
        everywhere = (len(holding & self._topic.domain) + 0.5) / (len(self._topic.domain) + 1)
        if len(holding & core) < 2 or inside <= everywhere:
            return 0.0
        return (inside - everywhere) * math.log(inside / everywhere)

    def _beside_topic(self, phrase: Phrase) -> str:
        """Its name without the words of the topic, which would make any phrase like it."""
        return " ".join(word for word in phrase.name.split() if not set(terms(word)) <= self._topic.stems)

    def _likeness(self, names: Sequence[str], said: str) -> list[float]:
        if self._embedder is None or not names:
            return [1.0] * len(names)
        vectors = self._embedder.embed_passages(names)
        return [max(LEAST_LIKENESS, float(cosine)) for cosine in vectors @ self._embedder.embed_query(said)]
