"""The progress bar as text: a pure function of how far the work is and how long it took."""

from kb.cli.views.page import clip, count, seconds
from kb.progress import Progress

WIDTH = 24
WORDS = {
    "scan": "Looking",
    "read": "Reading",
    "model": "Preparing the model",
    "embed": "Embedding",
    "mirror": "Writing the vectors",
    "check": "Checking",
    "write": "Writing",
}


def bar_text(progress: Progress, elapsed_s: float, width: int) -> str:
    """`Reading ███░░░ 120/400 files · 88 files/s · 310 chunks/s · 3.2 s left`, cut at `width` columns."""
    if not progress.total:
        return clip(_bare(progress), width)
    filled = WIDTH * min(progress.done, progress.total) // progress.total
    share = f"{progress.done:,}/{progress.total:,} {progress.unit}"
    text = f"{_word(progress)} {'█' * filled}{'░' * (WIDTH - filled)} {share}"
    rate = progress.done / elapsed_s if elapsed_s > 0.5 else 0.0
    if rate and progress.done < progress.total:
        left = f"{seconds((progress.total - progress.done) / rate)} left"
        text = " · ".join(filter(None, (text, f"{rate:,.0f} {progress.unit}/s", progress.detail, left)))
    return clip(text, width)


def done_text(progress: Progress, elapsed_s: float) -> str:
    """`Embedding: 400 chunks in 3.2 s (125/s)`, for a stage that is over and a log that keeps it."""
    if not progress.done:
        return _bare(progress)
    rate = f" ({progress.done / elapsed_s:,.0f}/s)" if elapsed_s >= 0.1 and progress.done >= elapsed_s else ""
    return f"{_word(progress)}: {_counted(progress)} in {seconds(elapsed_s)}{rate}"


def _bare(progress: Progress) -> str:
    """What is known before there is a total: a detail says more than the stage's own word."""
    if progress.done:
        return f"{_word(progress)} {_counted(progress)}"
    return progress.detail[:1].upper() + progress.detail[1:] or _word(progress)


def _counted(progress: Progress) -> str:
    return count(progress.done, progress.unit.removesuffix("s"))


def _word(progress: Progress) -> str:
    return WORDS.get(progress.stage, progress.stage)
