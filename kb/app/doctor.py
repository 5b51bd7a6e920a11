"""`kb doctor`: looks at everything an index rests on, names each damage with its remedy, and mends what it can.

Damage is found in the ledger (kb.store.integrity), in the mirror, in the backup and in the exported
model; besides that the folders, the rights, the space and the daemon are looked at. A check that is
not `ok` and has nothing to mend is a warning in words, never silence.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from kb.app.api import Payload
from kb.app.last_night import read_night
from kb.app.opened import OpenIndex
from kb.app.sources import why_gone
from kb.app.upkeep import mirror_of
from kb.errors import KbError, ModelError, NoIndexError, StorageError
from kb.progress import OnProgress, Progress, ignore
from kb.service.spawn import LOG
from kb.store.backup import NAME as BACKUP
from kb.store.backup import fault_of, restore, stands_in
from kb.store.integrity import check
from kb.store.journal_backup import check_journal, mend_journal_backup, put_back_journal
from kb.store.lock import holder_pid, holder_role
from kb.store.repair import mend
from kb.store.roots import ROOTS, keep_roots, kept_roots

REPAIR = "kb doctor --repair"
LITTLE_SPACE = 200_000_000
OLD_BACKUP_DAYS = 8


class Check(NamedTuple):
    """One thing that was looked at; `remedy` is the next command, empty where nothing is wrong."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def doctor(opened: OpenIndex, *, on_progress: OnProgress = ignore) -> Payload:
    """Look at everything; `checks` tells of each, in the order in which they rest on one another."""
    checks: list[Check] = []
    for number, look in enumerate(LOOKS):
        name = look.__name__.strip("_").replace("_", " ")
        on_progress(Progress("check", number, len(LOOKS), "checks", name))
        try:
            checks += look(opened)
        except StorageError as error:
            # A ledger that opens may be damaged where this look reads: what the others found is told all the same.
            checks.append(Check(name, False, error.message, error.hint))
    on_progress(Progress("check", len(LOOKS), len(LOOKS), "checks"))
    return {"checks": [found._asdict() for found in checks], "repaired": []}


def repair(opened: OpenIndex, *, from_backup: bool = False, on_progress: OnProgress = ignore) -> Payload:
    """Mend what can be mended, then look again; nobody else may have the index open.

    `from_backup` puts the nightly copy in the place of the ledger, whatever state that is in, and that of the journal
    in the place of a damaged one; where only the journal is damaged, the index stays as it is.
    """
    done: list[str] = []
    with opened.shared.writing():
        alone = from_backup and _is_sound(opened)
        opened.close()
        if from_backup:
            done += put_back_journal(opened.settings.journal, opened.settings.backup_dir)
            if not (done and alone):
                done += restore(opened.settings.backup_dir, opened.settings.ledger)
        else:
            done += mend(opened.settings.ledger, opened.settings.backup_dir)
        done += _mend_mirror(opened, on_progress)
        done += _mend_model(opened, on_progress)
        done += _mend_backup(opened)
        done += mend_journal_backup(opened.settings.journal, opened.settings.backup_dir)
        done += _mend_source_list(opened)
        done += _mend_rights(opened)
    return {**doctor(opened, on_progress=on_progress), "repaired": done}


def _home(opened: OpenIndex) -> Iterator[Check]:
    home = opened.settings.home
    if not home.is_dir():
        yield Check("home", False, f"there is no folder {home}", "kb index PATH")
        return
    if os.name == "posix" and stat.S_IMODE(home.stat().st_mode) & 0o077:
        yield Check("rights", False, f"others may look into {home}", REPAIR)
    free = shutil.disk_usage(home).free
    told = f"{free / 1e9:.1f} GB free at {home}"
    if not os.access(home, os.W_OK):
        yield Check("home", False, f"{home} may not be written to: it can be searched, and no more", f"ls -ld {home}")
    elif free < LITTLE_SPACE:
        yield Check("space", False, told, "free some space")
    else:
        yield Check("home", True, told)


def _ledger(opened: OpenIndex) -> Iterator[Check]:
    try:
        findings = check(opened.ledger)
    except NoIndexError as error:
        backups = opened.settings.backup_dir
        mendable = stands_in(backups) or kept_roots(backups)
        yield Check("ledger", False, error.message, REPAIR if mendable else error.hint)
        return
    except KbError as error:
        yield Check("ledger", False, error.message, error.hint)
        return
    if not opened.settings.ledger.exists():
        # Its open file answers on, in a daemon for days: and is gone for good when that ends.
        yield Check("ledger", False, f"{opened.settings.ledger} was deleted while it was open", REPAIR)
    elif not findings:
        count = opened.ledger.catalog.count_files()
        yield Check("ledger", True, f"{count:,} files, {opened.ledger.passages.count():,} passages")
    for finding in findings:
        yield Check(f"ledger: {finding.name}", False, finding.detail, finding.remedy)


def _mirror(opened: OpenIndex) -> Iterator[Check]:
    if not _readable(opened):
        return
    if not opened.shared.owned and not opened.shared.may_own():
        yield Check("vectors", True, "not looked at: that takes the right to write, which is not to be had now")
        return
    opened.shared.nearest.close()
    with opened.shared.writing():
        findings = mirror_of(opened).check()
    for name, detail in findings:
        yield Check(name, False, detail, REPAIR)
    if not findings:
        rows = opened.ledger.embeddings
        generation = rows.generation()
        count = rows.count(generation) if generation else 0
        yield Check("vectors", True, f"{count:,} of {generation.identity}" if generation else "none yet")


