"""A realm of a running server of ours, as programs for Keycloak see it: its base, its name, and what is below."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from lychgate.oauth import pkce
from lychgate.server.issuers import realms
from lychgate.server.model import Client, Issuer
from lychgate.server.programs import clients
from support.person import PersonAtBrowser
from support.server import ACTOR, Made, Reply, Server, poll

PROTOCOL = "/protocol/openid-connect"
BACK = "http://127.0.0.1:8888/back"


@dataclass(frozen=True)
class Realm:
    """``place`` is ``/realms/`` or ``/auth/realms/``."""

    server: Server
    id: str
    realm: str
    place: str = "/realms/"

    @property
    def base(self) -> str:
        return self.server.url + self.place.removesuffix("/realms/")

    @property
    def path(self) -> str:
        return self.place + self.realm

    @property
    def issuer(self) -> str:
        return self.server.url + self.path

    def at(self, place: str) -> Realm:
        return Realm(self.server, self.id, self.realm, place)

    # --- what operators do

    def client_add(self, id: str, **fields: Any) -> Made:
        sets = {name: frozenset(fields.pop(name)) for name in ("methods", "grants") if name in fields}
        client = Client(self.id, id, fields.pop("name", id), **sets, **fields)
        made = self.server.operate(lambda engine: clients.add(engine, ACTOR, client))
        return Made(made.client, made.secret or "")

    def program_add(self, id: str = "wps", **fields: Any) -> Made:
        """A public client that people log in to."""
        grants = ("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code")
        usual: dict[str, Any] = {"methods": ("none",), "grants": grants, "redirect_uris": (BACK, "http://127.0.0.1")}
        return self.client_add(id, **usual | fields)

    def initial_access_token(self, count: int = 5) -> str:
        act = lambda engine: clients.let_register(engine, ACTOR, self.id, count, 3600)  # noqa: E731 - one line
        return str(self.server.operate(act))

    # --- what programs do

    def get(self, path: str, **options: Any) -> Reply:
        return self.server.get(self.path + path, **options)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **options: Any) -> Reply:
        return self.server.post(self.path + PROTOCOL + path, fields, **options)

    def token(self, made: Made, **fields: Any) -> dict[str, Any]:
        found = self.post("/token", {"grant_type": "client_credentials"} | fields, basic=made.pair)
        assert found.status == 200, found.body
        return dict(found.json())

    def introspect(self, token: str, made: Made) -> dict[str, Any]:
        found = self.post("/token/introspect", {"token": token}, basic=made.pair)
        assert found.status == 200, found.body
        return dict(found.json())

    def asking(self, client: str, **more: str) -> tuple[str, str]:
        """An authorization request's address, and the verifier for its code."""
        verifier = pkce.new_verifier()
        asked = {
            "response_type": "code",
            "client_id": client,
            "redirect_uri": BACK,
            "state": secrets.token_hex(8),
            "code_challenge": pkce.challenge(verifier),
            "code_challenge_method": "S256",
        } | more
        return f"{self.issuer}{PROTOCOL}/auth?{urlencode(asked)}", verifier

    def code(self, client: str, name: str, password: str, **more: str) -> tuple[dict[str, str], str]:
        """What the redirect carries when a person has logged in and allowed ``client``, and the verifier."""
        url, verifier = self.asking(client, **more)
        person = PersonAtBrowser(self.server.url).open(url).log_in(name, password)
        if not person.left_to:
            person.allow()
        person.close()
        return person.params, verifier

    def redeem(self, client: str, code: str, verifier: str, **more: str) -> Reply:
        fields = {"grant_type": "authorization_code", "client_id": client, "code": code, "redirect_uri": BACK}
        return self.post("/token", fields | {"code_verifier": verifier} | more)

    def log_in(self, client: str, name: str, password: str, **more: str) -> dict[str, Any]:
        """The reply to a whole login by the code grant."""
        params, verifier = self.code(client, name, password, **more)
        found = self.redeem(client, params["code"], verifier)
        assert found.status == 200, found.body
        return dict(found.json())


def realm_add(server: Server, name: str, **settings: Any) -> Realm:
    """A new realm, known to the server that runs."""
    made: Issuer = server.operate(lambda engine: realms.add(engine, ACTOR, name, settings))
    found = Realm(server, made.id, name)
    poll(lambda: found.get("").status == 200)
    return found
