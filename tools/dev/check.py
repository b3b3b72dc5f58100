"""`./dev check`, `./dev test` and `./dev bench`."""

import os
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.dev import stack
from tools.dev.machine import PACKAGES, say

# what is asked for → its file: one named http would hide Python's own, one named desk the pages themselves
BENCHES = {
    name: name for name in ("backlog", "chain", "clocks", "growth", "latency", "lists", "picture", "relay", "screens")
}
BENCHES |= {"desk": "desk_pages", "http": "registering", "find": "finding", "matches": "matching", "whole": "whole"}
BENCHES |= {"corrections": "corrections"}


def check(root: Path) -> int:
    """0 when all pass; every one is run, so that one look tells all."""
    programs = Path(sys.executable).parent
    failed = []
    for name, commands in (
        ("格式", [["ruff", "format", "--check", "--quiet", "."]]),
        ("静态检查", [["ruff", "check", "--quiet", "."]]),
        ("类型", [["mypy"]]),
        ("分层", [["lint-imports"]]),
        ("依赖", declared(root)),
    ):
        begun = time.monotonic()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda command: _run(root, [str(programs / command[0]), *command[1:]]), commands)
            wrong = [result for result in results if result.returncode != 0]
        say(f"{name}：{'不通过' if wrong else '通过'}（{time.monotonic() - begun:.1f} 秒）")
        if wrong:
            failed.append(name)
            say("\n".join(result.stdout + result.stderr for result in wrong))
    return 1 if failed else 0


def _run(root: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def declared(root: Path) -> list[list[str]]:
    """What is imported is declared and what is declared is imported: each package by its own pyproject.toml, whose
    `tool.deptry` says what is excepted and why; then the checkout by requirements.in."""
    packages = [path.parent for pattern in PACKAGES for path in sorted(root.glob(f"{pattern}/pyproject.toml"))]
    named = {tomllib.loads((path / "pyproject.toml").read_text())["project"]["name"]: path.name for path in packages}
    shared = ["--no-ansi", "--extend-exclude", ".*/tests/", "--package-module-name-map"]
    shared += [",".join(f"{name}={module}" for name, module in named.items())]
    each = [["deptry", str(path), "--config", str(path / "pyproject.toml"), *shared] for path in packages]
    ours = [*named.values(), *(path.name for path in root.iterdir() if path.is_dir())]
    return [*each, ["deptry", ".", "--no-ansi", *(part for name in ours for part in ("--known-first-party", name))]]


def test(root: Path, everything: bool, rest: list[str]) -> int:
    """pytest over libs, services and tests; the long ones only when asked for. Two share the whole of it."""
    rest = [part for part in rest if part != "--"]
    command = [sys.executable, "-m", "pytest", *rest]
    if not rest:
        command += ["-n", "2", "--dist", "loadfile"]
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
