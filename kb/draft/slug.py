"""A title as a file name."""

import re
import unicodedata

LONGEST = 60


def slugify(title: str, separator: str = "-") -> str:
    """`Use SQLite, not files!` → `use-sqlite-not-files`; letters beyond ASCII stay where nothing else is left."""
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    source = folded if re.search(r"[A-Za-z0-9]", folded) else unicodedata.normalize("NFC", title)
    words = re.findall(r"\w+", re.sub(r"['’]", "", source.replace("_", " ")).lower())
    slug = ""
    for word in words:
        longer = f"{slug}{separator}{word}" if slug else word[:LONGEST]
        if len(longer) > LONGEST:
            break
        slug = longer
    return slug or "untitled"
