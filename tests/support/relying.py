"""A relying party played by hand against a running server: registers, sends a person, redeems, reads ID tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from lychgate.oauth import jose, pkce
from support.person import PersonAtBrowser
from support.server import Reply, Server

BACK = "https://rp.example.org/back"
EMAIL, PASSWORD = "ada@example.org", "hunter2"
VERIFIER = "v" * 43
JSON = {"Content-Type": "application/json"}


@dataclass
class Relying:
    """A client that registered itself at ``server``; ``about`` is what it was told."""

    server: Server
    about: dict[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        return str(self.about["client_id"])

    @property
    def pair(self) -> tuple[str, str]:
        return self.id, self.about["client_secret"]

    def address(self, **changed: Any) -> str:
        """The URL of an authorization request; None takes a parameter away."""
        wanted = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.about["redirect_uris"][0],
            "scope": "openid",
            "state": "st",
            "nonce": "no",
            "code_challenge": pkce.challenge(VERIFIER),
            "code_challenge_method": "S256",
        } | changed
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return f"{self.server.url}/oauth2/authorize?{query}"

    def visit(self, person: PersonAtBrowser | None = None, **changed: Any) -> PersonAtBrowser:
        """A person (a new one with an empty browser) follows the request to its end."""
        person = (person or PersonAtBrowser(self.server.url)).open(self.address(**changed))
        return finish(person)

    def redeem(self, person: PersonAtBrowser, **changed: Any) -> Reply:
        form = {
            "grant_type": "authorization_code",
            "code": person.params["code"],
            "redirect_uri": self.about["redirect_uris"][0],
            "code_verifier": VERIFIER,
        } | changed
        form = {name: value for name, value in form.items() if value is not None}
        return self.server.post("/oauth2/token", form, basic=self.pair)

    def tokens(self, person: PersonAtBrowser | None = None, **changed: Any) -> dict[str, Any]:
        """What a whole login gives, and ``id`` besides: the verified claims of its ID token."""
        reply = self.redeem(self.visit(person, **changed))
        assert reply.status == 200, reply.body
        found: dict[str, Any] = reply.json()
        return found | {"id": verified(self.server, found["id_token"])}

    def userinfo(self, **changed: Any) -> dict[str, Any]:
        reply = self.server.get("/userinfo", bearer=self.tokens(**changed)["access_token"])
        assert reply.status == 200, reply.body
        return dict(reply.json())


def register(server: Server, **metadata: Any) -> Reply:
    body = {"redirect_uris": [BACK], "client_name": "A relying party"} | metadata
    return server.call("POST", "/oauth2/register", body=json.dumps(body).encode(), headers=JSON)


def relying(server: Server, **metadata: Any) -> Relying:
    reply = register(server, **metadata)
    assert reply.status == 201, reply.body
    return Relying(server, reply.json())


def finish(person: PersonAtBrowser, email: str = EMAIL) -> PersonAtBrowser:
    """Log in and allow, wherever a page asks for it."""
    for _ in range(3):
        if person.left_to:
            break
        if 'name="password"' in person.page.text:
            person.log_in(email, PASSWORD)
        elif 'value="allow"' in person.page.text:
            person.allow()
        else:
            break
    return person


def verified(server: Server, token: str) -> dict[str, Any]:
    """The claims of a JWT that a key of the server's JWK set signed."""
    keys = jose.import_keys(server.get("/jwks").json())
    return jose.verify(token, keys, jose.ASYMMETRIC)[1]
