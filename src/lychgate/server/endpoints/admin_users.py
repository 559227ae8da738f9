"""The administration of users: the list, a user, and the form that makes and changes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Form
from lychgate.server.model import User
from lychgate.server.pages.admin_users import AdminUser, AdminUserForm, AdminUsers, UserRow
from lychgate.server.pages.paths import path
from lychgate.server.pages.view import View
from lychgate.server.people import accounts
from lychgate.server.stores.store import Missing, Taken
from lychgate.server.supercomputers import choices

from . import issued_rows
from .admin_desk import SIZE, Desk, why
from .admin_sessions import rows_of

Wrong = Literal["", "email", "name", "password", "roles", "groups", "choices"]
PROOFS = {"totp": "code app", "passkey": "passkey", "recovery": "recovery codes"}
OWN = 50  # clients of a user that the page names, and sessions that it shows


async def users(desk: Desk) -> View:
    store = desk.engine.store
    found = await store.listed_users(desk.query, desk.skip, SIZE + 1)
    used = await store.last_logins([user.id for user in found[:SIZE]])
    total, *_ = await store.numbers(desk.engine.issuer.id, desk.engine.clock())
    rows = tuple(_row(user, used.get(user.id)) for user in found[:SIZE])
    return AdminUsers(rows=rows, pager=desk.pager("admin_users", len(found), total), query=desk.query)


def _row(user: User, used_at: int | None) -> UserRow:
    return UserRow(
        id=user.id,
        name=user.name,
        email=user.email,
        active=user.active,
        superuser=user.superuser,
        used_at=used_at,
        made_at=user.created_at,
    )


async def named(desk: Desk) -> User:
    """The user whom the path names. Raises ``Missing``."""
    found = await desk.engine.store.user(desk.id) if len(desk.id) <= 100 else None
    if found is None:
        raise Missing("there is no such user")
    return found


async def is_last(desk: Desk, user: User) -> bool:
    """Whether nobody would be left to administer without ``user``. The store asks again when it comes to it."""
    *_, administrators = await desk.engine.store.numbers(desk.engine.issuer.id, desk.engine.clock())
    return user.superuser and user.active and administrators == 1


async def user(desk: Desk) -> View:
    found, store = await named(desk), desk.engine.store
    used = await store.last_logins([found.id])
    logins = await store.listed_logins(desk.engine.clock(), user=found.id, limit=OWN)
    own = await store.clients(desk.engine.issuer.id, found.id, limit=OWN)
    return AdminUser(
        user=_row(found, used.get(found.id)),
        roles=found.roles,
        groups=found.groups,
        verified=found.verified,
        proofs=await _proofs(desk, found),
        sessions=await rows_of(desk, logins),
        clients=tuple((client.id, client.name) for client in own),
        choices=_choices(found),
        issued=await issued_rows.of(desk.engine, found),
        last_administrator=await is_last(desk, found),
    )


def _choices(user: User) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((kind, tuple(user.choices.get(kind, ()))) for kind in choices.KINDS)


def _chosen(form: Form) -> dict[str, list[str]]:
    """What the form says of each kind, in its order."""
    return {kind: form.get(kind, "").split() for kind in choices.KINDS}


async def _proofs(desk: Desk, user: User) -> tuple[str, ...]:
    kinds = [PROOFS.get(factor.kind, factor.kind) for factor in await desk.engine.store.factors(user.id)]
    return tuple(dict.fromkeys([*(["password"] if user.password_hash else []), *kinds]))


async def new(desk: Desk) -> View:
    return AdminUserForm(action=path("admin_user_new"))


async def edit(desk: Desk) -> View:
    found = await named(desk)
    name = "" if found.name == found.email else found.name
    return AdminUserForm(
        action=path("admin_user_edit", id=found.id),
        id=found.id,
        email=found.email,
        name=name,
        roles=found.roles,
        groups=found.groups,
        choices=_choices(found),
    )


def _given(form: Form) -> dict[str, Any]:
    email = form.get("email", "").strip()
    words = {name: tuple(dict.fromkeys(form.get(name, "").split())) for name in ("roles", "groups")}
    return {"email": email, "name": form.get("name", "").strip() or email, **words}


async def add(desk: Desk, form: Form) -> View | str:
    """POST of the form for a new user."""
    given = _given(form)
    email = given.pop("email")
    try:
        made = await accounts.add(desk.engine, desk.actor, email, form.get("password"), **given)
    except (OAuthError, Taken) as error:
        return _again(path("admin_user_new"), "", form, error)
    return path("admin_user", id=made.id)


async def change(desk: Desk, form: Form) -> View | str:
    """POST of the form for a user that there is; a password, where one is given, ends what came before it."""
    found, password = await named(desk), form.get("password")
    try:
        changes = _given(form) | {"choices": choices.edited(found, _chosen(form))}
        changes |= await accounts.password_changes(desk.engine, password) if password else {}
        await accounts.edit(desk.engine, desk.actor, found, changes, "user.password" if password else "user.edit")
    except (OAuthError, Taken) as error:
        return _again(path("admin_user_edit", id=found.id), found.id, form, error)
    return path("admin_user", id=found.id)


def _again(action: str, id: str, form: Form, error: OAuthError | Taken) -> View:
    return AdminUserForm(
        action=action,
        id=id,
        email=form.get("email", ""),
        name=form.get("name", ""),
        roles=tuple(form.get("roles", "").split()),
        groups=tuple(form.get("groups", "").split()),
        choices=tuple((kind, tuple(words)) for kind, words in _chosen(form).items()) if id else (),
        problem=why(error),
        wrong=_wrong(error),
    )


_MARKS: Sequence[tuple[str, Wrong]] = (
    ("e-mail", "email"),
    ("password", "password"),
    ("name", "name"),
    ("without , : +", "choices"),
    ("role", "roles"),
)


def _wrong(error: OAuthError | Taken) -> Wrong:
    """The field that an error is about."""
    if isinstance(error, Taken):
        return cast(Wrong, error.field if error.field in ("email", "name") else "")
    found: list[Wrong] = [field for mark, field in _MARKS if mark in error.description]
    return found[0] if found else ""
