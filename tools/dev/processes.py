"""Processes by what was recorded of them: a pid alone may be somebody else's by now. Standard library only."""

import contextlib
import os
import signal
import socket
import time
from pathlib import Path


def started_at(pid: int) -> str | None:
    """The kernel's start time of a process; None when it is gone or only a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] == "Z" else fields[19]


def record(file: Path, pid: int) -> None:
    file.write_text(f"{pid} {started_at(pid)}")


def recorded(file: Path) -> int | None:
    """The recorded process's pid while it is still that very process."""
    try:
        pid, begun = file.read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if started_at(int(pid)) == begun else None


def end(file: Path, first: signal.Signals = signal.SIGTERM, grace: float = 25.0) -> None:
    """Ends a recorded process and whatever it started in its group: asked first, then made to."""
    pid = recorded(file)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, first)
        deadline = time.monotonic() + grace
        while recorded(file) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
    with contextlib.suppress(OSError, ValueError, IndexError):
        end_group(int(file.read_text().split()[0]))
    file.unlink(missing_ok=True)


def end_group(leader: int) -> None:
    """Kills what is left of a process group, its leader dead or not: a shell that was killed leaves its server behind.

    Only what is in the session of the same number: a group of ours is always a session of its own.
    """
    while any(_in_group(stat, leader) for stat in Path("/proc").glob("[0-9]*/stat")):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
        time.sleep(0.01)  # a kill is carried out a little later, on a busy machine much later


def _in_group(stat: Path, leader: int) -> bool:
    """Whether it is of the group and alive: a zombie stays where nobody reaps it."""
    try:
        state, _, group, session = stat.read_text().rsplit(")", 1)[1].split()[:4]
    except (OSError, ValueError, IndexError):
        return False
    return state != "Z" and int(group) == int(session) == leader


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
