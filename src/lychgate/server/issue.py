"""The rites of every grant, in one place: client, policy, decision, keeping, minting, audit.

The token endpoint and the facades' token paths differ only in how they read a request and write an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lychgate.oauth import scope as scopes
from lychgate.oauth.bound import NOTHING, Binding
from lychgate.oauth.error import OAuthError

from . import policy
from .bound import possession
from .engine import Engine
from .exchange import Call, Form
from .grants import GRANTS
from .grants.grant import Decision, Exchanged, Request
from .mint import Dress, Minted, Order, mint
from .model import AuditRow, Client, Family, Issuer
from .programs import fapi
from .secrets import new_id
from .signing.id_token import id_token
from .supercomputers.choice_scope import chosen_claims, is_choice


@dataclass(frozen=True, slots=True)
class Manner:
    """What a facade changes in the rites: its name, audiences, roles and algorithm of its tokens, and its grants.

    ``scopes`` are what each login has there besides what it asks for (None: a login that starts without a browser has
    the client's alone); ``typ``, ``dress`` and ``identify`` are those of ``Order``.
    """

    facade: str = ""
    audiences: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    alg: str | None = None
    grants: frozenset[str] = frozenset(GRANTS)
    scopes: tuple[str, ...] | None = None
    typ: str | None = None
    dress: Dress | None = None
    identify: Dress | None = None


ENGINE = Manner()
_NOTHING_TAKEN = Exchanged()


@dataclass(slots=True, eq=False)
class Issued:
    """A token, the scope in it, the refresh token that goes with it, and the login (None: it comes of none).

    ``type`` is ``DPoP`` for one that is bound to a key, ``issued_type`` what RFC 8693 3 calls it in an exchange.
    """

    token: Minted
    scope: tuple[str, ...]
    refresh_token: str | None
    id_token: str | None = None
    family: Family | None = None
    type: str = "Bearer"
    issued_type: str | None = None


async def issue(
    engine: Engine, call: Call, issuer: Issuer, client: Client, proved: bool, form: Form, manner: Manner = ENGINE
) -> Issued:
    """The token that ``form`` asks for; ``proved`` says whether the client proved who it is.

    Raises ``OAuthError`` for a refusal, ``StoreUnavailable`` where the database is needed and away.
    """
    name = form.get("grant_type", "")
    grant = GRANTS.get(name)
    if grant is None or name not in manner.grants:
        raise OAuthError("unsupported_grant_type" if name else "invalid_request", "grant_type is missing or unknown")
    policy.may_use_grant(client, name, manner.facade)
    now, held = engine.clock(), NOTHING
    if client.extra or possession.DPOP in call.headers:
        held = await possession.of_client(engine, call, client)
    decision = await grant.decide(engine, Request(issuer, client, proved, form, now, held))
    began = decision.start or decision.exchanged
    given_at = began.given_at if began else None
    policy.may_have_tokens(client, decision.user, decision.family, given_at, alone=decision.exchanged is None)
    order = order_of(engine, issuer, client, form, manner, decision)
    order.cnf = held.claim() if held else None
    row = AuditRow(
        now, issuer.id, "token", "ok", client.id, _id(decision), name, order.jti, order.family, call.address, call.id,
        decision.exchanged.detail if decision.exchanged else {},
    )  # fmt: skip
    family = await _keep(engine, order, decision, row, now, NOTHING if proved else held)
    order.login = family
    minted = await mint(engine.keys, order, now)
    if family is None:
        engine.audit.note(row)
    engine.audit.used(issuer.id, client.id, now)
    refreshable = family is not None and (decision.start is None or decision.start.refreshable)
    refresh = engine.refresh_tokens.write(family.id, family.seq) if family and refreshable else None
    said = await id_token(engine, order, family, minted) if family and "openid" in order.scope else None
    return Issued(
        minted,
        tuple(order.scope),
        refresh,
        said,
        family,
        "DPoP" if held.jkt else "Bearer",
        decision.exchanged.type if decision.exchanged else None,
    )


def _id(decision: Decision) -> str | None:
    return None if decision.user is None else decision.user.id


def order_of(engine: Engine, issuer: Issuer, client: Client, form: Form, manner: Manner, decision: Decision) -> Order:
    """What the token is made of: what was asked for, within what the client and the login may have."""
    taken = decision.exchanged or _NOTHING_TAKEN
    asked = form.many.get("resource", ()) if taken.targets is None else taken.targets
    audience = policy.audience(client, issuer.url, asked, manner.audiences, decision.audience)
    user = decision.user
    known_as = None if user is None else engine.subjects.of(client, user.id)
    scope = _scope(client, form, manner, decision)
    return Order(
        issuer,
        client,
        known_as if user is not None and known_as and decision.subject == user.id else decision.subject,
        user,
        scope,
        audience,
        fapi.alg(client, manner.alg or client.alg or engine.config.alg),
        min(client.lifetime or engine.config.lifetime, engine.config.longest_lifetime),
        known_as,
        manner.roles,
        _family_id(decision),
        typ=manner.typ,
        dress=manner.dress,
        identify=manner.identify,
        chosen=chosen_claims(scope, user, "invalid_scope" if decision.scope is None else "invalid_grant"),
        act=taken.act,
        ends=taken.ends,
    )


def _scope(client: Client, form: Form, manner: Manner, decision: Decision) -> tuple[str, ...]:
    asked = scopes.parse(form["scope"]) if "scope" in form else ()
    if decision.scope is not None:
        return _narrowed(asked, still(decision.scope, client.scopes))
    if manner.scopes is not None:
        return policy.login_scope(asked, client, manner.scopes)
    return scopes.narrow(asked, (*client.scopes, *filter(is_choice, asked)) if asked else client.scopes)


def _narrowed(asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
    """What ``asked`` leaves of ``granted``. A choice stays: without it the token would reach all that there was."""
    given = scopes.narrow(asked, granted)
    return (*given, *(one for one in granted if is_choice(one) and one not in given))


def _family_id(decision: Decision) -> str | None:
    if decision.start is not None:
        return decision.start.family
    if decision.exchanged is not None:
        return decision.exchanged.family
    if decision.family is not None:
        return decision.family.id
    return new_id() if decision.login else None


def still(granted: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """What is left of ``granted`` now that only ``allowed`` may be had (a right may be withdrawn between refreshes)."""
    return tuple(one for one in granted if one in allowed or policy.anybodys(one))


async def _keep(
    engine: Engine, order: Order, decision: Decision, row: AuditRow, now: int, holder: Binding
) -> Family | None:
    """Write the login that starts or goes on, the audit row in the same transaction; None where there is none.

    ``holder`` is what a public client has proved to hold: nothing else tells it from a thief of its refresh token.
    """
    if decision.refresh is not None:
        return await _rotate(engine, order, decision, row, now)
    start = decision.start
    if not (decision.login or start) or order.user is None or order.family is None:
        return None
    family = Family(
        order.family,
        order.issuer.id,
        order.client.id,
        order.user.id,
        tuple(order.scope),
        tuple(order.audience),
        created_at=now,
        rotated_at=now,
        idle=engine.config.refresh_idle,
        expires_at=now + 1000 * engine.config.refresh_absolute,
        bound=next(iter(holder.names), None),
        auth_time=start.auth_time if start else now,
        session=start.session if start else None,
        extra=(start.extra if start else {}) | ({"iss": order.issuer.url} if order.issuer.realm else {}),
    )
    if start is None:
        await engine.store.add_family(family, [row])
    elif not await start.take(family, now, [row]):
        engine.authority.family_revoked(family.id)
        raise OAuthError("invalid_grant", "this code was used before: what it gave has been revoked")
    return family


async def _rotate(engine: Engine, order: Order, decision: Decision, row: AuditRow, now: int) -> Family:
    assert decision.refresh is not None
    taken = decision.refresh
    rotation = await engine.store.rotate(
        taken.family,
        taken.seq,
        (order.issuer.id, order.client.id),
        now,
        1000 * engine.config.grace,
        decision.family.bound if decision.family else None,  # which ``decide`` has compared
        audit=[row],
    )
    if rotation.outcome == "reused":
        engine.authority.family_revoked(taken.family)
        engine.meter.events["refresh token reused"] += 1
        engine.audit.note(replace(row, outcome="reused", jti=None))
    if rotation.family is None or rotation.outcome not in ("rotated", "repeated"):
        raise OAuthError("invalid_grant", "this login has ended, or this refresh token was replaced long ago")
    if rotation.outcome == "repeated":
        engine.audit.note(replace(row, outcome="repeated"))
    return rotation.family


def refused(
    engine: Engine, call: Call, issuer: Issuer, form: Form | None, client: str | None, error: OAuthError
) -> None:
    """Count and note a token request that was refused."""
    grant = form.get("grant_type", "") if form is not None else ""
    known = grant if grant in GRANTS else "other"
    engine.meter.token(known, error.error)
    engine.audit.note(
        AuditRow(
            engine.clock(), issuer.id, "token", error.error, client, None, known, None, None, call.address, call.id
        )
    )
