"""What reads as a secret: detect-secrets' patterns, and our own for what they miss.

Theirs want quotes around a password and know the keys of some twenty services. Ours know newer keys, passwords in
prose, headers, connection strings and shell lines, and strings that only a machine would have made.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from kb.errors import ModelError

REDACTED = "[redacted]"
Span = tuple[int, int, str]
"""Where it stands, and the secret itself."""

DETECTORS = (
    "artifactory", "aws", "azure_storage_key", "basic_auth", "cloudant", "discord", "github_token", "gitlab_token",
    "ibm_cloud_iam", "ibm_cos_hmac", "jwt", "mailchimp", "npm", "openai", "pypi_token", "sendgrid", "slack",
    "softlayer", "square_oauth", "stripe", "telegram_token", "twilio",
)  # fmt: skip
LONGEST_LINE = 2_000
"""Theirs look at a line at a time, and some take quadratic time over a long one."""

_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL)
_PREFIXED = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-[\w-]{16,}|sk_(?:live|test)_\w{10,}|rk_live_\w{10,}"
    r"|whsec_\w{16,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|hf_[A-Za-z0-9]{20,}|hv[sbr]\.[\w-]{20,}"
    r"|dop_v1_[a-f0-9]{32,}|dapi[a-f0-9]{32}|dckr_pat_[\w-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,}"
    r"|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|xox[abposre](?:\.xox[bp])?-[\w-]{10,}|xapp-[\w-]{10,}|glpat-[\w-]{16,}"
    r"|lin_api_\w{20,}|ATATT3\w[\w=-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}|PMAK-[\w-]{20,}"
    r"|(?:AKIA|ASIA|ABIA|ACCA|AROA)[A-Z0-9]{16}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
)
_AUTHORITY = re.compile(r"(?<=://)[^/\s:@'\"]*:(?P<secret>[^/\s@'\"]+)(?=@)|(?<=://)(?P<token>[^/\s:@'\"]{16,})(?=@)")
_HOOK = re.compile(r"https://(?:hooks\.slack\.com/\S+|discord(?:app)?\.com/api/webhooks/[^\s'\")]+)")
_HEADER = re.compile(r"\b(?:bearer|basic|token|apikey)\s+(?P<secret>[A-Za-z0-9+/_.=~-]{8,})", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<name>(?:pass(?:word|wd|phrase|wort|code)?|pwd|secret|token|credentials?|api[_ .-]?key|access[_ .-]?key"
    r"|auth[_ .-]?key|(?:private|account|shared|signing|encryption|master|client|service|db|sas)[_ .-]?key"
    r"|contraseña|kennwort|mot de passe)[\w.-]{0,40})"
    r"[\"'`\])}*]{0,4}\s{0,4}(?::=|=>|={1,3}|:|\||\bis\b|\bwas\b|\blautet\b|\bist\b)\s{0,4}"
    r"(?P<quote>[@$]?[\"'`*]{1,3})?(?P<secret>(?(quote)[^\"'`\n]{4,200}|[^\s\"'`,;<>(){}\[\]]{4,200}))",
    re.IGNORECASE,
)
_FLAG = re.compile(
    r"(?:(?<![\w-])--?(?:password|passwd|pass|token|secret|api-?key|auth)(?:=|\s+)|(?<=\s)-u\s+[^\s:]+:)(?P<secret>[^\s'\"]{4,})",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[A-Za-z_][\w.]*(?=[(\[])|\$\{?\w|%\(|\{\{|[*x.…]{4,}$"
    r"|(?:none|null|nil|true|false|string|str|int|bool|bytes)\b",
    re.IGNORECASE,
)
"""What stands after a name like `token` in code, and is no value."""
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])")
_RUN = re.compile(r"(?<![\w+=-])[A-Za-z0-9_+=-]{20,}(?![\w+-])|(?<![\w+/=-])[A-Za-z0-9+/]{40,}={0,2}(?![\w+/-])")
_SHELL_AFTER = re.compile(r"\s*[(\[]")
RANDOM_BITS = 3.6
"""Bits a character in a run of letters and digits that was not made by hand."""
RANDOM_BITS_PATH = 4.5
"""The same with slashes in it, which paths have too."""
LEAST_NUMBERS, LEAST_CHANGES, MOST_NAMED = 4, 0.33, 0.85
"""Of a random run: where numbers begin and end, where upper, lower case and numbers meet by its length (0.62 is what
chance gives), and how much of it could be the words of a name."""
_NAME_PARTS = re.compile(r"[A-Z]?[a-z]{2,}|(?<![A-Z])[A-Z]{2,4}(?![A-Z])")


@cache
def kept_rules() -> tuple[re.Pattern[str], ...]:
    """detect-secrets' patterns; ModelError where it is not installed: then nothing is sent."""
    from importlib import import_module

    try:
        modules = [import_module(f"detect_secrets.plugins.{name}") for name in DETECTORS]
        base = import_module("detect_secrets.plugins.base").RegexBasedDetector
    except ImportError as error:
        told = "the rules that keep secrets from leaving are not installed"
        raise ModelError(told, 'pip install "kb[write]"') from error
    detectors: set[Any] = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
    }
    return tuple(pattern for kind in sorted(detectors, key=lambda kind: kind.__name__) for pattern in kind.denylist)


