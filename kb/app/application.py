"""What `kb` can do, as methods that return the contract's JSON objects; every face calls these."""

from kb.app.methods.asking import Asking
from kb.app.methods.deciding import Deciding
from kb.app.methods.designing import Designing
from kb.app.methods.keeping import Keeping
from kb.app.methods.learning import Learning


class App(Asking, Deciding, Learning, Designing, Keeping):
    """Everything that `kb` does, over one open index; a daemon offers the same methods over its socket."""
