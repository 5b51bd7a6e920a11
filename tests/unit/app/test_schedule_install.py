"""Installing, showing and removing the nightly run: with small programs on PATH that behave as the system's do."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.app.schedule import install, remove, schedulers, show
from kb.app.schedule.cron import Cron
from kb.app.schedule.launchd import Launchd
from kb.app.schedule.port import Done, run_command
from kb.app.schedule.systemd import Systemd
from kb.app.schedule.windows import Schtasks
from kb.config import Settings, load_settings
from kb.errors import KbError, UsageError
from kb.store.ledger import Ledger

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the small programs are shell scripts")

SYSTEMCTL = """#!/bin/sh
echo "$*" >> "$KB_TEST_BUS/calls"
[ -e "$KB_TEST_BUS/silent" ] && { echo "Failed to connect to bus: No medium found" >&2; exit 1; }
case "$2" in
  show-environment) exit 0;;
  enable) [ -e "$KB_TEST_BUS/refuses" ] && { echo "Unit is masked" >&2; exit 1; }
          mkdir -p "$XDG_CONFIG_HOME/systemd/user/timers.target.wants"
          ln -sf "../$3" "$XDG_CONFIG_HOME/systemd/user/timers.target.wants/$3";;
  restart) touch "$KB_TEST_BUS/active-$3";;
  is-active) [ -e "$KB_TEST_BUS/active-$3" ] || exit 3;;
  disable) rm -f "$KB_TEST_BUS/active-$4" "$XDG_CONFIG_HOME/systemd/user/timers.target.wants/$4";;
esac
exit 0
"""
CRONTAB = """#!/bin/sh
[ -e "$KB_TEST_BUS/forbidden" ] && { echo "you (me) are not allowed to use this program (crontab)" >&2; exit 1; }
if [ "$1" = "-l" ]; then
  [ -e "$KB_TEST_BUS/tab" ] || { echo "no crontab for me" >&2; exit 1; }
  exec cat "$KB_TEST_BUS/tab"
