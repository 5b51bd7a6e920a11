"""Times the daemon over a ledger made by `corpus.py`: warm commands, saves, floods, memory and idling.

    python tests/bench/corpus.py /tmp/kb-50k --chunks 50000
    python tests/bench/daemon.py /tmp/kb-50k

Prints one JSON object. Every command is timed as a whole process, its interpreter's start included,
beside an interpreter that does nothing: of two machines only the ratio can be compared.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kb.app.gateway import identity
from kb.config import load_settings
from kb.service.client import Client

KB = str(Path(sys.executable).with_name("kb"))
QUESTION = "how does the parser read the options of a section?"
DEADLINE_S = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="as made by corpus.py")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--flood", type=int, default=20_000)
    chosen = parser.parse_args()
    os.environ["KB_HOME"] = str(chosen.folder / "home")
    notes = chosen.folder / "notes"
    run("daemon", "stop")
    result: dict[str, Any] = {"start_to_first_answer_s": start_to_first_answer()}
    try:
        settle()
        result["rss_mb"] = presence()["rss_mb"]
        result |= warm(chosen.runs)
        result["idle_cpu_percent"] = idle_cpu(10.0)
        result["save_to_searchable_ms"] = spread([save_to_searchable(notes, n) for n in range(chosen.saves)])
        result["flood"] = flood(notes / "flood", chosen.flood)
        result["rss_mb_after"] = presence()["rss_mb"]
    finally:
        run("daemon", "stop")
    print(json.dumps(result, indent=1))


def start_to_first_answer() -> float:
    began = time.perf_counter()
    run("daemon", "start")
    run("ask", QUESTION)
    return round(time.perf_counter() - began, 2)


def warm(runs: int) -> dict[str, Any]:
    """Milliseconds of whole processes, taken in turns so that a busy moment hits all alike."""
    times: dict[str, list[float]] = {"python": [], "ask": [], "search": []}
    for _ in range(runs):
        times["python"].append(timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        times["ask"].append(timed(lambda: run("ask", QUESTION)))
        times["search"].append(timed(lambda: run("search", QUESTION)))
    return {f"{name}_ms": spread(values) for name, values in times.items()}


def idle_cpu(seconds: float) -> float:
    pid = presence()["pid"]
    before = cpu_s(pid)
    time.sleep(seconds)
    return round(100 * (cpu_s(pid) - before) / seconds, 2)


def save_to_searchable(notes: Path, number: int) -> float:
    """Milliseconds from the end of a save to the first search that finds it."""
    word = "".join(random.choice("bcdfghjklmnpqrstvwxz") for _ in range(14))
    file = notes / "topic-00" / "saved.md"
    file.write_text(f"# A saved note\n\nThe word of this edit, number {number}, is {word}.\n", encoding="utf-8")
    began = time.perf_counter()
    with connected() as client:
        while time.perf_counter() - began < DEADLINE_S:
            hits = client.call("search", {"query": word, "limit": 1})["hits"]
            if hits and word in hits[0]["snippet"]:
                return (time.perf_counter() - began) * 1e3
            time.sleep(0.005)
    raise TimeoutError(f"save {number} was never found")


def flood(folder: Path, count: int) -> dict[str, Any]:
    """Files written while the daemon is frozen, and how long it takes to have them all once it goes on."""
    before = files()
    pid = presence()["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        for number in range(count):
            place = folder / f"f{number // 1000:02d}" / f"file-{number}.md"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f"# File {number}\n\nOne of many, of the number {number}.\n", encoding="utf-8")
    finally:
        os.kill(pid, signal.SIGCONT)
    began = time.perf_counter()
    while files() < before + count and time.perf_counter() - began < DEADLINE_S:
        time.sleep(0.5)
    return {"files": files() - before, "wanted": count, "took_s": round(time.perf_counter() - began, 1)}


def settle() -> None:
    """Wait until the scan of the start is done."""
    began = time.perf_counter()
    while not presence()["settled"] and time.perf_counter() - began < DEADLINE_S:
        time.sleep(0.2)


def files() -> int:
    with connected() as client:
        return int(client.call("status")["files"])


def presence() -> dict[str, Any]:
    with connected() as client:
        return client.call("presence")


def connected() -> Client:
    settings = load_settings()
    client = Client.connect(settings.home, identity(settings), timeout_s=10.0)
    if client is None:
        raise ConnectionError("no daemon answers")
    return client


def run(*words: str) -> None:
    subprocess.run([KB, *words], stdout=subprocess.DEVNULL, check=False)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max": round(ordered[-1], 1),
    }


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
