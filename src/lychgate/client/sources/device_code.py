"""A login on another device (RFC 8628): the person opens a link anywhere and compares a code."""

from __future__ import annotations

from dataclasses import dataclass

from lychgate.client import fapi
from lychgate.client.interactive import Interactive
from lychgate.client.token import Token
from lychgate.kernel.flow import Flow


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviceCode(Interactive):
    """``DeviceCode(issuer=..., client_id=...)``; it needs no browser and no port on this machine."""

    def _check(self) -> None:
        super()._check()
        fapi.refuse(self, "device codes")

    def obtain(self) -> Flow[Token]:
        """Raises ``Refused``, ``TransientError``, ``LoginNeeded``."""
        return (yield from self.by_device((yield from self.document())))
