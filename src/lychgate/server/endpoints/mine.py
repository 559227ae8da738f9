"""My clients and sessions: all that can act for a person, and its end."""

from __future__ import annotations

from lychgate.server.endpoints.program import program_of
from lychgate.server.exchange import Form
from lychgate.server.model import Client
from lychgate.server.pages import agent
from lychgate.server.pages.clients import Allowed, MyClients, OwnClient, Session
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.scopes import powers
from lychgate.server.pages.view import View
from lychgate.server.people.login_model import Consent, Login
from lychgate.server.sessions import session_end
from lychgate.server.sessions.once import hidden
from lychgate.server.stores.store import Missing
from lychgate.server.supercomputers import issued

from . import issued_rows
from .personal import Visit

MOST = 100  # rows of each kind


async def show(visit: Visit) -> View:
    store, user = visit.engine.store, visit.user.id
    logins = await store.listed_logins(visit.engine.clock(), user=user, limit=MOST)
    agents = {one.id: agent.named(one.agent) for one in await store.sessions(user)}
    owned = await store.clients(owner=user, limit=MOST)
    allowed = [await _allowed(visit, consent) for consent in (await store.consents(user))[:MOST]]
    return MyClients(
        sessions=tuple([await _session(visit, login, agents) for login in logins]),
        programs=tuple(one for one in allowed if one is not None),
        clients=tuple(_own(client) for client in owned),
        issued=await issued_rows.of(visit.engine, visit.user),
        hidden=hidden(),
    )


async def _session(visit: Visit, login: Login, agents: dict[str, str]) -> Session:
    here = visit.browser.session
    name = agents.get(login.id, agent.UNKNOWN)
    if login.client:
        client = await visit.engine.authority.client(login.issuer, login.client)
        name = login.client if client is None else client.name
    return Session(
        id=login.id,
        kind="program" if login.client else "browser",
        name=name,
        made_at=login.created_at,
        used_at=login.seen_at,
        ends_at=login.expires_at,
        address=login.address,
        this_one=here is not None and here.id == login.id,
    )


async def _allowed(visit: Visit, consent: Consent) -> Allowed | None:
    client = await visit.engine.authority.client(consent.issuer, consent.client)
    if client is None:  # removed a moment ago
        return None
    where = client.redirect_uris[0] if client.redirect_uris else ""
    return Allowed(
        id=key_of(client), program=program_of(client, where), powers=powers(consent.scope, {}), at=consent.granted_at
    )


def _own(client: Client) -> OwnClient:
    ends = [secret.not_after for secret in client.secrets]
    kept = [one for one in ends if one is not None]
    return OwnClient(
        id=client.id,
        name=client.name,
        made_at=client.created_at,
        used_at=client.last_used_at,
        ends_at=max(kept) if ends and len(kept) == len(ends) else None,
        active=client.active,
        key=key_of(client),
    )


def key_of(client: Client) -> str:
    """What a form names a client by, across the issuers of this server."""
    return f"{client.issuer}/{client.id}"


# --- what is pressed


async def end_session(visit: Visit, form: Form) -> str:
    id = form.get("id", "")
    login = await visit.engine.store.listed_login(id, visit.engine.clock()) if len(id) <= 100 else None
    if login is None or login.user != visit.user.id:  # somebody else's is none for this person
        raise Missing("there is no such session")
    await _end(visit, login)
    return PATHS["mine"]


async def end_others(visit: Visit, form: Form) -> str:
    """All but this browser: the other browsers, and every program's login."""
    here = visit.browser.session
    while True:
        logins = await visit.engine.store.listed_logins(visit.engine.clock(), user=visit.user.id, limit=MOST)
        others = [login for login in logins if here is None or login.id != here.id]
        for login in others:
            await _end(visit, login)
        if len(logins) < MOST:
            return PATHS["mine"]


async def _end(visit: Visit, login: Login) -> None:
    engine = visit.engine
    row = visit.actor.row(
        engine, "session.end", user=login.user, client=login.client or None, issuer=login.issuer or None
    )
    if login.client:
        await session_end.end_login(engine, login.id, [row])
    else:
        await session_end.end_session(engine, login.id, [row])


async def withdraw(visit: Visit, form: Form) -> str:
    """Forget what a program was allowed, and end its logins of this person."""
    engine, user = visit.engine, visit.user.id
    issuer, _, client = form.get("id", "").partition("/")
    if len(client) > 255 or await engine.store.consent(user, issuer, client) is None:
        raise Missing("there is no such program")
    lived = await engine.store.families(user=user, client=(issuer, client))
    row = visit.actor.row(engine, "consent.withdraw", user=user, client=client, issuer=issuer)
    await engine.store.withdraw(user, issuer, client, engine.clock(), [row])
    for family in lived:
        engine.authority.family_revoked(family.id)
    engine.back_channel.wake()
    return PATHS["mine"]


async def revoke_issued(visit: Visit, form: Form) -> str:
    """End a token that was issued, and those that were made with it."""
    await issued.revoke(visit.engine, visit.actor, visit.user, form.get("id", ""))
    return PATHS["mine"]
