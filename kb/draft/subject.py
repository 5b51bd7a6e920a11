"""What a task is about, in the words to look for: a ticket has a title, and names code somewhere in its body."""

import re

from kb.decisions.why.line import is_telling

LEADS = frozenset({
    "add", "adds", "allow", "build", "create", "design", "enable", "implement", "introduce", "make", "please",
    "provide", "should", "support", "write", "we", "need", "want", "to", "a", "an", "the", "let", "users", "user",
})  # fmt: skip
"""Words that begin a task and tell nothing of where it belongs."""
FEWEST_WORDS, MOST_CHARS, MOST_NAMES = 2, 240, 6
NAME = re.compile(r"[A-Za-z_$][\w$]*(?:[./][A-Za-z_$][\w$]*)*")
FIELD = re.compile(r"^\s*(?:title|summary|as an? [^,]{1,40}, i want(?: to)?)\s*:?\s*", re.IGNORECASE)
MARK = re.compile(r"^\s*(?:#+|[-*+]|\d+[.)]|>)\s*")


def subject_of(task: str) -> str:
    """The words of a task to search by: its title, more of it where that is short, and identifiers of the rest."""
    lines = [text for line in task.splitlines() if (text := FIELD.sub("", MARK.sub("", line)).strip())]
    taken: list[str] = []
    while lines and len(without_lead(" ".join(taken)).split()) < FEWEST_WORDS:
        taken.append(lines.pop(0))
    title = without_lead(" ".join(taken))[:MOST_CHARS] or " ".join(taken)[:MOST_CHARS]
    named = dict.fromkeys(
        name for line in lines for name in NAME.findall(line) if is_telling(name) and name not in title
    )
    return " ".join([title, *list(named)[:MOST_NAMES]])


def without_lead(title: str) -> str:
    """`Add two-factor login` is about two-factor login."""
    words = title.split()
    while len(words) > 1 and words[0].lower().strip(",:") in LEADS:
        words.pop(0)
    return " ".join(words)
