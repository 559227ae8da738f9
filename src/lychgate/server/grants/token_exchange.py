"""Token exchange (RFC 8693): a token for what a client calls on somebody's behalf, for one that it was handed.

With an actor token the new one says who acts (``act``, delegation); without, the client stands in for the subject
(impersonation), and a chain of actors that was there stays. Nothing is gained: the scope is that of both the subject's
token and the client, the end that of the token handed over, and what it is for is what the client is registered for.
"""

from __future__ import annotations

from lychgate.oauth import token_exchange as messages
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.trusted import presented
from lychgate.server.trusted.presented import Shown

from .grant import Decision, Exchanged, Grant, Request

_PARAMETERS = (
    "subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "audience",
    "scope", "resource",
)  # fmt: skip


async def decide(engine: Engine, request: Request) -> Decision:
    """A token for the subject, acted for by the actor where there is one."""
    form, client = request.form, request.client
    if not request.proved:
        raise OAuthError("invalid_client", "token exchange needs client authentication (RFC 8693 5)")
    if form.get("requested_token_type", messages.ACCESS_TOKEN) != messages.ACCESS_TOKEN:
        raise OAuthError("invalid_request", f"requested_token_type: only {messages.ACCESS_TOKEN} is issued")
    subject = await presented.token(engine, request, "subject")
    acts = "actor_token" in form or "actor_token_type" in form
    actor = await presented.token(engine, request, "actor") if acts else None
    who = {"iss": request.issuer.url, "sub": client.id, "client_id": client.id} if actor is None else _named(actor)
    if not messages.may_act(subject.claims, who):
        raise OAuthError("invalid_request", "the subject token names who may act with it, and that is somebody else")
    taken = Exchanged(
        subject.ends if actor is None else min(subject.ends, actor.ends),
        _act(engine, request, subject, actor),
        subject.family,
        await _targets(engine, request, subject),
        subject.given_at,
        messages.ACCESS_TOKEN,
        {"of": str(subject.claims.get("iss"))} | ({} if actor is None else {"actor": actor.subject}),
    )
    return Decision(subject.subject, subject.user, subject.scope, exchanged=taken)


def _named(actor: Shown) -> dict[str, str]:
    """How the subject's token may name the actor: as the issuer of the actor's token does."""
    names = ("iss", "sub", "client_id")
    return {name: actor.claims[name] for name in names if isinstance(actor.claims.get(name), str)}


def _act(engine: Engine, request: Request, subject: Shown, actor: Shown | None) -> dict[str, object] | None:
    if actor is not None and "act" in actor.claims:
        raise OAuthError("invalid_request", "actor_token: whoever acts does so for themselves, and by nobody else")
    person = actor is not None and actor.user is not None and actor.subject == actor.user.id
    sub = engine.subjects.of(request.client, actor.subject) if actor and person else actor and actor.subject
    try:
        return messages.act({"sub": sub} if sub else None, subject.claims.get("act"))
    except ValueError as error:
        raise OAuthError("invalid_request", f"subject_token is not accepted: {error}") from None


async def _targets(engine: Engine, request: Request, subject: Shown) -> tuple[str, ...]:
    """What the token is to be for: what was asked for, else all that the client may, without what was disabled.

    This issuer's own endpoints are among it only where the subject's token reached them.
    """
    asked = (*request.form.many.get("resource", ()), *request.form.many.get("audience", ()))
    own = (request.issuer.url,) if subject.reaches else ()
    known = tuple(dict.fromkeys((*own, *request.issuer.audiences, *request.client.audiences)))
    ended = [one for one in (asked or known) if one not in own and one in known and await _ended(engine, request, one)]
    if asked and ended:
        raise OAuthError("invalid_target", "what this token would be for has been disabled")
    targets = asked or tuple(one for one in known if one not in ended)
    if not targets or not set(targets) <= set(known):
        raise OAuthError("invalid_target", "this client may not call that with a token of another's")
    return targets


async def _ended(engine: Engine, request: Request, uri: str) -> bool:
    """Whether there are clients that serve ``uri``, and all of them are disabled."""
    serving = await engine.store.serving(request.issuer.id, uri)
    return bool(serving) and not any(serving)


TOKEN_EXCHANGE = Grant(messages.GRANT, _PARAMETERS, decide)
