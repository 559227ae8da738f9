"""Issuing a token for programs: for how long, whether it may make another, and for which servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lychgate.oauth import jose
from lychgate.server.model import AuditRow
from lychgate.server.secrets import new_id
from lychgate.server.supercomputers.unicore_model import IssuedToken

from .identity import ALG, dn_of
from .preferences import wish_of
from .problem import refused, unfit
from .proof import STANDS_ON

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Call
    from lychgate.server.model import User

    from .caller import Caller
    from .identity import Identity
    from .proof import Grant

UNTIL = "X-Lychgate-Renew-Until"  # epoch seconds: the end of all that is made with a renewable token
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, and the row that it has."""

    text: str = field(repr=False)
    row: IssuedToken

    def headers(self) -> dict[str, str]:
        """What the answer states: how far a renewable one can be renewed."""
        return {} if self.row.renew_until is None else {UNTIL: str(self.row.renew_until // 1000)}


async def issue(engine: Engine, identity: Identity, call: Call, caller: Caller, asked: Mapping[str, str]) -> Issued:
    """The token that ``asked`` (``lifetime``, ``renewable``, ``limited``) describes.

    Raises ``OAuthError``: 403 for who may have none or has too many, 400 for a lifetime that does not fit.
    """
    if caller.user is None or caller.proof is None:
        raise refused("an anonymous caller gets no token: log in first")
    grant = caller.proof.token
    if grant is not None and not grant.renewable:
        raise refused("this token is not renewable, so it makes no other: log in with your own credentials")
    row = _row(engine, call, caller, caller.user, asked)
    if grant is not None:
        row = _within(row, grant, "lifetime" in asked)
    most = engine.config.facade.unicore.tokens
    if not await engine.store.add_issued_token(row, most, [_audit(row, call)]):
        raise refused(f"you have {most} issued tokens that live, which is the most: revoke some, or let some end")
    return Issued(jose.sign({"typ": "JWT", "alg": ALG}, _claims(row, identity, caller.user), identity.key), row)


def _row(engine: Engine, call: Call, caller: Caller, user: User, asked: Mapping[str, str]) -> IssuedToken:
    settings, now, id = engine.config.facade.unicore, engine.clock(), new_id()
    facts: dict[str, Any] = caller.proof.facts if caller.proof else {}
    renewable = flag(asked, "renewable")
    return IssuedToken(
        id,
        facts.get("origin", id),
        engine.issuer.id,
        user.id,
        now,
        now + 1000 * _lifetime(asked.get("lifetime"), settings.lifetime, settings.longest_lifetime),
        renewable,
        flag(asked, "limited"),
        caller.wished,
        now + 1000 * settings.renewable_for if renewable else None,
        facts.get("fam"),
        facts.get("client_id"),
        call.address,
        stands_on={name: facts[name] for name in STANDS_ON if name in facts},
    )


def _within(row: IssuedToken, grant: Grant, chosen: bool) -> IssuedToken:
    """Nothing wider than the token that makes it; ``chosen``: the lifetime is the caller's own wish."""
    cap = grant.renew_until
    if cap is not None:
        left = (cap - row.created_at) // 1000
        if left < 1:
            raise refused(f"this token could be renewed until {_shown(cap)}: log in with your own credentials")
        if chosen and row.expires_at > cap:
            raise unfit(f"lifetime: at most {left} seconds, for this token can be renewed until {_shown(cap)}")
        row = replace(row, expires_at=min(row.expires_at, row.created_at + 1000 * left))
    ends = [end for end in (cap, row.renew_until) if end is not None]
    return replace(row, limited=row.limited or grant.limited, renew_until=min(ends) if row.renewable else None)


def _claims(row: IssuedToken, identity: Identity, user: User) -> dict[str, Any]:
    """Flags are texts and the times whole seconds, as UNICORE writes them."""
    issued_at = row.created_at // 1000
    made: dict[str, Any] = {
        "sub": dn_of(user.name),
        "iss": identity.dn,
        "iat": issued_at,
        "exp": issued_at + (row.expires_at - row.created_at) // 1000,
        "jti": row.id,
        "etd": "true",
    }
    if row.preferences:
        uid = wish_of(row.preferences).uid
        made |= {"preferences": row.preferences} | ({"uid": uid} if uid else {})
    if row.renewable and row.renew_until is not None:
        made |= {"renewable": "true", "renew_until": row.renew_until // 1000}
    return made | ({"aud": identity.dn} if row.limited else {})


def _lifetime(asked: str | None, usual: int, longest: int) -> int:
    """In seconds."""
    if asked is None:
        return min(usual, longest)
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 12 and 1 <= int(asked) <= longest):
        raise unfit(f"lifetime: a whole number of seconds from 1 to {longest}")
    return int(asked)


def flag(asked: Mapping[str, str], name: str) -> bool:
    found = _FLAGS.get(asked.get(name, "false").lower())
    if found is None:
        raise unfit(f"{name}: true or false")
    return found


def _shown(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _audit(row: IssuedToken, call: Call) -> AuditRow:
    return AuditRow(
        row.created_at,
        row.issuer,
        "token",
        "ok",
        row.client,
        row.user,
        "unicore",
        row.id,
        row.family,
        row.address,
        call.id,
    )
