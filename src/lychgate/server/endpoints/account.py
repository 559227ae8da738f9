"""My account: what a person proves themselves with, their name and their password."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Form
from lychgate.server.pages.account import Account, Passkey, SshKey
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.proofs import ChangeName, ChangePassword, RemoveFactor
from lychgate.server.pages.view import Person, View
from lychgate.server.people import accounts, recovery
from lychgate.server.people.login import log_in
from lychgate.server.programs.registration import LONGEST_NAME
from lychgate.server.stores.store import Taken

from .onward import THEN
from .personal import Visit

FRESH = 600_000  # ms after a login in which a factor may be added without another one


def must_log_in(visit: Visit, then: str) -> LogIn | None:
    """The login page where the login is too old for what the page ``then`` changes."""
    session = visit.browser.session
    if session is not None and visit.engine.clock() - session.auth_time < FRESH:
        return None
    return LogIn(state="again", name=visit.user.name, hidden=((THEN, then),))


async def show(visit: Visit) -> View:
    user, factors = visit.user, await visit.engine.store.factors(visit.user.id)
    left = sum(factor.kind == "recovery" for factor in factors)
    passkeys = [one for one in factors if one.kind == "passkey"]
    return Account(
        person=Person(name=user.name, email=user.email, superuser=user.superuser),
        password_at=await _password_at(visit),
        totp_at=next((one.created_at for one in factors if one.kind == "totp"), None),
        passkeys=tuple(
            Passkey(id=one.id, name=one.name, made_at=one.created_at, used_at=one.used_at) for one in passkeys
        ),
        recovery_left=left,
        recovery_made=recovery.MADE if left else 0,
        keys=tuple(
            SshKey(
                id=key.fingerprint,
                name=key.name,
                kind=key.kind,
                fingerprint=key.fingerprint,
                made_at=key.created_at,
                used_at=key.used_at,
            )
            for key in await visit.engine.store.user_keys(user.id)
        ),
    )


async def _password_at(visit: Visit) -> int | None:
    if visit.user.password_hash is None:
        return None
    rows = await visit.engine.store.audit(user=visit.user.id, event="user.password", limit=1)
    return rows[-1].at if rows else visit.user.created_at


async def ask_for_name(visit: Visit) -> View:
    return must_log_in(visit, "name") or ChangeName(name=visit.user.name)


async def change_name(visit: Visit, form: Form) -> View | str:
    """After a fresh login: one logs in with the name, and programs know a person by it."""
    if first := must_log_in(visit, "name"):
        return first
    wanted = form.get("name", "").strip()
    try:
        await accounts.edit(visit.engine, visit.actor, visit.user, {"name": wanted})
    except OAuthError as error:
        return ChangeName(name=wanted[:LONGEST_NAME], problem=_sentence(error))
    except Taken:
        return ChangeName(name=wanted, problem="Somebody else has this name. Choose another one.")
    return PATHS["account"]


async def ask_for_password(visit: Visit) -> View:
    return _password_page(visit)


def _password_page(visit: Visit, **wrong: str) -> ChangePassword:
    has_one = visit.user.password_hash is not None
    shortest = visit.engine.config.password_min_length
    return ChangePassword(shortest=shortest, has_one=has_one, name=visit.user.name, **wrong)  # type: ignore[arg-type]  # fields by name


async def change_password(visit: Visit, form: Form) -> View | str:
    """Once the old one was right; every other browser is logged out by it."""
    if problem := await wrong_password(visit, form.get("password", "")):
        return _password_page(visit, wrong="password", problem=problem)
    try:
        changed = await accounts.set_password(visit.engine, visit.actor, visit.user, form.get("new", ""))
    except OAuthError as error:
        return _password_page(visit, wrong="new", problem=_sentence(error))
    session = visit.browser.session
    await visit.browser.log_in(changed, session.amr if session is not None else ("pwd",))
    return PATHS["account"]


def removal(visit: Visit, page: str, id: str, what: str, consequence: str, problem: str) -> RemoveFactor:
    """The page that takes away ``what``, which has the ``id``, by the password."""
    return RemoveFactor(
        what=what,
        consequence=consequence,
        action=PATHS[page],
        name=visit.user.name,
        problem=problem,
        hidden=(("id", id),),
    )


async def wrong_password(visit: Visit, password: str) -> str:
    """Why ``password`` is not the person's, in a sentence; empty where it is. Wrong ones slow them as at the login."""
    try:
        await log_in(visit.engine, visit.engine.issuer, visit.user.name, password)
    except OAuthError as error:
        return _sentence(error) if error.status == 429 else "This is not your current password. Type it again."
    return ""


def _sentence(error: OAuthError) -> str:
    return f"{error.description[:1].upper()}{error.description[1:]}."
