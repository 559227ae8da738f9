"""What a caller must have: ``scope("read") & (role("a") | group("b"))``. Requirements are objects and compose."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

from lychgate.kernel.errors import ConfigError

from .principal import Principal
from .refusal import Refusal, insufficient_scope


class Requirement(ABC):
    """Something that a principal meets or does not. ``a & b`` needs both, ``a | b`` one of them."""

    @abstractmethod
    def met(self, who: Principal) -> bool:
        """Whether ``who`` has what is required."""

    @abstractmethod
    def __str__(self) -> str:
        """For people: ``the scope read and the role a``."""

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that a caller must ask for to meet it."""
        return frozenset()

    def __and__(self, other: Requirement) -> Requirement:
        return Every((self, other))

    def __or__(self, other: Requirement) -> Requirement:
        return Either((self, other))

    def check(self, who: Principal) -> None:
        """Raises ``Refusal``: 403 ``insufficient_scope``, with the scopes that are needed (RFC 6750 3.1)."""
        if not self.met(who):
            raise self.refusal()

    def refusal(self) -> Refusal:
        return insufficient_scope(f"this needs {self}", " ".join(sorted(self.scopes)))


@dataclass(frozen=True)
class Has(Requirement):
    """One named thing out of a set of the principal's."""

    kind: str
    name: str
    found: Callable[[Principal], Iterable[str]]

    def met(self, who: Principal) -> bool:
        return self.name in self.found(who)

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset({self.name} if self.kind == "scope" else ())

    def __str__(self) -> str:
        return f"the {self.kind} {self.name}"


@dataclass(frozen=True)
class Every(Requirement):
    """All of ``parts``; without any, everybody meets it."""

    parts: tuple[Requirement, ...] = ()

    def met(self, who: Principal) -> bool:
        return all(part.met(who) for part in self.parts)

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset().union(*(part.scopes for part in self.parts))

    def __str__(self) -> str:
        return " and ".join(map(str, self.parts)) or "an access token"


@dataclass(frozen=True)
class Either(Requirement):
    """One of ``parts``."""

    parts: tuple[Requirement, ...]

    def met(self, who: Principal) -> bool:
        return any(part.met(who) for part in self.parts)

    @property
    def scopes(self) -> frozenset[str]:
        """Those of the first way: asking for all ways at once would ask for too much."""
        return next((part.scopes for part in self.parts if part.scopes), frozenset())

    def __str__(self) -> str:
        return f"({' or '.join(map(str, self.parts))})"


def scope(names: str) -> Requirement:
    """All of the scopes in ``names``, parted by spaces."""
    return _all(Has("scope", name, lambda who: who.scopes) for name in names.split())


def role(name: str, client: str | None = None) -> Requirement:
    """A role that holds everywhere, or with ``client`` one at that client (``resource_access.<client>.roles``)."""
    if client is None:
        return Has("role", name, lambda who: who.roles)
    return Has(f"role at {client}", name, lambda who: who.client_roles.get(client, ()))


def group(name: str) -> Requirement:
    """Membership in a group."""
    return Has("group", name, lambda who: who.groups)


def client(name: str) -> Requirement:
    """A call by this program. A user of the same name is not it."""
    return Has("client", name, lambda who: (who.client,))


def needs(*requirements: Requirement, scope: str = "", role: str = "", group: str = "") -> Requirement:
    """All of ``requirements``, and those that are named by a word."""
    named = {"scope": scope, "role": role, "group": group}
    return _all([*requirements, *(_KINDS[kind](name) for kind, name in named.items() if name)])


def parse(text: str) -> Requirement:
    """``scope:read``, ``role:NAME``, ``role:CLIENT/NAME``, ``group:NAME``, ``client:ID``; ``|`` between them: or.

    Raises ``ConfigError``.
    """
    return reduce(operator.or_, [_parse_one(part.strip(), text) for part in text.split("|")])


def _parse_one(part: str, whole: str) -> Requirement:
    kind, _, name = part.partition(":")
    if kind not in _KINDS or not name:
        raise ConfigError(f"{whole!r} is no requirement: write scope:read, role:a|group:b, ...", field="require")
    where, slash, inner = name.partition("/")
    return role(inner, where) if kind == "role" and slash else _KINDS[kind](name)


def _all(parts: Iterable[Requirement]) -> Requirement:
    found = tuple(parts)
    return found[0] if len(found) == 1 else Every(found)


_KINDS: dict[str, Callable[[str], Requirement]] = {"scope": scope, "role": role, "group": group, "client": client}
