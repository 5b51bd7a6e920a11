"""What a walk lets through and leaves out, one fault of the file system at a time."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import left_out
from ingest.discover import (
    LINK_BROKEN,
    LINK_INSIDE,
    LINK_OUTSIDE,
    NAME_TAKEN,
    NOT_REGULAR,
    QUIET,
    SECRET,
    Rules,
    discover,
    discover_at,
)
from ingest.ignore import BY_GITIGNORE, BY_KBIGNORE
from kb.errors import NotFoundError
from kb.model import FoundFile, SkippedFile

RULES = Rules(max_file_bytes=1 << 20)


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


def found(root: Path, rules: Rules = RULES) -> list[str]:
    return [item.path for item in discover(str(root), rules) if isinstance(item, FoundFile)]


def skipped(root: Path, rules: Rules = RULES) -> dict[str, str]:
    return {item.path: item.reason for item in discover(str(root), rules) if isinstance(item, SkippedFile)}


def test_files_come_in_a_stable_order_with_size_and_time(tmp_path: Path) -> None:
    write(tmp_path, "b/c.md", "b/a.md", "z.md", "a.md")
    os.utime(tmp_path / "a.md", ns=(5, 1_234_567_890_123_456_789))
    items = list(discover(str(tmp_path), RULES))
    assert [item.path for item in items] == ["a.md", "z.md", "b/a.md", "b/c.md"]
    assert items[0] == FoundFile("a.md", b"a.md", 1, 1_234_567_890_123_456_789)


def test_zero_bytes_are_found(tmp_path: Path) -> None:
    (tmp_path / "empty.md").touch()
    assert found(tmp_path) == ["empty.md"]


def test_a_missing_root_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        discover(str(tmp_path / "gone"), RULES)
    assert "gone" in caught.value.message
    assert caught.value.hint


def test_a_file_as_root_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    with pytest.raises(NotFoundError):
        discover(str(tmp_path / "a.md"), RULES)


def test_a_root_replaced_during_the_walk_is_no_empty_one(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "a.md", "b/c.md")
    items = discover(str(root), RULES)
    assert next(items).path == "a.md"
    root.rename(tmp_path / "unmounted")
    root.mkdir()
    with pytest.raises(NotFoundError):
        list(items)


def test_a_file_over_the_cap_is_skipped_without_reading_it(tmp_path: Path) -> None:
    with open(tmp_path / "huge.md", "wb") as file:
        file.truncate(100 << 20)
    assert skipped(tmp_path) == {"huge.md": "larger than 1 MiB"}


def test_pipes_sockets_and_devices_are_skipped_without_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    os.mkfifo(tmp_path / ".gitignore")
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.md")
        assert skipped(tmp_path) == dict.fromkeys([".gitignore", "pipe.md", "socket.md"], NOT_REGULAR)
    assert set(skipped(Path("/dev/")).values()) >= {NOT_REGULAR}


def test_a_name_that_is_not_utf8_is_found_and_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")
    (item,) = discover(str(tmp_path), RULES)
    assert (item.path, item.raw) == ("caf\\xe9.md", b"caf\xe9.md")  # type: ignore[union-attr]


def test_two_names_that_are_shown_alike_do_not_take_turns(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")
    write(tmp_path, "caf\\xe9.md")
    assert found(tmp_path) == ["caf\\xe9.md"]
    assert skipped(tmp_path) == {"caf\\xe9.md": NAME_TAKEN}


def test_nfc_and_nfd_twins_are_two_files(tmp_path: Path) -> None:
    twins = ["cafe\u0301.md", "caf\u00e9.md"]
    write(tmp_path, *twins)
    assert found(tmp_path) == twins == found(tmp_path)


def test_newline_escape_and_markup_in_a_name(tmp_path: Path) -> None:
    names = ["\x1b[31mred.md", "[/bold].md", "a\nb.md"]
    write(tmp_path / "folder", *[name for name in names if "/" not in name])
    write(tmp_path, "[/bold].md")
    assert set(found(tmp_path)) == {"[/bold].md", "folder/\x1b[31mred.md", "folder/a\nb.md"}


def test_a_name_of_255_bytes_is_found(tmp_path: Path) -> None:
    name = "n" * 252 + ".md"
    write(tmp_path, name)
    assert found(tmp_path) == [name]


def test_a_path_over_4096_bytes_is_skipped_with_a_reason(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    assert found(tmp_path) == ["a.md"]
    assert list(skipped(tmp_path).values()) == ["its path is too long"]


@pytest.fixture
def deep_folder(tmp_path: Path) -> Iterator[Path]:
    folders = [tmp_path.joinpath(*"d" * depth) for depth in range(1, 1_001)]
    for folder in folders:
        folder.mkdir()
    yield folders[-1]
    # Here and not by pytest: its own clean-up recurses once for each folder.
    for folder in reversed(folders):
        for name in os.listdir(folder):
            if name != "d":
                os.unlink(folder / name)
        folder.rmdir()


def test_a_thousand_folders_deep_is_no_recursion(tmp_path: Path, deep_folder: Path) -> None:
    (deep_folder / "a.md").write_text("x")
    assert found(tmp_path) == ["d/" * 1_000 + "a.md"]


def test_a_link_out_of_the_root_is_skipped(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "outside/secret.md", "root-twin/b.md")
    root.mkdir()
    (root / "file.md").symlink_to(tmp_path / "outside" / "secret.md")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "twin").symlink_to(tmp_path / "root-twin")
    assert found(root) == []
    assert set(skipped(root).values()) == {LINK_OUTSIDE}


def test_a_link_inside_the_root_is_read_at_its_target_only(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md")
    (tmp_path / "alias.md").symlink_to("docs/a.md")
    assert found(tmp_path) == ["docs/a.md"]
    assert skipped(tmp_path) == {"alias.md": LINK_INSIDE}


def test_a_link_loop_is_visited_once(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md")
    (tmp_path / "docs" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    assert found(tmp_path) == ["docs/a.md"]
    assert skipped(tmp_path) == {"docs/up": LINK_INSIDE, "self": LINK_BROKEN}


def test_a_root_that_is_itself_a_link_is_walked(tmp_path: Path) -> None:
    write(tmp_path, "real/a.md")
    (tmp_path / "link").symlink_to("real")
    assert found(tmp_path / "link") == ["a.md"]


def test_hard_links_are_both_found(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    os.link(tmp_path / "a.md", tmp_path / "b.md")
    assert found(tmp_path) == ["a.md", "b.md"]


def test_secrets_are_never_found_even_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path, ".env", ".env.local", "keys/id_rsa", "keys/server.PEM", ".ssh/config", ".netrc", "id_rsa.pub")
    (tmp_path / ".kbignore").write_text("!*\n")
    assert found(tmp_path) == [".kbignore", "id_rsa.pub"]
    assert set(skipped(tmp_path).values()) == {SECRET}


def test_version_control_is_never_entered(tmp_path: Path) -> None:
    write(tmp_path, ".git/config", ".hg/a.md", ".svn/a.md", "sub/.git", "a.md")
    (tmp_path / ".kbignore").write_text("!.git/\n")
    assert found(tmp_path, Rules(1 << 20, default_ignores=False)) == [".kbignore", "a.md"]


def test_ignored_files_say_by_what(tmp_path: Path) -> None:
    write(tmp_path, "a.log", "b.tmp", "a.md", "logs/x.md")
    (tmp_path / ".gitignore").write_text("*.log\nlogs/\n")
    (tmp_path / ".kbignore").write_text("*.tmp\n")
    assert skipped(tmp_path) == {"a.log": BY_GITIGNORE, "b.tmp": BY_KBIGNORE, "logs": BY_GITIGNORE}


def test_what_nobody_wrote_is_left_out_and_quiet(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/a.js", "x/node_modules/deep/a.js", "vendor/a.go", "third_party/a.c", ".venv/a.py",
          "__pycache__/a.py", "dist/a.js", ".tox/a.py", "package-lock.json", "app.min.js", "api.pb.go", "api_pb2.py",
          "zz_generated.deepcopy.go", "types.generated.ts", "logo.png", "a.md", "x/a.md")  # fmt: skip
    assert found(tmp_path) == ["a.md", "x/a.md"]
    left = skipped(tmp_path)
    assert left["x/node_modules"] == left_out.VENDORED
    assert set(left.values()) <= QUIET
    assert not any(path.startswith("node_modules/") for path in left)


def test_without_the_defaults_only_binaries_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "vendor/a.go", "go.sum", "logo.png")
    assert found(tmp_path, Rules(1 << 20, default_ignores=False)) == ["go.sum", "vendor/a.go"]


def test_a_kbignore_negation_brings_a_default_back(tmp_path: Path) -> None:
    write(tmp_path, "vendor/a.go", "vendor/node_modules/a.js", "go.sum", "x/vendor/b.go")
    (tmp_path / ".kbignore").write_text("!/vendor/\n!go.sum\n")
    assert found(tmp_path) == [".kbignore", "go.sum", "vendor/a.go"]


def test_a_gitignore_negation_does_not_make_vendored_files_ours(tmp_path: Path) -> None:
    write(tmp_path, "vendor/a.go")
    (tmp_path / ".gitignore").write_text("!vendor/\n")
    assert found(tmp_path) == [".gitignore"]


def test_target_is_output_only_beside_its_tool(tmp_path: Path) -> None:
    write(tmp_path, "rust/Cargo.toml", "rust/target/a.rs", "java/pom.xml", "java/target/a.java", "sales/target/a.md")
    assert found(tmp_path) == ["java/pom.xml", "rust/Cargo.toml", "sales/target/a.md"]


def test_a_source_package_called_build_is_read(tmp_path: Path) -> None:
    write(tmp_path, "workloads/build/controller.go", "web/package.json", "web/build/app.js", "build/app.js")
    assert found(tmp_path) == ["web/package.json", "workloads/build/controller.go"]


def test_an_inner_source_owns_its_files(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "inner/b.md", "inner-twin/c.md")
    rules = Rules(1 << 20, exclude_roots=(str(tmp_path / "inner"), str(tmp_path)))
    assert found(tmp_path, rules) == ["a.md", "inner-twin/c.md"]
    assert skipped(tmp_path, rules) == {}


def test_one_file_is_judged_as_in_the_walk(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md", "docs/b.log", "vendor/x/c.md", ".env")
    (tmp_path / ".gitignore").write_text("*.log\n")
    one = {raw: next(discover_at(str(tmp_path), [raw], RULES), None) for raw in (
        b"docs/a.md", b"docs/b.log", b"vendor/x/c.md", b".env", b"docs/none.md", b"none/a.md")}  # fmt: skip
    assert one[b"docs/a.md"] in list(discover(str(tmp_path), RULES))
    assert one[b"docs/b.log"] == SkippedFile("docs/b.log", BY_GITIGNORE)
    assert one[b"vendor/x/c.md"] == SkippedFile("vendor", left_out.VENDORED)
    assert one[b".env"] == SkippedFile(".env", SECRET)
    assert one[b"docs/none.md"] is one[b"none/a.md"] is None


def test_a_file_that_goes_away_during_the_walk_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md", "c/d.md")
    items = discover(str(tmp_path), RULES)
    assert next(items).path == "a.md"
    (tmp_path / "b.md").unlink()
    (tmp_path / "c" / "d.md").unlink()
    (tmp_path / "c").rmdir()
    assert list(items) == []


@pytest.mark.parametrize("name", ["n.md~", "#n.md#", ".#n.md", "n.md.orig", "n.py.rej", "n.md.bak"])
def test_what_an_editor_keeps_beside_a_file_is_left_out(tmp_path: Path, name: str) -> None:
    write(tmp_path, "n.md", name)
    assert found(tmp_path, RULES) == ["n.md"]
    assert skipped(tmp_path, RULES)[name] == left_out.BACKUP
