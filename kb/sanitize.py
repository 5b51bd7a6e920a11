"""The choke points between text from files and a terminal, and between it and a language model's prompt.

Alone owns what may reach a terminal: a note, a path, an answer or a log line may hold escape
sequences (OSC 8 links, OSC 52 clipboard writes, titles), right-to-left overrides that make code
read otherwise than it runs, or characters that hide. What could act or deceive is shown as an
escape (`\\x1b`, `\\u202e`); what is merely invisible is dropped. There is no markup engine behind
this, so `[/` and its like are plain text and stay.
"""

import re

TAB_WIDTH = 4

_VISIBLE = (
    *range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0),       # C0, DEL, C1 (tab and newline apart)
    0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # bidi marks, overrides, isolates
    0x2028, 0x2029,                                                   # line and paragraph separators
    *range(0xFFF9, 0xFFFC),                                           # interlinear annotation
)  # fmt: skip
_GONE = (
    0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200C, 0x200D, *range(0x2060, 0x2066),
    *range(0x206A, 0x2070), 0x3164, 0xFEFF, 0xFFA0,                   # zero-width, fillers, deprecated formats
    *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B),               # shorthand and musical format controls
    *range(0xE0000, 0xE1000),                                         # tags and variation selectors that smuggle text
)  # fmt: skip


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


_MAP: dict[int, str] = {
    **{code: _escape(code) for code in _VISIBLE},
    **dict.fromkeys(_GONE, ""),
    # os.fsdecode leaves a byte that is not UTF-8 as U+DC80..U+DCFF: show the byte.
    **{code: _escape(code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code) for code in range(0xD800, 0xE000)},
}
_ONE_LINE = {**_MAP, 0x0A: "\\n"}
_SUSPECT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def for_terminal(text: str, *, keep_newlines: bool, keep_tabs: bool = False) -> str:
    """`text` without a byte that a terminal would act on; newlines stay, or show as `\\n`; tabs stay, or are blanks."""
    if _SUSPECT.search(text) is None:
        return text
    if keep_newlines:
        text = text.replace("\r\n", "\n")
    shown = text.translate(_MAP if keep_newlines else _ONE_LINE)
    return shown if keep_tabs else shown.expandtabs(TAB_WIDTH)


_MARKS = re.compile(
    r"<(?=/?\s*excerpt\b|\||</?SYS|/?s>|(?:start|end)_of_turn|begin_of_text)|\|(?=>)|\[(?=/?INST\])", re.IGNORECASE
)
"""What would end the fence around an excerpt, or what chat templates part their roles by."""


def for_prompt(text: str) -> str:
    """`text` as a model may read it between fences: nothing hidden, and nothing that reads as the end of its fence."""
    return _MARKS.sub(lambda match: match[0] + " ", for_terminal(text, keep_newlines=True, keep_tabs=True))
