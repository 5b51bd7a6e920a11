"""Questions out of an excerpt alone, no model needed: each is answered by words that stand in it."""

import re
from collections.abc import Sequence

from kb.decisions.contradict import choice_of
from kb.learn.model import Question, QuestionKind, Span, item_id
from kb.learn.pitfalls import plain
from kb.learn.tutor.sections import section_of
from kb.learn.tutor.state import Excerpt
from kb.model import StoredChunk
from kb.terms import terms

PROBLEM = ("context and problem statement", "problem statement", "problem", "context", "background", "motivation")
SENTENCE = re.compile(r".+?[.?!](?=\s|$)")
LONGEST_PROBLEM = 300
INLINE = re.compile(r"`([^`\n]{3,60})`")
GAP = "____"
SHORTEST_CLOZE, LONGEST_CLOZE = 30, 300
FEWEST_CLUES = 4
"""Words around a gap, without which nobody could tell what is left out: "____ in [x.py](../x.py) does so."."""
BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
FENCE = re.compile(r"^\s*(?:```|~~~)")
NUMBERED = re.compile(r"^(?:ADR[-\s]?)?\d+[.:)]?\s+")


def ask_of(excerpt: Excerpt, chunks: Sequence[StoredChunk]) -> list[Question]:
    """The questions that an excerpt answers; `chunks` are all of its file's. None of a decision that holds no more."""
    if excerpt.successors:
        return []
    if excerpt.kind == "adr":
        return [_decided(excerpt, chunks)]
    if excerpt.kind == "code":
        return [_code(excerpt)]
    return [_cloze(excerpt) or _expected(excerpt)]


def _decided(excerpt: Excerpt, chunks: Sequence[StoredChunk]) -> Question:
    """Which option was taken, asked before the outcome is shown."""
    problem = problem_of(chunks) or f"What about “{_title(excerpt)}”?"
    choice = choice_of(chunks)
    chosen = choice.chosen.text.strip() if choice is not None and choice.chosen is not None else ""
    if choice is not None and choice.turned_down and chosen and chosen in excerpt.quote:
        # By the alphabet: the order of a list often tells which was taken.
        options = sorted({chosen, *(phrase.text.strip() for phrase in choice.turned_down)}, key=str.casefold)
        answer = _paragraph(excerpt.quote, excerpt.quote.index(chosen))
        return _made("predict", f"{problem} Which option did they choose, and why?", answer, excerpt, tuple(options))
    return _made("predict", f"{problem} What did they decide, and why?", _content(excerpt), excerpt)


def problem_of(chunks: Sequence[StoredChunk]) -> str:
    """What a decision was about, in the words of its context: its title often says what was decided."""
    lines = [line for chunk in chunks for line in chunk.text.split("\n")]
    section = section_of(lines, PROBLEM)
    said = " ".join(line.strip() for line in lines[section[0] : section[1]] if line.strip()) if section else ""
    sentences = SENTENCE.findall(said)
    asking = [sentence for sentence in sentences if sentence.endswith("?")]
    return next((s.strip() for s in [*asking[-1:], *sentences] if len(s) <= LONGEST_PROBLEM), "")


def _cloze(excerpt: Excerpt) -> Question | None:
    """A sentence with the code in it left out; not code that the title gives away."""
    given = set(terms(excerpt.title))
    for line in map(plain, _prose(excerpt)):
        for match in INLINE.finditer(line):
            fits = len(line) - len(match[0]) >= SHORTEST_CLOZE and len(line) <= LONGEST_CLOZE
            gapped = line[: match.start()] + GAP + line[match.end() :]
            clues = len(set(terms(gapped)) - set(terms(match[1])))
            if fits and clues >= FEWEST_CLUES and line.count(match[1]) == 1 and not set(terms(match[1])) <= given:
                return _made("cloze", f"Fill the gap: {gapped.strip()}", match[1], excerpt)
    return None


def _code(excerpt: Excerpt) -> Question:
    prompt = f"What do lines {excerpt.start}-{excerpt.end} of {excerpt.path} do, and what would break without them?"
    return _made("where", prompt, _content(excerpt), excerpt)


def _expected(excerpt: Excerpt) -> Question:
    return _made("predict", f"What do you expect “{_title(excerpt)}” to say?", _content(excerpt), excerpt)


def _made(
    kind: QuestionKind, prompt: str, answer: str, excerpt: Excerpt, options: tuple[str, ...] = ()
) -> Question:  # fmt: skip
    span = Span(0, excerpt.source, excerpt.path, excerpt.abspath, excerpt.start, excerpt.end)
    name = item_id("tutor", excerpt.source, excerpt.path, kind, prompt)
    return Question(name, kind, prompt, answer, span, options, excerpt.concept)


def _paragraph(text: str, start: int) -> str:
    """What begins at `start`, to the next empty line: which option, and why."""
    return re.split(r"\n\s*\n", text[start:], maxsplit=1)[0].strip()


def _prose(excerpt: Excerpt) -> list[str]:
    """The paragraphs and list items outside of code blocks, each on one line, without headings."""
    found, inside, apart = list[str](), False, True
    for line in excerpt.quote.split("\n"):
        if FENCE.match(line):
            inside, apart = not inside, True
        elif inside or not line.strip() or line.startswith(("#", "    ", "|")):
            apart = True
        elif apart or BULLET.match(line):
            found.append(BULLET.sub("", line).strip())
            apart = False
        else:
            found[-1] += f" {line.strip()}"
    return found


def _content(excerpt: Excerpt) -> str:
    """The words of an excerpt without its headings."""
    lines = [line for line in excerpt.quote.split("\n") if not line.lstrip().startswith("#") or excerpt.kind == "code"]
    return "\n".join(lines).strip() or excerpt.quote


def _title(excerpt: Excerpt) -> str:
    return NUMBERED.sub("", excerpt.title or excerpt.path)
