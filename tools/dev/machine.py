"""What the machine must have: a Python environment as locked, Debian's servers. Standard library only."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("libs/*", "services/*")
_POLICY = Path("/usr/sbin/policy-rc.d")


class MachineError(RuntimeError):
    """What is missing and how to get it, in a sentence."""


def python(root: Path) -> Path:
    """The interpreter of `.venv`, made or renewed when the lock file says so."""
    venv, lock = root / ".venv", root / "requirements.lock"
    interpreter, stamp = venv / "bin" / "python", venv / "stamp"
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not (interpreter.exists() and stamp.exists() and stamp.read_text() == wanted):
        begun = time.monotonic()
        say("准备 Python 环境（首次约 1 分钟）……")
        _make_venv(venv)
        _run(
            [str(interpreter), "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", str(lock)],
            "安装 Python 依赖",
        )
        stamp.write_text(wanted)
        say(f"Python 环境 已就绪（{time.monotonic() - begun:.1f} 秒）")
    site = next((venv / "lib").glob("python3*/site-packages"))
    paths = [str(path) for pattern in PACKAGES for path in sorted(root.glob(pattern)) if path.is_dir()]
    # one line a package: as good as eight editable installs, and at once
    (site / "fengqiao.pth").write_text("\n".join(paths) + "\n")
    return interpreter


def lock(root: Path) -> None:
    """Writes requirements.lock from requirements.in, with hashes and without index addresses."""
    tool = root / ".run" / "lock"
    _make_venv(tool)
    _run([str(tool / "bin" / "python"), "-m", "pip", "install", "-q", "uv"], "安装锁定工具")
    command = [str(tool / "bin" / "uv"), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
    command += ["--custom-compile-command", "./dev lock", "requirements.in", "-o", "requirements.lock"]
    _run(command, "锁定依赖")
    # what the images get: the same versions, without the checkout's tools
    command[command.index("requirements.in")] = "-"
    command[command.index("requirements.lock")] = "deploy/requirements.lock"
    _run([*command, "-c", "requirements.lock"], "锁定镜像依赖", given="\n".join(sorted(runtime_packages(root))))


def runtime_packages(root: Path) -> set[str]:
    """What the libraries and services say they need of others."""
    declared: set[str] = set()
    for pattern in PACKAGES:
        for file in root.glob(f"{pattern}/pyproject.toml"):
            declared |= set(tomllib.loads(file.read_text())["project"]["dependencies"])
    return {name for name in declared if not name.startswith("fengqiao-")}


def need(packages: dict[str, Path]) -> None:
    """Installs Debian packages whose program is missing, without starting the servers they bring."""
    if not _missing(packages):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        names = _missing(packages)
        raise MachineError(f"缺少 {'、'.join(names)}；请以 root 运行：apt-get install {' '.join(names)}")
    with _alone(Path("/var/lib/dpkg")):
        if missing := _missing(packages):
            _install(missing)


def _missing(packages: dict[str, Path]) -> list[str]:
    return [name for name, program in packages.items() if not list(program.parent.glob(program.name))]


def _install(missing: list[str]) -> None:
    begun = time.monotonic()
    say(f"安装 {'、'.join(missing)}（仅首次）……")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _servers_not_started():
        _run(["apt-get", "update", "-qq"], "更新软件包列表", environment)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        _run(command, "安装软件包", environment)
    say(f"{'、'.join(missing)} 已安装（{time.monotonic() - begun:.1f} 秒）")


def node(program: Path) -> Path:
    """Node.js, with the packages of a program's folder as locked. Raises MachineError saying what is missing."""
    interpreter, npm = shutil.which("node"), shutil.which("npm")
    if interpreter is None or npm is None:
        raise MachineError("没有 Node.js（需要 18 或更高版本，及 npm）")
    version = subprocess.run([interpreter, "--version"], capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0] or 0) < 18:
        raise MachineError(f"Node.js {version} 过旧（需要 18 或更高版本）")
    lock, stamp = program / "package-lock.json", program / "node_modules" / "stamp"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    with _alone(program):
        if not (stamp.exists() and stamp.read_text() == wanted):
            command = [npm, "ci", "--prefix", str(program), "--ignore-scripts", "--no-audit", "--no-fund"]
            _run(command, "安装 Node.js 依赖")
            stamp.write_text(wanted)
    return Path(interpreter)


def say(sentence: str) -> None:
    print(sentence, flush=True)


def _make_venv(venv: Path) -> None:
    if (venv / "bin" / "pip").exists():
        return
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    if subprocess.run(command, capture_output=True).returncode == 0:
        return
    # Debian's python3 comes without ensurepip
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    need({f"python{version}-venv": Path(f"/usr/lib/python{version}/ensurepip/__init__.py")})
    _run(command, "建立 Python 环境")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Locks the folder: two who find the same thing missing at once would both install it."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


@contextlib.contextmanager
def _servers_not_started() -> Iterator[None]:
    """apt starts what it installs: a policy says no meanwhile, and Debian's PostgreSQL makes no cluster of its own."""
    earlier = _POLICY.read_bytes() if _POLICY.exists() else None
    cluster = Path("/etc/postgresql-common/createcluster.d/fengqiao.conf")
    made_cluster = not cluster.exists()
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    if made_cluster:
        cluster.parent.mkdir(parents=True, exist_ok=True)
        cluster.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        if earlier is None:
            _POLICY.unlink(missing_ok=True)
        else:
            _POLICY.write_bytes(earlier)
        if made_cluster:
            cluster.unlink(missing_ok=True)


def _run(command: list[str], what: str, environment: dict[str, str] | None = None, given: str = "") -> None:
    result = subprocess.run(command, env=environment, input=given, capture_output=True, text=True)
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise MachineError(f"{what}失败：\n{tail}")
