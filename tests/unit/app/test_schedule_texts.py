"""What each scheduler is given to read: exact texts, and that odd paths come out as they went in."""

import json
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.app.schedule.cron import render_line
from kb.app.schedule.launchd import render_agent
from kb.app.schedule.plan import Plan, job_name, next_time, parse_at, plan_for
from kb.app.schedule.port import Unavailable
from kb.app.schedule.systemd import render_service, render_timer
from kb.app.schedule.windows import render_task
from kb.config import load_settings
from kb.errors import UsageError

PLAIN = Plan(
    job="kb-night",
    home="/data/kb",
    hour=3,
    minute=5,
    command=("/venv/bin/python", "-P", "-m", "kb", "schedule", "run", "--quiet"),
)
ODD = """/data/a b/100% "mine" it's $HOME ${USER} $$ #1; x=y"""
ODD_PLAN = replace(
    PLAIN,
    home=ODD,
    command=("/venv dir/python", "-P", "-m", "kb", "--home", ODD, "schedule", "run", "--quiet"),
    environment=(("KB_MODEL", '50% of "a b" it\'s $HOME'), ("KB_THREADS", "1")),
)


def plan(home: str | None = None, at: str = "03:00", environ: Mapping[str, str] | None = None) -> Plan:
    env = environ or {}
    return plan_for(load_settings(home=home, environ=env), at=at, environ=env, python="/venv/bin/python")


def test_a_service_and_a_timer_of_systemd() -> None:
    assert render_service(PLAIN) == (
        "[Unit]\n"
        "Description=kb, the nightly run over /data/kb\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "ExecStart=/venv/bin/python -P -m kb schedule run --quiet\n"
        "Nice=10\n"
        "IOSchedulingClass=idle\n"
    )
    assert render_timer(PLAIN) == (
        "[Unit]\n"
        "Description=kb, every night at 03:05\n"
        "\n"
        "[Timer]\n"
        "OnCalendar=*-*-* 03:05:00\n"
        "Persistent=true\n"
        "RandomizedDelaySec=2min\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
    )


def test_a_line_of_cron() -> None:
    line = "5 3 * * * nice -n 10 /venv/bin/python -P -m kb schedule run --quiet # kb-night"
    assert render_line(PLAIN) == line


def test_an_agent_of_launchd() -> None:
    assert plistlib.loads(render_agent(PLAIN)) == {
        "Label": "kb-night",
        "ProgramArguments": list(PLAIN.command),
        "StartCalendarInterval": {"Hour": 3, "Minute": 5},
        "ProcessType": "Background",
        "Nice": 10,
        "LowPriorityIO": True,
        "StandardErrorPath": "/data/kb/night.log",
    }


def test_a_task_of_windows() -> None:
    words = render_task(replace(PLAIN, command=("C:\\Program Files\\python.exe", "-m", "kb")))
    assert words == [
        "/Create", "/TN", "kb-night", "/TR", '"C:\\Program Files\\python.exe" -m kb',
        "/SC", "DAILY", "/ST", "03:05", "/F",
    ]  # fmt: skip


def test_a_command_that_is_too_long_for_a_windows_task_is_refused() -> None:
    with pytest.raises(Unavailable, match="261"):
        render_task(replace(PLAIN, command=("C:\\" + "x" * 300,)))


def test_systemd_reads_odd_paths_as_they_are() -> None:
    settings = [line.partition("=") for line in render_service(ODD_PLAN).splitlines()]
    commands = [value for key, _, value in settings if key == "ExecStart"]
    assert [as_systemd_reads(command, arguments=True) for command in commands] == [list(ODD_PLAN.command)]
    variables = [as_systemd_reads(value, arguments=False) for key, _, value in settings if key == "Environment"]
    assert variables == [[f"{name}={value}"] for name, value in ODD_PLAN.environment]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to ask")
def test_systemd_itself_takes_the_units(tmp_path: Path) -> None:
    home = str(tmp_path / """a b 100% "mine" it's $HOME ${USER} $$ #1; x=y""")
    (tmp_path / "a $x b").mkdir()
    python = tmp_path / "a $x b/python"
    python.symlink_to(sys.executable)
    odd = replace(ODD_PLAN, home=home, command=(str(python), "-P", "--home", home, "schedule"))
    units = [tmp_path / "kb-night.service", tmp_path / "kb-night.timer"]
    units[0].write_text(render_service(odd))
    units[1].write_text(render_timer(odd))
    assert asked_of_systemd(tmp_path, *units) == ""
    told = asked_of_systemd(tmp_path, units[0], SYSTEMD_LOG_LEVEL="debug")
    # As it has parsed them, in a shell's quoting: all but the variables, which are expanded on starting.
    for line in re.findall(r"Command Line: (.*)", told):
        program, *arguments = [word.replace("\\$", "$") for word in shlex.split(line)]
        assert (program, arguments) == (str(python), [word.replace("$", "$$") for word in odd.command[1:]])


