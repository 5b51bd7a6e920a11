"""Words of one kind, of which one takes the other's place: "what about Postgres?" after a question about MySQL."""

import re

NUMBERED = re.compile(r"(?:v?\d+(?:\.\d+)*|[a-z]+[-_ ]?\d+)", re.IGNORECASE)
YEAR = re.compile(r"(?:19|20)\d\d")
KINDS = tuple(
    frozenset(names.split())
    for names in (
        "python go golang rust java javascript typescript ruby php c c++ cpp c# csharp swift kotlin scala elixir perl",
        "mysql postgres postgresql sqlite mariadb oracle mssql redis mongodb mongo dynamodb cassandra duckdb",
        "linux windows macos mac osx ubuntu debian fedora arch alpine freebsd android ios",
        "chrome firefox safari edge brave opera",
        "vim neovim nvim emacs nano vscode helix zed sublime",
        "bash zsh fish powershell",
        "github gitlab bitbucket gitea codeberg",
        "docker podman containerd",
        "react vue svelte angular solid preact",
        "npm yarn pnpm bun",
        "pip uv poetry pipenv conda",
        "git mercurial hg svn jujutsu jj",
        "aws gcp azure",
        "django flask fastapi rails laravel",
        "jest vitest mocha",
        "mermaid dot graphviz plantuml",
        "adr til rfc",
        "json yaml toml xml csv",
        "staging production development",
    )
)
"""Names that developers set one against the other; a word in two of them would be none."""


def same_kind(one: str, other: str) -> bool:
    """Whether two words are different names of one kind: two databases, two years, ADR-12 and ADR-15."""
    one, other = one.lower(), other.lower()
    if one == other:
        return False
    if NUMBERED.fullmatch(one) and NUMBERED.fullmatch(other):
        return bool(YEAR.fullmatch(one)) == bool(YEAR.fullmatch(other)) and _letters(one) == _letters(other)
    return any(one in names and other in names for names in KINDS)


def _letters(word: str) -> str:
    return word.rstrip("0123456789.").rstrip("-_ ")
