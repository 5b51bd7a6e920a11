"""Decides whether a model folder may be trusted: safetensors only, no code, no pickle, the hash that is expected."""

import json
import os
from hashlib import file_digest
from pathlib import Path

from kb.errors import ModelError

PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}
WEIGHTS = "model.safetensors"
_MEMO = "weights-seen.json"


def check_folder(folder: Path) -> Path:
    """The weights file of a folder that holds a model and nothing that runs; ModelError otherwise."""
    if not folder.is_dir():
        raise ModelError(f"no such model folder: {folder}", "kb model list")
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    code = next((path for path in files if path.suffix in {".py", ".so", ".pyc"}), None)
    if code:
        # Such a folder asks to be loaded with remote code: loading it would run what a stranger wrote.
        raise ModelError(f"refused: the model folder holds code: {code}", "take a model of safetensors without code")
    weights = folder / WEIGHTS
    if weights.is_file():
        return weights
    if any(path.name.endswith(".safetensors.index.json") for path in files):
        raise ModelError(f"weights in several parts are not supported: {folder}", "take a smaller model")
    pickled = next((path for path in files if path.suffix in PICKLES), None)
    if pickled:
        raise ModelError(f"refused: pickled weights can run code: {pickled}", f"take a model with {WEIGHTS}")
    raise ModelError(f"no {WEIGHTS} in {folder}", "kb model list")


def weights_hash(weights: Path, models_dir: Path) -> str:
    """sha256 of the weights, remembered by size and time: hashing 400 MB at each start would cost 0.3 s."""
    stat = weights.stat()
    mark = [stat.st_size, stat.st_mtime_ns]
    place, memo = str(weights.resolve()), _read_memo(models_dir)
    if isinstance(seen := memo.get(place), list) and seen[:2] == mark:
        return str(seen[2])
    digest = hash_file(weights)
    memo[place] = [*mark, digest]
    _write_memo(models_dir, memo)
    return digest


def hash_file(path: Path) -> str:
    """sha256 of a file in hex; ModelError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"the model's weights cannot be read: {error}", "kb model list") from error


def _read_memo(models_dir: Path) -> dict[str, object]:
    try:
        memo = json.loads((models_dir / _MEMO).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return memo if isinstance(memo, dict) else {}


def _write_memo(models_dir: Path, memo: dict[str, object]) -> None:
    partial = models_dir / f"{_MEMO}.{os.getpid()}"
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(memo), encoding="utf-8")
        partial.replace(models_dir / _MEMO)
    except OSError:
        return  # A read-only cache only means that the weights are hashed again.
