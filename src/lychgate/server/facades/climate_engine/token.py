"""The token paths: ``POST /api/v1/auth/jwt/token`` and ``GET /api/v1/auth/jwt/token/basic``.

Replies have ``token_type`` "bearer", ``expires_at`` (epoch seconds, some slack before the token's own end) and
``expires_in`` counted to it. The password grant takes no client: its fields are ignored, right or wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from lychgate.oauth import basic
from lychgate.oauth.client_auth import is_empty_basic
from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Answer, Form, json_answer
from lychgate.server.issue import Issued, Manner, issue, refused
from lychgate.server.model import Client
from lychgate.server.programs.authenticate import authenticate, without_authentication

if TYPE_CHECKING:
    from lychgate.server.config import Config
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Call
    from lychgate.server.facades.facade import Handler

NAME = "climate_engine"
CLIENT = "climate-engine"  # the built-in public client for which the password grant runs
TOKEN = "/api/v1/auth/jwt/token"
BASIC = "/api/v1/auth/jwt/token/basic"
TOKEN_PATHS = (TOKEN,)
GRANTS = frozenset({"password", "client_credentials"})
SLACK = 60  # seconds between ``expires_at`` and the token's own end, at most


def clients(config: Config, issuer: str) -> list[Client]:
    """The built-in public client: ``extra["facade"]`` binds it to this facade."""
    return [
        Client(
            issuer,
            CLIENT,
            "Climate Engine",
            methods=frozenset({"none"}),
            grants=frozenset({"password"}),
            alg=config.facade.climate_engine.alg,
            extra={"facade": NAME},
        )
    ]


def paths(engine: Engine) -> Mapping[str, Mapping[str, Handler]]:
    settings = engine.config.facade.climate_engine
    manner = Manner(NAME, settings.audiences, settings.default_roles, settings.alg, GRANTS)
    return {
        TOKEN: {"POST": partial(_token, engine, manner)},
        BASIC: {"GET": partial(_basic, engine, manner)},
    }


async def _token(engine: Engine, manner: Manner, call: Call) -> Answer:
    form, client = None, None
    try:
        form = await call.form()
        if form.get("grant_type") == "password":
            client, method = await without_authentication(engine, engine.issuer, CLIENT), "none"
        else:
            header = None if is_empty_basic(call.authorization) else call.authorization
            client, method = await authenticate(engine, engine.issuer, header, form, call.certificate)
        return await _answer(engine, manner, call, client, method != "none", form)
    except OAuthError as error:
        refused(engine, call, engine.issuer, form, client.id if client else None, error)
        raise


async def _basic(engine: Engine, manner: Manner, call: Call) -> Answer:
    """The password grant with name and password as HTTP Basic credentials (RFC 7617)."""
    call.require_get()
    form = None
    try:
        if call.query:
            raise OAuthError("invalid_request", "this takes no parameters")
        form = Form({"grant_type": "password"} | _credentials(call.authorization))
        client = await without_authentication(engine, engine.issuer, CLIENT)
        return await _answer(engine, manner, call, client, False, form)
    except OAuthError as error:
        refused(engine, call, engine.issuer, form, CLIENT, error)
        raise


async def _answer(engine: Engine, manner: Manner, call: Call, client: Client, proved: bool, form: Form) -> Answer:
    issued = await issue(engine, call, engine.issuer, client, proved, form, manner)
    engine.meter.token(form["grant_type"], "ok")
    return json_answer(reply(issued, engine.clock()))


def reply(issued: Issued, now: int) -> dict[str, object]:
    """The reply's four fields; ``now`` in ms.

    What is left is rounded down, as the original's is, but once: the token's own second was rounded down already, and
    the moment that its making took must not cost another one (839 or 840 of 900, never 838).
    """
    token = issued.token
    lifetime = token.expires_at - token.issued_at
    ends = token.expires_at - min(SLACK, lifetime // 15)
    return {
        "access_token": token.text,
        "token_type": "bearer" if issued.type == "Bearer" else issued.type,
        "expires_at": ends,
        "expires_in": max(0, ends - token.issued_at - 1, (ends * 1000 - now) // 1000),
    }


def _credentials(authorization: str | None) -> dict[str, str]:
    found = basic.read(authorization)
    if found is None:
        raise OAuthError("invalid_request", "send name and password as HTTP Basic credentials")
    return {"username": found[0], "password": found[1]}
