"""One process that answers requests."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator

import uvicorn
import uvloop

from lychgate.kernel.errors import ConfigError
from lychgate.server.app import App
from lychgate.server.bound.vouched import Vouched
from lychgate.server.config import Config
from lychgate.server.engine import Engine, open_engine
from lychgate.world.telemetry import export

from . import logs
from .express import ExpressProtocol
from .listening import BACKLOG, port_of
from .protocol import sweep

DRAIN = 10  # seconds for which open requests may go on after the signal to stop


class _Server(uvicorn.Server):
    """uvicorn, but SIGTERM and SIGINT end it in good order and are not raised again afterwards."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def work(config: Config, sock: socket.socket, ready: Callable[[], None]) -> None:
    """Answer requests on ``sock`` until a signal says stop; ``ready`` is called once requests are answered."""
    logs.configure(config.log_level)
    end = export.set_up("lychgate") if config.tracing else None
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(config, sock, ready))
    finally:
        if end is not None:
            end()


async def _work(config: Config, sock: socket.socket, ready: Callable[[], None]) -> None:
    port = port_of(sock)
    engine = await open_engine(config, port)
    try:
        await engine.start()
        settings = _settings(_app(engine, port), config)
        if settings.ssl is not None and config.certificates_from == "tls":
            vouched = Vouched(settings.ssl, engine.store)
            engine.feed.subscribe(vouched.changed, vouched.load)
            await vouched.load()
        server = _Server(settings)
        sweeping = asyncio.create_task(sweep(server.server_state))
        _settle()
        ready()
        await server.serve(sockets=[sock])
        sweeping.cancel()
    finally:
        await engine.stop()


def _app(engine: Engine, port: int) -> App:
    if not engine.config.tracing:
        return App(engine, port)
    from .tracing import TracedApp

    return TracedApp(engine, port)


def _settle() -> None:
    """Keep the slowest requests quick: what is here for good is not looked through again for garbage, and the thread
    that writes to the database hands the interpreter over soon."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.setswitchinterval(0.001)


def _settings(app: App, config: Config) -> uvicorn.Config:
    made = uvicorn.Config(
        app,
        http=ExpressProtocol,
        loop="none",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=DRAIN,
        ssl_certfile=config.tls_cert,
        ssl_keyfile=config.tls_key,
        ssl_ca_certs=None if config.tls_client_ca is None else str(config.tls_client_ca),
        ssl_cert_reqs=ssl.CERT_OPTIONAL if config.certificates_from == "tls" else ssl.CERT_NONE,
    )
    try:
        made.load()
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(f"tls_cert and tls_key cannot be used: {error.strerror or error}") from None
    return made
