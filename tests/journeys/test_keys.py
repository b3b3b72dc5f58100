"""Keys as an operator meets them: rotated while petitions come in, retired, and a service that lacks one."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from county import Window, kill, until

from tools.dev import stack
from tools.dev.stack import SERVICES, Stack
from vault.keyring import random_key


def restart(system: Stack, service: str) -> None:
    """kill -9, and its supervisor brings it back with the key file as it is now."""
    file = system.folder / "running" / service
    before = file.read_text()
    kill(system, service)
    until(lambda: file.exists() and file.read_text() != before, f"{service} is started again")
    ready = lambda: requests.get(f"{system.url(service)}/health/ready", timeout=5).json()["status"] == "ready"  # noqa: E731
    until(ready, f"{service} ready")


def key_file(system: Stack, *arguments: str) -> str:
    """`python -m vault` on intake's file."""
    command, *rest = arguments
    file = str(system.folder / "keys" / "intake.keys.json")
    program = [sys.executable, "-m", "vault", command, "--file", file, *rest]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout


@pytest.mark.long
@pytest.mark.timeout(300)  # some ten commands, each a Python that starts
def test_a_key_is_replaced_while_petitions_come_in(system: Stack) -> None:
    """As the runbook has it: add, restart, use, restart, rewrap, retire, remove. The window registers all the while but
    for the restarts; at the end every petition opens, and nothing is left of the old key."""
    window, numbers, ended = Window(system), list[str](), threading.Event()
    numbers += [window.number() for _ in range(5)]
    ring = json.loads((system.folder / "keys" / "intake.keys.json").read_text())["wrap"]
    old = ring["current"]
    new = f"w{int(old[1:]) + 1}"
    keys = lambda *arguments: stack.command(system, "intake", "keys", *arguments)  # noqa: E731
    assert new in key_file(system, "add")
    key_file(system, "use", "--key", new)
    early = keys("rewrap")
    assert (1, True) == (early.returncode, "先带新的密钥文件重启" in early.stderr)
    restart(system, "intake")

    def register() -> None:
        while not ended.is_set():
            numbers.append(window.number())

    registering = threading.Thread(target=register)
    registering.start()
    try:
        refused = keys("retire", old, "--officer", "900001")
        assert (1, True) == (refused.returncode, "keys rewrap" in refused.stderr)
        done = keys("rewrap")
        assert (0, True) == (done.returncode, f"已改用 {new} 封装" in done.stdout), done.stderr
        retired = keys("retire", old, "--officer", "900001")
        assert (0, True) == (retired.returncode, "现在可以从密钥文件里删去" in retired.stdout), retired.stderr
    finally:
        ended.set()
        registering.join(30)
    key_file(system, "remove", "--key", old)
    restart(system, "intake")
    assert len(numbers) > 5
    for number in numbers:
        assert window.look(number)["petitioner"]["name"], number
    shown = keys("list").stdout
    assert f"{old}  0 行  已停用；文件里没有" in shown
    assert "当前" in next(line for line in shown.splitlines() if line.strip().startswith(f"{new} "))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_without_a_key_it_needs_does_not_start(system: Stack, service: str, tmp_path: Path) -> None:
    """It said ready, and answered 500 to each request that met such a row. Now: a sentence, exit code 1."""
    raw = json.loads((system.folder / "keys" / f"{service}.keys.json").read_text())
    raw["wrap"] = {"current": "w99", "keys": {"w99": random_key()}}
    (tmp_path / "keys.json").write_text(json.dumps(raw))
    refused = stack.command(system, service, "serve", settings={"KEYS_FILE": str(tmp_path / "keys.json")})
    assert (1, True) == (refused.returncode, "密钥文件里没有 w" in refused.stderr), refused.stderr
    (tmp_path / "keys.json").write_text(json.dumps(raw)[:-9])
    refused = stack.command(system, service, "serve", settings={"KEYS_FILE": str(tmp_path / "keys.json")})
    assert (1, True) == (refused.returncode, "不是完整的 JSON" in refused.stderr), refused.stderr
    refused = stack.command(system, service, "serve", settings={"PLACEMENT_KEY_FILE": str(tmp_path / "none")})
    assert (1, True) == (refused.returncode, "没有密钥文件" in refused.stderr), refused.stderr
    assert "Traceback" not in refused.stderr
