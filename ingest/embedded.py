"""What of a passage the model reads: the words, without the targets of links, which are noise to it.

Link targets take a fifth of the tokens of a typical note and blur its vector; they
stay in the text that is quoted and in the full-text leg, so a URL is still found.
"""

import re

LINK_TARGET = re.compile(r"(!?\[[^\]\n]*\])\((?:[^()\s]|\([^()\s]*\))*\)")
URL = re.compile(r"\b(https?://)([^\s/)>\]\"'`]+)[^\s)>\]\"'`]*")
RULE = re.compile(r"([^\w\s])\1{2,}")


def embedded_text(header: str, text: str) -> str:
    """Header and passage as the model gets them: link texts, hosts of bare URLs, no drawn lines."""
    text = LINK_TARGET.sub(r"\1", text)
    text = URL.sub(r"\2", text)
    return header + "\n" + RULE.sub(r"\1\1", text)
