"""The token endpoint (RFC 6749 3.2, 5): replies as the RFC has them, ``expires_in`` the full life."""

from __future__ import annotations

from lychgate.oauth import token as messages
from lychgate.oauth.error import OAuthError
from lychgate.server.bound.possession import next_nonce
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, json_answer
from lychgate.server.issue import Issued, issue, refused
from lychgate.server.programs.authenticate import authenticate


async def token(engine: Engine, call: Call) -> Answer:
    """POST of a form; answers a token or an error of RFC 6749 5.2."""
    form, client = None, None
    try:
        form = await call.form()
        client, method = await authenticate(engine, engine.issuer, call.authorization, form, call.certificate)
        issued = await issue(engine, call, engine.issuer, client, method != "none", form)
    except OAuthError as error:
        refused(engine, call, engine.issuer, form, client.id if client else None, error)
        raise
    engine.meter.token(form["grant_type"], "ok")
    return json_answer(reply(issued), headers=next_nonce(engine, call))


def reply(issued: Issued) -> dict[str, object]:
    made = issued.token
    named = {"id_token": issued.id_token, "issued_token_type": issued.issued_type}
    extra = {name: value for name, value in named.items() if value}
    lifetime = made.expires_at - made.issued_at
    return messages.reply(made.text, lifetime, issued.scope, issued.refresh_token, issued.type, **extra)
