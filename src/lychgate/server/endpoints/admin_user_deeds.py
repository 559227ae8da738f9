"""What an administrator does to a user: each deed asks once, in words, and then is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Form
from lychgate.server.model import User
from lychgate.server.pages.confirm import Confirm
from lychgate.server.pages.paths import path
from lychgate.server.pages.view import View
from lychgate.server.pages.words import shown
from lychgate.server.people import accounts, enrol
from lychgate.server.stores.store import LastAdministrator
from lychgate.server.supercomputers import issued

from .admin_desk import Desk, why
from .admin_users import is_last, named

LAST = "This is the last administrator. Make somebody else an administrator first."


@dataclass(frozen=True, slots=True)
class Deed:
    """``question`` holds the name; ``takes`` says that it may take away the last administrator."""

    question: str
    consequence: str
    verb: str
    do: Callable[[Desk, User], Awaitable[object]]
    danger: bool = True
    takes: bool = False


async def _disable(desk: Desk, user: User) -> None:
    await accounts.edit(desk.engine, desk.actor, user, {"active": False}, "user.disable")


async def _enable(desk: Desk, user: User) -> None:
    await accounts.edit(desk.engine, desk.actor, user, {"active": True}, "user.enable")


async def _promote(desk: Desk, user: User) -> None:
    await accounts.edit(desk.engine, desk.actor, user, {"superuser": True}, "user.promote")


async def _demote(desk: Desk, user: User) -> None:
    await accounts.edit(desk.engine, desk.actor, user, {"superuser": False}, "user.demote")


async def _log_out(desk: Desk, user: User) -> None:
    await accounts.edit(desk.engine, desk.actor, user, {"not_before": desk.engine.clock()}, "user.log_out")


async def _remove(desk: Desk, user: User) -> None:
    await accounts.remove(desk.engine, desk.actor, user)


async def _forget(desk: Desk, user: User) -> None:
    await enrol.forget(desk.engine, desk.actor, user)


async def _revoke(desk: Desk, user: User) -> None:
    await issued.revoke(desk.engine, desk.actor, user, None)


DEEDS = {
    "disable": Deed(
        "Disable {}?",
        "All sessions end at once, and the tokens given out are refused. The clients of this user stop too.",
        "Disable", _disable, takes=True,
    ),
    "enable": Deed("Enable {}?", "This user can log in again.", "Enable", _enable, danger=False),
    "promote": Deed(
        "Make {} an administrator?",
        "An administrator can change every user and client here, and read the audit log.",
        "Make an administrator", _promote,
    ),
    "demote": Deed(
        "Shall {} no longer be an administrator?", "This user stays, without the administration.",
        "No longer an administrator", _demote, takes=True,
    ),
    "log-out": Deed(
        "Log {} out everywhere?", "All sessions end at once, and the tokens given out are refused.", "Log out", _log_out
    ),
    "remove": Deed(
        "Remove {}?", "The user, all their sessions and the clients that they own are gone for good.",
        "Remove", _remove, takes=True,
    ),
    "forget-factors": Deed(
        "Forget the second factors of {}?",
        "Code app, passkeys and recovery codes stop working; the password alone is enough until new ones are added. "
        "Be sure that it is this person who asks.",
        "Forget them", _forget,
    ),
    "revoke-tokens": Deed(
        "Revoke the issued tokens of {}?",
        "Jobs that hold one are refused here at once. Other sites that trust this one do not hear of it.",
        "Revoke them", _revoke,
    ),
}  # fmt: skip


async def ask(desk: Desk) -> View:
    """GET: the question."""
    user = await named(desk)
    last = DEEDS[desk.deed].takes and await is_last(desk, user)
    return _question(desk, user, LAST if last else "")


def _question(desk: Desk, user: User, refused: str = "") -> Confirm:
    deed = DEEDS[desk.deed]
    return Confirm(
        question=deed.question.format(shown(user.name)),
        consequence=deed.consequence,
        verb=deed.verb,
        action=path("admin_user_do", id=user.id, deed=desk.deed),
        back=path("admin_user", id=user.id),
        danger=deed.danger,
        refused=refused,
    )


async def do(desk: Desk, form: Form) -> View | str:
    """POST: the answer was yes."""
    user = await named(desk)
    try:
        await DEEDS[desk.deed].do(desk, user)
    except LastAdministrator:
        return _question(desk, user, LAST)
    except OAuthError as error:
        return _question(desk, user, why(error))
    return path("admin_users") if desk.deed == "remove" else path("admin_user", id=user.id)
