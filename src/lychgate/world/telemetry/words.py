"""What may be told of a request, a key of ``Once`` or a failure: never what a secret may be in."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from lychgate.kernel.errors import LoginNeeded, Refused, TransientError
from lychgate.kernel.http import DEFAULT_PORTS
from lychgate.oauth.error import STATUS

Attributes = dict[str, Any]

# The boundaries of OpenTelemetry's HTTP metrics, in seconds.
SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]

OTHER = "_OTHER"
PENDING = ("authorization_pending", "slow_down")  # a person has not answered yet (RFC 8628 3.5)
_NAMES = {"jwks": "lychgate.keys", "introspect": "lychgate.introspection"}
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,30}")


def server_attributes(url: str) -> Attributes:
    """The host and port of a URL; nothing for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return {}
    if not parts.hostname or port is None:
        return {}
    return {"server.address": parts.hostname, "server.port": port}


def key_attributes(key: str) -> tuple[str, Attributes]:
    """The name of a span for what is done under ``key`` of ``Once``, and what the key tells.

    Ours begin with what it is and with whom: ``client_credentials https://issuer ...``.
    """
    kind, _, rest = key.partition(" ")
    named = server_attributes(rest.partition(" ")[0])
    if kind in _NAMES:
        return _NAMES[kind], named
    return "lychgate.token", named | ({"lychgate.source": kind} if named and _WORD.fullmatch(kind) else {})


def code_of(error: str) -> str:
    """An error code as it may be told: only one of the table, since a server may write anything there."""
    return error if error in STATUS else OTHER


def failure(error: BaseException) -> Attributes:
    """What became of something that ended with ``error``."""
    if isinstance(error, Refused):
        return {"lychgate.outcome": "refused", "error.type": code_of(error.error)}
    kinds = {LoginNeeded: "login_needed", TransientError: "unavailable", Exception: "failed"}
    outcome = next((outcome for kind, outcome in kinds.items() if isinstance(error, kind)), "cancelled")
    return {"lychgate.outcome": outcome, "error.type": type(error).__name__}
