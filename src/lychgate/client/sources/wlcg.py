"""WLCG bearer token discovery (WLCG Bearer Token Discovery 1.0): where grid and HPC jobs find their token."""

from __future__ import annotations

from dataclasses import dataclass

from lychgate.client import outside
from lychgate.client.local import Local, token_from
from lychgate.client.token import Token
from lychgate.kernel.flow import Flow


@dataclass(frozen=True, eq=False)
class WlcgToken(Local):
    """The first that there is of: ``$BEARER_TOKEN``, the file ``$BEARER_TOKEN_FILE``, ``bt_uID`` in
    ``$XDG_RUNTIME_DIR``, ``/tmp/bt_uID``; looked at each second that it is used.

    Raises ``Unavailable`` where there is none, and ``ConfigError`` (no further place is tried) for a file that belongs
    to somebody else or that others can read or change.
    """

    @property
    def who(self) -> str:
        return "a token"

    @property
    def where(self) -> str:
        return "WLCG bearer token discovery"

    def cache_key(self) -> str:
        return "wlcg"

    def _read(self) -> Flow[Token]:
        return (yield from token_from((yield from outside.read("bearer")), "the discovered bearer token"))
