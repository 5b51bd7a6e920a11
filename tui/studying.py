"""What the learn screen asks of the library where one call is not enough; runs in one of its lanes."""

from typing import TYPE_CHECKING, Any

from kb.errors import NoIndexError, NotFoundError
from tui.dialogue import about_ref
from tui.entries import Place

if TYPE_CHECKING:
    from kb.app.api import Api

ORIGIN = "learn"
Payload = dict[str, Any]


def under_way(kb: "Api") -> tuple[Payload, Payload | None]:
    """What is under study, and the cards that are due; None where there is neither an index nor a card."""
    studies = kb.studies()
    try:
        return studies, kb.cards_due(limit=1)
    except NoIndexError:
        return studies, None


def card_of_question(kb: "Api", topic: str, question: str, cwd: str) -> Payload:
    """A card of a question and the words that answer it; NotFoundError where the file no longer holds them."""
    told = kb.study_reveal(topic, question)
    if not told["quote"]:
        raise NotFoundError(*told["notices"][:1])
    place = Place(told["source"], told["path"], told["abspath"], told["start"], told["end"])
    return kb.card_add(told["prompt"], told["answer"], ref=about_ref(place), origin=ORIGIN, cwd=cwd)


def card_of_lines(kb: "Api", front: str, place: Place, cwd: str) -> Payload:
    """A card whose back are the lines themselves."""
    return kb.card_add(front, ref=about_ref(place), origin=ORIGIN, cwd=cwd)


def session_of(kb: "Api", topic: str, at: Place | None, cwd: str, *, anew: bool) -> tuple[Payload, bool]:
    """The tutor's step on a topic, and whether its open session goes on: that is one on the same topic and lines."""
    left = kb.studies()["tutor"]
    if not anew and left is not None and _same(left, topic, at):
        return kb.tutor_show(left["session"]), True
    return kb.tutor_open(topic, at=about_ref(at) if at else "", cwd=cwd), False


def _same(left: Payload, topic: str, at: Place | None) -> bool:
    here = left["here"]
    # Asked for without lines, the session on the topic goes on whatever lines it was tied to.
    same_lines = at is None or (here is not None and here == {"source": at.source, "path": at.path, "start": at.start})
    return bool(left["topic"].casefold() == " ".join(topic.casefold().split()) and same_lines)
