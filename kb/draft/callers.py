"""Who uses a piece of code: the files that name what it declares, each with the line where it does."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.decisions.why.line import is_telling
from kb.draft.binding import lines_of
from kb.draft.ground import Surveyor
from kb.learn.guards import SHORTEST
from kb.learn.pool import Material
from kb.model import StoredChunk
from kb.search.signals import is_test
from kb.terms import terms

MOST_READ = 40
"""Files that are read for the line of a use; the nearest to the code come first."""
IMPORT = re.compile(r"^\s*(?:import\b|from\s+\S+\s+import\b|use\s|#include|require\b|package\b|using\s|\"[^\"]+\"$)")
TESTS = re.compile(
    r"^\s*(?:(?:async\s+)?def test_|func Test|func \(.*\) Test|(?:It|Describe|Context|When|it|test|describe)\()"
    r"|@Test\b|#\[test\]|\[(?:Fact|Test)\]"
)
COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*|--)")


@dataclass(frozen=True, slots=True)
class Use:
    """A file that uses code, with the first line that does."""

    user: Material
    symbol: str
    part: StoredChunk
    line: int


def symbols_near(material: Material) -> list[str]:
    """What is declared where a task leads: the symbols of the nearest passage by their plain names."""
    named = [symbol.rsplit(".", 1)[-1] for symbol in material.best.symbols]
    named += [heading for heading in material.best.trail[-1:] if material.file.kind == "code"]
    return list(dict.fromkeys(name for name in named if len(name) >= SHORTEST))


def uses(surveyor: Surveyor, material: Material, *, most: int) -> list[Use]:
    """The files that use what is nearest in a file, those beside it first, without tests."""
    wanted = [name for name in symbols_near(material) if not _is_shared(surveyor, material, name)]
    extension = posixpath.splitext(material.file.path)[1]
    found: list[tuple[tuple[int, int, str], int, list[str]]] = []
    for file_id, names in surveyor.guards.users(material).items():
        file = surveyor.ledger.passages.file(file_id)
        if file is None or is_test(file.path) or posixpath.splitext(file.path)[1] != extension:
            continue
        if (near := [name for name in names if name in wanted]) and file.source == material.file.source:
            found.append(((-len(near), _apart(material.file.path, file.path), file.path), file_id, near))
    told: list[Use] = []
    for _, file_id, names in sorted(found, key=lambda item: item[0])[:MOST_READ]:
        if len(told) == most:
            break
        if (use := _use(surveyor.material(file_id), names)) is not None:
            told.append(use)
    return told


def first_case(test: Material, names: Sequence[str]) -> tuple[StoredChunk, int]:
    """The line of a test that names what it guards, else its first case."""
    if (use := _use(test, names)) is not None:
        return use.part, use.line
    for part in test.parts:
        for number, text in lines_of(part):
            if TESTS.search(text):
                return part, number
    return test.best, test.best.start


def uses_any(user: Material, names: Sequence[str]) -> bool:
    """Whether a file names one of them in its code; a common word counts only where there is no other name."""
    return _use(user, [name for name in names if is_telling(name)] or names) is not None


def _is_shared(surveyor: Surveyor, material: Material, name: str) -> bool:
    """Whether other code declares a namesake: who names it may mean that one."""
    rows = surveyor.ledger.database.execute(
        "SELECT DISTINCT c.file_id, c.symbols FROM chunk_fts JOIN chunk c ON c.id = chunk_fts.rowid"
        " WHERE chunk_fts MATCH ? LIMIT 50",
        (f'trail : "{terms(name)[0]}"',),
    )
    declared = (file_id for file_id, symbols in rows if f'"{name}"' in symbols or f'.{name}"' in symbols)
    others = (surveyor.ledger.passages.file(file_id) for file_id in declared if file_id != material.file.file_id)
    return any(file is not None and not is_test(file.path) for file in others)


def _use(user: Material, names: Sequence[str]) -> Use | None:
    """The first line of code that names one of them; a comment or an import alone is no use."""
    if not names:
        return None
    pattern = re.compile(rf"(?<![\w$])({'|'.join(map(re.escape, names))})(?![\w$])")
    for part in user.parts:
        declared = {symbol.rsplit(".", 1)[-1] for symbol in part.symbols}
        for number, text in lines_of(part):
            match = pattern.search(text)
            if match and _is_code(text, match) and not IMPORT.match(text) and not COMMENT.match(text):
                # A namesake that is declared here is another thing.
                if match[1] in declared and number <= part.start + 2:
                    break
                return Use(user, match[1], part, number)
    return None


def _is_code(text: str, match: re.Match[str]) -> bool:
    """Whether a name stands there as code: not within quotes, and a plain word only as a call or a member."""
    before, after = text[: match.start()], text[match.end() :]
    if any(before.count(quote) % 2 for quote in "\"'`"):
        return False
    return is_telling(match[0]) or before.endswith((".", "::", "new ")) or after.startswith(("(", ".", "::", "{", "<"))


def _apart(path: str, other: str) -> int:
    one, two = path.split("/")[:-1], other.split("/")[:-1]
    shared = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    return len(one) + len(two) - 2 * shared
