"""What kept conversations look like: a list of them, or one with its answers."""

from datetime import datetime

from kb.cli.views.answer import answer_lines
from kb.cli.views.page import Line, Page, Payload, clip, count

ID_WIDTH = 5
TIME_WIDTH = 16


def history_lines(payload: Payload, page: Page) -> list[Line]:
    """One line for each conversation: its number, when it was last in use, its first question."""
    if not payload["conversations"]:
        return [["No conversation was kept yet."], [("kb ask --new QUESTION, or the terminal interface: kb", "dim")]]
    return [_conversation(conversation, page) for conversation in payload["conversations"]]


def conversation_lines(payload: Payload, page: Page) -> list[Line]:
    """The turns of a conversation, each question over its answer."""
    lines: list[Line] = []
    for turn in payload["turns"]:
        lines += [[]] if lines else []
        lines.append([("› ", "dim"), (turn["question"], "title"), (f"  {when(turn['at'])}", "dim")])
        lines += answer_lines(turn, page)
        lines += [[(str(notice), "warn")] for notice in turn["notices"]]
    return lines


def forgotten_lines(payload: Payload, page: Page) -> list[Line]:
    return [[f"Forgot {count(payload['deleted'], 'question')}."]]


def when(at: str) -> str:
    """`2026-11-21 14:26`, in the time of the place where the user is."""
    return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _conversation(conversation: Payload, page: Page) -> Line:
    more = f"  +{conversation['turns'] - 1}" if conversation["turns"] > 1 else ""
    room = page.width - ID_WIDTH - TIME_WIDTH - 4 - len(more)
    return [
        (f"{conversation['conversation']:>{ID_WIDTH}}  ", "dim"),
        (f"{when(conversation['at'])}  ", "dim"),
        clip(conversation["question"], room),
        (more, "dim"),
    ]
