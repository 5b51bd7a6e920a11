"""The fast path imports nothing heavy: each of these costs a tenth of a second to seconds."""

import subprocess
import sys

import pytest

HEAVY = {
    "numpy", "chromadb", "torch", "textual", "onnxruntime", "onnx", "llama_index", "sentence_transformers",
    "transformers", "tokenizers", "markdown_it", "tree_sitter", "watchdog", "rich",
}  # fmt: skip
PROBE = """
import sys
from kb.cli.main import main
code = main(sys.argv[1:])
print(",".join(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""


def imported_by(*words: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, text=True, timeout=60)
    assert done.stdout
    return set(done.stderr.splitlines()[-1].split(","))


@pytest.mark.parametrize(
    "words", [("--version",), ("--help",), ("ask", "--help"), ("index", "--help"), ("new", "--help")]
)
def test_help_and_version_import_nothing_heavy(words: tuple[str, ...]) -> None:
    assert not imported_by(*words) & HEAVY


def test_the_version_does_not_even_import_the_parser() -> None:
    assert not imported_by("--version") & {"click", "sqlite3", "platformdirs"}


def test_settings_cost_no_platformdirs_under_a_home(tmp_path: object) -> None:
    assert not imported_by("--home", str(tmp_path), "config", "show") & {*HEAVY, "platformdirs", "sqlite3"}
