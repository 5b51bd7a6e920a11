"""Finds an Ollama that runs on this machine, without a setting: the models that it would write with."""

import http.client
import json
import os
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kb.config_writer import OLLAMA_URL
from kb.llm.place import is_loopback, is_relayed

LOOK_S = 0.5
MOST_BYTES = 4_000_000
LISTENS = "0A"
"""`TCP_LISTEN` in the kernel's table of sockets."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    name: str
    local: bool
    """False for one that Ollama would ask a cloud for."""
    size_bytes: int = 0


def usual_url() -> str:
    """Where Ollama is looked for: its usual port, or where its own variable says, as long as it is this machine."""
    told = os.environ.get("OLLAMA_HOST", "")
    url = told if "://" in told else f"http://{told}"
    try:
        port = urlsplit(url).port or 11434
        return f"http://{urlsplit(url).hostname}:{port}" if told and is_loopback(url) else OLLAMA_URL
    except ValueError:
        return OLLAMA_URL


def find_models(url: str) -> list[FoundModel]:
    """The models of an Ollama on this machine that can chat, the newest first; none where it does not run."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 11434
    if not is_loopback(url) or not may_listen(port):
        return []
    connection = http.client.HTTPConnection(host, port, timeout=LOOK_S)
    try:
        connection.request("GET", "/api/tags", headers={"Accept": "application/json"})
        body = json.loads(connection.getresponse().read(MOST_BYTES))
        return [_model(told) for told in body["models"] if not _only_embeds(told)]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return []  # not there, or something else has its port: then nothing was found
    finally:
        connection.close()


def may_listen(port: int) -> bool:
    """Whether anything may listen on a port of this machine, as far as is known without knocking."""
    if sys.platform != "linux":
        return True
    tables = [table for name in ("tcp", "tcp6") if (table := _table(f"/proc/net/{name}"))]
    return not tables or any(f":{port:04X} " in line and f" {LISTENS} " in line for t in tables for line in t)


def _table(path: str) -> list[str]:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _model(told: dict[str, Any]) -> FoundModel:
    name = str(told["name"])
    local = not is_relayed(name) and not told.get("remote_host") and not told.get("remote_model")
    return FoundModel(name, local, int(told.get("size") or 0))


def _only_embeds(told: dict[str, Any]) -> bool:
    family = str((told.get("details") or {}).get("family") or "")
    return "bert" in family or "embed" in str(told["name"])
