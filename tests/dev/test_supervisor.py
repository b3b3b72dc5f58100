"""What dies is started again, and nothing outlives its end: not a server behind a killed shell, not an orphan."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tools.dev import processes, supervisor

# a shell that starts a server and waits for it, as RabbitMQ's script does
SHELL = ["sh", "-c", 'sleep 1000 & echo $! > "$0"; wait']
PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    supervisor.ensure(tmp_path / "run")
    yield tmp_path / "run"
    supervisor.stop(tmp_path / "run")


@pytest.fixture
def nobody_reaps() -> Iterator[None]:
    """What was orphaned stays a zombie, as in a container whose first process waits for no strangers."""
    adopt = ctypes.CDLL(None, use_errno=True).prctl
    assert adopt(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    yield
    adopt(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def until(look: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 20
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def start(folder: Path, shell: Sequence[str] = SHELL) -> tuple[int, int]:
    """The pids of the shell and of the server behind it, once both run."""
    note = folder / "server"
    note.unlink(missing_ok=True)
    supervisor.want(folder, "thing", [*shell, str(note)], {"PATH": os.environ["PATH"]})
    return running(folder)


def running(folder: Path) -> tuple[int, int]:
    until(lambda: processes.recorded(folder / "running" / "thing"), "the shell runs")
    until(lambda: (folder / "server").exists() and (folder / "server").read_text().strip(), "the server runs")
    return processes.recorded(folder / "running" / "thing") or 0, int((folder / "server").read_text())


def test_what_was_killed_is_started_again_and_leaves_nothing(folder: Path) -> None:
    """kill -9 of the shell: its server goes too, since a second one could not take its ports."""
    shell, server = start(folder)
    (folder / "server").unlink()
    os.kill(shell, signal.SIGKILL)
    until(lambda: processes.started_at(server) is None, "the server behind it is gone")
    again, _ = running(folder)
    assert shell != again


def test_a_killed_supervisor_leaves_nothing_that_stop_does_not_find(folder: Path) -> None:
    """The recorded pids are enough."""
    shell, server = start(folder)
    pid = processes.recorded(folder / "supervisor")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    supervisor.stop(folder)
    assert [None, None] == [processes.started_at(shell), processes.started_at(server)]


@pytest.mark.usefixtures("nobody_reaps")
def test_stop_waits_for_who_lives_and_for_no_zombie(folder: Path) -> None:
    """The shell is a zombie for good; stop returns once all behind it are dead, and not before."""
    many = [*SHELL[:2], f"for each in $(seq 100); do sleep 1000 & done; {SHELL[2]}"]
    shell, server = start(folder, many)
    os.kill(processes.recorded(folder / "supervisor") or 0, signal.SIGKILL)
    supervisor.stop(folder)
    assert [None, None] == [processes.started_at(shell), processes.started_at(server)]


def test_what_is_not_wanted_any_more_is_ended(folder: Path) -> None:
    """unwant ends it, and the rest goes on."""
    shell, server = start(folder)
    supervisor.unwant(folder, "thing")
    until(lambda: processes.started_at(shell) is None and processes.started_at(server) is None, "ended")
    assert processes.recorded(folder / "supervisor")


def test_what_others_lean_on_ends_after_them(folder: Path) -> None:
    """A service may need the broker to end well; services do not wait for each other."""
    told = folder / "told"
    last = f'trap "echo $0 >> {told}; exit" TERM; echo > "$1"; while :; do sleep 0.1; done'
    slow = last.replace("echo $0", "sleep 0.5; echo $0")
    for name, script, leaned_on in (("broker", last, True), ("slow", slow, False), ("quick", last, False)):
        command = ["sh", "-c", script, name, str(folder / f"{name}.up")]
        supervisor.want(folder, name, command, {"PATH": os.environ["PATH"]}, leaned_on=leaned_on)
    until(lambda: all((folder / f"{name}.up").exists() for name in ("broker", "slow", "quick")), "all run")
    supervisor.stop(folder)
    assert ["quick", "slow", "broker"] == told.read_text().split()


def test_a_pid_that_is_somebody_elses_now_is_left_alone(tmp_path: Path) -> None:
    """A recorded pid counts only with its start time."""
    file = tmp_path / "stale"
    file.write_text(f"{os.getpid()} 1")
    assert processes.recorded(file) is None
    file.write_text("999999999 1")
    processes.end(file)
    assert not file.exists()
