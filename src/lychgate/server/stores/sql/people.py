"""SQL of settings, issuers, users, their login names and their failed logins."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.sql import Select

from ..rows import ISSUER, USER
from .statement import LIMIT, Statement, add_new, columns, constant, one, put, value
from .tables import issuer, login_failure, login_name, setting, users

LIKE = value("like")
_user = select(*columns(users, USER.keys))
_FAILURE = ("digest", "times", "failures", "blocked_until", "last_at")


def _page(found: bool) -> Select[*tuple[object, ...]]:
    page = _user.where(users.c.id > value("after")).order_by(users.c.id).limit(LIMIT).offset(constant(0))
    of = select(login_name.c.user).where(login_name.c.folded.like(LIKE, escape="\\"))
    return page.where(users.c.id.in_(of)) if found else page  # one pass over the names, which are narrow


STATEMENTS: dict[str, Statement] = {
    "setting": select(setting.c.value).where(one(setting.c.name, "name")),
    "add setting": add_new(setting, ("name", "value")),
    "issuers": select(*columns(issuer, ISSUER.keys)).order_by(issuer.c.id),
    "issuer": select(*columns(issuer, ISSUER.keys)).where(one(issuer.c.id, "id")),
    "add issuer": add_new(issuer, ISSUER.keys),
    "put issuer": put(issuer, ("url",), one(issuer.c.id, "of_id")),
    "add user": add_new(users, USER.keys),
    "add login name": add_new(login_name, ("folded", "user")),
    "drop login names": delete(login_name).where(one(login_name.c.user, "id")),
    "user": _user.where(one(users.c.id, "id")),
    "user to edit": _user.where(one(users.c.id, "id")).with_for_update(key_share=True),
    "user by login": _user.join(login_name).where(one(login_name.c.folded, "folded")),
    "administrator": select(users.c.id).where(users.c.superuser, users.c.active).limit(constant(1)).offset(constant(0)),
    "users": _page(found=False),
    "users found": _page(found=True),
    "put user": put(users, USER.keys[1:], one(users.c.id, "of_id")),
    "drop user": delete(users).where(one(users.c.id, "id")).returning(users.c.id),
    "failure": select(*columns(login_failure, _FAILURE[1:4])).where(one(login_failure.c.digest, "digest")),
    "failure to count": select(*columns(login_failure, _FAILURE[1:4]))
    .where(one(login_failure.c.digest, "digest"))
    .with_for_update(),
    "add failure": add_new(login_failure, _FAILURE),
    "put failure": put(login_failure, _FAILURE[1:], one(login_failure.c.digest, "of_digest")),
    "drop failure": delete(login_failure).where(one(login_failure.c.digest, "digest")),
}
