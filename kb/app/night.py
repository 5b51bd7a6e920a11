"""The night run: what a day of edits leaves behind is checked, purged, compacted and backed up.

A row of steps, each done by whoever owns the index; between two of them a daemon does what is
urgent. Every step may fail or be left out for want of time without spoiling the next.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ingest.diff import Look
from kb.app.api import Payload
from kb.app.last_night import NIGHT
from kb.app.opened import OpenIndex
from kb.app.power import lowered_priority
from kb.app.shared import Shared
from kb.app.upkeep import embed_pending, look_again, mirror_of, sweep_dead
from kb.errors import KbError
from kb.progress import OnProgress, Progress, ignore
from kb.service.protocol import Cancelled
from kb.store.backup import backup
from kb.store.integrity import check
from kb.store.journal_backup import back_up_journal
from kb.store.purge import purge

CAP_S = 2 * 3_600.0
"""A run that is not done after so long leaves the rest to the next night."""

Job = Callable[[OpenIndex], Any]
Owner = Callable[[Job], Any]
"""Does a job with the right to write, and returns its result."""


class Step(NamedTuple):
    name: str
    do: Callable[[OpenIndex, OnProgress], str]
    """Returns what it did, in a few words."""


def night_run(
    owner: Owner, *, on_progress: OnProgress = ignore, cap_s: float = CAP_S, clock: Callable[[], float] = time.monotonic
) -> Payload:
    """All steps in their order; tells of each whether it went well, and writes that to the ledger."""
    began = clock()

    def until_late(progress: Progress) -> None:
        on_progress(progress)
        if clock() - began > cap_s:
            raise TimeoutError

    told = [_told(step, owner, until_late, late=clock() - began > cap_s, clock=clock) for step in STEPS]
    failed = [step["name"] for step in told if not step["ok"]]
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_s": round(clock() - began, 1),
        "ok": not failed,
        "summary": f"failed: {', '.join(failed)}" if failed else "; ".join(s["detail"] for s in told if s["detail"]),
        "steps": told,
    }
    owner(lambda opened: _remember(opened, report))
    return report


def in_quiet_thread(shared: Shared, job: Job) -> Any:
    """Do a job in a thread of its own that gives way to all others, with a connection of its own."""
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        lowered_priority()
        try:
            with OpenIndex(shared.settings, shared) as opened:
                outcome.append(job(opened))
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits
            failure.append(error)

    thread = threading.Thread(target=work, name="night", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def _told(
    step: Step, owner: Owner, on_progress: OnProgress, *, late: bool, clock: Callable[[], float]
) -> dict[str, Any]:
    began = clock()
    try:
        if late:
            raise TimeoutError
        detail, ok = str(owner(lambda opened: step.do(opened, on_progress))), True
    except TimeoutError:
        detail, ok = "no time was left", False
    except Cancelled:
        # The daemon leaves, or nobody waits for it any more: not a fault of the step, and no reason for the next one.
        raise
    except KbError as error:
        detail, ok = error.message, False
    return {"name": step.name, "ok": ok, "detail": detail, "took_s": round(clock() - began, 1)}


def _scan(opened: OpenIndex, on_progress: OnProgress) -> str:
    """Every file's bytes: an edit that kept its time, or a clock that was set back, is found only so."""
    tally = look_again(opened, opened.ledger.catalog.sources(), look=Look.HASH, on_progress=on_progress)
    changed = tally.added + tally.changed + tally.removed
    return f"{changed:,} of {changed + tally.unchanged:,} files changed" if changed else ""


def _embed(opened: OpenIndex, on_progress: OnProgress) -> str:
    made = embed_pending(opened, on_progress)
    return f"{made:,} passages embedded" if made else ""


def _purge(opened: OpenIndex, on_progress: OnProgress) -> str:
    swept = sweep_dead(opened)
    freed = purge(opened.ledger.database)
    return "deleted text purged" if freed else f"{swept:,} vectors swept" if swept else ""


def _compact(opened: OpenIndex, on_progress: OnProgress) -> str:
    mirror, generation = mirror_of(opened), opened.ledger.embeddings.generation()
    if generation is None:
        return ""
    bloated = mirror.needs_compaction(generation)
    mirror.sync(generation, on_progress)
    return "vectors compacted" if bloated else ""


def _check(opened: OpenIndex, on_progress: OnProgress) -> str:
    if found := check(opened.ledger):
        raise KbError(f"{len(found)} faults in the ledger, the first: {found[0].detail}", "kb doctor --repair")
    return ""


def _back_up(opened: OpenIndex, on_progress: OnProgress) -> str:
    try:
        backup(opened.ledger, opened.settings.backup_dir)
    finally:
        # Also where the index is damaged: what the user did cannot be made again from the notes.
        back_up_journal(opened.settings.journal, opened.settings.backup_dir)
    return ""


STEPS: Sequence[Step] = (
    Step("scan", _scan),
    Step("embed", _embed),
    Step("purge", _purge),
    Step("compact", _compact),
    Step("check", _check),
    # Last: a copy of a damaged ledger must not take the place of a good one.
    Step("backup", _back_up),
)


def _remember(opened: OpenIndex, report: Payload) -> None:
    with opened.ledger.database.transaction():
        opened.ledger.database.set_meta(NIGHT, json.dumps(report))
