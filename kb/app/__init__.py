"""The top of the house: builds the concrete objects and offers what every face calls."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.app.application import App
    from kb.config import Settings


def open_app(settings: "Settings") -> "App":
    """The application over the index in `settings.home`; cheap: nothing is opened before it is needed."""
    from kb.app.application import App

    return App(settings)
