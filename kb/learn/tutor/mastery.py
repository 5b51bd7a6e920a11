"""What the learner can, by concept: the one place that writes it, for the tutor, the plan and the next session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kb.store.journal import Journal, crc_of

COLUMNS = ("key", "name", "seen", "asked", "right", "at")


@dataclass(frozen=True, slots=True)
class Mastery:
    """`right` of `asked` answers held; `seen` counts how often it was shown. `at` is ISO, empty where it is new."""

    key: str
    name: str
    seen: int = 0
    asked: int = 0
    right: int = 0
    at: str = ""

    @property
    def share(self) -> float:
        """How sure it sits, 0..1: one right answer is less than three of three."""
        return self.right / (self.asked + 1)


@dataclass(frozen=True, slots=True)
class Noted:
    """What one step of a session adds to a concept."""

    key: str
    name: str
    seen: int = 0
    asked: int = 0
    right: int = 0


def added(known: Sequence[Mastery], noted: Iterable[Noted]) -> list[Mastery]:
    """What will be recorded once a step is kept: its own next question already goes by it."""
    by_key = {item.key: item for item in known}
    for item in noted:
        old = by_key[item.key]
        by_key[item.key] = replace(
            old, seen=old.seen + item.seen, asked=old.asked + item.asked, right=old.right + item.right
        )
    return list(by_key.values())


def mastery(journal: Journal, keys: Sequence[str]) -> dict[str, Mastery]:
    """What is recorded of some concepts; those never met are left out, and so is what is damaged: asking once more
    does no harm."""
    marks = ",".join("?" * len(keys))
    rows = journal.rows(f"SELECT * FROM mastery WHERE key IN ({marks})", list(keys))
    found = [[row[name] for name in COLUMNS] for row in rows if row["crc"] == crc_of(row[name] for name in COLUMNS)]
    return {values[0]: Mastery(*values) for values in found}


def note(journal: Journal, noted: Iterable[Noted], *, at: str) -> None:
    """Add to what is recorded; a clock that was set back never makes a concept look longer unseen than it is."""
    with journal.transaction():
        for item in noted:
            old = mastery(journal, [item.key]).get(item.key) or Mastery(item.key, item.name)
            (new,) = added([old], [item])
            values = (new.key, new.name, new.seen, new.asked, new.right, max(old.at, at))
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            sets = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[1:], "crc"))
            journal.execute(
                f"INSERT INTO mastery ({', '.join(COLUMNS)}, crc) VALUES ({marks})"
                f" ON CONFLICT (key) DO UPDATE SET {sets}",
                (*values, crc_of(values)),
            )
