"""Another issuer that has nothing but a key: its tokens are signed here, and it is trusted by its JWK set."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws

from lychgate.oauth import jose
from lychgate.server.trusted import trust
from support.server import ACTOR, Server


@dataclass(frozen=True)
class Abroad:
    url: str = "https://abroad.example"
    key: Any = field(default_factory=lambda: jose.generate("ES256"))

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": [self.key.as_dict(private=False)]})

    def sign(
        self, aud: Any, sub: str | None = "ada@example.org", header: Any = None, key: Any = None, **more: Any
    ) -> str:
        """A token for ``aud``; a claim that is None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": sub,
            "aud": aud,
            "iat": now,
            "exp": now + 300,
            "jti": secrets.token_urlsafe(9),
        }
        made = {name: value for name, value in (claims | more).items() if value is not None}
        head = {"typ": "JWT", "alg": "ES256"} | (header or {})
        return jws.serialize_compact(head, json.dumps(made).encode(), key or self.key)  # also what jose.sign would not

    def trusted_by(self, server: Server, realm: str = "", **options: Any) -> Any:
        """Have the main issuer trust it, or a realm."""

        async def add(engine: Any) -> Any:
            issuer = next(one for one in await engine.store.issuers() if one.realm == realm)
            return await trust.add_issuer(engine, ACTOR, issuer, self.url, **({"jwks": self.jwks} | options))

        return server.operate(add)

    def forgotten_by(self, server: Server) -> None:
        async def remove(engine: Any) -> None:
            await trust.remove(engine, ACTOR, await trust.find(engine, engine.issuer, self.url))

        server.operate(remove)
