"""Counts what a client asks of PostgreSQL, on the wire: what no driver and no pool hides."""

import socket
import struct
import threading
from collections.abc import Iterator
from typing import BinaryIO

# what a transaction costs beyond its own statements
AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Tap:
    """Listens on 127.0.0.1:`port` and passes everything to `target`; `asked` is every query, in order.

    psycopg2 waits for the answer of each: one query is one round trip.
    """

    def __init__(self, target: int):
        self.target, self.asked = target, list[str]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, client.makefile("rb") as said:
            for message in _messages(said):
                if message[:1] == b"Q":
                    self.asked.append(message[5:-1].decode().strip())
                server.sendall(message)

    def statements(self) -> int:
        return sum(not query.startswith(AROUND) and query != "SELECT 1" for query in self.asked)


def _messages(said: BinaryIO) -> Iterator[bytes]:
    """The protocol's messages: the first has no type, and `sslmode=disable` keeps it the only one of its kind."""
    head = 0
    while length := said.read(4 + head):
        yield length + said.read(struct.unpack("!I", length[head:])[0] - 4)
        head = 1


def _pass_on(server: socket.socket, client: socket.socket) -> None:
    with server, client:
        while True:
            try:
                said = server.recv(65536)
                client.sendall(said)
            except OSError:
                return
            if not said:
                return
