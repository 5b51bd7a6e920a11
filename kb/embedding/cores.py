"""How many threads a model gets: the physical cores this process may use, or KB_THREADS."""

import os
from pathlib import Path

from kb.errors import ConfigError


def thread_count() -> int:
    """KB_THREADS where it is set, else one thread a physical core: a twin on the same core only gets in the way."""
    wanted = os.environ.get("KB_THREADS", "")
    if not wanted:
        return physical_cores()
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ConfigError(f"KB_THREADS is not a number of threads: {wanted}", "unset KB_THREADS")
    return int(wanted)


def physical_cores(topology: Path = Path("/sys/devices/system/cpu")) -> int:
    """Cores that this process may run on, twins counted once; all logical ones where the system does not tell."""
    affinity = getattr(os, "sched_getaffinity", None)
    allowed = affinity(0) if affinity else set(range(os.cpu_count() or 1))
    cores = set()
    for cpu in allowed:
        try:
            cores.add((topology / f"cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            cores.add(str(cpu))
    return max(len(cores), 1)
