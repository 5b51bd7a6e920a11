"""Discovery lets through exactly the files that git would list, whatever the ignore files say."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from ingest.discover import Rules, discover
from kb.model import FoundFile

RULES = Rules(max_file_bytes=1 << 20, default_ignores=False)


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q")

    def git(self, *words: str) -> bytes:
        # Neither the developer's own excludes nor a surrounding repository may speak here.
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
                       "XDG_CONFIG_HOME": "/dev/null", "HOME": "/dev/null"}  # fmt: skip
        return subprocess.run(["git", *words], cwd=self.root, env=environment, capture_output=True, check=True).stdout

    def write(self, path: str | bytes, content: str | bytes = "x") -> None:
        target = os.path.join(os.fsencode(self.root), os.fsencode(path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(os.fsdecode(target)).write_bytes(os.fsencode(content))

    def listed(self) -> set[bytes]:
        return set(self.git("ls-files", "-co", "--exclude-standard", "-z").split(b"\0")) - {b""}


def found(root: Path, rules: Rules = RULES) -> set[bytes]:
    return {item.raw for item in discover(str(root), rules) if isinstance(item, FoundFile)}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


PATHS = [
    "a.md", "b.log", "keep.log", "docs/a.md", "docs/b.log", "docs/keep.log", "docs/deep/a.md", "docs/deep/b.log",
    "docs/deep/deeper/x.txt", "logs/b.log", "logs/keep/a.md", "tmp/x.txt", "src/tmp/x.txt", "src/a/b/c.txt",
    "src/b/c.txt", "!bang.md", "#hash.md", "white space.md", "trailing ", "UPPER.md", "digit7.md", "a[1].md",
    "voilà", "docs/voilà", "back\\slash.md", "new\nline.log",
]  # fmt: skip


def fill(repository: Repository) -> None:
    for path in PATHS:
        repository.write(path)
    repository.write(b"latin-\xe9.md")
    repository.write(b"docs/latin-\xe9.log")


@pytest.mark.parametrize(
    "lines",
    [
        "*.log\n!keep.log\n",
        "*\n!*/\n!*.md\n",
        "/*\n!/docs/\n/docs/*\n!/docs/deep/\n",
        "docs/**\n!docs/a.md\n",
        "docs/**/\n",
        "**/tmp\n",
        "src/**/c.txt\n",
        "/tmp/\n",
        "tmp/\n!src/tmp/\n",
        "deep\n!deep/a.md\n",
        "\\!bang.md\n\\#hash.md\n# comment\n\n",
        "white space.md   \ntrailing\\ \n",
        "*.md\r\n!a.md\r\n",
        "\ufeff*.md\n",
        "[[:upper:]]*.md\ndigit[[:digit:]].md\n",
        "a[[]1].md\n",
        "[z-a].md\n[unclosed\n*.log\n",
        "voilà\n",
        "back\\\\slash.md\n",
        "/\n//\n!\n!/\n",
        "**\n!docs\n!docs/**\n",
        "***.md\n",
        "**/**\n",
        "/**/**/\n",
        "**/**/deep\n",
        "**/**/docs/a.md\n",
        "docs/**/**\n",
        "**/docs/**/b.log\n",
        "?.md\n",
        "src/*/c.txt\n",
        "doc?/a.md\n",
        "new*\n",
        "*é*\n",
    ],
)
def test_one_gitignore(repository: Repository, lines: str) -> None:
    fill(repository)
    repository.write(".gitignore", lines)
    assert found(repository.root) == repository.listed()


def test_a_name_that_is_not_utf8_is_ignored_by_its_bytes(repository: Repository) -> None:
    fill(repository)
    repository.write(".gitignore", b"latin-\xe9.md\n")
    assert found(repository.root) == repository.listed()
    assert b"latin-\xe9.md" not in found(repository.root)


def test_nested_files_negations_and_info_exclude(repository: Repository) -> None:
    fill(repository)
    repository.write(".gitignore", "*.log\ntmp/\n/docs/deep/deeper/\n")
    repository.write("docs/.gitignore", "!keep.log\n/a.md\n")
    repository.write("docs/deep/.gitignore", "!b.log\n!deeper/\n")
    repository.write("src/.gitignore", "!tmp/\nb/*\n")
    repository.write(".git/info/exclude", "UPPER.md\n!b.log\n")
    assert found(repository.root) == repository.listed()


def test_random_ignore_files(repository: Repository) -> None:
    fill(repository)
    chance = random.Random(7)
    pieces = ["*", "**", "?", "a", "docs", "deep", "tmp", "src", "*.md", "*.log", "b", "c.txt", "keep*", "[a-d]*"]
    for _ in range(60):
        for place in (".gitignore", "docs/.gitignore", "src/.gitignore", ".git/info/exclude"):
            lines = [
                chance.choice(["", "", "!"])
                + chance.choice(["", "", "/"])
                + "/".join(chance.choices(pieces, k=chance.choice([1, 1, 2, 2, 3])))
                + chance.choice(["", "", "/"])
                for _ in range(chance.randint(0, 5))
            ]
            repository.write(place, "\n".join(lines))
            if found(repository.root) != repository.listed():
                rules = {p: (repository.root / p).read_text() for p in (".gitignore", place)}
                differing = found(repository.root) ^ repository.listed()
                pytest.fail(f"{differing} under {rules}")


def test_a_folder_of_a_repository_obeys_the_files_above_it(repository: Repository) -> None:
    fill(repository)
    repository.write(".gitignore", "*.log\n/docs/a.md\n")
    repository.write(".git/info/exclude", "/docs/deep/deeper\n")
    below = {path.removeprefix(b"docs/") for path in repository.listed() if path.startswith(b"docs/")}
    assert found(repository.root / "docs") == below


def test_a_worktree_obeys_the_exclude_file_of_its_repository(repository: Repository, tmp_path: Path) -> None:
    repository.write("a.md")
    repository.git("add", "a.md")
    repository.git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "one")
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"))
    repository.write(".git/info/exclude", "*.log\n")
    (tmp_path / "tree" / "b.log").write_text("x")
    assert found(tmp_path / "tree") == {b"a.md"}


def test_a_repository_inside_another_obeys_its_own_rules(repository: Repository) -> None:
    repository.write(".gitignore", "*.log\n")
    inner = Repository(repository.root / "inner")
    inner.write("b.log")
    inner.write("c.txt")
    inner.write(".gitignore", "*.txt\n")
    assert found(inner.root) == {b".gitignore", b"b.log"} == inner.listed()
    assert found(repository.root) == {b".gitignore", b"inner/.gitignore", b"inner/b.log"}


def test_kbignore_has_the_last_word(repository: Repository) -> None:
    fill(repository)
    repository.write(".gitignore", "*.log\n")
    repository.write("docs/.gitignore", "!a.md\n")
    repository.write(".kbignore", "!keep.log\na.md\n")
    paths = found(repository.root)
    assert {b"keep.log", b"docs/keep.log"} <= paths
    assert not {b"a.md", b"docs/a.md", b"b.log"} & paths


def test_a_file_newly_ignored_is_no_longer_found(repository: Repository) -> None:
    fill(repository)
    assert b"docs/a.md" in found(repository.root)
    repository.write("docs/.kbignore", "a.md\n")
    assert b"docs/a.md" not in found(repository.root)
