"""User preferences: ``uid:a,group:b,role:user,supplementaryGroups:x+y``, as UNICORE's header has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lychgate.server.supercomputers.choices import Choices, Chosen, NotAvailable, Wish, choices_of

from .problem import refused

if TYPE_CHECKING:
    from lychgate.server.model import User

HEADER = b"x-unicore-user-preferences"
ROLE = "user"  # of whom no role was given
ANONYMOUS = "anonymous"  # the role of whoever shows nothing
_NAMES = {
    "uid": "uid",
    "xlogin": "uid",
    "group": "group",
    "pgid": "group",
    "role": "role",
    "supplementarygroups": "supplementaryGroups",
    "supgids": "supplementaryGroups",
}


def read(lines: Iterable[str]) -> str:
    """The preferences of these header lines in one spelling, those that nobody knows left out; empty: none.

    Raises ``OAuthError`` (403) for what is no pair of name and value, and for two values of one name.
    """
    found: dict[str, str] = {}
    whole = ",".join(line for line in lines if line.strip())
    for pair in whole.split(",") if whole else ():
        name, colon, value = pair.partition(":")
        if not colon or ":" in value or not name.strip() or not value.strip():
            raise refused("malformed user preferences: they are written name:value, with commas between them")
        known = _NAMES.get(name.strip().lower())
        if known and found.setdefault(known, value.strip()) != value.strip():
            raise refused(f"user preferences name two of {known}, and one can be had")
    return ",".join(f"{name}:{value}" for name, value in found.items())


def wish_of(text: str) -> Wish:
    """What ``read`` answered, as a wish."""
    found = dict(pair.split(":", 1) for pair in text.split(",") if pair)
    groups = found.get("supplementaryGroups")
    chosen = None if groups is None else tuple(group.strip() for group in groups.split("+"))
    return Wish(found.get("uid"), found.get("group"), found.get("role"), chosen)


def available(user: User) -> Choices:
    """What ``user`` may choose here: whoever has no role of their own is a user."""
    has = choices_of(user)
    return has if has.role else Choices(has.uid, has.group, (ROLE,), has.supplementary)


def choose(user: User | None, text: str) -> Chosen:
    """What holds for ``user`` with these preferences; None is nobody, who has the role of nobody and no other thing.

    Raises ``OAuthError`` (403) for what they have not got.
    """
    has = available(user) if user else Choices(role=(ANONYMOUS,))
    try:
        return has.pick(wish_of(text))
    except NotAvailable as error:
        raise refused(str(error)) from None
