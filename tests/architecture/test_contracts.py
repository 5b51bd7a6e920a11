"""Imports run one way, and no module is outside of the contract that says so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kb", "ingest", "tui")


def layered() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(contract for contract in settings["contracts"] if contract["type"] == "layers")["layers"]
    return [name.strip(" ()") for layer in layers for name in re.split(r"[:|]", layer)]


def modules() -> set[str]:
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found - {"kb"}


def test_every_module_is_named_in_the_layers() -> None:
    named = layered()
    unnamed = {name for name in modules() if not any(name == layer or name.startswith(f"{layer}.") for layer in named)}
    assert not unnamed


def test_the_layers_name_no_module_twice() -> None:
    named = layered()
    assert len(named) == len(set(named))


def test_imports_keep_the_contracts() -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "tui").rglob("*.py")), ids=lambda path: path.name)
def test_a_file_of_the_interface_is_short(path: Path) -> None:
    """Logic that creeps into a screen shows as its length."""
    assert len(path.read_text("utf-8").splitlines()) <= 250
