"""Decides what a file is: its language by name, its kind by front matter, place and headings."""

import posixpath
import re

from ingest.readers.reading import Reading
from kb.kinds import KINDS, Kind

MARKDOWN = frozenset({"md", "markdown", "mdown", "mkd", "mdx", "qmd", "rmd"})
TEXT = frozenset({"txt", "text", "log", "org", "adoc", "asciidoc", "tex", "textile", "wiki", "pod", "man", ""})
FORMATS = frozenset({"rst", "rest", "html", "htm", "xhtml", "ipynb"})
LANGUAGES: dict[str, str] = {
    "py": "python", "pyi": "python", "pyw": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript",
    "jsx": "javascript", "ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx", "go": "go",
    "rs": "rust", "java": "java", "rb": "ruby", "rake": "ruby", "gemspec": "ruby", "c": "c", "h": "c", "cc": "cpp",
    "cpp": "cpp", "cxx": "cpp", "hh": "cpp", "hpp": "cpp", "hxx": "cpp", "cs": "csharp", "php": "php", "sh": "bash",
    "bash": "bash", "zsh": "bash", "ksh": "bash", "bats": "bash", "fish": "fish", "kt": "kotlin", "kts": "kotlin",
    "swift": "swift", "scala": "scala", "ex": "elixir", "exs": "elixir", "erl": "erlang", "hs": "haskell",
    "lua": "lua", "pl": "perl", "pm": "perl", "r": "r", "jl": "julia", "dart": "dart", "clj": "clojure",
    "cljs": "clojure", "ml": "ocaml", "mli": "ocaml", "fs": "fsharp", "vb": "vb", "zig": "zig", "nim": "nim",
    "v": "verilog", "vhd": "vhdl", "sql": "sql", "css": "css", "tcss": "css", "scss": "scss", "sass": "sass",
    "less": "less", "vue": "vue", "svelte": "svelte", "yaml": "yaml", "yml": "yaml", "toml": "toml", "json": "json",
    "jsonc": "json", "json5": "json", "ini": "ini", "cfg": "ini", "conf": "conf", "properties": "properties",
    "tf": "terraform", "tfvars": "terraform", "hcl": "hcl", "proto": "protobuf", "graphql": "graphql",
    "gql": "graphql", "mk": "make", "cmake": "cmake", "gradle": "groovy", "groovy": "groovy", "xml": "xml",
    "xsd": "xml", "el": "elisp", "lisp": "lisp", "scm": "scheme", "vim": "vim", "ps1": "powershell",
    "bat": "batch", "awk": "awk", "sed": "sed", "nix": "nix", "sol": "solidity", "m": "objc", "mm": "objc",
    "asm": "asm", "s": "asm", "diff": "diff", "patch": "diff", "dockerfile": "dockerfile", "bzl": "starlark",
    "star": "starlark", "j2": "jinja", "tmpl": "template", "erb": "erb", "env": "ini", "service": "ini",
}  # fmt: skip
NAMES: dict[str, str] = {
    "dockerfile": "dockerfile", "containerfile": "dockerfile", "makefile": "make", "gnumakefile": "make",
    "rakefile": "ruby", "gemfile": "ruby", "guardfile": "ruby", "podfile": "ruby", "vagrantfile": "ruby",
    "brewfile": "ruby", "jenkinsfile": "groovy", "justfile": "make", "procfile": "conf", "codeowners": "conf",
    "cmakelists.txt": "cmake", "requirements.txt": "conf", "go.mod": "go.mod", "build": "starlark",
    "tiltfile": "starlark", ".bashrc": "bash", ".zshrc": "bash", ".profile": "bash", ".bash_profile": "bash",
    ".vimrc": "vim", ".gitconfig": "ini", ".editorconfig": "ini", ".gitignore": "conf", ".dockerignore": "conf",
    "caddyfile": "conf", ".eslintrc": "json", ".prettierrc": "json", ".babelrc": "json",
}  # fmt: skip
SHEBANGS: dict[str, str] = {
    "python": "python", "node": "javascript", "deno": "typescript", "ruby": "ruby", "php": "php", "sh": "bash",
    "bash": "bash", "zsh": "bash", "dash": "bash", "perl": "perl", "awk": "awk", "lua": "lua",
}  # fmt: skip

