"""A person's second factors: added, renewed and removed, each with its row in the audit log."""

from __future__ import annotations

from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.model import User
from lychgate.server.secrets import digest, new_id
from lychgate.server.stores.store import Missing

from . import recovery, totp
from .login_model import Factor
from .second_factors import purpose


async def add_totp(engine: Engine, actor: Actor, user: User, secret: str, code: str) -> bool:
    """Keep the code app with ``secret``, sealed, if ``code`` is its code of now, which is thereby used.

    False where it is not. Raises ``Taken`` where there is a code app already.
    """
    now = engine.clock()
    step = totp.step_of(secret, code, now)
    if step is None:
        return False
    one = digest(f"code app of {user.id}")  # a person has one, even when the form is sent twice at once
    sealed = engine.master.seal(secret.encode(), purpose(user.id))
    await add(engine, actor, Factor(new_id(), user.id, "totp", "", one, sealed, step, now))
    return True


async def add(engine: Engine, actor: Actor, factor: Factor) -> None:
    """Raises ``Taken``."""
    await engine.store.add_factor(factor, [actor.row(engine, "factor.add", user=factor.user, fields=factor.kind)])


async def renew_codes(engine: Engine, actor: Actor, user: User) -> tuple[str, ...]:
    """New recovery codes, shown this once, in place of the old ones."""
    row = actor.row(engine, "factor.add", user=user.id, fields="recovery")
    await engine.store.remove_factors(user.id, "recovery", [row])
    codes = tuple(recovery.new_code() for _ in range(recovery.MADE))
    for code in codes:
        kept = recovery.handle(engine.master, user.id, code)
        await engine.store.add_factor(Factor(new_id(), user.id, "recovery", "", kept, b"", 0, engine.clock()))
    return codes


async def remove(engine: Engine, actor: Actor, factor: Factor) -> None:
    """Raises ``Missing`` where it is gone already."""
    row = actor.row(engine, "factor.remove", user=factor.user, fields=factor.kind)
    if not await engine.store.remove_factor(factor.user, factor.id, [row]):
        raise Missing("this factor is gone already")


async def forget(engine: Engine, actor: Actor, user: User) -> int:
    """Take all factors from ``user``, for an operator or administrator; answers how many there were."""
    factors = await engine.store.factors(user.id)
    kinds = sorted({factor.kind for factor in factors})
    row = actor.row(engine, "user.forget_factors", user=user.id, fields=" ".join(kinds))
    for kind in kinds:
        await engine.store.remove_factors(user.id, kind, [row] if kind == kinds[-1] else [])
    return len(factors)
