"""The progress bar as text: a pure function of how far the work is and how long it took."""

from kb.cli.views.page import clip, seconds
from kb.progress import Progress

WIDTH = 24
WORDS = {
    "scan": "Looking",
    "read": "Reading",
    "model": "Preparing the model",
    "embed": "Embedding",
    "mirror": "Writing the vectors",
}


def bar_text(progress: Progress, elapsed_s: float, width: int) -> str:
    """`Embedding  ███░░░  120/400 chunks · 88/s · 3.2 s left`, cut at `width` columns."""
    word = WORDS.get(progress.stage, progress.stage)
    if not progress.total:
        told = f"{progress.done:,} {progress.unit}" if progress.done else progress.detail
        return clip(f"{word}  {told}", width)
    filled = WIDTH * min(progress.done, progress.total) // progress.total
    text = f"{word}  {'█' * filled}{'░' * (WIDTH - filled)}  {progress.done:,}/{progress.total:,} {progress.unit}"
    rate = progress.done / elapsed_s if elapsed_s > 0 else 0.0
    if rate and progress.done < progress.total and elapsed_s > 0.5:
        text += f" · {rate:,.0f}/s · {seconds((progress.total - progress.done) / rate)} left"
    return clip(text, width)


def done_text(progress: Progress, elapsed_s: float) -> str:
    """`Embedding: 400 chunks in 3.2 s (125/s)`, for a stage that is over and a log that keeps it."""
    word = WORDS.get(progress.stage, progress.stage)
    if not progress.done:
        return f"{word} {progress.detail}".rstrip()
    rate = f" ({progress.done / elapsed_s:,.0f}/s)" if elapsed_s >= 0.1 else ""
    return f"{word}: {progress.done:,} {progress.unit} in {seconds(elapsed_s)}{rate}"
