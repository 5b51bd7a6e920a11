"""The one place in this room that uses the network, and only when `kb model download` asks for it."""

import re
import shutil
from pathlib import Path

from kb.embedding.catalog import DEFAULT, downloaded_folder
from kb.embedding.exports import OnStage
from kb.embedding.weights import check_folder
from kb.errors import ModelError

ALLOWED = ["model.safetensors", "*.json", "*.txt", "1_Pooling/*.json", "2_Normalize/*.json"]
"""Nothing that can run ever reaches the disk: neither code nor pickled weights."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def download(name: str, models_dir: Path, on_progress: OnStage = lambda stage: None) -> Path:
    """Fetch `org/model` from the Hugging Face hub, whole or not at all; ModelError when that fails."""
    if name == DEFAULT:
        raise ModelError(f"{DEFAULT} is installed with kb; there is nothing to download", "kb model list")
    if not _REPOSITORY.fullmatch(name):
        raise ModelError(f"not the name of a model: {name}", "kb model download ORGANISATION/MODEL")
    folder = downloaded_folder(name, models_dir)
    if folder.is_dir():
        check_folder(folder)
        return folder
    partial = folder.with_name(folder.name + ".partial")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        on_progress(f"downloading the model {name}")
        _fetch(name, partial)
        shutil.rmtree(partial / ".cache", ignore_errors=True)
        check_folder(partial)
        partial.rename(folder)
    except OSError as error:
        raise ModelError(f"the model {name} cannot be stored: {error}", "kb model list") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _fetch(name: str, target: Path) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    hint = "check the name and the connection, then again; or give a folder: kb model use PATH"
    try:
        snapshot_download(name, local_dir=str(target), allow_patterns=ALLOWED, token=False)
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, HFValidationError) as error:
        raise ModelError(f"the model {name} cannot be downloaded: {_first_line(error)}", hint) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelError(f"the model {name} cannot be downloaded: {_first_line(error)}", hint) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
