"""A new file of the user's: never over another one, and gone again when nothing was written into it."""

import os

from kb.draft.proposal import Proposal, without_comment
from kb.errors import StorageError, UsageError


def create(path: str, text: str) -> None:
    """Write a new file and the folders above it; UsageError if there is one already."""
    try:
        _make_folder(os.path.dirname(path))
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"there is a file already: {path}", f"kb open {path}, or choose another title") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "choose another folder") from error


def settle(path: str, template: str, proposal: Proposal) -> bool:
    """Tidy up after the editor; False when nothing was written, and then the file is gone."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = file.read()
    except FileNotFoundError:
        return False
    kept = without_comment(text, proposal)
    if kept.split() == without_comment(template, proposal).split():
        os.unlink(path)
        return False
    if kept != text:
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(kept)
    return True


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError as error:
        raise StorageError(f"there is a file where a folder should be: {folder}", "choose another folder") from error