fi
exec cat > "$KB_TEST_BUS/tab"
"""


class System:
    """A machine with the scheduler programs that a test puts on it."""

    def __init__(self, folder: Path) -> None:
        self.bus = folder / "bus"
        self.bin = folder / "bin"
        self.units = folder / "config/systemd/user"
        self.home = folder / "home"
        for made in (self.bus, self.bin):
            made.mkdir()

    def has(self, name: str, script: str) -> None:
        program = self.bin / name
        program.write_text(script)
        program.chmod(0o755)

    def say(self, name: str) -> None:
        (self.bus / name).touch()

    @property
    def tab(self) -> bytes:
        return (self.bus / "tab").read_bytes()

    @tab.setter
    def tab(self, content: bytes) -> None:
        (self.bus / "tab").write_bytes(content)

    @property
    def settings(self) -> Settings:
        return load_settings(home=str(self.home), environ={})

    def unit_names(self) -> list[str]:
        return sorted(path.name for path in self.units.rglob("*") if not path.is_dir()) if self.units.exists() else []


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    system = System(tmp_path)
    # Nothing of this machine's own schedulers may be found.
    monkeypatch.setenv("PATH", f"{system.bin}{os.pathsep}/bin-of-nobody")
    monkeypatch.setenv("KB_TEST_BUS", str(system.bus))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("cat", "mkdir", "ln", "touch", "rm"):
        tool = next(path for path in (Path("/bin", name), Path("/usr/bin", name)) if path.exists())
        (system.bin / name).symlink_to(tool)
    yield system


@pytest.fixture
def with_systemd(system: System) -> System:
    system.has("systemctl", SYSTEMCTL)
    system.has("crontab", CRONTAB)
    return system


@pytest.fixture
def with_cron(system: System) -> System:
    system.has("crontab", CRONTAB)
    return system


def test_systemd_comes_first_and_its_timer_is_started(with_systemd: System) -> None:
    told = install(with_systemd.settings, at="02:30")
    job = told["job"]
    assert (told["installed"], told["by"], told["at"], told["active"]) == (True, "systemd", "02:30", True)
    assert with_systemd.unit_names() == sorted([f"{job}.service", f"{job}.timer", f"{job}.timer"])
    assert [str(with_systemd.units / f"{job}.timer"), str(with_systemd.units / f"{job}.service")] == told["files"]
    calls = (with_systemd.bus / "calls").read_text().splitlines()
    assert [call for call in calls if "show" not in call and "is-" not in call] == [
        "--user daemon-reload", f"--user enable {job}.timer", f"--user restart {job}.timer",
    ]  # fmt: skip
    assert not (with_systemd.bus / "tab").exists()


def test_installed_again_it_has_the_new_time(with_systemd: System) -> None:
    install(with_systemd.settings, at="02:30")
    assert install(with_systemd.settings, at="04:00")["at"] == "04:00"
    assert show(with_systemd.settings)["at"] == "04:00"


def test_removed_nothing_of_it_is_left_and_removing_may_be_repeated(with_systemd: System) -> None:
    install(with_systemd.settings)
    assert remove(with_systemd.settings)["by"] == ["systemd"]
    assert with_systemd.unit_names() == []
    assert not list(with_systemd.bus.glob("active-*"))
    again = remove(with_systemd.settings)
    assert (again["removed"], again["by"]) == (False, [])
    assert show(with_systemd.settings)["installed"] is False


def test_two_homes_have_two_jobs(with_systemd: System) -> None:
    other = load_settings(home=str(with_systemd.home) + " two", environ={})
    install(with_systemd.settings, at="01:00")
    install(other, at="02:00")
    assert show(with_systemd.settings)["at"] == "01:00"
    remove(with_systemd.settings)
    assert show(other)["at"] == "02:00"


def test_where_no_user_bus_answers_cron_takes_it(with_systemd: System) -> None:
    with_systemd.say("silent")
    told = install(with_systemd.settings)
    assert (told["by"], told["at"], told["files"]) == ("cron", "03:00", [])
    assert with_systemd.unit_names() == []
    assert any("does not catch up" in notice for notice in told["notices"])


def test_a_timer_that_systemd_refuses_leaves_no_file_behind(with_systemd: System) -> None:
    with_systemd.say("refuses")
    assert install(with_systemd.settings)["by"] == "cron"
    assert with_systemd.unit_names() == []


def test_a_line_of_cron_goes_when_systemd_takes_the_job(with_systemd: System) -> None:
    with_systemd.say("silent")
    install(with_systemd.settings)
    (with_systemd.bus / "silent").unlink()
    assert install(with_systemd.settings)["by"] == "systemd"
    assert with_systemd.tab == b""


def test_a_timer_that_does_not_run_is_told_without_a_next_time(with_systemd: System) -> None:
    install(with_systemd.settings)
    for active in with_systemd.bus.glob("active-*"):
        active.unlink()
    told = show(with_systemd.settings)
    assert (told["installed"], told["active"], told["next"]) == (True, False, None)
    with_systemd.say("silent")
    told = show(with_systemd.settings)
    assert (told["active"], told["next"] is None) == (None, False)


def test_other_lines_of_the_crontab_keep_their_bytes(with_cron: System) -> None:
    mine = b"# kb-night is near\nMAILTO=\"\"\n\n*/5 * * * *\techo 'caf\xe9 \\%d' # kb-night-of-mine\r\n"
    with_cron.tab = mine
    install(with_cron.settings, at="00:07")
    assert with_cron.tab.startswith(mine)
    assert with_cron.tab.removeprefix(mine).startswith(b"7 0 * * * ")
    assert with_cron.tab.count(b"\n") == mine.count(b"\n") + 1
    assert show(with_cron.settings)["at"] == "00:07"
    install(with_cron.settings, at="01:00")
    assert with_cron.tab.count(b"schedule run --quiet") == 1
    assert remove(with_cron.settings)["by"] == ["cron"]
    assert with_cron.tab == mine


def test_a_last_line_without_its_newline_is_not_glued_to_ours(with_cron: System) -> None:
    with_cron.tab = b"0 1 * * * true"
    install(with_cron.settings)
    assert with_cron.tab.startswith(b"0 1 * * * true\n0 3 * * * ")


def test_a_crontab_that_may_not_be_read_is_not_written_over(with_cron: System) -> None:
    with_cron.tab = b"0 1 * * * true\n"
    with_cron.say("forbidden")
    with pytest.raises(KbError, match="not allowed"):
        install(with_cron.settings)
    (with_cron.bus / "forbidden").unlink()
    assert with_cron.tab == b"0 1 * * * true\n"


def test_where_nothing_works_the_error_names_what_was_tried_and_the_line_by_hand(system: System) -> None:
    with pytest.raises(KbError) as refused:
        install(system.settings, at="04:30")
    assert int(refused.value.exit_code) == 1
    assert "systemd: systemctl: No such file" in refused.value.message
    assert "cron: crontab: No such file" in refused.value.message
    assert "add to the crontab: 30 4 * * * " in refused.value.hint
    assert refused.value.hint.endswith("index --quiet")
    assert remove(system.settings)["removed"] is False


def test_a_wrong_time_installs_nothing(with_systemd: System) -> None:
    with pytest.raises(UsageError):
        install(with_systemd.settings, at="25:00")
    assert with_systemd.unit_names() == []


def test_an_install_before_any_index_says_what_is_missing(with_systemd: System) -> None:
    assert "there is nothing to run over yet: kb index PATH" in install(with_systemd.settings)["notices"]
    Ledger.open(with_systemd.settings.ledger, create=True).close()
    assert install(with_systemd.settings)["notices"] == []


def test_the_last_night_is_told_out_of_the_ledger(with_systemd: System) -> None:
    assert show(with_systemd.settings)["last"] is None
    night = {"at": "2026-11-21T03:00:00+00:00", "took_s": 4.5, "ok": True, "summary": "3 of 9 files changed"}
    with Ledger.open(with_systemd.settings.ledger, create=True) as ledger, ledger.database.transaction():
        ledger.database.set_meta("night", json.dumps(night))
    assert show(with_systemd.settings)["last"] == night
    with_systemd.settings.ledger.write_bytes(b"not a ledger at all" * 100)
    assert show(with_systemd.settings)["last"] is None


def test_the_next_time_is_told(with_systemd: System) -> None:
    install(with_systemd.settings, at="03:00")
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    told = datetime.fromisoformat(show(with_systemd.settings, now=now)["next"])
    assert (told.hour, told.minute) == (3, 0)
    assert 0 < (told - now).total_seconds() <= 24 * 3600


def test_each_system_has_its_own_schedulers() -> None:
    assert [type(s) for s in schedulers(platform="linux")] == [Systemd, Cron]
    assert [type(s) for s in schedulers(platform="darwin")] == [Launchd, Cron]
    assert [type(s) for s in schedulers(platform="win32")] == [Schtasks]


class Recording:
    """A runner that answers by the first words of a command and remembers what it was asked."""

    def __init__(self, answers: dict[str, Done] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[list[str]] = []

    def __call__(self, words: Sequence[str], stdin: bytes) -> Done:
        self.asked.append(list(words))
        return next((done for said, done in self.answers.items() if " ".join(words).startswith(said)), Done(0))


def test_launchd_gets_the_agent_loaded_and_unloaded(system: System, tmp_path: Path) -> None:
    recording = Recording()
    known = [Launchd(recording, tmp_path / "LaunchAgents", 501)]
    told = install(system.settings, at="03:10", known=known)
    file = tmp_path / "LaunchAgents" / f"{told['job']}.plist"
    assert (told["by"], told["at"], told["files"]) == ("launchd", "03:10", [str(file)])
    assert ["launchctl", "bootstrap", "gui/501", str(file)] in recording.asked
    assert remove(system.settings, known=known)["removed"]
    assert recording.asked[-1] == ["launchctl", "bootout", f"gui/501/{told['job']}"]
    assert not file.exists()


def test_an_agent_that_launchd_refuses_leaves_no_file_behind(system: System, tmp_path: Path) -> None:
    refusing = Recording({"launchctl bootstrap": Done(5, err=b"Bootstrap failed: 5: Input/output error\n")})
    with pytest.raises(KbError, match="Input/output error"):
        install(system.settings, known=[Launchd(refusing, tmp_path / "LaunchAgents", 501)])
    assert not list((tmp_path / "LaunchAgents").iterdir())


def test_a_task_of_windows_is_created_read_and_deleted(system: System) -> None:
    xml = "<Task><StartBoundary>2026-11-21T04:20:00</StartBoundary></Task>".encode("utf-16")
    recording = Recording({"schtasks /Query": Done(0, xml)})
    known = [Schtasks(recording)]
    told = install(system.settings, at="04:20", known=known)
    assert (told["by"], told["at"]) == ("the Task Scheduler", "04:20")
    assert remove(system.settings, known=known)["removed"]
    assert recording.asked[-1] == ["schtasks", "/Delete", "/TN", told["job"], "/F"]
    nothing = [Schtasks(Recording({"schtasks /Query": Done(1)}))]
    assert remove(system.settings, known=nothing)["removed"] is False


def test_a_command_that_is_missing_is_an_exit_code() -> None:
    done = run_command(["no-such-program-anywhere"])
    assert (done.code, done.said) == (127, "no-such-program-anywhere: No such file or directory")