def _model(opened: OpenIndex) -> Iterator[Check]:
    from kb.embedding.catalog import check_export

    settings = opened.settings
    try:
        fault = check_export(settings.model, settings.models_dir)
    except ModelError as error:
        yield Check("model", False, error.message, error.hint)
        return
    yield Check("model", not fault, fault or settings.model, REPAIR if fault else "")


def _sources(opened: OpenIndex) -> Iterator[Check]:
    if not _readable(opened):
        return
    for source in opened.ledger.catalog.sources():
        if why := why_gone(opened, source):
            yield Check(
                f"source {source.name}", False, f"{source.root} is {why}; what was read of it is kept",
                f"mount it again, or: kb source remove {source.name}",
            )  # fmt: skip
        elif not os.access(source.root, os.R_OK | os.X_OK):
            yield Check(f"source {source.name}", False, f"{source.root} may not be read", f"ls -ld {source.root}")
        else:
            yield Check(f"source {source.name}", True, source.root)


def _watching(opened: OpenIndex) -> Iterator[Check]:
    presence = opened.shared.presence()
    if presence is None:
        if holder_role(opened.settings.home) == "daemon" and not opened.shared.may_own():
            yield Check("daemon", True, f"process {holder_pid(opened.settings.home)}, which was not asked")
        else:
            yield Check("daemon", True, "does not run")
        return
    yield Check("daemon", not presence["problem"], presence["problem"] or f"process {presence['pid']}",
                f"tail {opened.settings.home / LOG}" if presence["problem"] else "")  # fmt: skip
    for source in presence["sources"]:
        if source["mode"] == "polled":
            yield Check(f"watching {source['source']}", False, source["detail"], source["detail"].partition(": ")[2])


def _backup(opened: OpenIndex) -> Iterator[Check]:
    place = opened.settings.backup_dir / BACKUP
    if not place.exists():
        yield Check("backup", True, "none yet; the night run makes one: kb schedule install")
        return
    if fault := fault_of(place):
        yield Check("backup", False, f"{place} is damaged: {fault}", REPAIR)
        return
    age = datetime.now(UTC) - datetime.fromtimestamp(place.stat().st_mtime, UTC)
    old = age.days >= OLD_BACKUP_DAYS
    yield Check("backup", not old, f"{age.days} days old", "kb schedule run" if old else "")


def _journal(opened: OpenIndex) -> Iterator[Check]:
    """What the user did with kb, which no file can tell again; not spoken of where nothing was done yet."""
    findings = check_journal(opened.settings.journal, opened.settings.backup_dir)
    for finding in findings:
        yield Check(finding.name, False, finding.detail, finding.remedy)
    if not findings and opened.settings.journal.exists():
        yield Check("journal", True, "sound")


def _source_list(opened: OpenIndex) -> Iterator[Check]:
    """A lost ledger is made again from it: damage that would be met only then is looked for now."""
    if not _readable(opened):
        return
    known = [(source.name, source.root) for source in opened.ledger.catalog.sources()]
    if sorted(kept_roots(opened.settings.backup_dir)) != sorted(known):
        place = opened.settings.backup_dir / ROOTS
        yield Check("source list", False, f"{place} does not name the sources of the index", REPAIR)


def _night(opened: OpenIndex) -> Iterator[Check]:
    if not _readable(opened):
        return
    if last := read_night(opened.ledger):
        yield Check("night run", last["ok"], f"{last['at']}: {last['summary'] or 'nothing to do'}",
                    "" if last["ok"] else "kb schedule run --now")  # fmt: skip


LOOKS: tuple[Callable[[OpenIndex], Iterator[Check]], ...] = (
    _home, _ledger, _mirror, _model, _backup, _journal, _source_list, _sources, _watching, _night,
)  # fmt: skip


def _is_sound(opened: OpenIndex) -> bool:
    try:
        return not check(opened.ledger)
    except KbError:
        return False


def _readable(opened: OpenIndex) -> bool:
    """Whether the ledger opens: what rests on it is looked at only then."""
    try:
        return bool(opened.ledger)
    except KbError:
        return False


def _mend_mirror(opened: OpenIndex, on_progress: OnProgress) -> list[str]:
    generation = opened.ledger.embeddings.generation()
    if generation is None or not mirror_of(opened).check():
        return []
    count = mirror_of(opened).compact(generation, on_progress)
    return [f"the vector mirror was made anew from the ledger: {count:,} vectors, none embedded again"]


def _mend_model(opened: OpenIndex, on_progress: OnProgress) -> list[str]:
    from kb.embedding.catalog import check_export

    if not check_export(opened.settings.model, opened.settings.models_dir):
        return []
    # Loading makes a damaged export again from its weights.
    opened.load_embedder(on_progress)
    return ["the exported model was made anew"]


def _mend_backup(opened: OpenIndex) -> list[str]:
    place = opened.settings.backup_dir / BACKUP
    if not place.exists() or not fault_of(place):
        return []
    from kb.store.backup import backup, move_aside

    # Kept: where the ledger had to be made anew, it may hold the only copy of what is nowhere else.
    aside = move_aside(place)
    backup(opened.ledger, opened.settings.backup_dir)
    return [f"the damaged backup was replaced by a new one, and kept as {aside.name}"]


def _mend_source_list(opened: OpenIndex) -> list[str]:
    if not any(_source_list(opened)):
        return []
    keep_roots(opened.settings.ledger, opened.ledger.catalog.sources())
    return ["the list of the sources was written anew"]


def _mend_rights(opened: OpenIndex) -> list[str]:
    home = opened.settings.home
    if os.name != "posix" or not stat.S_IMODE(home.stat().st_mode) & 0o077:
        return []
    try:
        home.chmod(0o700)
    except OSError as error:
        raise StorageError(f"the rights of {home} cannot be changed: {error.strerror}", f"ls -ld {home}") from error
    return [f"{home} is now closed to others"]
