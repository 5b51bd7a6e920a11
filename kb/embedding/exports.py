"""Keeps the exported models: one folder for each weights and recipe, made once, whole or not at all."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path
from typing import Any

from kb.embedding.manifest import MODEL, RECIPE, TOKENIZER, Manifest, read_manifest
from kb.embedding.recipes import prefixes
from kb.errors import ModelError

OnStage = Callable[[str], None]


def export_folder(name: str, models_dir: Path, weights_sha256: str) -> Path:
    """Where an export lies; the name belongs to the key, since the prefixes are chosen by it."""
    label = re.sub(r"[^\w.-]", "-", model_label(name))[:80]
    return models_dir / "exports" / f"{label}-{weights_sha256[:16]}-{RECIPE}"


def model_label(name: str) -> str:
    """The name without the folders before it, so that a moved model folder keeps its vectors."""
    return Path(name).name


def ensure_export(name: str, *, weights: Path, weights_sha256: str, models_dir: Path, on_stage: OnStage) -> Path:
    """The folder of the export, made when missing (about 15 s); ModelError when it cannot be made."""
    from filelock import FileLock

    folder = export_folder(name, models_dir, weights_sha256)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may meet here at the first start: the second waits, then finds the export.
        with FileLock(f"{folder}.lock"):
            if read_manifest(folder) is None:
                _make(name, folder, weights=weights, weights_sha256=weights_sha256, on_stage=on_stage)
    except OSError as error:
        raise ModelError(f"the model cannot be converted: {error}", "set KB_MODELS to a folder with room") from error
    return folder


def discard_damaged(folder: Path) -> bool:
    """Forget an export whose files are not those that were exported; False when they are, or cannot be read now."""
    from filelock import FileLock

    try:
        # Under the lock: what another process makes anew at this moment must not be taken away from it.
        with FileLock(f"{folder}.lock"):
            manifest = read_manifest(folder)
            if manifest is not None and not any(_differs(folder / name, sha) for name, sha in manifest.files.items()):
                return False
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return False
    return True


def _differs(path: Path, sha256: str) -> bool:
    """Whether a file is missing or has other bytes; OSError when it cannot be told: that alone damages nothing."""
    try:
        with path.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest() != sha256
    except FileNotFoundError:
        return True


def _make(name: str, folder: Path, *, weights: Path, weights_sha256: str, on_stage: OnStage) -> None:
    partial = folder.with_name(folder.name + ".partial")
    # Under the lock any of these is what a killed export left behind.
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    partial.mkdir()
    try:
        on_stage(f"preparing the model {name} (once per machine)")
        facts = _run(weights.parent, partial, name, on_stage)
        query_prefix, passage_prefix = prefixes(name, facts["prompts"])
        Manifest(
            name=model_label(name),
            weights=weights_sha256,
            dim=facts["dim"],
            max_tokens=facts["max_tokens"],
            pooling=facts["pooling"],
            query_prefix=query_prefix,
            passage_prefix=passage_prefix,
            files={part: _sync(partial / part) for part in (MODEL, TOKENIZER)},
        ).write(partial)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _run(weights_folder: Path, target: Path, name: str, on_stage: OnStage) -> dict[str, Any]:
    """Run the exporter; its stages are passed on, its last line is the facts."""
    # -P: a folder called torch in the user's current folder must not be imported in its stead.
    command = [sys.executable, "-P", "-m", "kb.embedding.export", str(weights_folder), str(target)]
    last = ""
    with subprocess.Popen(
        command, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            last = line.strip()
            if not last.startswith("{"):
                on_stage(f"preparing the model {name}: {last}")
    try:
        facts = json.loads(last)
    except ValueError:
        facts = {"error": f"the conversion of the model ended with code {process.returncode}"}
    if "error" in facts:
        raise ModelError(str(facts["error"]), "kb model list")
    return dict(facts)


def _environment() -> dict[str, str]:
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    return {**os.environ, **offline, "PYTHONPATH": path, "TOKENIZERS_PARALLELISM": "false"}


def _sync(path: Path) -> str:
    """sha256 of a file that is on the disk before its manifest says so."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
        stream.seek(0)
        return file_digest(stream, "sha256").hexdigest()
