"""Where the database is. Its password is in the URL, and in nothing that is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from lychgate.kernel.errors import ConfigError, LychgateError

from .faults import AWAY, translated

OLDEST = 15
_CONNECT = 5.0  # seconds until a connection must stand
COMMAND = 10.0  # seconds for a statement; scans have longer


def shown(url: str) -> str:
    """The URL without its password and its options."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "")
        user = f"{parts.username}@" if parts.username else ""
    except ValueError:
        return "postgresql://…"
    return f"postgresql://{user}{host}{port}{parts.path}"


def options(url: str) -> dict[str, Any]:
    """What asyncpg takes to connect."""
    settings = {"application_name": "lychgate", "jit": "off", "idle_in_transaction_session_timeout": "60000"}
    return {"dsn": url, "timeout": _CONNECT, "command_timeout": COMMAND, "server_settings": settings}


@contextlib.contextmanager
def opening(url: str) -> Iterator[None]:
    """Errors of connecting, as ``ConfigError`` or ``StoreUnavailable`` without the URL's password."""
    try:
        yield
    except LychgateError:
        raise
    except AWAY as error:
        raise translated(error, shown(url)) from None
    except (ValueError, TypeError, asyncpg.InterfaceError):  # their texts may quote the URL
        raise ConfigError(f"the database's address is not understood: {shown(url)}", field="database") from None


async def connect(url: str) -> Any:
    """One connection of asyncpg's. Raises ``ConfigError`` or ``StoreUnavailable``."""
    with opening(url):
        connection = await asyncpg.connect(**options(url))
    version = connection.get_server_version().major
    if version < OLDEST:
        await connection.close()
        raise ConfigError(f"the database {shown(url)} is PostgreSQL {version}: {OLDEST} or newer is needed")
    return connection
