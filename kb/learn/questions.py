"""Questions to be answered before the text is shown, each bound to the lines that answer it.

The rule that every question keeps, `answerable`: the words that decide stand letter for letter in its own lines, and
the question does not hold them itself. What breaks it is not asked.
"""

import re
from collections.abc import Iterator, Sequence

from kb.answer.disk import is_rendered
from kb.decisions.contradict import choice_of
from kb.learn.concepts import SAYS_WHAT
from kb.learn.guards import symbols_of
from kb.learn.model import Concept, Question, QuestionKind, Span, StageName, item_id
from kb.learn.phrases import is_telling
from kb.learn.pitfalls import pitfall_in, plain
from kb.learn.pool import Material
from kb.learn.reading import Entry
from kb.learn.spans import chunk_span, text_of
from kb.learn.tutor.asking import problem_of
from kb.model import StoredChunk
from kb.search.signals import is_test
from kb.terms import terms

MOST, MOST_OPTIONS = 4, 5
"""Questions of one stage."""
BLANK = "____"
LONGEST_ANSWER = 400
LONGEST_SENTENCE, SHORTEST_SENTENCE = 240, 40
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*_\[])|\n\s*\n|\n(?=\s*[-*+] )")
MENTIONS = r"(?<!\w){}(?!\w)"
DECLARES = (
    r"\b(?:type|func|function|class|def|struct|interface|trait|enum|const|let|var|fn|module|record|object|sub|proc)\s"
    r"(?:[^=({{]*?[\s)*])?{}(?!\w)"
)
"""A line that declares a name, in most languages; with a receiver before it in Go."""
COMMENT = re.compile(r"^\s*(?://|#|--|/\*|\*|\"\"\"|@)")


def answerable(question: Question, lines: str) -> bool:
    """Whether the text of its own span answers a question, and the question does not give it away."""
    if not question.answer.strip() or question.answer not in lines:
        return False
    if question.kind == "where":
        return question.answer_span.path in question.options and len(set(question.options)) > 1
    if question.kind == "cloze":
        return (
            question.prompt.count(BLANK) == 1 and question.answer.lower() not in _without_quote(question.prompt).lower()
        )
    if question.options and not any(_says(question.answer, option) for option in question.options):
        return False
    return question.answer not in question.prompt


def questions_for(
    stage: StageName, entries: Sequence[Entry], concepts: Sequence[Concept], *, taken: set[str]
) -> tuple[Question, ...]:
    """The questions of a stage out of a plan's entries, at most two of one file; `taken` were asked before."""
    code = [entry for entry in entries if entry.material.file.kind == "code"]
    entries = [entry for entry in entries if entry.stage == stage]
    found: list[Question] = []
    for wanted in (1, 2):
        for entry in entries:
            mine = [q for q in found if q.answer_span.file_id == entry.material.file.file_id]
            if len(mine) >= wanted or len(found) == MOST:
                continue
            for question in _of(entry, concepts, code):
                fresh = question.prompt not in taken and not any(q.kind == question.kind for q in mine)
                if fresh and answerable(question, text_of(entry.material, question.answer_span)):
                    taken.add(question.prompt)
                    found.append(question)
                    break
    return tuple(found)


def _of(entry: Entry, concepts: Sequence[Concept], code: Sequence[Entry]) -> Iterator[Question]:
    material = entry.material
    if material.parts and is_rendered(material.parts[0]):
        # Its lines on the disk are not the text that was read from them.
        return
    if material.file.kind == "adr":
        # A sentence of it with a word left out would give the choice away.
        yield from _predictions(material)
        return
    if material.file.kind == "code":
        yield from _places(entry, concepts, code)
        return
    yield from _definitions(material, concepts)
    yield from _pitfalls(material)
    yield from _clozes(material, concepts)


# Kinds


def _predictions(material: Material) -> Iterator[Question]:
    """Which option was chosen, or what was decided, before the decision is read."""
    choice = choice_of(material.parts)
    part = _part_at(material, choice.chosen.line) if choice and choice.chosen else None
    if choice is None or choice.chosen is None or part is None:
        return
    name, span = f"“{material.file.title}”", chunk_span(material, part)
    told = _tells(material.file.title, choice.chosen.text)
    # The title of a decision often is the decision: then its problem is named, without that only the reason asked for.
    subject = problem_of(material.parts) if told else f"{name}:"
    if choice.turned_down and subject:
        options = tuple(sorted({phrase.text for phrase in (choice.chosen, *choice.turned_down)}))
        prompt = f"{subject} {'Which' if told else 'which'} option was chosen, and why?"
        yield _made("predict", prompt, choice.chosen.text, span, options=options)
    lines = part.text.split("\n")[choice.chosen.line - part.start :]
    asked = "why was it decided so" if told else "what was decided, and why"
    yield _made("predict", f"{name}: {asked}?", _paragraph(lines), span)


def _definitions(material: Material, concepts: Sequence[Concept]) -> Iterator[Question]:
    for concept in concepts:
        if concept.known:
            continue
        said = re.compile(
            rf"(?:^|\b)(?:an?|the)?\s*[`*_]{{0,2}}{re.escape(concept.name)}[`*_]{{0,2}}\s+(?:\w+\s+){{0,3}}?{SAYS_WHAT}\b",
            re.IGNORECASE,
        )
        for part in _prose(material):
            for sentence in _sentences(part):
                if said.search(sentence):
                    prompt = f"What is {concept.name}, and what is it good for?"
                    yield _made("define", prompt, sentence, chunk_span(material, part), concept=concept.key)


