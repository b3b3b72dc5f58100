"""A TCP proxy between a service and its broker or database, whose links can be made to break in every way."""

import asyncio
import contextlib
import threading

PASS, STALL, DEAF = "pass", "stall", "deaf"  # deaf: what the server says is lost, as on a half-open link


class Proxy:
    """Listens on 127.0.0.1:`port` in a thread of its own and passes everything to `target`."""

    def __init__(self, port: int, target: int):
        self.port, self.target, self.mode = port, target, PASS
        self._loop = asyncio.new_event_loop()
        self._links: set[asyncio.StreamWriter] = set()
        self._open: asyncio.Event
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(5)

    def reset(self) -> None:
        """Cuts every link at once, with RST."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)

    def stall(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._set(STALL)

    def deafen(self) -> None:
        """What the services say arrives; what is said to them does not."""
        self._set(DEAF)

    def heal(self) -> None:
        """Passes again; links that lost something are cut, since a stream with a hole is no stream."""
        if self.mode == DEAF:
            self.reset()
        self._set(PASS)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(5)

    def _set(self, mode: str) -> None:
        def change() -> None:
            self.mode = mode
            (self._open.clear if mode == STALL else self._open.set)()

        self._loop.call_soon_threadsafe(change)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._open = asyncio.Event()
        self._open.set()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._link, "127.0.0.1", self.port))
        ready.set()
        self._loop.run_forever()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        await asyncio.sleep(0)  # what was accepted just now begins: else nothing would close its socket
        links = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        await self._server.wait_closed()
        self._loop.stop()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        try:
            await self._open.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            ends.add(far_writer)
            self._links |= ends
            await asyncio.gather(self._pump(reader, far_writer, False), self._pump(far_reader, writer, True))
        except (OSError, asyncio.CancelledError):
            pass  # nobody listens there now, or the proxy closes
        finally:
            self._links -= ends
            for each in ends:
                each.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, from_server: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._open.wait()
                if self.mode == DEAF and from_server:
                    continue
                sink.write(data)
                await sink.drain()
        sink.transport.abort()

    async def _cut(self) -> None:
        for writer in list(self._links):
            writer.transport.abort()
