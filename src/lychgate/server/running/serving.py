"""The parent: takes the lock and the port, has everything made ready by a child, then serves alone or by workers.

What is only needed to make ready (migrations, say) is loaded by a child that ends, and weighs on no worker.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from lychgate.kernel.errors import ConfigError, LychgateError, TransientError
from lychgate.server.config import Config

from . import folder
from .listening import listen, port_of
from .prepare import Prepared, note_stop, prepare

T = TypeVar("T")
PATIENCE = 20.0  # seconds for workers to end by themselves
STOPS = (signal.SIGTERM, signal.SIGINT)
PAUSE = 1.0  # seconds before a worker that died is replaced


def serve(config: Config, announce: Callable[[Prepared], None]) -> None:
    """Serve until a signal says stop; ``announce`` is called once requests are answered.

    Raises ``ConfigError`` for what does not fit, before anything is answered.
    """
    folder.ready(config.data)
    held = folder.lock(config.data)
    sock = listen(config.host, config.port)
    try:
        port = port_of(sock)
        prepared = in_child(lambda: asyncio.run(prepare(config, port, start=True)))
        prepared.listening = config.listening_url(port)
        if config.workers == 1:
            _alone(config, sock, lambda: announce(prepared))
        else:
            _Workers(config, sock).run(lambda: announce(prepared))
        in_child(lambda: asyncio.run(note_stop(config)))
    finally:
        sock.close()
        held.close()


def _alone(config: Config, sock: socket.socket, ready: Callable[[], None]) -> None:
    from .worker import work  # uvicorn is loaded where requests are answered

    work(config, sock, ready)


def in_child(task: Callable[[], T]) -> T:
    """The result of ``task``, run in a child process that ends with it. A ``LychgateError`` in it is raised here."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _report(task, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if not answer:
        raise ConfigError("the start failed before it could say why; see the log above")
    done, value = pickle.loads(answer)  # noqa: S301  written by our own child a moment ago
    if done:
        result: T = value
        return result
    kind, text = value
    raise (TransientError if kind == "transient" else ConfigError)(text)


def _report(task: Callable[[], object], writing: int) -> None:
    """In the child: write what became of the task, and end without running anything of the parent's."""
    status = 1
    try:
        outcome: tuple[bool, Any] = True, task()
    except LychgateError as error:
        away = isinstance(error, TransientError) or type(error).__name__ == "StoreUnavailable"
        outcome = False, ("transient" if away else "config", str(error))
    except KeyboardInterrupt:
        os._exit(status)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(status)
    with open(writing, "wb") as pipe:
        pickle.dump(outcome, pipe)
    os._exit(0)


class _Workers:
    """Several workers on one socket; one that dies is replaced."""

    def __init__(self, config: Config, sock: socket.socket) -> None:
        self._config, self._sock = config, sock
        self._alive: dict[int, float] = {}
        self._stopping = False

    def run(self, ready: Callable[[], None]) -> None:
        reading, writing = os.pipe()
        for number in STOPS:
            signal.signal(number, self._stop)
        for _ in range(self._config.workers):
            self._spawn(writing)
        os.close(writing)
        with open(reading, "rb") as pipe:
            if pipe.read(1):
                ready()
        while self._alive:
            self._reap()

    def _spawn(self, ready: int | None = None) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # or a child could take a signal for the parent
        if self._stopping:  # since a moment ago: a child that is made now would never hear of it
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            return
        child = os.fork()
        if child:
            self._alive[child] = time.monotonic()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            return
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)  # until it answers requests and has something to drain
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        status = 1
        try:
            _alone(self._config, self._sock, lambda: _say(ready))
            status = 0
        except LychgateError as error:
            os.write(2, f"lychgate: {error}\n".encode())
        finally:
            os._exit(status)

    def _reap(self) -> None:
        try:
            child, status = os.wait()
        except ChildProcessError:
            self._alive.clear()
            return
        began = self._alive.pop(child, 0.0)
        if self._stopping:
            return
        if status and time.monotonic() - began < PAUSE:
            time.sleep(PAUSE)
        if not self._stopping:
            self._spawn()

    def _stop(self, number: int, frame: object) -> None:
        if not self._stopping:
            signal.signal(signal.SIGALRM, self._kill)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        self._stopping = True
        self._send(signal.SIGTERM)

    def _kill(self, number: int, frame: object) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        for child in list(self._alive):
            with suppress(ProcessLookupError):
                os.kill(child, number)


def _say(writing: int | None) -> None:
    if writing is not None:
        os.write(writing, b".")
        os.close(writing)
