"""The folder of files with its application, and the ledger without one, that these tests share."""

from tests.unit.app.world import world
from tests.unit.store.shelf import shelf

__all__ = ["shelf", "world"]
