"""The same system in containers: `./dev up --compose`. Its project, ports, passwords and volumes are its own."""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tools.dev import processes, stack, supervisor
from tools.dev.machine import MachineError, say
from tools.dev.stack import COUNTY, JURISDICTION, OUR_AGENCY, ROOT, SERVICES, Stack

_PORTS = ("amqp", "agencies", "management", "prometheus", "sms_provider", "desk", "public", *SERVICES)


def up(folder: Path, progress: Callable[[str], None] = say, overlays: Iterable[str] = ()) -> Stack:
    """Builds, starts and returns when all of it answers. Raises MachineError with a sentence.

    `overlays`: names of `deploy/compose.<name>.yml` beside the demo's own.
    """
    if shutil.which("docker") is None:
        raise MachineError("没有 docker（Debian：apt-get install docker.io docker-compose）")
    supervisor.ensure(folder)  # the example agencies run beside the containers
    overlays = tuple(overlays)
    ports = stack.kept(folder / "ports.json", dict.fromkeys(_PORTS, _two_free_ports))
    _write_settings(folder, ports, replicas=2 if "cluster" in overlays else 1)
    _step(progress, "镜像和口令", ["deploy/init", "--env-file", str(folder / "env")])
    if "tls" in overlays:
        _call(["env", f"SECRETS={folder}", "deploy/certificate", "server", "localhost"])
    _step(progress, "容器", [*command(folder, overlays), "up", "-d"])
    begun = time.monotonic()
    passwords = {file.name: file.read_text() for file in (folder / "broker").iterdir()}
    admin = passwords["administrator"]
    running = Stack(
        folder=folder,
        ports=ports,
        passwords=passwords | {"sms_provider": (folder / "sms").read_text()},
        amqp_admin=f"amqp://administrator:{admin}@127.0.0.1:{ports['amqp']}/%2F",
        management=f"http://administrator:{admin}@127.0.0.1:{ports['management']}",
        database_admin="",
    )
    stack.wait(running)
    stack.wait_for_desk(running)
    progress(f"  各服务 已就绪（{time.monotonic() - begun:.1f} 秒）")
    return running


def down(folder: Path, *, volumes: bool = False, overlays: Iterable[str] = ()) -> None:
    """Ends the containers and what runs beside them; the volumes stay unless told otherwise."""
    supervisor.stop(folder)
    if (folder / "env").exists() and shutil.which("docker"):
        _call([*command(folder, overlays), "down", "--remove-orphans", *(["-v"] if volumes else [])])


def command(folder: Path, overlays: Iterable[str] = ()) -> list[str]:
    """docker compose on this project: to be followed by `up -d`, `ps -q`, `exec -T intake …`."""
    files = ["docker-compose.yml", *(f"deploy/compose.{name}.yml" for name in ("demo", *overlays))]
    given = [part for file in files for part in ("-f", file)]
    return ["deploy/compose", "--env-file", str(folder / "env"), "-p", project(folder), *given]


def project(folder: Path) -> str:
    return f"fengqiao{_short(folder)}"


def _short(folder: Path) -> str:
    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def _two_free_ports() -> int:
    """The first of two neighbours: a second replica takes the other."""
    while not processes.is_free((port := processes.free_port()) + 1):
        pass
    return port


def _write_settings(folder: Path, ports: dict[str, int], replicas: int) -> None:
    def at(name: str) -> str:
        last = f"-{ports[name] + 1}" if replicas == 2 and name in SERVICES else ""
        return f"127.0.0.1:{ports[name]}{last}"

    settings = {
        # another checkout on this machine has other code
        "VERSION": f"local-{_short(ROOT)}",
        "JURISDICTION": JURISDICTION,
        "OUR_AGENCY": OUR_AGENCY,
        "COUNTY": str(COUNTY),
        "SECRETS": str(folder),
        "SMS_URL": "http://sms-provider:9000",
        "SMS_ACCOUNT": "fenghe",
        "LOOKUP_PROXIES": "1",
        "DESK_URL": f"http://localhost:{ports['desk']}",
        "BROKER_AT": at("amqp"),
        "MANAGEMENT_AT": at("management"),
        "AGENCIES_AT": at("agencies"),
        "PROMETHEUS_AT": at("prometheus"),
        **{f"{name.upper()}_AT": at(name) for name in (*SERVICES, "desk", "public", "sms_provider")},
    }
    (folder / "env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def _step(progress: Callable[[str], None], what: str, arguments: list[str]) -> None:
    begun = time.monotonic()
    _call(arguments)
    progress(f"  {what} 已就绪（{time.monotonic() - begun:.1f} 秒）")


def _call(arguments: list[str]) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")}
    result = subprocess.run(arguments, cwd=ROOT, env=kept, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise MachineError(f"“{' '.join(arguments[:1] + arguments[-2:])}”失败：\n{tail}")
    return result.stdout
