"""Logging a person in by password: the same work, answer and time for a wrong password and an unknown name.

Only failures slow anybody, by the folded name whether it exists or not, never by address alone.
"""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.model import Issuer, User
from lychgate.server.secrets import fold

LONGEST_NAME = 320  # characters of a login name
IMPOSSIBLE = "?"  # what failures are counted under for a name that nobody can have


async def log_in(engine: Engine, issuer: Issuer, name: str, password: str) -> User:
    """The user with this name (or e-mail address) and password.

    Raises ``OAuthError``: invalid_grant, or temporarily_unavailable with status 429 and ``Retry-After`` in seconds.
    """
    folded = fold(name[: LONGEST_NAME + 1])
    possible = 0 < len(folded) <= LONGEST_NAME and folded.isprintable()
    folded = folded if possible else IMPOSSIBLE
    async with engine.passwords.turn():  # so that guesses sent at once are counted one after the other
        await _refuse_slowed(engine, folded)
        user = await engine.store.user_by_login(folded) if possible else None
        right = await engine.passwords.verify(user.password_hash if user else None, password)
        if user is None or not right:
            await engine.store.login_failed(folded, engine.clock())
            raise OAuthError("invalid_grant", "wrong name or password")
    await _succeeded(engine, user, folded, password)
    if not user.active:
        raise OAuthError("invalid_grant", "wrong name or password")
    return user


async def _refuse_slowed(engine: Engine, folded: str) -> None:
    slowed = await engine.store.slowed(folded)
    left = slowed.blocked_until - engine.clock()
    if left > 0:
        seconds = -(-left // 1000)
        raise OAuthError(
            "temporarily_unavailable",
            f"too many failed logins for this name; try again in {seconds} s",
            status=429,
            headers={"Retry-After": str(seconds)},
        )


async def _succeeded(engine: Engine, user: User, folded: str, password: str) -> None:
    """Forget the failures, and hash again where the parameters have changed since."""
    if (await engine.store.slowed(folded)).failures:
        await engine.store.login_succeeded(folded)
    if user.password_hash and engine.passwords.outdated(user.password_hash):
        await engine.store.edit_user(user.id, {"password_hash": await engine.passwords.hash(password)})
