"""The top of the house: builds the concrete objects and offers what every face calls."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.app.api import Api
    from kb.config import Settings


def open_app(settings: "Settings", *, stays: bool = False) -> "Api":
    """All that `kb` can do over the index in `settings.home`; cheap: nothing is opened before it is needed.

    `stays` is for a face that is left open: it goes on in this process when the daemon leaves, and back to a new one.
    """
    from kb.app.gateway import open_api

    return open_api(settings, stays=stays)
