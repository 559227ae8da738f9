"""Second factors: which a person has, and whether what they typed is one. Wrong ones slow them down.

A password alone lets nobody in who has a code app or a passkey. A recovery code stands in for either, once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lychgate.server.engine import Engine
from lychgate.server.model import User

from . import passkeys, recovery, totp
from .login_model import Factor
from .passkeys import NotProved, Party

Kind = Literal["totp", "passkey", "recovery"]
KINDS: tuple[Kind, ...] = ("totp", "passkey", "recovery")
SPENT = 3_600_000  # ms that a challenge is remembered; longer than any ticket that carries one
GUARDING = frozenset({"totp", "passkey"})  # recovery codes alone ask for nothing


@dataclass(frozen=True, slots=True)
class Given:
    """What came of the browser for a factor: the ``code`` typed, or the passkey's reply to ``challenge``."""

    code: str = ""
    credential: str = ""
    challenge: str = ""
    party: Party | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """``state`` is "right", with how in ``amr`` (RFC 8176), or "wrong", "used", or "slowed" for ``wait`` seconds."""

    state: Literal["right", "wrong", "used", "slowed"]
    amr: tuple[str, ...] = ()
    wait: int = 0


WRONG, USED = Outcome("wrong"), Outcome("used")


def purpose(user: str) -> str:
    """What a person's TOTP secret is sealed for."""
    return f"code app of {user}"


def offered(factors: Sequence[Factor]) -> tuple[Kind, ...]:
    """The kinds that a person may prove, best first; none where the password is enough."""
    known = {factor.kind for factor in factors}
    return () if known.isdisjoint(GUARDING) else tuple(kind for kind in KINDS if kind in known)


async def needed(engine: Engine, user: User) -> bool:
    """Whether the password of ``user`` is not enough."""
    return bool(offered(await engine.store.factors(user.id)))


async def prove(engine: Engine, user: User, kind: str, given: Given) -> Outcome:
    """Whether ``given`` proves a factor of ``user``, which is thereby used."""
    guesses = f"\x1fsecond factor of {user.id}"  # nobody logs in by a name with a control character
    async with engine.passwords.turn():  # so that guesses sent at once are counted one after the other
        left = (await engine.store.slowed(guesses)).blocked_until - engine.clock()
        if left > 0:
            return Outcome("slowed", wait=-(-left // 1000))
        check = _CHECKS.get(kind)
        outcome = WRONG if check is None else await check(engine, user, given)
        if outcome.state != "right":
            await engine.store.login_failed(guesses, engine.clock())
        return outcome


async def _totp(engine: Engine, user: User, given: Given) -> Outcome:
    for factor in await engine.store.factors(user.id):
        if factor.kind == "totp":
            secret = engine.master.unseal(factor.sealed, purpose(user.id)).decode()
            step = totp.step_of(secret, given.code, engine.clock())
            if step is not None:
                used = not await engine.store.use_factor(factor.id, step, engine.clock())
                return USED if used else Outcome("right", ("otp", "mfa"))
    return WRONG


async def _recovery(engine: Engine, user: User, given: Given) -> Outcome:
    handle = recovery.handle(engine.master, user.id, given.code)
    taken = await engine.store.take_factor(user.id, "recovery", handle)
    return Outcome("right", ("otp", "mfa")) if taken else WRONG


async def _passkey(engine: Engine, user: User, given: Given) -> Outcome:
    found = await by_passkey(engine, given)
    return WRONG if found is None or found[0] != user.id else Outcome("right", found[1])


_CHECKS: dict[str, Callable[[Engine, User, Given], Awaitable[Outcome]]] = {
    "totp": _totp,
    "recovery": _recovery,
    "passkey": _passkey,
}


async def by_passkey(engine: Engine, given: Given) -> tuple[str, tuple[str, ...]] | None:
    """The id of the user whose passkey answered, and how; None where none did, or this very reply came before."""
    if given.party is None:
        return None
    try:
        proved = await passkeys.proved(engine, given.party, given.challenge, given.credential)
    except NotProved:
        return None
    now = engine.clock()
    if not await engine.store.spend_jti(engine.issuer.id, passkeys.KIND, given.challenge, now + SPENT):
        return None
    if not proved.counter and not proved.factor.counter:  # it does not count, as most do not (WebAuthn 6.1.1)
        await engine.store.see_factor(proved.factor.id, now)
    elif not await engine.store.use_factor(proved.factor.id, proved.counter, now):
        return None
    return proved.factor.user, proved.amr
