"""A program that an operator added to a running server, and that people log in to: by code and by device."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lychgate.oauth.device import GRANT as DEVICE
from support.person import PersonAtBrowser
from support.relying import BACK, EMAIL, PASSWORD, VERIFIER, Relying, finish
from support.server import Made, Reply, Server

GRANTS = ("authorization_code", "refresh_token", DEVICE)
BOTH = ("code", "device")  # ways to log in


@dataclass
class App:
    """``by(how)`` is the token reply of a new login of somebody, by "code" or by "device"."""

    server: Server
    made: Made

    @cached_property
    def relying(self) -> Relying:
        about = {"client_id": self.made.id, "client_secret": self.made.secret, "redirect_uris": [BACK]}
        return Relying(self.server, about)

    def by(self, how: str, email: str = EMAIL) -> dict[str, Any]:
        reply = self.redeem(self.code(email)) if how == "code" else self.poll(self.allowed(email))
        assert reply.status == 200, reply.body
        return dict(reply.json())

    def code(self, email: str = EMAIL, **changed: Any) -> str:
        person = PersonAtBrowser(self.server.url).open(self.relying.address(**changed))
        code = finish(person, email).params["code"]
        person.close()
        return code

    def redeem(self, code: str, **changed: Any) -> Reply:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return self.token(form | changed)

    def refresh(self, token: str, **more: str) -> Reply:
        return self.token({"grant_type": "refresh_token", "refresh_token": token} | more)

    def device(self) -> dict[str, Any]:
        return dict(self.server.post("/oauth2/device", {"scope": "openid"}, basic=self.made.pair).json())

    def allowed(self, email: str = EMAIL) -> dict[str, Any]:
        """A device that this person has allowed, and that nobody has polled for yet."""
        started, person = self.device(), PersonAtBrowser(self.server.url)
        person.open(f"{self.server.url}/login").log_in(email, PASSWORD)
        type_code(person, self.server, started).send({"answer": "allow"})
        person.close()
        return started

    def poll(self, started: dict[str, Any]) -> Reply:
        return self.token({"grant_type": DEVICE, "device_code": started["device_code"]})

    def token(self, form: dict[str, Any]) -> Reply:
        return self.server.post("/oauth2/token", form, basic=self.made.pair)


def added(server: Server, **fields: Any) -> App:
    return App(server, server.client_add(**{"grants": GRANTS, "redirect_uris": (BACK,)} | fields))


def type_code(person: PersonAtBrowser, server: Server, started: dict[str, Any]) -> PersonAtBrowser:
    return person.open(f"{server.url}/device").send({"user_code": started["user_code"]})
