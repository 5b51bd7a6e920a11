"""What is installed is the three rooms and nothing beside them."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_exactly_the_three_rooms(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    tracked = ("pyproject.toml", "README.md", "LICENSE", ".gitignore")
    for name in tracked:
        shutil.copy(ROOT / name, checkout / name)
    for room in ("kb", "ingest", "tui", "notes", "tests"):
        shutil.copytree(ROOT / room, checkout / room, ignore=shutil.ignore_patterns("__pycache__"))
    # In a copy and without isolation: a build must need no network and leave nothing in the checkout.
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "out"), str(checkout)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(next((tmp_path / "out").glob("kb-*.whl"))) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"kb", "ingest", "tui"}
    expected = {
        path.relative_to(checkout).as_posix()
        for room in ("kb", "ingest", "tui")
        for path in (checkout / room).rglob("*")
        if path.is_file()
    }
    assert expected == {name for name in names if ".dist-info/" not in name}
    assert {"kb/py.typed", "ingest/py.typed", "tui/py.typed"} <= set(names)
