"""What people may choose on a supercomputer: login (uid), group, role and supplementary groups; the first is usual.

UNICORE's words: a wish is what a request prefers, and one that the person has not got is refused by name. Inside OAuth
a wish is a scope, ``unicore:uid=ada``: then the access token says ``uid``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from lychgate.kernel.errors import LychgateError
from lychgate.oauth.error import OAuthError
from lychgate.server.model import User

MOST = 100  # values of each kind
_WORD = re.compile(r"[!#-*\--9;-\[\]-~]{1,100}")  # printable ASCII but for " + , : and \, which scope and header take


_NAMES = {"uid": "uid", "group": "group", "role": "role", "supplementary": "supplementary group"}


class NotAvailable(LychgateError):
    """The person may not choose this; ``kind`` is "uid", "group", "role" or "supplementary", ``value`` what it was."""

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f"the {_NAMES[kind]} {value[:100]} is not available to this user")
        self.kind, self.value = kind, value


@dataclass(frozen=True, slots=True)
class Wish:
    """What is preferred, None where nothing is said: the usual one (no supplementary groups) is meant then."""

    uid: str | None = None
    group: str | None = None
    role: str | None = None
    supplementary: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds; None where the person has nothing of the kind."""

    uid: str | None = None
    group: str | None = None
    role: str | None = None
    supplementary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person may choose, each in order, the usual one first; empty where they have nothing of the kind."""

    uid: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    supplementary: tuple[str, ...] = ()

    def pick(self, wish: Wish) -> Chosen:
        """What holds for ``wish``. Raises ``NotAvailable`` for what the person has not got."""
        return Chosen(
            _one("uid", self.uid, wish.uid),
            _one("group", self.group, wish.group),
            _one("role", self.role, wish.role),
            self._supplementary(wish.supplementary or ()),
        )

    def _supplementary(self, wished: Iterable[str]) -> tuple[str, ...]:
        for value in wished:
            if value not in self.supplementary and value not in self.group:
                raise NotAvailable("supplementary", value)
        return tuple(dict.fromkeys(wished))


KINDS = tuple(field.name for field in fields(Choices))


def _one(kind: str, available: tuple[str, ...], wished: str | None) -> str | None:
    if wished is not None and wished not in available:
        raise NotAvailable(kind, wished)
    return wished or next(iter(available), None)


def choices_of(user: User) -> Choices:
    """What ``user`` may choose."""
    return Choices(**{kind: tuple(user.choices.get(kind, ())) for kind in KINDS})


def edited(user: User, given: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """``User.choices`` with the kinds that are ``given`` in place of those before.

    Raises ``OAuthError`` for a value that no preference could name: it holds a space, comma, colon or plus sign.
    """
    new = {kind: tuple(dict.fromkeys(values)) for kind, values in given.items()}
    for kind, values in new.items():
        if len(values) > MOST or not all(_WORD.fullmatch(value) for value in values):
            what = f"a {_NAMES[kind]} is a word of at most 100 characters without , : + (at most {MOST} of them)"
            raise OAuthError("invalid_client_metadata", what)
    return {kind: list(values) for kind, values in (user.choices | new).items() if values}
