"""A preview of a client's tokens for a user: the claims that they would have. Nothing is signed, kept or noted.

It asks the policy what a login would ask, so that a refusal is seen here too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lychgate.oauth import claims as person
from lychgate.oauth import id_token as messages
from lychgate.oauth.device import GRANT as DEVICE
from lychgate.oauth.error import OAuthError
from lychgate.server import policy
from lychgate.server.engine import Engine
from lychgate.server.exchange import Form
from lychgate.server.grants.grant import Decision
from lychgate.server.issue import ENGINE, order_of
from lychgate.server.mint import Order, claims_of
from lychgate.server.model import Client, User
from lychgate.server.pages.admin_client import Preview
from lychgate.server.pages.words import shown
from lychgate.server.people import accounts
from lychgate.server.people import told as names
from lychgate.server.signing.id_token import dressed
from lychgate.server.stores.store import Missing

from .admin_desk import why

PERSONAL = frozenset({"authorization_code", DEVICE, "password"})
ASKED = ("openid", "profile", "email")
EACH = "(another one in each token)"


async def preview(engine: Engine, client: Client, who: str) -> Preview:
    """What tokens of ``client`` for the user ``who`` (an e-mail address, a name or an id) would hold."""
    try:
        user = await accounts.find(engine, who)
        order = _order(engine, client, user)
    except Missing:
        return Preview(user=who, problem=f"There is no user “{shown(who)}”. Type a name or an e-mail address in full.")
    except OAuthError as error:
        return Preview(user=who, problem=f"There would be no token: {why(error)}")
    access, openid = _access(engine, order), "openid" in order.scope
    return Preview(
        user=who,
        access_token=_json(access),
        id_token=_json(_id_token(engine, order, access)) if openid else "",
        userinfo=_json(_userinfo(order, user)) if openid else "",
    )


def _order(engine: Engine, client: Client, user: User) -> Order:
    """What the token would be made of. Raises ``OAuthError`` where there would be none."""
    policy.may_have_tokens(client, user)
    if client.grants.isdisjoint(PERSONAL):
        if client.owner != user.id:
            raise OAuthError("unauthorized_client", "nobody logs in to this client, and it acts for its owner alone")
        decision = Decision(client.id, user)
    else:
        scope = policy.login_scope((*ASKED, *client.scopes), client, engine.issuer.scopes)
        decision = Decision(user.id, user, scope, login=True)
    manner = engine.dialect.manner(engine.issuer, client) if engine.dialect else ENGINE
    return order_of(engine, engine.issuer, client, Form({}), manner, decision)


def _access(engine: Engine, order: Order) -> dict[str, Any]:
    claims = claims_of(order, policy.issued_at(engine.clock(), order.client, order.user))
    return claims | {name: EACH for name in ("jti", "fam") if name in claims}


def _id_token(engine: Engine, order: Order, access: Mapping[str, Any]) -> dict[str, Any]:
    claims = messages.claims(
        issuer=order.issuer.url,
        subject=order.subject,
        client_id=order.client.id,
        now=access["iat"],
        lifetime=order.lifetime,
        auth_time=engine.clock() // 1000,
        at_hash=EACH,
        sid=EACH,
        amr=["pwd"],
    )
    return dressed(order, claims)


def _userinfo(order: Order, user: User) -> dict[str, Any]:
    return {"sub": order.subject} | names.of(user, person.of_scopes(order.scope))


def _json(claims: Mapping[str, Any]) -> str:
    return json.dumps(claims, indent=2, ensure_ascii=False)
