"""Reads many files in worker processes; alone knows what to do when a file takes its worker down with it."""

import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

from ingest.prepare import READER_FAILED, Job, Outcome, Refused, prepare

JOBS_PER_TURN = 25
KILLED = f"{READER_FAILED}: it was killed"


def prepare_in_workers(jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
    """The outcomes in the order of the jobs; a job that kills its worker is refused, and only that one."""
    done = 0
    try:
        with _workers(min(os.cpu_count() or 1, 8)) as pool:
            with _without_interrupts():
                outcomes = pool.map(prepare, jobs, chunksize=JOBS_PER_TURN)
            try:
                for outcome in outcomes:
                    done += 1
                    yield outcome
            finally:
                # Given up in the middle: else leaving would wait until ten thousand files are read for nobody.
                pool.shutdown(cancel_futures=True)
    except BrokenProcessPool:
        # Every job under way was lost with the dead worker, so nothing tells yet which one did it.
        yield from _one_by_one(jobs[done:])


def _one_by_one(jobs: Sequence[Job]) -> Iterator[Outcome]:
    done = 0
    while done < len(jobs):
        try:
            with _workers(1) as pool:
                for job in jobs[done:]:
                    with _without_interrupts():
                        future = pool.submit(prepare, job)
                    outcome: Outcome = future.result()
                    done += 1
                    yield outcome
        except BrokenProcessPool:
            done += 1
            yield Refused(jobs[done - 1].found, KILLED, keep_old=True)


def _workers(count: int) -> ProcessPoolExecutor:
    # Spawned, not forked: a fork would share this process's SQLite connection and runtime threads.
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_leave_with_parent)


def _leave_with_parent() -> None:
    """End this worker when the process that started it is gone: after a kill it would wait for jobs for ever."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_leave, args=(parent.sentinel,), name="parent", daemon=True).start()


def _wait_and_leave(sentinel: int) -> None:
    wait([sentinel])
    # Not sys.exit, which ends this thread alone; there is nothing here that wants to be closed.
    os._exit(1)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started inside never see Ctrl-C: this process alone ends the run, and they print no traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
