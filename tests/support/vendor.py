"""A vendor's API of the Snippet Framework's kind: ``/login`` answers what it is told to, the rest lets everybody in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import requests

from lychgate.compat.silo import Credential, http_step
from support.api_server import Api, Seen, serve_api
from support.tls import Tls


@dataclass
class Vendor:
    """``answer`` is the JSON of ``/login`` (a number ``{}`` in its token grows), ``status`` its status."""

    api: Api
    answer: Any = field(default_factory=lambda: {"access_token": "vendor-token-{}"})
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.api.url

    def credential(self, **fields: Any) -> Credential:
        return Credential({"url": self.url, **fields})

    def step(self, path: str = "/data", method: str = "GET", **fields: Any) -> Seen:
        """A step with these fields: the request that arrived."""
        with http_step(self.credential(**fields), method, path) as answer:
            assert answer.status_code == 200, answer.text
        return self.api.at(path)[-1]

    def token(self, **fields: Any) -> dict[str, Any]:
        """The same of an ``AuthToken``."""
        return {"authType": "AuthToken", "authEndpoint": f"{self.url}/login", "username": "ada", **PASSWORD, **fields}

    def oauth(self, **fields: Any) -> dict[str, Any]:
        """The fields of an ``AuthOAuth2`` with client credentials."""
        own = {"oauth2TokenURL": f"{self.url}/login", "oauth2ClientId": "robot", "oauth2ClientSecret": "of-the-robot"}
        return {"authType": "AuthOAuth2", "oauth2Type": "ClientCredentials", **own, **fields}

    def owner(self, **fields: Any) -> dict[str, Any]:
        """The fields of an ``AuthOAuth2`` with the owner's password."""
        own = {"oauth2ResourceOwnerUsername": "ada", "oauth2ResourceOwnerPassword": "of-the-owner"}
        return self.oauth(oauth2Type="ResourceOwner", **{**own, **fields})

    @property
    def logins(self) -> list[Seen]:
        return self.api.at("/login")

    def form(self) -> dict[str, str]:
        """The form of the last login."""
        return {name: values[0] for name, values in parse_qs(self.logins[-1].body.decode()).items()}

    def fresh(self) -> Vendor:
        """As it was at the start."""
        self.answer, self.status, self.headers = {"access_token": "vendor-token-{}"}, 200, {}
        self.api.seen.clear()
        self.api.allow = lambda seen: True
        self.api.refusal = 401
        return self

    def respond(self, seen: Seen) -> tuple[int, dict[str, str], bytes] | None:
        if seen.path != "/login":
            return None
        body = json.dumps(self.answer).replace("{}", str(len(self.logins))).encode()
        return self.status, {"Content-Type": "application/json", **self.headers}, body


PASSWORD = {"password": "of-ada-herself"}


@contextmanager
def vendor_api(tls: Tls | None = None) -> Iterator[Vendor]:
    with serve_api(tls) as api:
        vendor = Vendor(api)
        api.instead = vendor.respond
        yield vendor


def sent(session: requests.Session, url: str) -> requests.Response:
    """A request of a session that an authenticator has modified by hand."""
    with session:
        return session.get(url, timeout=20)
