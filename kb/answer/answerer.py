"""From a question to quoted passages or an honest no: finds, quotes from the disk, decides."""

from collections.abc import Callable, Sequence

from kb.answer.followup import unspoken
from kb.answer.quoting import Passage, quote
from kb.answer.standing import Standing, was_meant, without_year
from kb.answer.sufficiency import (
    THRESHOLD,
    THRESHOLD_WITH_CONTEXT,
    confidence,
    missing_words,
    named,
    signals,
)
from kb.decisions.succession import Succession
from kb.model import Answer, Citation, StoredChunk
from kb.search.searcher import Found, Searcher
from kb.store.ledger import Ledger
from kb.store.passages import Filter

HITS = 10
NEAREST = 3
OnCitation = Callable[[Citation], None]


def untold(_: Citation) -> None:
    """For who waits for the whole answer."""


class Answerer:
    """Answers over one ledger, without a language model."""

    def __init__(self, searcher: Searcher, ledger: Ledger) -> None:
        self._searcher = searcher
        self._ledger = ledger

    def ask(
        self,
        question: str,
        *,
        context: str = "",
        own: Sequence[str] = (),
        chosen: Filter | None = None,
        home_source: str = "",
        on_citation: OnCitation = untold,
    ) -> Answer:
        """The answer, grounded in passages that stand on disk at this moment, each told as soon as it is read there.

        `own` are the words of a follow-up that were not asked before: what does not speak of them answers it not.
        """

        def answered(searched: str, tell: OnCitation) -> Answer:
            return self._answer(
                searched, question, context=context, own=own, chosen=chosen, home_source=home_source, tell=tell
            )

        answer = answered(question, on_citation)
        timeless = without_year(question)
        if answer.status == "answered" or timeless == question or not timeless.strip(" ?!.,"):
            return answer
        dated = answered(timeless, untold)
        # Only a decision that is known to have held in that year answers for it.
        succession = Succession.latest(self._ledger)
        if not any(was_meant(succession, citation.chunk.file_id, question) for citation in dated.citations[:1]):
            return answer
        for citation in dated.citations:
            on_citation(citation)
        return dated

    def _answer(
        self,
        searched: str,
        question: str,
        *,
        context: str,
        own: Sequence[str],
        chosen: Filter | None,
        home_source: str,
        tell: OnCitation,
    ) -> Answer:
        """The answer to `question`, looked for by the words of `searched`."""
        found = self._searcher.search(searched, limit=HITS, chosen=chosen, home_source=home_source, context=context)
        passages, gone = self._quote(found)
        notices, nearest = (*found.notices, *gone), found.hits[:NEAREST]
        if not passages:
            return Answer(question, "not_found", (), nearest, notices=notices, pending=found.pending)
        chunk = passages[0].chunk
        quoted = "\n".join(passage.text for passage in passages)
        sure = confidence(signals(found, chunk, quoted))
        # Who hands in a context asks what is near to it; an identifier that is declared here is no near miss.
        if sure < (THRESHOLD_WITH_CONTEXT if context else THRESHOLD) and not named(found, chunk):
            missing = missing_words(found.query, self._whole_text(nearest[0].chunk))
            return Answer(question, "not_found", (), nearest, missing, sure, notices, found.pending)
        if silent := unspoken(own, "\n".join((chunk.title, chunk.path, *chunk.trail, quoted))):
            return Answer(question, "not_found", (), nearest, silent, sure, notices, found.pending)
        standing = Standing(found, self._ledger.passages, Succession.latest(self._ledger), asked=question)
        citations: list[Citation] = []
        for n, passage in enumerate(standing.arrange(passages), start=1):
            citations.append(Citation(n, passage.chunk, passage.start, passage.end, passage.text))
            tell(citations[-1])
        return Answer(question, "answered", tuple(citations), nearest, (), sure, notices, found.pending)

    def _quote(self, found: Found) -> tuple[list[Passage], list[str]]:
        """Passages of the best file whose text still stands; the files before it whose text is gone are told."""
        gone: list[str] = []
        for file_id in dict.fromkeys(hit.chunk.file_id for hit in found.hits):
            matched = {item.chunk: item.score for item in found.scored if item.chunk.file_id == file_id}
            if passages := quote(found.query, matched):
                return passages, gone
            path = next(iter(matched)).path
            gone.append(f"{path} no longer says what was indexed; bring it up to date: kb index")
        return [], gone

    def _whole_text(self, chunk: StoredChunk) -> str:
        """All that the file of a chunk says: only of that may be told what it does not speak of."""
        said = "\n".join(part.text for part in self._ledger.passages.of_file(chunk.file_id))
        return f"{chunk.title}\n{chunk.path}\n{said}"