@pytest.mark.skipif(sys.platform == "win32", reason="cron hands its lines to sh")
def test_cron_and_its_shell_read_odd_paths_as_they_are(tmp_path: Path) -> None:
    program = tmp_path / "it's 100% python"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "print(json.dumps([sys.argv[1:], os.environ['KB_MODEL'], os.environ['KB_THREADS'], os.nice(0)]))\n"
    )
    program.chmod(0o755)
    line = render_line(replace(ODD_PLAN, command=(str(program), *ODD_PLAN.command[1:])))
    minute, hour, *days, command = line.split(" ", 5)
    assert (minute, hour, days) == ("5", "3", ["*", "*", "*"])
    done = subprocess.run(["/bin/sh", "-c", as_cron_reads(command)], capture_output=True, text=True, timeout=30)
    words, model, threads, niceness = json.loads(done.stdout)
    assert words == list(ODD_PLAN.command[1:])
    assert (model, threads) == (ODD_PLAN.environment[0][1], "1")
    assert niceness >= 10


def test_a_backslash_is_no_job_for_cron() -> None:
    with pytest.raises(Unavailable, match="backslash"):
        render_line(replace(PLAIN, home="/a\\b", command=("/a\\b/python",)))


def test_launchd_reads_odd_paths_as_they_are() -> None:
    agent = plistlib.loads(render_agent(ODD_PLAN))
    assert agent["ProgramArguments"] == list(ODD_PLAN.command)
    assert agent["EnvironmentVariables"] == dict(ODD_PLAN.environment)


def test_two_homes_are_two_jobs_and_the_default_one_keeps_the_plain_name(tmp_path: Path) -> None:
    jobs = {job_name(load_settings(home=home, environ={})) for home in (None, str(tmp_path / "a"), str(tmp_path / "b"))}
    assert len(jobs) == 3
    assert "kb-night" in jobs
    assert all(re.fullmatch(r"kb-night(-[0-9a-f]{8})?", job) for job in jobs)


def test_a_home_of_its_own_is_named_and_the_default_one_is_not() -> None:
    # Named, the default home would hide the config.toml that lies outside of it.
    assert plan().command == ("/venv/bin/python", "-P", "-m", "kb", "schedule", "run", "--quiet")
    assert plan("/data/kb").command[4:6] == ("--home", "/data/kb")


def test_the_night_works_under_the_settings_of_the_day() -> None:
    told = {"KB_MODEL": "m", "KB_MODELS": "/models", "KB_NO_DAEMON": "1", "PATH": "/bin", "XDG_CONFIG_HOME": "/conf"}
    assert dict(plan(environ=told).environment) == {"KB_MODEL": "m", "KB_MODELS": "/models", "XDG_CONFIG_HOME": "/conf"}
    assert dict(plan("/data/kb", environ=told).environment) == {"KB_MODEL": "m", "KB_MODELS": "/models"}


@pytest.mark.parametrize("home", ["/a\nExecStart=/bin/evil", "/a\x1b]0;b", "/a\udcff"])
def test_a_home_that_would_break_out_of_its_line_is_refused(home: str) -> None:
    with pytest.raises(UsageError, match="no scheduler"):
        plan(home)


@pytest.mark.parametrize("text", ["", "3", "3:00", "24:00", "03:60", "03:00:00", "3am", " 03:00", "03:00\n", "0٣:00"])
def test_what_is_no_time_of_day_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_at(text)
    assert refused.value.hint == "as in: kb schedule install --at 03:00"


def test_times_of_day() -> None:
    assert [parse_at(text) for text in ("00:00", "03:05", "23:59")] == [(0, 0), (3, 5), (23, 59)]


def test_the_next_time_is_today_or_tomorrow() -> None:
    now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC).astimezone()
    later, earlier = f"{now:%H}:59", f"{now:%H}:00"
    assert (next_time(later, now) - now).total_seconds() == 59 * 60
    assert (next_time(earlier, now) - now).total_seconds() == 24 * 3600


def asked_of_systemd(folder: Path, *units: Path, **environ: str) -> str:
    """All that it says to these units, which it has to accept."""
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *map(str, units)],
        env={"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def as_systemd_reads(line: str, *, arguments: bool) -> list[str]:
    """The words of a line under systemd's rules: quotes, C escapes, `%%`, and `$$` in arguments; variables refused."""
    words, rest = list[str](), line
    while rest := rest.lstrip(" "):
        if rest[0] in "\"'":
            match = re.match(r'"((?:[^"\\]|\\.)*)"(?= |$)' if rest[0] == '"' else r"'((?:[^'\\]|\\.)*)'(?= |$)", rest)
        else:
            match = re.match(r"([^ \"'\\]+)(?= |$)", rest)
        assert match, rest
        rest = rest[match.end() :]
        word = re.sub(r"\\([\\\"'])", r"\1", match[1])
        assert "%" not in word.replace("%%", ""), word
        word = word.replace("%%", "%")
        if arguments and words:
            assert "$" not in word.replace("$$", ""), word
            word = word.replace("$$", "$")
        words.append(word)
    return words


def as_cron_reads(command: str) -> str:
    """What cron hands to the shell: the text up to the first bare `%`, with each backslash before one taken away."""
    return re.sub(r"\\(%)|%.*", lambda match: match[1] or "", command)
