"""Where a line comes from, in repositories made by git: moves, merges, formatters, and all that can be amiss."""

import os
import subprocess
from pathlib import Path

import pytest

from ingest.blame import Origin, Repository, UnknownRevision, Untold, changed_in, line_in, merge_of, origin_of
from tests.unit.decisions.why_histories import BUILDERS, Commit, git, ignored_revs, shop, write_history


@pytest.fixture(scope="module")
def shop_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    BUILDERS["shop"](folder)
    return folder / "shop"


def number_of(path: Path, text: str) -> int:
    return 1 + next(n for n, line in enumerate(path.read_text("utf-8").split("\n")) if line.strip() == text)


def origin(path: Path, text: str, rev: str = "") -> Origin:
    with Repository(str(path), rev=rev) as repository:
        inside = repository.inside(str(path))
        number = line_in(repository, inside, path.read_bytes(), number_of(path, text))
        assert number is not None
        return origin_of(repository, inside, number)


def made(folder: Path, files: dict[str, str | None], *more: Commit) -> Path:
    folder.mkdir(exist_ok=True)
    write_history(folder, [Commit("Begin", files), *more])
    return folder


@pytest.mark.parametrize(
    ("path", "text", "summary", "passed"),
    [
        ("src/shop/cart.py", "redis.setex(key, 86400, json.dumps(items))", "Carts live in Redis now", 0),
        ("src/shop/cart.py", "import os", "Carts live in Redis now", 1),
        ("src/shop/pricing.py", "return (net * (100 + rate) + 50) // 100", "Round as the tax office does", 0),
        ("src/shop/events.py", "persistent=True,", "Tell the warehouse of orders", 1),
        ("src/shop/events.py", "if quantity > stock.free - stock.held:", "Hold stock while a customer pays (ADR-6)", 0),
    ],
)
def test_a_line_goes_back_through_moves_formatters_and_ignored_commits(
    shop_repository: Path, path: str, text: str, summary: str, passed: int
) -> None:
    found = origin(shop_repository / path, text)
    assert (found.commit.summary, len(found.passed)) == (summary, passed)
    assert found.commit.author == "Ada Lovelace"
    assert found.certain


def test_the_merge_that_brought_a_commit_is_found(shop_repository: Path) -> None:
    path = shop_repository / "src/shop/limits.py"
    with Repository(str(path)) as repository:
        of_branch = origin_of(repository, "src/shop/limits.py", 11).commit
        on_trunk = origin_of(repository, "src/shop/invoice.py", 1).commit
        merge = merge_of(repository, of_branch)
        assert of_branch.summary == "wip limiter"
        assert merge is not None
        assert merge.message.endswith("Limit requests per tenant, as ADR-7 says")
        assert merge_of(repository, on_trunk) is None
        assert changed_in(repository, on_trunk) == [("src/shop/invoice.py", True)]


def test_a_line_that_is_not_committed_has_no_number_in_the_commit(shop_repository: Path) -> None:
    path = shop_repository / "src/shop/banner.py"
    with Repository(str(path)) as repository:
        content = path.read_bytes()
        assert line_in(repository, "src/shop/banner.py", content, number_of(path, "STARS = '*' * WIDTH")) is None
        assert line_in(repository, "src/shop/banner.py", b"\n\n" + content, 3) == 1


def test_a_tag_tells_the_line_that_is_deployed(tmp_path: Path) -> None:
    folder = made(tmp_path / "app", {"a.py": "x = 1\n"}, Commit("Two", {"a.py": "y = 0\nx = 2\n"}))
    git(folder, "tag", "v1", "HEAD~1")
    with Repository(str(folder / "a.py"), rev="v1") as repository:
        assert repository.blob(repository.commit, "a.py") == b"x = 1\n"
        assert origin_of(repository, "a.py", 1).commit.summary == "Begin"
    with pytest.raises(UnknownRevision):
        Repository(str(folder / "a.py"), rev="v9")


@pytest.mark.parametrize("rev", ["--upload-pack=touch x", "-h", "HEAD --all", "HEAD\nHEAD"])
def test_a_revision_is_never_an_option(tmp_path: Path, rev: str) -> None:
    folder = made(tmp_path / "app", {"a.py": "x = 1\n"})
    with pytest.raises(UnknownRevision):
        Repository(str(folder / "a.py"), rev=rev)
    assert not (folder / "x").exists()


@pytest.mark.parametrize(
    "name", ["--upload-pack=x.py", "-L1,1", "a\nb.py", 'quo"te.py', "back\\slash.py", ":(top)x.py", "tä b.py", "*.py"]
)
def test_any_file_name_is_a_file_name(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path / "app", {name: "value = compute(1)\n", "other.py": "other = 1\n"},
                  Commit("Touch", {name: "value  =  compute( 1 )\nmore = 2\n"}),
                  Commit("Move", {name: None, f"sub/{name}": "value  =  compute( 1 )\nmore = 2\n"}))  # fmt: skip
    with Repository(str(folder / "sub" / name)) as repository:
        found = origin_of(repository, f"sub/{name}", 1)
    assert (found.commit.summary, found.path) == ("Begin", name)