DECISION_FOLDERS = frozenset({
    "adr", "adrs", "decision", "decisions", "decision-records", "architecture-decisions", "architecture-decision",
    "architecture-decision-records", "architectural-decisions", "architecture_decisions", "decision_records", "madr",
    "rfc", "rfcs", "pep", "peps", "kep", "keps", "tep", "teps", "oep", "oeps", "proposals", "enhancements", "ddr",
    "design-decisions", "log4brains",
})  # fmt: skip
DECISION_WORDS = frozenset({"adr", "adrs", "rfcs", "peps", "keps", "teps", "oeps", "decisions", "madr", "proposals"})
NO_DECISION = re.compile(
    r"^(?:_|(?:readme|index|contributing|licen[cs]e|changelog|code_of_conduct|security)(?:\.|$)|"
    r"(?:(?:adr|madr|rfc|kep|tep|pep|oep|decision|til|note|nygard|short|long|full|bare|minimal|0+)[-_ ])*template\.)",
    re.IGNORECASE,
)
NUMBERED_FOLDER = re.compile(r"^(?:[a-z]{2,5}-)?\d{2,5}[-_]", re.IGNORECASE)
SHORT_NOTE_LINES = 80
FIRST_WORDS = re.compile(r"[^a-z0-9]+")


def language_of(path: str, text: str = "") -> str:
    """The language of a code or config file by its name, else by its ``#!``; empty when it is prose."""
    name = posixpath.basename(path).lower()
    if name in NAMES:
        return NAMES[name]
    if name.startswith(("dockerfile.", "makefile.")):
        return NAMES[name.partition(".")[0]]
    found = LANGUAGES.get(extension_of(path), "")
    return found or _by_shebang(text)


def extension_of(path: str) -> str:
    """The lower-case extension without its dot; empty for ``README`` and ``.profile``."""
    name = posixpath.basename(path)
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def kind_of(path: str, reading: Reading, *, source_name: str, lines: int, is_decision: bool) -> Kind:
    """The kind of a text that is not code: front matter first, then place, then dialect."""
    written = str(reading.fields.get("kind") or "").strip().lower()
    for kind in KINDS:
        if written == kind:
            return kind
    folders = [part.lower() for part in posixpath.dirname(path).split("/") if part]
    plain_page = bool(NO_DECISION.match(posixpath.basename(path))) and not _is_page_of_one(path)
    if not plain_page and (is_decision or _decision_place(folders, source_name, reading)):
        return "adr"
    if _is_til(folders, source_name, lines) and not plain_page:
        return "til"
    return "note"


def _is_page_of_one(path: str) -> bool:
    """Whether a README is the decision itself: some give each a folder, as in ``keps/1234-name/README.md``."""
    folder, name = posixpath.split(path)
    return name.lower().startswith("readme.") and bool(NUMBERED_FOLDER.match(posixpath.basename(folder)))


def _decision_place(folders: list[str], source_name: str, reading: Reading) -> bool:
    if any(folder in DECISION_FOLDERS for folder in folders):
        return True
    # A folder of decisions that is a source of its own: rust-rfcs, adr, tektoncd-teps.
    words = set(FIRST_WORDS.split(source_name.lower()))
    return not folders and (source_name.lower() in DECISION_FOLDERS or bool(words & DECISION_WORDS))


def _is_til(folders: list[str], source_name: str, lines: int) -> bool:
    words = set(FIRST_WORDS.split(source_name.lower()))
    if words & {"til", "tils"} or any(folder in ("til", "tils", "today-i-learned") for folder in folders):
        return True
    return len(folders) == 1 and lines <= SHORT_NOTE_LINES and folders[0] not in PROJECT_FOLDERS


PROJECT_FOLDERS = frozenset({
    "docs", "doc", "documentation", "src", "lib", "test", "tests", "spec", "scripts", "script", "bin", "tools", "cmd",
    "pkg", "internal", "app", "apps", "packages", "examples", "example", "notes", "wiki", "meeting", "meetings",
    "journal", "daily", "archive", "templates", "template", "assets", ".github", "design", "config", "api", "charts",
    "helm", "e2e_tests", "integration_tests", "server", "client", "controllers", "migration", "vendor", "guides",
})  # fmt: skip


def _by_shebang(text: str) -> str:
    if not text.startswith("#!"):
        return ""
    words = text[2:200].split("\n", 1)[0].replace("/", " ").split()
    program = next((word for word in reversed(words) if not word.startswith("-")), "").rstrip("0123456789.")
    return SHEBANGS.get(program, "")
