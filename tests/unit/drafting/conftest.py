"""The folder of files and the application that the tests of drafts share."""

from tests.unit.app.world import world

__all__ = ["world"]
