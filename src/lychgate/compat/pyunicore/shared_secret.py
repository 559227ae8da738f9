"""A secret that a service shares with a site, as a signer (HS256, HS384, HS512)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call

LEAST = 32  # characters: what UNICORE requires, and HS256 deserves (RFC 7518 3.2)


@dataclass(frozen=True)
class SharedSecret:
    """Raises ``ConfigError`` for one that is too short."""

    secret: Secret
    alg: str

    def __post_init__(self) -> None:
        if len(self.secret.reveal()) < LEAST:
            raise ConfigError(f"a shared secret has at least {LEAST} characters", field="secret")

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Flow[str]:
        signed: str = yield from Call(self._signed, (header, claims))
        return signed

    def _signed(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        from lychgate.oauth import jose

        return jose.sign({"alg": self.alg, **header}, claims, jose.import_key(self.secret.reveal()))
