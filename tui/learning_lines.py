"""A study as rows and sheets: what is under study, the plan of one topic, a question with its answer. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.app.study_order import in_turn
from kb.sanitize import for_terminal
from tui.entries import Entry, Place, one_line, shown_place, standing_of
from tui.rows import Part, Row
from tui.sheets import MAX_LINE_CHARS, Line, Sheet, Style

Payload = Mapping[str, Any]
Kind = Literal["reading", "question", "words", "study", "session", "cards"]
WHAT = {
    "changed": "changed since you read it",
    "superseded": "superseded since you read it",
    "gone": "gone since you read it",
    "new": "new in the plan",
}
GRADES = ("right", "partly", "wrong")
GRADED: Mapping[str, Part] = {"right": ("✓ ", "good"), "partly": ("~ ", "warn"), "wrong": ("✗ ", "warn")}
IDLE = (
    "What do you want to learn? Type a topic, Enter makes a plan of it out of your own notes.",
    "What lies nearest comes in too where they hardly speak of it.",
    "",
    "Enter  reads, or goes on with a topic",
    "r      shows the answer to a question: think first",
    "Space  read or answered; g right, partly, wrong",
    "c v    makes a card of it, reviews the cards that are due",
    "t      the tutor asks you about it, with a fresh mind",
    "w      writes the study as a note of your own",
    "e y a  your editor at the line, copy path:line, ask about it",
    "Esc    ends a plan in the making, then goes back",
)


@dataclass(frozen=True, slots=True)
class Item:
    """What a row stands for; `id` is a reading's or a question's in its plan, or the topic of a study."""

    kind: Kind
    id: str = ""
    entry: Entry | None = None
    """Its lines, of a question those that answer it."""
    sheet: Sheet | None = None
    """What the reader shows; None where it shows the lines."""
    done: bool = False
    grade: str = ""
    asks: str = ""
    """Of a question its words, with the options to choose from."""


# What is under study


def idle_rows(studies: Payload, due: Payload | None) -> list[Row[Item]]:
    """The cards that wait, the tutor's open session, and the topics under study."""
    rows: list[Row[Item]] = []
    if due is not None and due["total"]:
        sheet = Sheet("Cards", (Line("Enter or v asks them one by one; five minutes a day are enough.", "dim"),))
        rows.append(Row(counted(due["total"], "card"), "title", after=(("due · v", "warn"),),
                        target=Item("cards", sheet=sheet)))  # fmt: skip
    if session := studies["tutor"]:
        sheet = Sheet("The tutor", (Line("Enter or t goes on where you left it.", "dim"),))
        item = Item("session", session["topic"], sheet=sheet)
        rows.append(Row(f"The tutor on {one_line(session['topic'])}", after=(("open · t", "warn"),), target=item))
    if studies["studies"]:
        rows += [*([Row("")] if rows else []), Row("Under study", "title")]
    return [*rows, *(_study_row(study) for study in studies["studies"])]


def progress_words(progress: Payload) -> str:
    read = f"{progress['reading_done']} of {counted(progress['reading'], 'reading')}"
    asked = f"{progress['questions_done']} of {counted(progress['questions'], 'question')}"
    return f"{read} · {asked} · {progress['minutes_left']} min left"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _study_row(study: Payload) -> Row[Item]:
    progress = study["progress"]
    done = progress["reading_done"] + progress["questions_done"]
    of = progress["reading"] + progress["questions"]
    finished = done == of
    sheet = Sheet(
        one_line(study["topic"]),
        (
            Line(progress_words(progress)),
            Line(f"looked at last on {study['at'][:10]}", "dim"),
            Line("Enter goes on; what changed since then comes first.", "dim"),
        ),
    )
    mark: Part = ("✓ ", "good") if finished else ("· ", "dim")
    left = "done" if finished else f"{progress['minutes_left']} min left"
    return Row(
        one_line(study["topic"]),
        before=(mark,),
        after=((f"{done} of {of}", "dim"), (left, "dim")),
        target=Item("study", study["topic"], sheet=sheet, done=finished),
    )


# A plan


def plan_rows(plan: Payload, cwd: str) -> list[Row[Item]]:
    """What changed since last time, what is missing, then stage by stage in the order to work through it."""
    rows: list[Row[Item]] = []
    if plan["coverage"] == "thin":
        rows.append(Row("Your notes hardly speak of this: what lies nearest is in the plan", "warn"))
    if plan["missing"]:
        rows.append(Row(one_line(f"They do not speak of: {', '.join(plan['missing'])}"), "warn"))
    if plan["changed"]:
        rows.append(Row("Since you studied it last", "title"))
        read = {item["id"] for stage in plan["stages"] for item in stage["reading"] if item["done"]}
        rows += [_changed_row(item, cwd, done=item["id"] in read) for item in plan["changed"]]
    for stage in plan["stages"]:
        rows += [*([Row("")] if rows else []), *_stage_rows(stage, plan["concepts"], cwd)]
    return rows


def first_to_do(rows: Sequence[Row[Item]]) -> int | None:
    """The row that comes next: what changed, else the first that is not done."""
    targets = [(place, row.target) for place, row in enumerate(rows) if row.target is not None]
    todo = (place for place, item in targets if item.kind in ("reading", "question") and not item.done)
    return next(todo, None)


