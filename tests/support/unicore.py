"""A UNICORE site of ours as its callers see it, and the JWTs that they make."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey

from lychgate.oauth import jose
from lychgate.server.actor import Actor
from lychgate.server.model import User
from lychgate.server.supercomputers import user_keys
from lychgate.server.trusted import trust
from support.server import Reply, Server

CORE = "/DEMO-SITE/rest/core"
TOKEN = f"{CORE}/token"
SESSION, LEFT = "x-unicore-securitysession", "x-unicore-securitysession-lifetime"
PASSWORD = "test123"
CHOICES = {"uid": ["ada", "lovelace"], "group": ["g1", "g2", "g3"], "role": ["user", "admin"], "supplementary": ["s1"]}
ACTOR = Actor("operator tests")
KEYS: dict[str, jose.Key] = {}


def key(alg: str) -> jose.Key:
    """A private key for ``alg``, the same one in a whole run."""
    if alg not in KEYS:
        curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
        made: jose.Key = OKPKey.generate_key("Ed25519")
        if alg in curves:
            made = ECKey.generate_key(curves[alg])
        elif alg == "RS256":
            made = RSAKey.generate_key(2048)
        KEYS[alg] = made
    return KEYS[alg]


def signed(private: jose.Key, alg: str, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A JWT as pyunicore's ``JWTToken`` makes it; a claim that is None is left out."""
    now = int(time.time())
    whole = {"etd": "false", "iat": now, "exp": now + 60} | claims
    said = {name: value for name, value in whole.items() if value is not None}
    return jose.sign({"alg": alg, "typ": "JWT"} | dict(header or {}), said, private)


@dataclass
class Someone:
    """A person of the site, who logs in by name and password unless told otherwise."""

    site: Site
    user: User

    @property
    def pair(self) -> tuple[str, str]:
        return self.user.name, PASSWORD

    def get(self, path: str = CORE, **options: Any) -> Reply:
        return self.site.get(path, basic=self.pair, **options)

    def token(self, **asked: Any) -> str:
        return self.site.issue(asked, basic=self.pair)

    def key_add(self, alg: str) -> str:
        """Give the site the public part of ``key(alg)``; answers its fingerprint."""
        text = key(alg).as_pem(private=False).decode()
        made = self.site.server.operate(lambda engine: user_keys.add(engine, ACTOR, self.user, text))
        return str(made.fingerprint)

    def by_key(self, alg: str, **claims: Any) -> str:
        """A JWT by the person's own key."""
        return signed(key(alg), alg, **({"sub": self.user.name, "iss": self.user.name} | claims))


@dataclass
class Site:
    """A server, by the paths of its UNICORE site. ``prefer`` and ``session`` are UNICORE's two headers."""

    server: Server
    people: dict[str, Someone] = field(default_factory=dict)

    def get(self, path: str = CORE, *, prefer: str | None = None, session: str | None = None, **options: Any) -> Reply:
        made = {"X-UNICORE-User-Preferences": prefer, "X-UNICORE-SecuritySession": session}
        headers = {name: value for name, value in made.items() if value is not None}
        return self.server.get(path, headers=headers, **options)

    def issue(self, asked: Mapping[str, Any], **options: Any) -> str:
        reply = self.get(f"{TOKEN}?{'&'.join(f'{name}={value}' for name, value in asked.items())}", **options)
        assert reply.status == 200, reply.body
        assert reply.headers["content-type"].startswith("text/plain")
        return reply.body.decode()

    def someone(self, name: str, **fields: Any) -> Someone:
        """A new person, who may choose ``CHOICES``."""
        user = self.server.user_add(f"{name}@example.org", PASSWORD, name=name, **fields)
        return Someone(self, self.server.user_edit(user, choices=CHOICES))

    @property
    def dn(self) -> str:
        return str(self.get().json()["server"]["credential"]["dn"])

    def trust(self, dn: str, pem: str) -> trust.Trust:
        return self.server.operate(lambda engine: trust.add_service(engine, ACTOR, engine.issuer, dn, pem))


def client(reply: Reply) -> dict[str, Any]:
    """Who the caller is, as the access information says."""
    assert reply.status == 200, reply.body
    return dict(reply.json()["client"])


def is_refused(reply: Reply, status: int, *words: str) -> None:
    """A refusal in UNICORE's form, which says each of ``words``."""
    assert reply.status == status, reply.body
    found = reply.json()
    assert set(found) == {"errorMessage", "status"}
    assert found["status"] == status
    for word in words:
        assert word in found["errorMessage"]
    assert "location" not in reply.headers
