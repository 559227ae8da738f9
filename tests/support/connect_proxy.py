"""A CONNECT proxy on the loopback address (RFC 9110 9.3.6) that leads named hosts to servers of the tests.

With ``HTTPS_PROXY`` a peer that insists on its own host name reaches our server, unpatched; any other host is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """``url`` is what goes into ``HTTPS_PROXY``; ``asked`` lists each host that was asked for, led on or not."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def connect_proxy(ways: Mapping[str, int]) -> Iterator[Proxy]:
    """``ways`` are ports on this machine by ``host:port`` as a client asks for it."""
    proxy, loop = Proxy(), asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _serve(reader, writer, ways, proxy.asked)
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    mine = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in mine:
        task.cancel()
    await asyncio.gather(*mine, return_exceptions=True)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ways: Mapping[str, int], asked: list[str]
) -> None:
    method, host, _ = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode("latin-1").split(" ")
    asked.append(host)
    if method != "CONNECT" or host not in ways:
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        return
    there, back = await asyncio.open_connection("127.0.0.1", ways[host])
    writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
    await asyncio.gather(_pour(reader, back), _pour(there, writer))


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    finally:
        target.close()
