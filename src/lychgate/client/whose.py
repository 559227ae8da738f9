"""Whose a login is: one person's never takes the place of another's without being told to."""

from __future__ import annotations

from contextlib import suppress

from lychgate.kernel.errors import Refused, TransientError
from lychgate.kernel.flow import Flow

from .token import Token


def another(kept: Token | None, fresh: Token) -> bool:
    """Whether the two are of different people, as far as the issuer has said of both whose they are."""
    for name in ("subject", "owner"):
        before, now = (str(one.extra.get(name) or "") if one else "" for one in (kept, fresh))
        if before and now:
            return before != now
    return False


def same(source: object, kept: Token | None, fresh: Token) -> Flow[None]:
    """Raise ``Refused`` where ``fresh`` is somebody else's than what is kept; the issuer is told of its end.

    ``source`` says by ``by_person`` that people log in at it.
    """
    if not getattr(source, "by_person", False) or not another(kept, fresh):
        return
    from .ending import end

    with suppress(TransientError, Refused):  # then it ends by itself
        yield from end(source, fresh)
    was, now = (one.extra.get("owner") or one.extra.get("subject") if one else "" for one in (kept, fresh))
    where, command = getattr(source, "where", "the issuer"), getattr(source, "command", "lychgate login ISSUER")
    raise Refused(
        f"{now} logged in at {where}, and the login of {was} is kept there. It stays, and nothing was replaced. "
        f"To have both:  {command} --as NAME   (or end the other one first:  lychgate logout)",
        error="another_user",
    )
