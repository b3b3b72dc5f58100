"""Counts what a client asks of PostgreSQL, on the wire: what no driver and no pool hides."""

import asyncio
import contextlib
import struct
from collections import defaultdict

from tests.faults.proxy import Proxy
from tools.dev import processes

# what a transaction costs beyond its own statements
AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Tap(Proxy):
    """A proxy to `target` that listens; `asked` is every query, in order, and `by` each connection's own.

    psycopg2 waits for the answer of each: one query, of however many statements, is one round trip.
    """

    def __init__(self, target: int):
        self.asked, self.by = list[str](), defaultdict[int, list[str]](list)
        super().__init__(processes.free_port(), target)

    def statements(self) -> int:
        asked = [each for query in self.asked for each in query.split(";\n")]  # several go in one message
        return sum(not query.startswith(AROUND) and query != "SELECT 1" for query in asked)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, from_server: bool) -> None:
        if from_server:
            return await super()._pump(source, sink, from_server)
        head = 0  # the first message has no type, and `sslmode=disable` keeps it the only one of its kind
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                length = await source.readexactly(4 + head)
                message = length + await source.readexactly(struct.unpack("!I", length[head:])[0] - 4)
                if message[:1] == b"Q":
                    self.asked.append(message[5:-1].decode().strip())
                    self.by[id(sink)].append(self.asked[-1])
                sink.write(message)
                await sink.drain()
                head = 1
        sink.transport.abort()
        return None
