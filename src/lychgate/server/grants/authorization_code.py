"""The authorization code grant (RFC 6749 4.1.3, RFC 7636 4.6).

Everything is checked before the code is taken. A code that another client sends, or with another redirect_uri or
verifier, stays usable by whom it was made for: the thief is told nothing, and the victim goes on. A code that is sent
twice ends the login that it started.
"""

from __future__ import annotations

from lychgate.oauth import pkce
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.model import Family
from lychgate.server.people.login_model import Code
from lychgate.server.secrets import digest
from lychgate.server.stores.store import Audit

from .grant import Decision, Grant, Request, Start


async def decide(engine: Engine, request: Request) -> Decision:
    """The login that the person began in the browser."""
    text = request.form.get("code")
    if text is None:
        raise OAuthError("invalid_request", "code is missing")
    code = await engine.store.code(digest(text))
    if code is None or (code.issuer, code.client) != (request.issuer.id, request.client.id):
        raise OAuthError("invalid_grant", "this code is not known here")
    _same_redirect(code, request)
    _proved(code, request)
    if code.extra.get("dpop_jkt") not in (None, request.held.jkt):
        raise OAuthError("invalid_grant", "this code is bound to another key (dpop_jkt)")
    if code.used_at is not None:  # whoever the person is by now, and whatever they may: a copy is about
        await engine.store.revoke_family(code.family, request.now)
        engine.authority.family_revoked(code.family)
        raise OAuthError("invalid_grant", "this code was used before: what it gave has been revoked")
    user = await engine.authority.user(code.user)
    if user is None:
        raise OAuthError("invalid_grant", "the user of this code is no longer known")
    if code.expires_at <= request.now:
        raise OAuthError("invalid_grant", "this code has expired")
    return Decision(user.id, user, code.scope, code.audience, start=_start(engine, code, request))


def _same_redirect(code: Code, request: Request) -> None:
    given = request.form.get("redirect_uri")
    if given != code.redirect_uri and (given is not None or code.extra.get("redirect_given", True)):
        raise OAuthError("invalid_grant", "redirect_uri is not the one of the authorization request")


def _proved(code: Code, request: Request) -> None:
    verifier = request.form.get("code_verifier")
    if code.challenge is None:
        if verifier is not None:
            raise OAuthError("invalid_grant", "code_verifier without a code_challenge before it (RFC 9700 4.8)")
        return
    if verifier is None or not pkce.check(verifier, code.challenge):
        raise OAuthError("invalid_grant", "code_verifier is missing, or not the one of the code_challenge")


def _start(engine: Engine, code: Code, request: Request) -> Start:
    async def take(family: Family, now: int, audit: Audit) -> bool:
        return await engine.store.take_code(code.digest, family, now, audit)

    refreshable = "refresh_token" in request.client.grants
    return Start(code.family, take, refreshable, code.session, code.auth_time, code.extra, code.created_at)


AUTHORIZATION_CODE = Grant("authorization_code", ("code", "redirect_uri", "code_verifier", "resource"), decide)
