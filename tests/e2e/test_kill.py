"""The real daemon, killed with `kill -9` at random moments: what was acknowledged is there, and no hand has to help.

The loop is the benchmark's; here it is run for as long as a test may take.
"""

import os
import random
import tempfile
from pathlib import Path

import pytest

from tests.bench.kill import Loop

ROUNDS = int(os.environ.get("KB_KILL_ROUNDS", "50"))


@pytest.mark.timeout(900)
def test_no_kill_loses_what_was_acknowledged(own_world: Path) -> None:
    # A short path of its own: a socket's name may have 108 bytes.
    with tempfile.TemporaryDirectory(prefix="kb-kill-") as folder:
        seed = int(os.environ.get("KB_KILL_SEED") or random.SystemRandom().randrange(1_000_000))
        told = Loop(Path(folder) / "loop", seed=seed, models_dir=os.environ["KB_MODELS"]).run(ROUNDS)
    assert told.rounds == ROUNDS
    assert told.acknowledged > 20 * ROUNDS