def _pitfalls(material: Material) -> Iterator[Question]:
    told = pitfall_in(material).rstrip("…")
    for part in _prose(material):
        for sentence in _sentences(part):
            if told and plain(sentence).startswith(told[:60]):
                yield _made(
                    "predict", f"“{material.file.title}”: what can go wrong here?", sentence, chunk_span(material, part)
                )
                return


def _clozes(material: Material, concepts: Sequence[Concept]) -> Iterator[Question]:
    """A sentence with the concept left out; only where it stands once, and the title does not tell it."""
    for concept in concepts:
        if concept.known:
            continue
        word = re.compile(rf"(?<![\w./-]){re.escape(concept.name)}(?![\w/(-])", re.IGNORECASE)
        for part in _prose(material):
            for sentence in _sentences(part):
                matches = word.findall(sentence)
                # What ends with a colon speaks of what comes after it, which is not shown.
                if len(matches) != 1 or sentence.endswith(":"):
                    continue
                shown = word.sub(BLANK, plain(sentence))
                if BLANK not in shown:
                    # It stood in the address of a link.
                    continue
                yield _made("cloze", f"Fill in: “{shown}”", matches[0], chunk_span(material, part), concept=concept.key)


def _places(entry: Entry, concepts: Sequence[Concept], code: Sequence[Entry]) -> Iterator[Question]:
    """Where a thing is declared, or which test speaks of it: the answer is the line that does."""
    others = [other.material for other in code if other is not entry]
    paths = [other.file.path for other in others]
    options = tuple(sorted([entry.material.file.path, *paths[: MOST_OPTIONS - 1]]))
    if entry.guards is not None:
        names, prompt, finds = symbols_of(entry.guards), "Which test speaks of `{}`?", MENTIONS
        # The file that declares it speaks of it, too: it is no answer to choose from.
        options = tuple(path for path in options if is_test(path) or path == entry.material.file.path)
    else:
        names, prompt, finds = symbols_of(entry.material), "Where would a change to `{}` go?", DECLARES
    asked = [set(concept.key.split()) for concept in concepts if not concept.known]
    names.sort(key=lambda name: (not any(key <= set(terms(name)) for key in asked), not is_telling(name)))
    for name in names:
        pattern = re.compile(finds.format(re.escape(name)))
        rivals = [other for other in others if other.file.path in options]
        if any(pattern.search(part.text) for other in rivals for part in other.parts):
            # Two of the places to choose from would be right.
            continue
        for part in entry.material.parts:
            line = next(
                (line for line in part.text.split("\n") if pattern.search(line) and not COMMENT.match(line)), ""
            )
            if line:
                span = chunk_span(entry.material, part)
                yield _made("where", prompt.format(name), line.strip(), span, options=options)
                break


# Parts


def _made(
    kind: QuestionKind, prompt: str, answer: str, span: Span, *, options: tuple[str, ...] = (), concept: str = ""
) -> Question:
    name = item_id("question", kind, span.source, span.path, prompt)
    return Question(name, kind, prompt, answer, span, options, concept)


def _part_at(material: Material, line: int) -> StoredChunk | None:
    return next((part for part in material.parts if part.start <= line <= part.end), None)


def _prose(material: Material) -> list[StoredChunk]:
    """The passages of text, the nearest to the topic first."""
    parts = [part for part in material.parts if part.role in ("prose", "list", "quote", "heading")]
    return sorted(parts, key=lambda part: -material.scores.get(part.ordinal, 0.0))


def _sentences(part: StoredChunk) -> list[str]:
    found: list[str] = []
    fenced = False
    for piece in SENTENCE.split(part.text):
        fenced ^= piece.count("```") % 2 == 1
        told = piece.strip()
        fits = SHORTEST_SENTENCE <= len(told) <= LONGEST_SENTENCE and not told.startswith(("#", "|", "$", "<", "!"))
        if fits and not fenced and "```" not in told:
            found.append(told)
    return found


def _paragraph(lines: Sequence[str]) -> str:
    """The lines up to a blank one or a heading, as many as can be read at a glance."""
    taken: list[str] = []
    for line in lines:
        if taken and (not line.strip() or line.startswith("#") or len("\n".join([*taken, line])) > LONGEST_ANSWER):
            break
        taken.append(line)
    return "\n".join(taken)[:LONGEST_ANSWER].rstrip()


def _says(answer: str, option: str) -> bool:
    one, two = set(terms(answer)), set(terms(option))
    return bool(one and two) and len(one & two) / len(one | two) >= 0.5


def _tells(title: str, chosen: str) -> bool:
    """Whether a title gives away what was chosen."""
    said = set(terms(chosen))
    return bool(said) and 2 * len(said & set(terms(title))) >= len(said)


def _without_quote(prompt: str) -> str:
    """The sentence around the blank may hold no second copy of what was left out."""
    return prompt.replace(BLANK, " ")
