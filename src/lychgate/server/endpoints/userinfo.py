"""Userinfo (OpenID Connect Core 5.3): who the person is that a token acts for, as far as they let its client know."""

from __future__ import annotations

from typing import Any

from lychgate.kernel.challenge import Challenge
from lychgate.oauth import claims as messages
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, json_answer, read_form, text_answer
from lychgate.server.model import User
from lychgate.server.people import told
from lychgate.server.programs.principal import Principal, bearer
from lychgate.server.signing.signer import Signer

JWT = "application/jwt"
FORM = "application/x-www-form-urlencoded"


async def userinfo(engine: Engine, call: Call) -> Answer:
    """GET or POST with an access token of a user; ``sub`` is that of the token.

    A login without openid tells e-mail and name; with it, what its scopes and its ``claims`` parameter ask for.
    """
    caller = await bearer(engine, await _authorization(engine, call), call)
    user = caller.user
    if user is None or caller.by_client:
        raise _refused(engine, "insufficient_scope", "this token is a client's own: there is no person to tell of")
    said = {"sub": caller.claims["sub"]} | told.of(user, await _names(engine, caller, user))
    alg = caller.client.extra.get("userinfo_signed_response_alg")
    if alg is None:
        return json_answer(said)
    signer = engine.keys.pick(engine.issuer.id, alg)
    signer = signer if isinstance(signer, Signer) else await signer
    signed = await signer.sign({"iss": engine.issuer.url, "aud": caller.client.id} | said, "JWT")
    return text_answer(signed.encode(), JWT)


async def _authorization(engine: Engine, call: Call) -> str | None:
    """The token as the header has it, or a form's body (RFC 6750 2.1, 2.2): in one place, and never in the URL."""
    if call.authorization is not None and call.query_value("access_token"):
        raise _refused(engine, "invalid_request", "the access token comes in the header, and never in the URL")
    kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
    if call.method != "POST" or kind != FORM:
        return call.authorization
    token = read_form(await call.body()).get("access_token")
    if token is None:
        return call.authorization
    if call.authorization is not None:
        raise _refused(engine, "invalid_request", "the access token comes in the header or in the body, not in both")
    return f"Bearer {token}"


async def _names(engine: Engine, caller: Principal, user: User) -> list[str]:
    if "openid" not in caller.scope:
        return list(told.WITHOUT_OPENID)
    names = messages.of_scopes(caller.scope)
    id = caller.claims.get("fam")
    family = await engine.store.family(id) if isinstance(id, str) else None
    ours = family is not None and (family.user, family.client) == (user.id, caller.client.id)
    asked: dict[str, Any] = family.extra.get("claims", {}) if family is not None and ours else {}
    return list(dict.fromkeys((*names, *asked.get("userinfo", ()))))


def _refused(engine: Engine, error: str, why: str) -> OAuthError:
    said = {"realm": engine.issuer.url, "error": error, "error_description": why}
    return OAuthError(error, why, headers={"WWW-Authenticate": str(Challenge("bearer", said))})
