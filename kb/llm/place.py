"""Decides whether what a model is given stays on this machine."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Whether an address can only lead to this machine; a name other than localhost may lead anywhere tomorrow."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_relayed(model: str) -> bool:
    """Whether an Ollama on this machine would send a prompt for the model on to a cloud, as it does by such names."""
    tag = model.rpartition(":")[2]
    return tag == "cloud" or tag.endswith("-cloud")
