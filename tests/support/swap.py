"""The forms of a token exchange and of a JWT bearer grant, and their answers."""

from __future__ import annotations

from typing import Any

from lychgate.oauth.jwt_bearer import GRANT as BEARER
from lychgate.oauth.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from lychgate.oauth.token_exchange import GRANT as EXCHANGE
from support.server import Made, Reply, Server

TOKEN = "/oauth2/token"
__all__ = ["ACCESS_TOKEN", "BEARER", "EXCHANGE", "ID_TOKEN", "JWT", "TOKEN", "assert_jwt", "form", "swap"]


def form(subject: str, actor: str | None = None, **more: Any) -> dict[str, Any]:
    made = {"grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN}
    if actor is not None:
        made |= {"actor_token": actor, "actor_token_type": ACCESS_TOKEN}
    return {name: value for name, value in (made | more).items() if value is not None}


def swap(server: Server, by: Made, subject: str, actor: str | None = None, path: str = TOKEN, **more: Any) -> Reply:
    return server.post(path, form(subject, actor, **more), basic=by.pair)


def assert_jwt(server: Server, by: Made, assertion: str, path: str = TOKEN, **more: Any) -> Reply:
    return server.post(path, {"grant_type": BEARER, "assertion": assertion} | more, basic=by.pair)
