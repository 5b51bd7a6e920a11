"""Which commit a line comes from: git's blame, followed through moves and back over commits that only re-lay text."""

from ingest.blame.line import Origin, changed_in, line_in, merge_of, origin_of
from ingest.blame.repository import Commit, Repository, UnknownRevision, Untold

__all__ = [
    "Commit", "Origin", "Repository", "UnknownRevision", "Untold", "changed_in", "line_in", "merge_of", "origin_of",
]  # fmt: skip
