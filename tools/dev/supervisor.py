"""Keeps what is wanted running: `python -m local.supervisor FOLDER`. Standard library only.

FOLDER/wanted/<name>.json says what to run, FOLDER/running/<name> what runs. One that died is started again, with
backoff. SIGTERM ends all at once, and then what the others lean on, the last started first.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.dev import processes

GRACE = 25.0
LOG_LIMIT = 20 * 1024 * 1024
STEADY = 5.0  # what ran this long and died did not die of starting


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    started: float
    stop: signal.Signals
    leaned_on: bool
    failures: int = 0
    due: float = field(default=0.0)


class Supervisor:
    def __init__(self, folder: Path):
        self.folder = folder
        self.children: dict[str, Child] = {}
        self.stopping = False
        for name in ("wanted", "running", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """Until SIGTERM."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.stopping:
            self._tend()
            time.sleep(0.1)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(self._end, [child for child in self.children.values() if not child.leaned_on]))
        for child in reversed([child for child in self.children.values() if child.leaned_on]):
            self._end(child)

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _tend(self) -> None:
        for name in [name for name in self.children if not self._file(name).exists()]:
            self._end(self.children.pop(name))
        for file in sorted((self.folder / "wanted").glob("*.json"), key=lambda f: f.stat().st_mtime_ns):
            child = self.children.get(file.stem)
            if child is None:
                wanted = json.loads(file.read_text())
                stop = signal.Signals[wanted["stop_signal"]]
                process = self._start(file)
                self.children[file.stem] = Child(file.stem, process, time.monotonic(), stop, wanted["leaned_on"])
            elif child.process.poll() is not None:
                self._restart(file, child)

    def _restart(self, file: Path, child: Child) -> None:
        now = time.monotonic()
        if not child.due:
            # nor did what was killed
            killed = child.process.returncode == -signal.SIGKILL
            child.failures = 0 if killed or now - child.started > STEADY else child.failures
            wait = min(10.0, 0.2 * 2**child.failures)
            child.due, child.failures = now + wait, child.failures + 1
            processes.end_group(child.process.pid)
            print(f"{child.name} ended with {child.process.returncode}; again in {wait:.1f} s", flush=True)
        if now >= child.due:
            child.process, child.started, child.due = self._start(file), now, 0.0

    def _start(self, file: Path) -> subprocess.Popen[bytes]:
        wanted = json.loads(file.read_text())
        log = self.folder / "log" / f"{file.stem}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            process = subprocess.Popen(
                wanted["command"],
                env=wanted["environment"],
                cwd=wanted["folder"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        processes.record(self.folder / "running" / file.stem, process.pid)
        return process

    def _file(self, name: str) -> Path:
        return self.folder / "wanted" / f"{name}.json"

    def _end(self, child: Child) -> None:
        if child.process.poll() is None:
            child.process.send_signal(child.stop)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(GRACE)
        processes.end_group(child.process.pid)
        child.process.wait()
        (self.folder / "running" / child.name).unlink(missing_ok=True)


def want(
    folder: Path,
    name: str,
    command: list[str],
    environment: dict[str, str],
    stop: str = "SIGTERM",
    leaned_on: bool = False,
) -> None:
    """Asks the supervisor of `folder` to run something; the file is written whole or not at all.

    What is `leaned_on` is ended after everything that is not.
    """
    file = folder / "wanted" / f"{name}.json"
    content = {
        "command": command,
        "environment": environment,
        "folder": os.getcwd(),
        "stop_signal": stop,
        "leaned_on": leaned_on,
    }
    draft = file.with_suffix(".draft")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        json.dump(content, output)
    draft.replace(file)


def unwant(folder: Path, name: str) -> None:
    """Asks the supervisor to end it."""
    (folder / "wanted" / f"{name}.json").unlink(missing_ok=True)


def ensure(folder: Path) -> bool:
    """Starts the supervisor of a folder if none runs. Returns whether it was started now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if processes.recorded(folder / "supervisor") is not None:
        return False
    for name in ("wanted", "running", "log"):
        (folder / name).mkdir(exist_ok=True)
    # what a supervisor that was killed left behind would hold our ports
    _end_all(folder)
    for file in (folder / "wanted").iterdir():
        file.unlink()
    with (folder / "log" / "supervisor.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.supervisor", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process.returncode = 0  # it outlives us on purpose; Popen would warn of a forgotten child
    processes.record(folder / "supervisor", process.pid)
    return True


def stop(folder: Path) -> None:
    """Ends the supervisor and whatever it, or one before it, started."""
    processes.end(folder / "supervisor", grace=120)
    if (folder / "running").exists():
        _end_all(folder)


def _end_all(folder: Path) -> None:
    """What a supervisor that was killed left behind; all at once, and not for long: everything here survives a kill."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda file: processes.end(file, grace=3), (folder / "running").iterdir()))


if __name__ == "__main__":
    Supervisor(Path(sys.argv[1])).run()
