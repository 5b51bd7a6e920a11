"""Stack traces: the frames of each language, innermost first, and the indexed file of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.decisions.why.frames import Frame, FrameFiles, frames_in
from kb.errors import UsageError
from kb.store.ledger import Ledger
from tests.unit.app.world import World
from tests.unit.decisions.why_histories import Commit, adr, write_history

PYTHON = """Traceback (most recent call last):
  File "/app/src/shop/main.py", line 10, in main
    pay(cart)
    ~~~^^^^^^
  File "/app/src/shop/cart.py", line 7, in pay
    total = sum(x)
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/src/shop/main.py", line 12, in main
    log(x)
  File "/usr/lib/python3.11/json/decoder.py", line 3, in log
    raise ValueError
ValueError
"""
PYTEST = """src/shop/main.py:10: in main
    pay(cart)
src/shop/cart.py:7: KeyError
"""
JAVA = """Exception in thread "main" java.lang.IllegalStateException: no
\tat com.acme.shop.Main.main(Main.java:5)
\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)
Caused by: java.lang.NullPointerException
\tat com.acme.shop.Cart$Line.pay(Cart.java:42)
\tat com.acme.shop.Main.main(Main.java:4)
\t... 1 more
"""
NODE = """TypeError: x is not a function
    at pay (/app/src/cart.ts:7:11)
    at async Object.<anonymous> (file:///app/src/main.mjs:10:3)
    at /app/src/loop.js:3:1
    at Module._compile (node:internal/modules/cjs/loader:1105:14)
    at render (webpack:///./src/Menu.tsx?a1b2:9:5)
"""
FIREFOX = "pay@http://localhost:8080/src/cart.js:7:11\n@http://localhost:8080/src/main.js:3:1\n"
GO = """panic: runtime error: index out of range

goroutine 1 [running]:
main.(*Server).pay(0xc000010000, 0x1)
\t/home/ci/gate/server/pay.go:42 +0x1d
main.main()
\t/home/ci/gate/main.go:9 +0x85
"""
RUST = """thread 'main' panicked at src/cart.rs:7:5:
index out of bounds
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:645:5
   1: shop::cart::pay
             at ./src/cart.rs:7:5
   2: shop::main
             at ./src/main.rs:3:5
"""
RUBY = """cart.rb:7:in `pay': undefined method (NoMethodError)
\tfrom app/models/main.rb:10:in 'block in run'
"""
RUBY_REVERSED = """Traceback (most recent call last):
\t1: from app/main.rb:10:in `run'
app/cart.rb:7:in `pay': undefined method (NoMethodError)
"""
CSHARP = """Unhandled exception. System.InvalidOperationException: no
   at Shop.Cart.Pay(Int32 amount) in C:\\build\\src\\Shop\\Cart.cs:line 42
   at Shop.Program.Main(String[] args) in C:\\build\\src\\Shop\\Program.cs:line 7
"""


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (PYTHON, [("/usr/lib/python3.11/json/decoder.py", 3, "log"), ("/app/src/shop/main.py", 12, "main"),
                  ("/app/src/shop/cart.py", 7, "pay"), ("/app/src/shop/main.py", 10, "main")]),
        (PYTEST, [("src/shop/cart.py", 7, ""), ("src/shop/main.py", 10, "main")]),
        (JAVA, [("com/acme/shop/Cart.java", 42, "pay"), ("com/acme/shop/Main.java", 4, "main"),
                ("com/acme/shop/Main.java", 5, "main"), ("java/util/ArrayList.java", 1511, "forEach")]),
        (NODE, [("/app/src/cart.ts", 7, "pay"), ("/app/src/main.mjs", 10, "Object.<anonymous>"),
                ("/app/src/loop.js", 3, ""), ("./src/Menu.tsx", 9, "render")]),
        (FIREFOX, [("src/cart.js", 7, "pay"), ("src/main.js", 3, "")]),
        (GO, [("/home/ci/gate/server/pay.go", 42, "main.(*Server).pay"), ("/home/ci/gate/main.go", 9, "main.main")]),
        (RUST, [("src/cart.rs", 7, ""), ("/rustc/abc/library/std/src/panicking.rs", 645, "rust_begin_unwind"),
                ("./src/cart.rs", 7, "shop::cart::pay"), ("./src/main.rs", 3, "shop::main")]),
        (RUBY, [("cart.rb", 7, "pay"), ("app/models/main.rb", 10, "block in run")]),
        (RUBY_REVERSED, [("app/cart.rb", 7, "pay"), ("app/main.rb", 10, "run")]),
        (CSHARP, [("C:/build/src/Shop/Cart.cs", 42, "Shop.Cart.Pay"),
                  ("C:/build/src/Shop/Program.cs", 7, "Shop.Program.Main")]),
    ],
    ids=["python", "pytest", "java", "node", "firefox", "go", "rust", "ruby", "ruby reversed", "csharp"],
)  # fmt: skip
def test_frames_come_innermost_first(trace: str, expected: list[tuple[str, int, str]]) -> None:
    assert [(frame.path, frame.line, frame.symbol) for frame in frames_in(trace)] == expected


def test_colours_and_links_of_a_terminal_do_not_hide_a_frame() -> None:
    trace = (
        "Traceback (most recent call last):\n"
        '  File \x1b[35m"/app/main.py"\x1b[0m, line \x1b[35m3\x1b[0m, in \x1b[35mrun\x1b[0m\n'
        '\x1b[31m  File "\x1b]8;;file:///app/cart.py\x07/app/cart.py\x1b]8;;\x07", line 9, in save\x1b[0m\n'
    )
    found = frames_in(trace)
    assert [(frame.path, frame.line, frame.symbol) for frame in found] == [
        ("/app/cart.py", 9, "save"), ("/app/main.py", 3, "run"),
    ]  # fmt: skip
    assert not any("\x1b" in frame.written for frame in found)


@pytest.mark.parametrize(
    "text", ["", "no frames here", "at (", 'File "', "\x00\x1b]0;", "at a" * 50_000, "(" * 100_000]
)
def test_what_is_no_trace_has_no_frames(text: str) -> None:
    assert frames_in(text) == []


def test_a_trace_without_end_is_read_in_part() -> None:
    assert 0 < len(frames_in('  File "/app/a.py", line 3, in f\n' * 100_000)) <= 400


FILES = ("src/shop/cart.py", "src/shop/main.py", "src/json/decoder.py", "java/src/main/java/com/acme/shop/Cart.java",
         "a/x/util.go", "b/x/util.go", "tool.rb", "one/main.go")  # fmt: skip


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("frames"))
    for path in FILES:
        world.write(path, "value = 1\n" * 50)
    world.index()
    yield world


@pytest.mark.parametrize(
    ("path", "is_whole", "expected"),
    [
        ("/app/src/shop/cart.py", False, "src/shop/cart.py"),
        ("shop/cart.py", False, "src/shop/cart.py"),
        ("./src/shop/cart.py", False, "src/shop/cart.py"),
        ("/usr/lib/python3.11/json/decoder.py", False, None),
        ("/venv/lib/python3.11/site-packages/src/shop/cart.py", False, None),
        ("/somewhere/cart.py", False, None),
        ("cart.py", False, "src/shop/cart.py"),
        ("/deployed/tool.rb", False, "tool.rb"),
        ("com/acme/shop/Cart.java", True, "java/src/main/java/com/acme/shop/Cart.java"),
        ("org/other/shop/Cart.java", True, None),
        ("/go/x/util.go", False, None),
        ("/go/b/x/util.go", False, "b/x/util.go"),
        ("", False, None),
        ("..", False, None),
    ],
)
def test_a_frame_is_ours_when_enough_of_its_path_is(
    indexed: World, path: str, is_whole: bool, expected: str | None
) -> None:
    with Ledger.open(indexed.settings.ledger) as ledger:
        found = FrameFiles(ledger).find(Frame(path, 1, "", "", is_whole))
    assert (found.file.path if found.file else None) == expected


def test_files_that_fit_equally_well_are_told(indexed: World) -> None:
    with Ledger.open(indexed.settings.ledger) as ledger:
        found = FrameFiles(ledger).find(Frame("/go/x/util.go", 1, "", ""))
    assert found.several == ("notes:a/x/util.go", "notes:b/x/util.go")


def test_a_trace_is_explained_frame_by_frame(tmp_path: Path) -> None:
    world = World(tmp_path)
    root = tmp_path / "app"
    root.mkdir()
    write_history(root, [Commit("Begin", {
        "docs/adr/0007-use-sqlite.md": adr(7, "Use SQLite", outcome="one file."),
        "src/shop/cart.py": "\n" * 6 + "total = sum(x)  # ADR-7\n", "src/shop/main.py": "run()\n",
    })])  # fmt: skip
    world.index(root)
    with world.app() as app:
        told = app.why_trace(PYTHON, cwd=str(root))
        frames = [(frame["path"], frame["line"]) for frame in told["frames"]]
        assert frames == [("src/shop/main.py", 12), ("src/shop/cart.py", 7), ("src/shop/main.py", 10)]
        assert "no line 12" in told["frames"][0]["notices"][0]
        assert told["frames"][1]["because"][0]["path"] == "docs/adr/0007-use-sqlite.md"
        assert told["frames"][1]["blame"]["summary"] == "Begin"
        with pytest.raises(UsageError):
            app.why_trace("nothing", cwd=str(root))
