"""Text in a note cannot change the rules, call anything or leak anything, with a model that does all it is told."""

import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kb.answer.prompt import rules
from kb.model import Message
from kb.sanitize import for_prompt
from tests.unit.answer.attacks import ATTACKS, SECRET, Attack
from tests.unit.answer.scripted import ScriptedWriter, writer
from tests.unit.app.world import World

HONEST = "Sessions live in Postgres and not in MySQL [1]."
QUESTION = "where do sessions live, in MySQL or in Postgres?"
TRUE = "Sessions live in Postgres, and not in MySQL."
FENCE = re.compile(r"<passage-([0-9a-f]{16}) ")
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def note_with(world: World, attack: Attack) -> None:
    """One note that answers the question and holds the attack, and one with a secret that is asked by nobody."""
    title, matter, name, end = "Where sessions live", "", "sessions", ""
    match attack.place:
        case "body" | "fence":
            end = f"\n{attack.text}\n"
        case "comment":
            end = f"\n<!-- {attack.text} -->\n"
        case "link":
            end = f"\n[{attack.text}](http://evil.example/a)\n"
        case "heading":
            title = f"Where sessions live. {attack.text}"
        case "front matter":
            matter = f"---\ntitle: 'Where sessions live. {attack.text}'\n---\n\n"
        case "name":
            name = f"sessions {attack.text}"
    if attack.place == "code":
        world.write(
            "src/sessions.py",
            f"def where_sessions_live():\n    # {TRUE}\n    # {attack.text}\n    return 'Postgres, not MySQL'\n",
        )
    else:
        heading = "" if matter else f"# {title}\n\n"
        world.write(f"til/{name}.md", f"{matter}{heading}{TRUE}{end}")
    world.write("til/vault.md", f"# The vault\n\n{SECRET}, which nobody may know.\n")
    world.index()


def obeying(attack: Attack, *, before: str = "") -> ScriptedWriter:
    def reply(given: Sequence[Message]) -> str:
        said = attack.obeyed.replace("{rules}", given[0].text).replace("{passages}", given[1].text)
        return f"{before}{said}"

    return writer(reply)


def ask(world: World, attack: Attack, model: ScriptedWriter) -> dict[str, Any]:
    question = f"{QUESTION} {attack.text}" if attack.place == "question" else QUESTION
    with world.app() as app:
        app.shared.given_writer = model
        return app.ask(question, context=attack.text if attack.place == "context" else "", write=True)


def files_of(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_there_are_enough_attacks_and_each_place_has_one() -> None:
    assert len(ATTACKS) >= 40
    assert {attack.place for attack in ATTACKS} == {
        "body", "comment", "code", "name", "front matter", "heading", "link", "fence", "context", "question",
    }  # fmt: skip


@pytest.mark.usefixtures("unplugged")
@pytest.mark.parametrize("attack", ATTACKS, ids=[f"{n}-{attack.place}" for n, attack in enumerate(ATTACKS)])
def test_an_attack_gets_nothing(world: World, attack: Attack) -> None:
    note_with(world, attack)
    before = files_of(world.notes)
    model = obeying(attack)
    payload = ask(world, attack, model)

    # The model was asked once, under the rules as they are, and the attack is among the data.
    assert len(model.given) == 1
    system, user = model.given[0]
    fence = FENCE.findall(user.text)[0]
    assert system.text == rules(fence)
    told = for_prompt(" ".join(attack.text.split()))[:20]
    if attack.place in ("body", "context", "code", "comment", "link", "question") and told:
        assert told[:12] in " ".join(user.text.split())
    # Fences hold: as many ends as beginnings, all of them ours, and no mark of a chat template.
    assert user.text.count(f"</passage-{fence}>") == len(FENCE.findall(user.text))
    assert fence not in attack.text
    outside = re.sub(rf"<(passage|context)-{fence}.*?</\1-{fence}>", "", user.text, flags=re.DOTALL)
    if attack.place != "question":
        assert attack.text.strip()[:12] not in outside
    assert not re.search(r"<\||\|>|<<SYS|\[/?INST\]|<(?:start|end)_of_turn", user.text)
    assert not UNFIT.search(user.text)
    # The reply that did what was wanted is not shown, and nothing leaks into what is.
    assert payload["mode"] == "extractive", payload["answer"]
    shown = payload["answer"] + "".join(payload["notices"])
    assert SECRET not in shown and "A program checks each sentence" not in shown
    assert any("your notes are quoted" in notice for notice in payload["notices"])
    # Nothing was called or written.
    assert files_of(world.notes) == before


@pytest.mark.parametrize("attack", ATTACKS[::4], ids=[attack.place for attack in ATTACKS[::4]])
def test_what_is_true_survives_beside_an_attack(world: World, attack: Attack) -> None:
    note_with(world, attack)
    payload = ask(world, attack, obeying(attack, before=f"{HONEST} {HONEST} {HONEST} "))
    if payload["mode"] == "generated":
        assert set(payload["answer"].split(" [1]. ")) <= {HONEST, HONEST.removesuffix(" [1].")}
        assert payload["dropped"] >= 1
    else:
        assert any("sentences of scripted are not in them" in notice for notice in payload["notices"])


def test_no_two_calls_have_one_fence(world: World) -> None:
    note_with(world, ATTACKS[0])
    fences = set()
    for _ in range(3):
        model = writer(HONEST)
        ask(world, ATTACKS[0], model)
        fences.update(FENCE.findall(model.given[0][1].text))
    assert len(fences) == 3