def found(text: str, rules: Sequence[re.Pattern[str]]) -> list[Span]:
    """Every secret of a text."""
    spans = [
        _span(match) for pattern in (_BLOCK, _PREFIXED, _AUTHORITY, _HOOK, _FLAG) for match in pattern.finditer(text)
    ]
    spans += [_span(match) for match in _HEADER.finditer(text) if _is_made(_value(match))]
    spans += [_span(match) for match in _NAMED.finditer(text) if _is_value(match, text)]
    spans += [_span(match) for match in _HEX.finditer(text)]
    spans += [_span(match) for match in _RUN.finditer(text) if _is_random(match[0])]
    return [*spans, *_by_kept(text, rules)]


def _by_kept(text: str, rules: Sequence[re.Pattern[str]]) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        for start in range(0, len(line), LONGEST_LINE // 2):
            piece = line[start : start + LONGEST_LINE]
            for rule in rules:
                # The whole match: the group is only the part by which they name the kind.
                yield from ((at + start + m.start(), at + start + m.end(), m[0]) for m in rule.finditer(piece) if m[0])
        at += len(line)


def _span(match: re.Match[str]) -> Span:
    for group in ("secret", "token"):
        if group in match.re.groupindex and match[group] is not None:
            return match.start(group), match.end(group), match[group]
    return match.start(), match.end(), match[0]


def _value(match: re.Match[str]) -> str:
    return _span(match)[2]


def _is_made(value: str) -> bool:
    """Whether what follows `Bearer` or `token` in a text is a value and not the next word."""
    return any(c.isdigit() for c in value) or (len(value) >= 16 and not value.islower())


def _is_value(match: re.Match[str], text: str) -> bool:
    """Whether what is assigned is written out, and is not where it comes from."""
    value = match["secret"]
    if match["quote"]:
        return True
    called = bool(_SHELL_AFTER.match(text, match.end()) and re.fullmatch(r"[A-Za-z_][\w.]*", value))
    said = re.search(r"\||\b(?:is|was|ist|lautet)\b", match[0][len(match["name"]) :], re.IGNORECASE) is not None
    # "the password is stored hashed" is a sentence; "the password is hunter2" is a leak.
    return not called and not _CODE.match(value) and (not said or not value.rstrip(".").isalpha())


def _is_random(run: str) -> bool:
    bare = run.strip("-_=")
    kinds = sum(any(test(c) for c in bare) for test in (str.isupper, str.islower, str.isdigit))
    if "/" in bare or "+" in bare:
        return kinds == 3 and _bits(bare) >= RANDOM_BITS_PATH
    parts = re.split(r"[-_]", bare)
    # One dash in twenty letters is of an alphabet that has dashes; many part the words of a name.
    longest = "".join(parts) if len(parts) <= 1 + len(bare) // 12 else max(parts, key=len)
    return kinds >= 2 and _bits(bare) >= RANDOM_BITS and len(longest) >= 16 and _is_jumbled(longest)


def _is_jumbled(word: str) -> bool:
    """Whether the sorts of letters change as they fall: in `TestUserLoginFlow2` they do not, in `aB3xK9mQ2` they do."""
    pairs = list(pairwise(map(_sort, word)))
    if sum(a != b and "digit" in (a, b) for a, b in pairs) >= LEAST_NUMBERS:
        return True
    named = sum(map(len, _NAME_PARTS.findall(word)))
    return sum(a != b for a, b in pairs) >= len(word) * LEAST_CHANGES and named < len(word) * MOST_NAMED


def _sort(letter: str) -> str:
    return "digit" if letter.isdigit() else "upper" if letter.isupper() else "lower"


def _bits(text: str) -> float:
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
