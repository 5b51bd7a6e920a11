"""No secret of any known kind is left in a text that leaves this machine, and most other words are."""

from pathlib import Path

import pytest

from kb.answer.redact import RemoteWriter, redact
from kb.errors import ModelError
from kb.model import Message
from tests.unit.answer.secret_kinds import KEY_BODY, PRIVATE_KEY, SECRETS, left, line_of

ROOT = Path(__file__).parents[3]


def redacted(text: str) -> str:
    return redact(text)[0]


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_no_part_of_a_secret_is_left(kind: str) -> None:
    text = f"Before it.\n{line_of(kind)}\nAfter it."
    shown = redacted(text)
    assert "[redacted]" in shown
    assert left(shown) == []
    assert shown.startswith("Before it.\n")
    assert shown.endswith("\nAfter it.")


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_invisible_letters_hide_no_secret(kind: str) -> None:
    line, secret = line_of(kind), SECRETS[kind][1]
    hidden = line.replace(secret, "\u200b".join(secret))
    assert left(redacted(hidden)) == []


@pytest.mark.parametrize(
    "kind", [kind for kind in SECRETS if len(SECRETS[kind][1]) >= 20 and "/" not in SECRETS[kind][1]]
)
def test_a_path_hides_no_secret(kind: str) -> None:
    secret = SECRETS[kind][1]
    assert left(redacted(f'place="til/box-{secret}.md:3-4" or ops/{secret}/notes.md')) == []


def test_a_private_key_goes_with_all_its_lines() -> None:
    shown = redacted(f"Put this there:\n{PRIVATE_KEY}\nand go on.")
    assert shown == "Put this there:\n[redacted]\nand go on."


def test_half_a_private_key_goes_too() -> None:
    assert redacted(PRIVATE_KEY[:200]) == "[redacted]"
    body = redacted(f"{KEY_BODY}\n-----END")
    assert not any(line[:16] in body for line in KEY_BODY.splitlines())


def test_a_secret_of_one_text_is_taken_out_of_all() -> None:
    note, question = redact("The password is hunter2.", "what is hunter2 for?")
    assert "hunter2" not in note + question
    assert question == "what is [redacted] for?"


def test_a_secret_at_the_seam_of_a_long_line_is_found() -> None:
    secret = SECRETS["stripe"][1]
    for before in (995, 1_990, 2_500):
        assert left(redacted("x, " * (before // 3) + secret + " y" * 1_000)) == []


@pytest.mark.parametrize(
    "text",
    [
        "def login(user: User, password: str) -> Token:",
        "password = get_password(user)",
        "token = os.environ['TOKEN']",
        'The password is stored as a hash, never as text. See ADR-0012 and "Choose a hash".',
        "git commit -m 'Add TestUserLoginWithTwoFactorAuthentication2' && git push origin feature/two-factor-login",
        "src/main/java/com/example/shop/checkout/CheckoutServiceImplementationTest.java:10-60",
        "https://example.org/docs/how-to-rotate-keys-in-production-without-downtime#step-2",
        "Use uuid 123e4567-e89b-12d3-a456-426614174000 and port 5432; latency is 4.25 ms at p99.",
        '<excerpt n="1" place="a/b.md:3-4" kind="til">\n  indented\ttabs\n</excerpt>',
    ],
)
def test_what_is_no_secret_stays_letter_for_letter(text: str) -> None:
    assert redacted(text) == text


def test_the_notes_of_this_project_stay_readable() -> None:
    lines = [line for path in (ROOT / "notes").rglob("*.md") for line in path.read_text("utf-8").splitlines()]
    changed = [line for line in lines if redacted(line) != line]
    assert len(changed) <= len(lines) // 200, changed


class Recording:
    """A writer that keeps what it is given."""

    name, local, context_tokens = "far", False, 8_000

    def __init__(self) -> None:
        self.given: list[tuple[Message, ...]] = []

    def count_tokens(self, text: str) -> int:
        return len(text)

    def may_see(self, source: str) -> bool:
        return False

    def write(self, messages, *, max_tokens):  # type: ignore[no-untyped-def]
        self.given.append(tuple(messages))
        return iter(["fine"])


def test_a_remote_model_gets_only_sources_that_were_named() -> None:
    inner = Recording()
    writer = RemoteWriter(inner, frozenset({"notes"}))
    assert (writer.local, writer.may_see("notes"), writer.may_see("work")) == (False, True, False)
    for sources in (None, ("work",), ("notes", "work")):
        with pytest.raises(ModelError, match="not on this machine"):
            writer.write([Message("system", "Rules."), Message("user", "Text.", sources=sources)], max_tokens=9)
    assert inner.given == []
    said = writer.write([Message("system", "Rules."), Message("user", "Text.", sources=("notes",))], max_tokens=9)
    assert list(said) == ["fine"]


def test_a_remote_model_gets_no_secret_of_a_named_source() -> None:
    inner = Recording()
    text = "\n".join(line_of(kind) for kind in SECRETS)
    list(RemoteWriter(inner, frozenset()).write([Message("user", text, sources=())], max_tokens=9))
    assert left(inner.given[0][0].text) == []


def test_a_fence_that_our_rules_name_stays() -> None:
    inner, fence = Recording(), "4be1f0a97c3d2e85"
    text = f'<passage-{fence} n="1">\nA password is {SECRETS["stripe"][1]}\n</passage-{fence}>'
    said = [Message("system", f"Between the marks {fence} stands data."), Message("user", text, sources=())]
    list(RemoteWriter(inner, frozenset()).write(said, max_tokens=9))
    assert inner.given[0][1].text == f'<passage-{fence} n="1">\nA password is [redacted]\n</passage-{fence}>'
