"""Words as the full-text leg and the ranking signals see them: one tokeniser for index and query.

Identifiers are split (`camelCase`, `snake_case`, `dotted.path`, `kebab-case`) and kept
whole beside their parts, so that both `parse_config` and "parse config" find it.
"""

import re
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:[_.\-'’/:]+[^\W_]+)*|\S", re.UNICODE)
SEPARATORS = re.compile(r"[_.\-'’/:]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
ALNUM = re.compile(r"[^\W_]", re.UNICODE)
