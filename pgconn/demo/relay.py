"""A TCP relay to a server, so that the server sees clients come from several addresses."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Final

from pgconn.demo.clients import Override, Target, address

_CHUNK: Final = 65536


class Relay:
    """Listens on 127.0.0.1 and passes every connection on from `source`, such as 127.0.0.11.

    Where the machine has no such address (macOS), the connection comes from the usual one.
    """

    host: Final = "127.0.0.1"

    def __init__(self, loop: asyncio.AbstractEventLoop, target: tuple[str, int], source: str) -> None:
        self._target = target
        self._source = source
        self._streams: set[asyncio.Task[None]] = set()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def place(self) -> dict[str, Override]:
        """The overrides that lead a connection through the relay."""
        return {"host": self.host, "port": self.port}

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._pass_on, self.host, 0)

    async def close(self) -> None:
        """Listen no more and cut what is still connected."""
        self._server.close()
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        current = asyncio.current_task()
        assert current is not None
        self._streams.add(current)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                there = await self._dial()
                try:
                    await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
                finally:
                    there[1].close()
        finally:
            writer.close()
            self._streams.discard(current)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._target
        # From a loopback address a connection leads no further than to another one.
        if host.startswith("127."):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(host, port, local_addr=(self._source, 0))
        return await asyncio.open_connection(host, port)


@contextlib.contextmanager
def relays(target: Target, *sources: str) -> Iterator[dict[str, Relay]]:
    """One relay a source address, all in one thread: `target.connect(**relay.place)` goes through it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="relay", daemon=True)
    thread.start()
    opened: dict[str, Relay] = {}
    try:
        for source in sources:
            opened[source] = Relay(loop, address(target), source)
        yield opened
    finally:
        for relay in opened.values():
            asyncio.run_coroutine_threadsafe(relay.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass one direction on to its end, and the end as well."""
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
