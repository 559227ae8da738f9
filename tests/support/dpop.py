"""A holder of a key who makes DPoP proofs (RFC 9449), right ones and wrong ones."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from lychgate.oauth import dpop, jose
from support.server import Reply, Server


@dataclass
class Holder:
    """``nonce`` is the last that a server gave; it goes into each proof once there is one."""

    key: Any = field(default_factory=lambda: jose.generate("ES256"), repr=False)
    nonce: str = ""

    @property
    def jkt(self) -> str:
        return jose.thumbprint(self.key)

    def proof(
        self, method: str, url: str, token: str = "", header: dict[str, Any] | None = None, **changed: Any
    ) -> str:
        """A proof; ``header`` and the named claims are put in the place of what is right, None takes one away."""
        head, claims = dpop.message(
            jose.public_jwk(self.key), method, url, time.time(), access_token=token, nonce=self.nonce
        )
        head = {"alg": jose.alg_for(self.key), **head, **(header or {})}
        said = {name: value for name, value in (claims | changed).items() if value is not None}
        return jose.sign({name: value for name, value in head.items() if value is not None}, said, self.key)

    def post(self, server: Server, path: str, fields: dict[str, Any], **options: Any) -> Reply:
        """A form sent with a proof."""
        headers = {"DPoP": self.proof("POST", server.url + path)}
        reply = server.post(path, fields, headers=headers, **options)
        self.nonce = reply.headers.get("dpop-nonce", self.nonce)
        return reply

    def get(self, server: Server, path: str, token: str, proof: str | None = None, scheme: str = "DPoP") -> Reply:
        """A GET with an access token and its proof."""
        shown = self.proof("GET", server.url + path, token) if proof is None else proof
        reply = server.get(path, headers={"Authorization": f"{scheme} {token}", "DPoP": shown})
        self.nonce = reply.headers.get("dpop-nonce", self.nonce)
        return reply
