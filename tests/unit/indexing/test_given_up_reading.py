"""Reading that is given up in the middle ends with what the workers have in their hands, not with the last file."""

import time
from pathlib import Path

import pytest

import ingest.workers
from ingest.prepare import Job, Outcome, Refused
from ingest.workers import prepare_in_workers
from kb.model import FoundFile

JOBS = 4_000


def note_it(job: Job) -> Outcome:
    """In the place of the reader: tells that it was asked, and is as slow as one."""
    time.sleep(0.001)
    Path(job.root, job.found.path).touch()
    return Refused(job.found, "only noted", keep_old=False)


def test_what_nobody_waits_for_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.workers, "prepare", note_it)
    jobs = [Job(str(tmp_path), "notes", FoundFile(f"{n}", b"", 0, 0), 100, b"") for n in range(JOBS)]
    outcomes = prepare_in_workers(jobs)
    next(outcomes)
    outcomes.close()
    assert len(list(tmp_path.iterdir())) < JOBS / 2
