"""The environment of the libraries we are measured beside: never part of ours."""

import hashlib
import subprocess
import sys
from pathlib import Path

from tools.dev.machine import MachineError, say


def python(folder: Path, requirements: Path) -> Path:
    """Its interpreter; made anew when the requirements change. Raises MachineError."""
    mark = hashlib.sha256(requirements.read_bytes()).hexdigest()[:8]
    home = folder / f"peers-{mark}"
    found = home / "bin" / "python"
    if not (home / "ready").exists():
        say("准备对照库的环境……")
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(home)],
            [str(found), "-m", "pip", "install", "--quiet", "-r", str(requirements)],
        ):
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode:
                raise MachineError(f"对照库的环境没有装好：\n{result.stderr.strip()[-500:]}")
        (home / "ready").touch()
    say("所用版本：" + "，".join(requirements.read_text().split()))
    return found


def versions(interpreter: Path) -> dict[str, str]:
    listed = subprocess.run([str(interpreter), "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
    return dict(line.split("==", 1) for line in listed.stdout.splitlines() if "==" in line)
