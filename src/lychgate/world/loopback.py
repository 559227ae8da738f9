"""The listener on 127.0.0.1 to which a browser comes back with the answer to a login (RFC 8252 7.3 and 8.3).

Only the one redirect that is ours ends the waiting. The page that the person sees is written after the login has been
judged, so what it says is true.
"""

from __future__ import annotations

import errno
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.oauth.authorization import Mismatch

from . import pages
from .listener import HOST, Arrival, Listener

R = TypeVar("R")

GLANCE = 0.2  # seconds between two looks whether we have been stopped
FAREWELL = 2.0  # seconds for the last page to be written


class Stopped(Exception):
    """Whoever waited for the person does so no more."""


class Loopback:
    """Listens from the moment it is made until ``close``. ``port`` 0 takes any that is free.

    ``where`` (the issuer's host) and ``program`` are shown on the pages. Raises ``ConfigError`` if the port is taken.
    """

    def __init__(self, port: int, where: str, program: str) -> None:
        self.where, self.program = where, program
        self.arrivals: queue.Queue[Arrival] = queue.Queue()
        self._server = _bind(port, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(GLANCE / 2,), daemon=True)
        self._thread.name = "lychgate-loopback"
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def redirect_uri(self) -> str:
        """With no path and no slash, as clients of this kind are registered."""
        return f"http://{HOST}:{self.port}"

    def welcome(self, judge: Callable[[Mapping[str, str]], R], seconds: float, stop: threading.Event) -> R:
        """Wait for our redirect and give back what ``judge`` makes of it.

        ``judge`` raises ``Mismatch`` for one that is not ours; any other error of its ends the waiting and is raised.
        Raises ``TimeoutError`` after ``seconds``, ``Stopped`` when ``stop`` is set.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if stop.is_set():
                raise Stopped
            arrival = self._next(min(left, GLANCE))
            if arrival is None:
                continue
            try:
                return self._judged(arrival, judge)
            except Mismatch:
                arrival.turn_away(pages.not_ours(self.program))
        raise TimeoutError

    def _next(self, seconds: float) -> Arrival | None:
        try:
            return self.arrivals.get(timeout=seconds)
        except queue.Empty:
            return None

    def _judged(self, arrival: Arrival, judge: Callable[[Mapping[str, str]], R]) -> R:
        try:
            result = judge(arrival.params)
        except Mismatch:
            raise
        except BaseException as error:
            self._say(arrival, pages.failed(self.where, self.program, _reason(error)))
            raise
        self._say(arrival, pages.done(self.where, self.program))
        return result

    def _say(self, arrival: Arrival, page: pages.Page) -> None:
        arrival.verdict.set_result(page)
        arrival.written.wait(FAREWELL)

    def close(self) -> None:
        """Let go of the port at once; whoever is still connected is cut off."""
        self._server.shutdown()
        self._server.server_close()
        self._server.cut_off()
        self._thread.join(FAREWELL)

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, LychgateError) else "The program was stopped, or met an error of its own."


def _bind(port: int, owner: Loopback) -> Listener:
    try:
        return Listener(port, owner.program, owner.arrivals)
    except OSError as error:
        raise ConfigError(_taken(port, error), field="redirect_port") from None


def _taken(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        hint = " (Jupyter likes to use it)" if port == 8888 else ""
        why = f"port {port} on {HOST} is taken by another program{hint}, and the login has to come back there"
    else:
        why = f"port {port} on {HOST} cannot be opened for the login to come back ({error.strerror})"
    return (
        f"{why}. Free it, or take another port that the client is registered for: "
        "redirect_port=8000, on the command line --redirect-port 8000. 0 takes any free one, where the issuer allows it"
    )
