"""A private RabbitMQ: its own node, ports, folders and cookie, on 127.0.0.1 only."""

import hashlib
import subprocess
from pathlib import Path

import requests

from tools.dev import machine, processes, supervisor

# Erlang's distribution, by which whoever has the cookie runs any code, listens on every address unless bound
_HERE_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"
_CONTROL = Path("/usr/lib/rabbitmq/bin/rabbitmqctl")
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the wrapper in /usr/sbin refuses other users
PORTS = ("amqp", "management", "distribution", "epmd")


def _environment(folder: Path, ports: dict[str, int]) -> dict[str, str]:
    """What the node and its commands find each other by."""
    home = folder / "rabbitmq"
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(home),  # the cookie lies here; an empty one in the environment breaks every call
        "LANG": "C.UTF-8",
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP": str(home / "crash.dump"),  # else it is left in the folder we stand in
        "RABBITMQ_NODENAME": f"fengqiao{name}@localhost",
        "RABBITMQ_CONF_ENV_FILE": str(home / "none.conf"),
        "RABBITMQ_CTL_ERL_ARGS": _HERE_ONLY,
    }


def control(folder: Path, ports: dict[str, int], *arguments: str) -> None:
    """Runs `rabbitmqctl` against the private node. Raises MachineError with what it said."""
    environment = _environment(folder, ports)
    result = subprocess.run([str(_CONTROL), *arguments], env=environment, capture_output=True, text=True, timeout=60)
    if result.returncode:
        raise machine.MachineError(f"rabbitmqctl {arguments[0]}：{result.stderr.strip()[:500]}")


def start(folder: Path, ports: dict[str, int], password: str, more: str = "", advanced: str = "") -> None:
    """Asks for it to run; `is_up` says when it does. `more`, `advanced`: settings beside its own, in either form."""
    machine.need({"rabbitmq-server": SERVER})
    home = folder / "rabbitmq"
    home.mkdir(exist_ok=True)
    (home / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{ports['amqp']}\n"
        f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {ports['management']}\n"
        f"default_user = admin\ndefault_pass = {password}\n"
        "max_message_size = 16777216\n"  # above it the broker closes the channel; ours above 1 MiB are answered
        "disk_free_limit.absolute = 200MB\n" + more  # the default share of memory trips on a small disk
    )
    (home / "rabbitmq.conf").chmod(0o600)
    (home / "advanced.config").write_text(advanced or "[].")
    (home / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_auth_mechanism_ssl].\n")
    environment = _environment(folder, ports)
    # epmd outlives the broker that starts it: so it is ours, ends with the rest, and no broker may start another
    environment["ERL_FLAGS"] = "-start_epmd false"
    epmd = ["epmd", "-port", str(ports["epmd"]), "-address", "127.0.0.1"]
    supervisor.want(folder, "epmd", epmd, environment, leaned_on=True)
    environment |= {
        "RABBITMQ_DIST_PORT": str(ports["distribution"]),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        # a broker that is killed while it starts would leave a dump of its tables in the caller's folder
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_HERE_ONLY} -mnesia core_dir false",
    }
    supervisor.want(folder, "rabbitmq", [str(SERVER)], environment, leaned_on=True)


def is_up(ports: dict[str, int], password: str) -> bool:
    """True once it takes connections: a ping answers before the port listens."""
    if not processes.answers(ports["amqp"]):
        return False
    try:
        url = f"http://127.0.0.1:{ports['management']}/api/overview"
        return requests.get(url, auth=("admin", password), timeout=5).ok
    except requests.RequestException:
        return False
