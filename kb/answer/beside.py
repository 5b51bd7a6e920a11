"""Passages of other files that lie near to a question: a quoted answer needs one file, a written one may join some."""

from collections.abc import Sequence

from kb.answer.standing import whole
from kb.decisions.succession import Succession
from kb.model import Answer, Citation

MOST = 3


def beside(answer: Answer, succession: Succession) -> Sequence[Citation]:
    """What is nearest and not cited, as it stands on disk now; a decision that was replaced is no help."""
    cited = {citation.chunk.file_id for citation in answer.citations}
    found: list[Citation] = []
    for hit in answer.nearest:
        file_id = hit.chunk.file_id
        if file_id in cited or succession.in_force(file_id) or len(found) == MOST:
            continue
        if (passage := whole(hit.chunk)) is not None:
            n = len(answer.citations) + len(found) + 1
            found.append(Citation(n, passage.chunk, passage.start, passage.end, passage.text))
            cited.add(file_id)
    return found