def question_sheet(item: Item, told: Payload | None, cwd: str) -> Sheet:
    """A question, and where it is told its answer with the lines that it stands in."""
    first, *options = item.asks.split("\n")
    lines = [Line(first, "title"), Line(""), *(Line(option, gutter="- ") for option in options)]
    lines += [Line("")] if options else []
    if told is None:
        how = "answered; r shows the answer again" if item.done else "Think first, then r shows the answer."
        return Sheet("A question", (*lines, Line(how, "dim")))
    top = len(lines)
    if told["answer"]:
        lines += [Line(shown(line), "good") for line in told["answer"].split("\n")]
    if told["quote"]:
        lines += [Line(shown(line), gutter="│ ", repeated=True) for line in told["quote"].split("\n")]
    lines += [Line(shown_place(told, cwd), "place"), *(Line(one_line(notice), "warn") for notice in told["notices"])]
    lines += [Line(""), Line(f"g: {item.grade or 'did you know it?'} · c makes a card of it", "dim")]
    # The options were read before: in a low pane they must not leave the answer below the edge.
    opens_at = top if options else 0
    return Sheet("The answer", tuple(lines), warned=bool(told["notices"]), opens_at=opens_at)


def shown(line: str) -> str:
    """A line of a note, fit for the screen."""
    return for_terminal(line[:MAX_LINE_CHARS], keep_newlines=False)


def _changed_row(item: Payload, cwd: str, *, done: bool) -> Row[Item]:
    entry = _entry(item, cwd)
    mark: Part = ("  ✓ ", "good") if done else ("  ! ", "warn")
    target = Item("reading", item["id"], entry, done=done)
    return Row(entry.title, before=(mark,), after=((WHAT[item["what"]], "warn"),), target=target)


def _stage_rows(stage: Payload, concepts: Sequence[Payload], cwd: str) -> Iterable[Row[Item]]:
    items = list(in_turn(dict(stage)))
    done = sum(item["done"] for item in items)
    goal = [Line(shown(stage["goal"])), Line("")]
    if stage["name"] == "Ground":
        goal += [Line("In this order:", "dim"), *(_concept_line(concept) for concept in concepts)]
    yield Row(
        one_line(stage["name"]),
        "title",
        after=((f"{done} of {len(items)} done", "good" if done == len(items) else "dim"),),
        target=Item("words", sheet=Sheet(one_line(stage["name"]), tuple(goal))),
    )
    if not items:
        yield Row("nothing in your notes for this stage", "dim", before=(("  ", "text"),))
    for item in items:
        yield from (_question_rows if "prompt" in item else _reading_rows)(item, cwd)
    yield Row(shown(stage["check"]), "dim", before=(("  ", "text"), ("Check: ", "dim")),
              target=Item("words", sheet=_check_sheet(stage, cwd)))  # fmt: skip


def _reading_rows(item: Payload, cwd: str) -> Iterable[Row[Item]]:
    """What to read, how long it takes and what became of it; below it, why."""
    entry = _entry(item, cwd)
    mark: Part = ("  ✓ ", "good") if item["done"] else ("  · ", "dim")
    minutes: Part = (f"{item['minutes']} min", "dim")
    status: tuple[Part, ...] = ((entry.status, "warn"),) if entry.standing == "warn" else ()
    target = Item("reading", item["id"], entry, done=item["done"])
    yield Row(entry.title, before=(mark,), after=(*status, minutes), target=target)
    yield Row(shown(item["why"]), "dim", before=(("    ", "text"),))


def _question_rows(item: Payload, cwd: str) -> Iterable[Row[Item]]:
    mark, style = GRADED.get(item["grade"], ("✓ ", "good")) if item["done"] else ("? ", "place")
    asks = "\n".join(one_line(text) for text in (item["prompt"], *item["options"]))
    target = Item("question", item["id"], _entry({"title": "", "kind": "", **item}, cwd), done=item["done"],
                  grade=item["grade"], asks=asks)  # fmt: skip
    yield Row(one_line(item["prompt"]), before=((f"  {mark}", style),), target=target)


def _check_sheet(stage: Payload, cwd: str) -> Sheet:
    """What who worked through a stage can do; in the last one with the pattern to follow."""
    lines = [Line(shown(stage["check"]))]
    if skeleton := stage.get("skeleton"):
        lines += [Line(""), Line("The pattern:", "dim")]
        lines += [Line(shown(line), gutter="│ ", repeated=True) for line in skeleton["lines"]]
        lines.append(Line(shown_place(skeleton, cwd), "place"))
    return Sheet(f"{one_line(stage['name'])}: check yourself", tuple(lines))


def _concept_line(concept: Payload) -> Line:
    style: Style = "dim" if concept["known"] else "text"
    return Line(one_line(concept["name"]) + (" (known)" if concept["known"] else ""), style, gutter="· ")


def _entry(item: Payload, cwd: str) -> Entry:
    status, standing = standing_of(item)
    return Entry(
        one_line(item["title"] or item["path"]),
        kind="" if item["kind"] in ("predict", "cloze", "define", "where") else item["kind"],
        status=status,
        standing=standing,
        shown=shown_place(item, cwd),
        place=Place(item["source"], item["path"], item["abspath"], item["start"], item["end"]),
    )
