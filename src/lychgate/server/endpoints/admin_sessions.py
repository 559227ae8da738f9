"""The administration of sessions and signing keys."""

from __future__ import annotations

from collections.abc import Sequence

from lychgate.server.exchange import Form
from lychgate.server.model import SigningKey
from lychgate.server.pages.admin_sessions import AdminKeys, AdminSessions, KeyRow, SessionRow
from lychgate.server.pages.confirm import Confirm
from lychgate.server.pages.paths import PATHS, path
from lychgate.server.pages.view import View
from lychgate.server.pages.words import shown, span
from lychgate.server.people.login_model import Login
from lychgate.server.sessions import session_end
from lychgate.server.signing import key_rotation
from lychgate.server.stores.store import Missing

from .admin_desk import SIZE, Desk
from .discovery import JWKS


async def sessions(desk: Desk) -> View:
    store, now = desk.engine.store, desk.engine.clock()
    found = await store.listed_logins(now, desk.query, skip=desk.skip, limit=SIZE + 1)
    _, _, total, _ = await store.numbers(desk.engine.issuer.id, now)
    rows = await rows_of(desk, found[:SIZE])
    return AdminSessions(rows=rows, pager=desk.pager("admin_sessions", len(found), total), query=desk.query)


async def rows_of(desk: Desk, logins: Sequence[Login]) -> tuple[SessionRow, ...]:
    """Logins as a page shows them, their programs by name."""
    return tuple([await _row(desk, login) for login in logins])


async def _row(desk: Desk, login: Login) -> SessionRow:
    client = await desk.engine.authority.client(login.issuer, login.client) if login.client else None
    return SessionRow(
        id=login.id,
        user=login.name,
        user_id=login.user,
        address=login.address,
        made_at=login.created_at,
        program=login.client if client is None else client.name,
        used_at=login.seen_at,
        ends_at=login.expires_at,
    )


async def _named(desk: Desk) -> Login:
    found = await desk.engine.store.listed_login(desk.id, desk.engine.clock()) if len(desk.id) <= 100 else None
    if found is None:
        raise Missing("there is no such session")
    return found


async def ask(desk: Desk) -> View:
    """GET: shall this session end?"""
    login = await _named(desk)
    what = f"the session of {shown(login.name)}" + (f" in {shown(login.client)}" if login.client else "")
    return Confirm(
        question=f"End {what}?",
        consequence="What came of it is refused from now on, but for logins that were allowed to go on offline.",
        verb="End it",
        action=path("admin_session_do", id=login.id, deed="end"),
        back=PATHS["admin_sessions"],
    )


async def end(desk: Desk, form: Form) -> str:
    """POST: the answer was yes."""
    login, engine = await _named(desk), desk.engine
    row = desk.actor.row(
        engine, "session.end", user=login.user, client=login.client or None, issuer=login.issuer or None
    )
    if login.client:
        await session_end.end_login(engine, login.id, [row])
    else:
        await session_end.end_session(engine, login.id, [row])
    return PATHS["admin_sessions"]


async def keys(desk: Desk) -> View:
    engine, now = desk.engine, desk.engine.clock()
    kept = await engine.store.keys(engine.issuer.id)
    published = [key for key in kept if key.removed_at is None or key.removed_at > now]
    rows = tuple(_key(key, now) for key in sorted(published, key=lambda key: -key.signs_from))
    return AdminKeys(rows=rows, jwks=engine.named(JWKS))


def _key(key: SigningKey, now: int) -> KeyRow:
    over = key.signs_until is not None and key.signs_until <= now
    return KeyRow(
        kid=key.kid,
        alg=key.alg,
        state="next" if now < key.signs_from else "kept" if over else "signing",
        signs_from=key.signs_from,
        removed_at=key.removed_at,
    )


async def ask_to_rotate(desk: Desk) -> View:
    ahead = span(desk.engine.config.publish_ahead)
    return Confirm(
        question="Make a new signing key?",
        consequence=f"It is published now and signs in {ahead}, so that everybody knows it by then. The key before it "
        "stays in the key set until the last token that it signed has ended.",
        verb="Make a new key",
        action=PATHS["admin_keys_rotate"],
        back=PATHS["admin_keys"],
        danger=False,
    )


async def rotate(desk: Desk, form: Form) -> str:
    await key_rotation.rotate(desk.engine, desk.actor)
    return PATHS["admin_keys"]
