"""Flags win over the environment, that over the file, that over defaults; a typo is never swallowed."""

from pathlib import Path

import pytest

from kb.config import load_settings, parse
from kb.config_file import with_setting, write_setting
from kb.errors import ConfigError


def written(home: Path, text: str) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(text)
    return {"KB_HOME": str(home), "HOME": "/nowhere"}


def test_a_home_holds_all_state(tmp_path: Path) -> None:
    settings = load_settings(environ={"KB_HOME": str(tmp_path)})
    assert settings.config_file == tmp_path / "config.toml"
    assert settings.ledger == tmp_path / "ledger.db"
    assert settings.vectors_dir == tmp_path / "vectors"


def test_exported_models_are_shared_by_all_homes(tmp_path: Path) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = load_settings(home=str(tmp_path / "a"), environ=env)
    second = load_settings(home=str(tmp_path / "b"), environ=env)
    assert first.models_dir == second.models_dir
    moved = load_settings(home=str(tmp_path / "a"), environ={**env, "KB_MODELS": str(tmp_path / "m")})
    assert moved.models_dir == tmp_path / "m"


def test_the_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    env = written(tmp_path, 'model = "from-file"\nno_daemon = true\n')
    assert load_settings(environ=env).model == "from-file"
    assert load_settings(environ={**env, "KB_MODEL": "from-env"}).model == "from-env"
    assert load_settings(environ=env).no_daemon is True
    assert load_settings(environ={**env, "KB_NO_DAEMON": "0"}).no_daemon is False
    assert load_settings(environ={**env, "KB_NO_DAEMON": "0"}, no_daemon=True).no_daemon is True
    other = tmp_path / "other"
    assert load_settings(home=str(other), environ=env).home == other


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    env = written(tmp_path, "no_daemon = true\n")
    assert load_settings(environ={**env, "KB_NO_DAEMON": ""}).no_daemon is True


def test_the_editor_of_the_settings_wins_over_the_general_one(tmp_path: Path) -> None:
    env = {"KB_HOME": str(tmp_path), "EDITOR": "ed", "VISUAL": "vim"}
    assert load_settings(environ=env).editor == "vim"
    assert load_settings(environ={**env, "VISUAL": ""}).editor == "ed"
    assert load_settings(environ={**env, **written(tmp_path, 'editor = "hx"\n')}).editor == "hx"
    assert load_settings(environ={"KB_HOME": str(tmp_path / "none")}).editor is None


def test_a_relative_notes_dir_is_meant_from_the_file(tmp_path: Path) -> None:
    assert load_settings(environ=written(tmp_path, 'notes_dir = "til"\n')).notes_dir == tmp_path / "til"


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ('notes_dri = "x"', "no setting 'notes_dri'", "did you mean notes_dir?"),
        ("zzzz = 1", "no setting 'zzzz'", "the settings are: model"),
        ("no_daemon = 1", "no_daemon must be true or false", "kb config set no_daemon"),
        ("max_file_bytes = true", "must be a whole number", ""),
        ("max_file_bytes = 0", "must be above 0", ""),
        ('answer = "sing"', 'must be "quote" or "write"', ""),
        ("model = ", "is not TOML", ""),
        ("[table]\nx = 1", "no setting 'table.x'", ""),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str, told: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ=written(tmp_path, text))
    assert told in caught.value.message
    assert str(tmp_path / "config.toml") in caught.value.message
    assert caught.value.hint.startswith(hint)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'model = "\xff"')
    with pytest.raises(ConfigError):
        load_settings(environ={"KB_HOME": str(tmp_path)})


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="KB_NO_DAEMON: no_daemon must be true or false"):
        load_settings(environ={"KB_HOME": str(tmp_path), "KB_NO_DAEMON": "maybe"})


def test_setting_one_line_keeps_comments_and_order() -> None:
    text = '# mine\nmodel = "a"  # why\n\nno_daemon = false'
    assert with_setting(text, "model", "b") == '# mine\nmodel = "b"\n\nno_daemon = false'
    assert with_setting(text, "answer", "write") == text + '\nanswer = "write"\n'


def test_any_value_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    for value in ('code --wait "x"', "C:\\new\\tmp", "naïve \x7f", "line\nbreak"):
        write_setting(path, "editor", value)
        assert parse(path.read_bytes(), "file")["editor"] == value
    assert [item.name for item in path.parent.iterdir()] == ["config.toml"]


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("model = \n")
    with pytest.raises(ConfigError):
        write_setting(path, "answer", "quote")
    assert path.read_text() == "model = \n"


def test_a_linked_file_stays_a_link_and_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    target, link = tmp_path / "dotfiles" / "kb.toml", tmp_path / "config.toml"
    target.write_text('model = "a"\n')
    target.chmod(0o640)
    link.symlink_to("dotfiles/kb.toml")
    write_setting(link, "answer", "write")
    assert link.is_symlink()
    assert target.read_text() == 'model = "a"\nanswer = "write"\n'
    assert target.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in target.parent.iterdir()] == ["kb.toml"]


def test_a_value_that_is_not_utf8_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be UTF-8"):
        write_setting(tmp_path / "config.toml", "editor", "caf\udce9")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '[keymap]\n"search.copy" = "c"\n'),
        ('model = "a"', 'model = "a"\n\n[keymap]\n"search.copy" = "c"\n'),
        ('[keymap] # keys\n"search.copy" = "y"\nother = "o"\n', '[keymap] # keys\n"search.copy" = "c"\nother = "o"\n'),
        ('[keymap]\nsearch.copy = "y"\n', '[keymap]\n"search.copy" = "c"\n'),
    ],
)
def test_a_key_in_a_table_is_set_in_its_table(text: str, expected: str) -> None:
    assert with_setting(text, "keymap.search.copy", "c") == expected
    assert parse(expected.encode(), "config.toml")["keymap.search.copy"] == "c"


def test_a_top_level_key_is_never_written_into_a_table() -> None:
    text = '# mine\n\n[keymap]\ntheme = "t"\n'
    changed = with_setting(text, "theme", "nord")
    assert changed == '# mine\ntheme = "nord"\n\n[keymap]\ntheme = "t"\n'


def test_keys_may_be_dotted_or_quoted(tmp_path: Path) -> None:
    env = written(tmp_path, '[keymap]\nsearch.copy = "c"\n"ask.copy" = "ctrl+y"\n')
    assert load_settings(environ=env).keymap == {"search.copy": "c", "ask.copy": "ctrl+y"}


@pytest.mark.parametrize("text", ["keymap = 3", "[keymap]\ncopy = 3", "[keymep]\ncopy = 'c'"])
def test_a_wrong_table_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text.encode(), "config.toml")
