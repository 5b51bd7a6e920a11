"""What stays on this machine, what is found on it, and what the settings of a model may say."""

from pathlib import Path

import pytest

from kb.app.writers import Writers, is_local
from kb.cli.views.state import writer_lines
from kb.config import load_settings
from kb.config_file import write_setting
from kb.config_writer import OLLAMA_URL, WriterSettings
from kb.errors import ConfigError, ModelError
from kb.llm.found import find_models, may_listen, usual_url
from kb.llm.place import is_loopback, is_relayed
from tests.unit.llm.fault_server import page, running


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://127.8.9.10", True),
        ("http://localhost:8080/v1", True),
        ("http://[::1]:8080", True),
        ("http://[::ffff:127.0.0.1]:8080", True),
        ("http://0.0.0.0:8080", False),
        ("http://192.168.1.7:11434", False),
        ("https://api.example.org/v1", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://127.0.0.1@example.org/", False),
        ("http://2130706433/", False),
        ("http://[::ffff:10.0.0.1]/", False),
    ],
)
def test_only_what_can_lead_nowhere_else_is_here(url: str, is_here: bool) -> None:
    assert is_loopback(url) is is_here
    assert is_local(WriterSettings(kind="openai", model="m", url=url)) is is_here


@pytest.mark.parametrize(("model", "relayed"), [("gpt-oss:120b-cloud", True), ("x:cloud", True), ("cloudy:7b", False)])
def test_a_model_that_ollama_asks_a_cloud_for_is_not_here(model: str, relayed: bool) -> None:
    assert is_relayed(model) is relayed
    assert is_local(WriterSettings(kind="ollama", model=model)) is not relayed


def test_ollama_is_looked_for_on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for told, url in {
        "": OLLAMA_URL, "127.0.0.1:9999": "http://127.0.0.1:9999", "http://localhost:81": "http://localhost:81",
        "localhost": "http://localhost:11434", "0.0.0.0:11434": OLLAMA_URL, "example.org": OLLAMA_URL,
        "127.0.0.1:port": OLLAMA_URL,
    }.items():  # fmt: skip
        monkeypatch.setenv("OLLAMA_HOST", told)
        assert usual_url() == url


@pytest.mark.parametrize("tags", [{}, [], {"models": [{}]}, {"models": None}, {"models": [{"name": "x", "size": "y"}]}])
def test_something_else_at_its_port_is_no_ollama(tags: object) -> None:
    with running(page) as server:
        server.tags = tags
        assert find_models(server.url) == []


def test_where_nobody_listens_nobody_is_knocked_at() -> None:
    with running(page) as server:
        port = server.server_address[1]
        assert may_listen(port)
    assert not may_listen(port)
    assert find_models(f"http://127.0.0.1:{port}") == []
    assert find_models("http://models.example:11434") == []


def test_the_settings_of_a_model_come_from_file_and_environment(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[writer]\nkind = "openai"\nmodel = "m"\nurl = "http://127.0.0.1:8080/v1"\n'
        'remote = ["notes", "til"]\ntimeout_s = 9\n'
    )
    env = {"KB_HOME": str(tmp_path)}
    told = load_settings(environ=env).writer
    assert told == WriterSettings("openai", "m", "http://127.0.0.1:8080/v1", timeout_s=9, remote=("notes", "til"))
    assert load_settings(environ={**env, "KB_WRITER_REMOTE": "a, b"}).writer.remote == ("a", "b")
    assert load_settings(environ={"KB_HOME": str(tmp_path / "none")}).writer == WriterSettings()


def test_a_list_is_written_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    write_setting(file, "writer.model", "m")
    write_setting(file, "writer.remote", ["notes", "til"])
    assert load_settings(environ={"KB_HOME": str(tmp_path)}).writer.remote == ("notes", "til")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('kind = "claude"', "must be one of ollama, openai, gguf"),
        ('url = "127.0.0.1:8080"', "must begin with http"),
        ('url = "file:///etc/passwd"', "must begin with http"),
        ('url = "http://:80"', "must begin with http"),
        ('key_env = "sk-abc def"', "must name the variable"),
        ("context_tokens = 10", "must be 512 or more"),
        ("timeout_s = 0", "must be above 0"),
        ('remote = "notes"', "must be a list of names"),
        ('remote = ["notes", 3]', "must be names of sources"),
        ('modle = "m"', "no setting 'writer.modle'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "config.toml").write_text(f"[writer]\n{line}\n")
    with pytest.raises(ConfigError, match=told):
        load_settings(environ={"KB_HOME": str(tmp_path)})


@pytest.mark.parametrize("line", ['key_env = "sk-0123456789"', 'url = "https://bob:sk-0123456789@example.org"'])
def test_what_may_be_a_key_is_refused_without_showing_it(tmp_path: Path, line: str) -> None:
    (tmp_path / "config.toml").write_text(f"[writer]\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={"KB_HOME": str(tmp_path)})
    assert "0123456789" not in caught.value.message + caught.value.hint


def test_without_a_model_there_is_none_and_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(page) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        assert Writers(WriterSettings()).writer(look=False) is None
        assert server.heads == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (WriterSettings(kind="openai", model="m"), "not known where"),
        (WriterSettings(kind="openai", model="m", url="https://example.org/v1"), "name the sources"),
        (WriterSettings(model="m:cloud"), "name the sources"),
        (WriterSettings(kind="gguf", model="models/m.gguf"), "no whole path"),
        (WriterSettings(model="m", key_env="KB_TEST_NO_SUCH_KEY"), "KB_TEST_NO_SUCH_KEY"),
    ],
)
def test_a_model_that_cannot_be_asked_says_what_is_missing(settings: WriterSettings, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        Writers(settings).writer(look=True)


def test_the_list_says_where_each_model_is_and_what_to_type() -> None:
    def shown(*rows: dict[str, object]) -> str:
        lines = writer_lines([dict(row) for row in rows])
        return "\n".join("".join(part if isinstance(part, str) else part[0] for part in line) for line in lines)

    row = {"name": "qwen3:4b", "kind": "ollama", "url": OLLAMA_URL, "local": True, "current": False, "problem": ""}
    assert "kb config set writer.model qwen3:4b" in shown(row)
    assert "on this machine" in shown(row)
    mine = {**row, "name": "big", "local": False, "current": True, "problem": "its key is not set"}
    assert "* big" in shown(mine)
    assert "redacted" in shown(mine)
    assert "its key is not set" in shown(mine)
    assert "none is needed" in shown()
