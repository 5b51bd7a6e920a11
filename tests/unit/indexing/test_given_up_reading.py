"""Reading that is given up in the middle ends with what the workers have in their hands, not with the last file."""

import os
import subprocess
import sys
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


KILLED_WHILE_IT_READS = """
import multiprocessing, os, sys
from pathlib import Path
from ingest.prepare import Job
from ingest.workers import prepare_in_workers
from kb.model import FoundFile
if __name__ == "__main__":
    root = sys.argv[1]
    Path(root, "n.md").write_text("# Note")
    jobs = [Job(root, "notes", FoundFile("n.md", b"n.md", 6, 0), 100, b"") for _ in range(4_000)]
    reading = prepare_in_workers(jobs)
    next(reading)
    print(*(worker.pid for worker in multiprocessing.active_children()), flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
def test_workers_end_when_the_one_they_read_for_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "reading.py"
    program.write_text(KILLED_WHILE_IT_READS)
    # To a file: the workers hold their end of a pipe for as long as they live.
    with (tmp_path / "out").open("w") as out:
        reading = subprocess.run(
            [sys.executable, str(program), str(tmp_path)], stdout=out, timeout=60, check=False,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )  # fmt: skip
    assert reading.returncode == -9
    pids = (tmp_path / "out").read_text().split()
    assert pids
    ends = time.monotonic() + 20
    while alive := [pid for pid in pids if lives(pid)]:
        assert time.monotonic() < ends, alive
        time.sleep(0.05)


def lives(pid: str) -> bool:
    try:
        # In a container nobody may collect what has ended.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