def test_a_shallow_clone_says_that_the_line_may_be_older(tmp_path: Path, shop_repository: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{shop_repository}", str(clone)], check=True)
    found = origin(clone / "src/shop/cart.py", "redis.setex(key, 86400, json.dumps(items))")
    assert not found.certain
    assert "shallow" in found.notices[0]


def test_a_broken_list_of_ignored_commits_costs_a_notice(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    hashes = write_history(folder, shop())
    listed = folder / ".git-blame-ignore-revs"
    listed.write_text("not a commit\n" + ignored_revs(hashes) + "\x1b]0;x\x07\n\xff\n")
    found = origin(folder / "src/shop/events.py", "if quantity > stock.free - stock.held:")
    assert found.commit.summary == "Hold stock while a customer pays (ADR-6)"
    assert any("full commit ids" in notice for notice in found.notices)
    listed.unlink()
    os.mkfifo(listed)
    assert "quantity" in origin(folder / "src/shop/events.py", "if quantity > stock.free - stock.held:").commit.summary


def test_nothing_that_a_repository_configures_is_run(tmp_path: Path) -> None:
    folder = made(tmp_path / "app", {"a.py": "x = 1\n", ".gitattributes": "*.py diff=evil filter=evil\n"})
    trap = f"touch {tmp_path / 'sprung'}; cat"
    for key in ("diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "core.fsmonitor", "diff.external"):
        git(folder, "config", key, trap)
    git(folder, "config", "blame.ignoreRevsFile", "no-such-file")
    git(folder, "config", "log.showSignature", "true")
    with Repository(str(folder / "a.py")) as repository:
        assert line_in(repository, "a.py", b"x = 1\n", 1) == 1
        assert origin_of(repository, "a.py", 1).commit.summary == "Begin"
    assert not (tmp_path / "sprung").exists()


def test_what_a_hook_has_set_does_not_lead_to_another_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "app", {"a.py": "x = 1\n"})
    made(tmp_path / "other", {"b.py": "y = 1\n"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    with Repository(str(folder / "a.py")) as repository:
        assert repository.blob(repository.commit, "a.py") == b"x = 1\n"


def test_a_worktree_and_a_file_in_it(tmp_path: Path) -> None:
    folder = made(tmp_path / "app", {"a.py": "x = 1\n"})
    git(folder, "worktree", "add", "--quiet", str(tmp_path / "tree"), "-b", "side")
    assert origin(tmp_path / "tree/a.py", "x = 1").commit.summary == "Begin"


def test_no_repository_no_commit_and_no_such_file_are_told(tmp_path: Path) -> None:
    loose = tmp_path / "loose.py"
    loose.write_text("x = 1\n")
    with pytest.raises(Untold, match="no git repository"):
        Repository(str(loose))
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    (empty / "a.py").write_text("x = 1\n")
    with pytest.raises(Untold, match="nothing is committed"):
        Repository(str(empty / "a.py"))
    folder = made(tmp_path / "app", {"a.py": "x = 1\n"})
    (folder / "new.py").write_text("x = 1\n")
    with Repository(str(folder / "new.py")) as repository, pytest.raises(Untold, match="not committed"):
        line_in(repository, "new.py", b"x = 1\n", 1)


def test_without_git_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path / "app", {"a.py": "x = 1\n"})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Untold, match="git is not installed"):
        Repository(str(folder / "a.py"))


def test_a_history_that_takes_too_long_is_given_up(shop_repository: Path) -> None:
    path = shop_repository / "src/shop/cart.py"
    with Repository(str(path), budget_s=0.0) as repository, pytest.raises(Untold, match="too long"):
        origin_of(repository, "src/shop/cart.py", 1)


def test_a_message_in_another_encoding_is_read(tmp_path: Path) -> None:
    folder = made(tmp_path / "app", {"a.py": "x = 1\n"})
    (folder / "a.py").write_text("x = 2\n")
    message = "Größe".encode("latin-1")
    subprocess.run(["git", "-c", "i18n.commitEncoding=latin1", "commit", "-qa", "-F", "-"], cwd=folder, input=message,
                   check=True)  # fmt: skip
    assert origin(folder / "a.py", "x = 2").commit.message.strip() == "Größe"


def test_nothing_is_left_behind(shop_repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = git(shop_repository, "status", "--porcelain")
    origin(shop_repository / "src/shop/events.py", "persistent=True,")
    assert list(tmp_path.iterdir()) == []
    assert git(shop_repository, "status", "--porcelain") == before
