"""The child process of `kb.llm.gguf`: serves one file on loopback until its parent is gone or nobody asks.

Its standard input is its life line: the system closes it whatever way the parent ends, `kill -9` included.
"""

import json
import os
import select
import threading
from typing import Any

BEGINS, ENDS = b"+", b"-"


def main() -> None:
    out = os.dup(1)
    # The runtime prints; only our one line may reach the parent.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    told = _read_line()
    threading.Thread(target=_live, args=(told["idle_s"],), daemon=True).start()
    try:
        server = _serve(told)
    except ImportError:
        answer = {"error": "the package that runs it is not installed", "hint": 'pip install "kb[local]"'}
    except Exception as error:  # noqa: BLE001 - the outermost: whatever the runtime says is told to the parent
        answer = {"error": f"{type(error).__name__}: {error}"}
    else:
        answer = {"address": server.listening_address}
    os.write(out, json.dumps(answer).encode() + b"\n")
    if "address" in answer:
        threading.Event().wait()


def _serve(told: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = told["file"]
    params.n_ctx = told["context_tokens"]
    params.n_parallel = 1
    # More threads than cores that are free wait for each other: beside other work, two on two cores gave 7 tokens a
    # second where one gave 32.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = told["threads"]
    params.api_keys = [told["token"]]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.ui = params.endpoint_slots = params.warmup = params.fit_params = False
    params.offline = True
    # Else it keeps the prompts of up to 8 GB for later.
    params.cache_ram_mib = 0
    params.verbosity = -1
    return xllamacpp.Server(params)


def _read_line() -> dict[str, Any]:
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := os.read(0, 1)):
            os._exit(0)
        line += byte
    told: dict[str, Any] = json.loads(line)
    return told


def _live(idle_s: float) -> None:
    """End the process with its parent, or when it was not asked for so long; a reply under way is waited for."""
    asked = 0
    while True:
        ready, _, _ = select.select([0], [], [], None if asked else idle_s)
        heard = os.read(0, 4096) if ready else b""
        if not heard:
            # At once and whatever the runtime does: its own end may wait for replies.
            os._exit(0)
        asked += heard.count(BEGINS) - heard.count(ENDS)


if __name__ == "__main__":
    main()
