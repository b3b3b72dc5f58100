"""What the one command starts is this machine's own: nobody on its network reaches a port of it."""

import ipaddress
import os
import sys
from pathlib import Path

from tools.dev import broker, processes
from tools.dev.stack import SERVICES, Stack

LISTENS = "0A"


def test_everything_listens_on_loopback_alone(system: Stack) -> None:
    """Broker, its distribution and epmd, database, services, SMS provider: all found, each on 127.0.0.1 or ::1."""
    supervisor = processes.recorded(system.folder / "supervisor")
    assert supervisor is not None
    found = sockets(descendants(supervisor))
    expected = {system.ports[name] for name in (*broker.PORTS, "postgres", *SERVICES, "sms_provider")}
    assert set() == expected - {port for _, port in found}
    assert [] == [each for each in found if not ipaddress.ip_address(each[0]).is_loopback]


def descendants(first: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it ended meanwhile
    reached, front = {first}, [first]
    while front:
        parent = front.pop()
        children = {pid for pid, its in parents.items() if its == parent} - reached
        reached |= children
        front += children
    return reached


def sockets(pids: set[int]) -> list[tuple[str, int]]:
    """The (address, port) pairs these processes listen on."""
    held = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                held.add(os.readlink(entry))
            except OSError:
                continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == LISTENS and f"socket:[{inode}]" in held:
                address, port = local.split(":")
                found.append((_address(bytes.fromhex(address)), int(port, 16)))
    return found


def _address(raw: bytes) -> str:
    """The kernel writes each four bytes as one number of this machine's order."""
    words = [raw[at : at + 4] for at in range(0, len(raw), 4)]
    address = ipaddress.ip_address(b"".join(word[::-1] if sys.byteorder == "little" else word for word in words))
    return str(getattr(address, "ipv4_mapped", None) or address)
