"""`kb model`: which embedding models are here and which one the index is built with; which models write."""

from collections.abc import Callable
from pathlib import Path

from kb.app.api import Payload
from kb.app.opened import OpenIndex
from kb.config import Settings
from kb.config_file import write_setting
from kb.progress import OnProgress, Progress


def model_list(settings: Settings) -> Payload:
    from kb.embedding.catalog import available

    return {
        "models": [
            {
                "name": model.name,
                "folder": model.folder,
                "dim": model.dim or None,
                "exported": model.exported,
                "default": model.default,
                "current": model.name == settings.model,
            }
            for model in available(settings.models_dir)
        ],
        "writers": writers(settings),
    }


def writers(settings: Settings) -> list[Payload]:
    """The language model that is configured, and those of an Ollama that runs on this machine."""
    from kb.app.writers import is_local, trouble
    from kb.llm.found import find_models, usual_url

    told, url = settings.writer, usual_url()
    found: list[Payload] = [
        {"name": model.name, "kind": "ollama", "url": url, "local": model.local, "current": False, "problem": ""}
        for model in find_models(url)
    ]
    if not told.model:
        return found
    current = {
        "name": told.model,
        "kind": told.kind,
        "url": told.url or (url if told.kind == "ollama" else ""),
        "local": is_local(told),
        "current": True,
        "problem": trouble(told),
    }
    others = [row for row in found if (row["kind"], row["name"]) != (told.kind, told.model)]
    return [current, *others]


def model_use(opened: OpenIndex, name: str, *, on_progress: OnProgress) -> Payload:
    """Load a model to prove that it works, then make it the configured one; `kb index` builds its generation."""
    from kb.embedding.catalog import load_embedder

    settings = opened.settings
    name = _lasting(name, settings)
    embedder = load_embedder(name, settings.models_dir, on_progress=_stages(on_progress))
    write_setting(settings.config_file, "model", name)
    return {"model": name, "identity": embedder.identity, "dim": embedder.dim, "next": "kb index"}


def model_download(settings: Settings, name: str, *, on_progress: OnProgress) -> Payload:
    """Fetch a model's safetensors from its hub: the one command that uses the network."""
    from kb.embedding.download import download

    folder = download(name, settings.models_dir, on_progress=_stages(on_progress))
    return {"model": name, "folder": str(folder), "next": f"kb model use {name}"}


def _lasting(name: str, settings: Settings) -> str:
    """The name, or the absolute path of a model's own folder: what is configured must hold in any current folder."""
    from kb.embedding.catalog import model_folder

    given = Path(name).expanduser()
    return str(given.resolve()) if model_folder(name, settings.models_dir) == given else name


def _stages(on_progress: OnProgress) -> Callable[[str], None]:
    return lambda detail: on_progress(Progress("model", detail=detail))
