"""The socket that is listened on, taken before anything is made or said."""

from __future__ import annotations

import errno
import socket

from lychgate.kernel.errors import ConfigError

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket. Raises ``ConfigError`` in one line where the address cannot be taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ConfigError(f"--host {host} is not an address of this machine: {error.strerror}") from None
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise ConfigError(_why(host, port, error)) from None
    made.setblocking(False)
    return made


def port_of(sock: socket.socket) -> int:
    found = sock.getsockname()[1]
    assert isinstance(found, int)
    return found


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use: stop what runs there, or choose another with --port (0 takes a free one)"
        )
    if error.errno == errno.EACCES:
        return f"port {port} may not be taken by this account: choose one above 1023 with --port"
    return f"{host} port {port} cannot be listened on: {error.strerror}"
