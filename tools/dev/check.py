"""`./dev check`, `./dev test` and `./dev bench`."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tools.dev import stack
from tools.dev.machine import say

# what is asked for → its file: one named http would hide Python's own
BENCHES = {name: name for name in ("backlog", "chain", "clocks", "growth", "latency", "picture", "relay")}
BENCHES["http"] = "registering"


def check(root: Path) -> int:
    """0 when all pass; every one is run, so that one look tells all."""
    programs = Path(sys.executable).parent
    failed = []
    for name, command in (
        ("格式", [programs / "ruff", "format", "--check", "--quiet", "."]),
        ("静态检查", [programs / "ruff", "check", "--quiet", "."]),
        ("类型", [programs / "mypy"]),
        ("分层", [programs / "lint-imports"]),
    ):
        begun = time.monotonic()
        result = subprocess.run([str(part) for part in command], cwd=root, capture_output=True, text=True)
        passed = result.returncode == 0
        say(f"{name}：{'通过' if passed else '不通过'}（{time.monotonic() - begun:.1f} 秒）")
        if not passed:
            failed.append(name)
            say(result.stdout + result.stderr)
    return 1 if failed else 0


def test(root: Path, everything: bool, rest: list[str]) -> int:
    """pytest over libs, services and tests; the long ones only when asked for."""
    command = [sys.executable, "-m", "pytest", *(part for part in rest if part != "--")]
    if not everything:
        command += ["-m", "not long"]
    return subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}).returncode


def bench(root: Path, folder: Path, what: str, output: Path | None) -> int:
    """A measurement of bench/ on servers of its own, which are ended after it."""
    command = [sys.executable, str(root / "bench" / f"{BENCHES[what]}.py"), "--folder", str(folder)]
    if output:
        command += ["--json", str(output.resolve())]
    try:
        return subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}).returncode
    finally:
        stack.down(folder)
