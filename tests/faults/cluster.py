"""Three RabbitMQ nodes, each in a network namespace of its own, so that one can be killed or cut off. Needs root."""

import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import requests

from tools.dev import broker, processes, supervisor

NODES = (1, 2, 3)
# the bridge has a namespace too: in this one a firewall (Docker's) may drop what crosses a bridge
SWITCH, HOST, NET = "fengqiao0", "fengqiao-h", "10.77.61"
AMQP, MANAGEMENT, EPMD, DISTRIBUTION = 5672, 15672, 4369, 25672


class NoClusterError(RuntimeError):
    """What this machine lacks, in a sentence."""


def address(node: int) -> str:
    return f"{NET}.{node}"


@dataclass
class Cluster:
    """`start` gives the addresses; whatever happens, `stop` takes everything away."""

    folder: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    @property
    def amqp(self) -> str:
        hosts = ",".join(f"{address(node)}:{AMQP}" for node in NODES)
        return f"amqp://admin:{self.password}@{hosts}/%2F"

    def management(self, node: int = 3) -> str:
        return f"http://admin:{self.password}@{address(node)}:{MANAGEMENT}"

    def start(self) -> None:
        if shutil.which("ip") is None or subprocess.run(["ip", "netns", "add", "fengqiao-try"]).returncode:
            raise NoClusterError("network namespaces need root and iproute2")
        _ip("netns", "del", "fengqiao-try")
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        _ip("netns", "add", SWITCH)
        _switch("link", "add", "bridge", "type", "bridge")
        _switch("link", "set", "bridge", "up")
        _ip("link", "add", HOST, "type", "veth", "peer", "name", "host", "netns", SWITCH)
        _ip("addr", "add", f"{NET}.254/24", "dev", HOST)
        _ip("link", "set", HOST, "up")
        _plug("host")
        cookie = secrets.token_hex(16)
        supervisor.ensure(self.folder)
        for node in NODES:
            self._namespace(node)
            self._want(node, cookie)
        for node in NODES:
            self.until_up(node, 90)
        deadline = time.monotonic() + 60
        while len(self._running(3)) < len(NODES):
            if time.monotonic() > deadline:
                raise TimeoutError("the nodes did not find each other")
            time.sleep(0.5)

    def stop(self) -> None:
        if self.folder.exists():
            supervisor.stop(self.folder)
        for name in (SWITCH, *(f"fengqiao{node}" for node in NODES)):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        subprocess.run(["ip", "link", "del", HOST], capture_output=True)

    def leader(self, queue: str) -> int:
        """The node that leads a quorum queue."""
        page = requests.get(f"{self.management()}/api/queues/%2F/{quote(queue, safe='')}", timeout=10).json()
        return int(page["leader"].rpartition(".")[2])

    def kill(self, node: int) -> None:
        """kill -9 of the node and of all it started; the supervisor starts it again."""
        pid = processes.recorded(self.folder / "running" / f"node{node}")
        assert pid is not None
        processes.end_group(pid)

    def cut_off(self, node: int) -> None:
        """Nobody reaches it and it reaches nobody; it goes on running."""
        _switch("link", "set", f"node{node}", "down")

    def join(self, node: int) -> None:
        _switch("link", "set", f"node{node}", "up")

    def until_up(self, node: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if requests.get(f"{self.management(node)}/api/health/checks/port-listener/{AMQP}", timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"node {node} does not answer")
            time.sleep(0.3)

    def _running(self, node: int) -> list[str]:
        pages = requests.get(f"{self.management(node)}/api/nodes", timeout=10).json()
        return [page["name"] for page in pages if page.get("running")]

    def _namespace(self, node: int) -> None:
        name = f"fengqiao{node}"
        _ip("netns", "add", name)
        _switch("link", "add", f"node{node}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _plug(f"node{node}")
        _ip("-n", name, "addr", "add", f"{address(node)}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        _ip("-n", name, "link", "set", "lo", "up")

    def _want(self, node: int, cookie: str) -> None:
        home = self.folder / f"home{node}"
        home.mkdir()
        (home / ".erlang.cookie").write_text(cookie)
        (home / ".erlang.cookie").chmod(0o400)
        peers = "".join(f"cluster_formation.classic_config.nodes.{each} = rabbit@{address(each)}\n" for each in NODES)
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {address(node)}:{AMQP}\n"
            f"management.tcp.ip = {address(node)}\nmanagement.tcp.port = {MANAGEMENT}\n"
            f"default_user = admin\ndefault_pass = {self.password}\n"
            "cluster_partition_handling = pause_minority\n"
            "cluster_formation.peer_discovery_backend = classic_config\n"
            f"{peers}"
            "net_ticktime = 10\nmax_message_size = 16777216\ndisk_free_limit.absolute = 200MB\n"
        )
        (home / "enabled_plugins").write_text("[rabbitmq_management].\n")
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "ERL_CRASH_DUMP": str(home / "crash.dump"),
            "ERL_EPMD_PORT": str(EPMD),
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_NODENAME": f"rabbit@{address(node)}",
            "RABBITMQ_DIST_PORT": str(DISTRIBUTION),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none.conf"),
        }
        inside = ["ip", "netns", "exec", f"fengqiao{node}"]
        # epmd outlives the broker that starts it: so it is ours, and no broker may start another
        supervisor.want(self.folder, f"epmd{node}", [*inside, "epmd", "-port", str(EPMD)], environment)
        environment["ERL_FLAGS"] = "-start_epmd false"
        supervisor.want(self.folder, f"node{node}", [*inside, str(broker.SERVER)], environment)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _switch(*arguments: str) -> None:
    _ip("-n", SWITCH, *arguments)


def _plug(link: str) -> None:
    _switch("link", "set", link, "master", "bridge", "up")
