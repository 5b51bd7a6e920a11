"""What one screen wants of another; the app shows the screen that answers, and hands it the message."""

from dataclasses import dataclass
from typing import ClassVar

from textual.message import Message

from tui.entries import Place


class Wanted(Message, bubble=True):
    """Something that the screen called `page` does."""

    page: ClassVar[str]


@dataclass
class SearchWanted(Wanted):
    """Look for this."""

    page = "search"
    query: str


@dataclass
class QuestionRaised(Wanted):
    """Ask about a place, or just ask: the question stands ready, to be changed or sent."""

    page = "ask"
    question: str
    about: Place | None = None


@dataclass
class DecisionWanted(Wanted):
    """Show a decision among those that it belongs to."""

    page = "decisions"
    ref: str


@dataclass
class TopicWanted(Wanted):
    """Learn about this."""

    page = "learn"
    topic: str
