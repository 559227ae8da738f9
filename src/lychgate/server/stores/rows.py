"""How the rows of a table and the data classes of ``model`` turn into each other.

A row holds text, integers, booleans and bytes alone; tuples, sets and dictionaries are JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

from lychgate.server.model import AuditRow, Change, Client, ClientSecret, Family, Issuer, SigningKey, User
from lychgate.server.people.login_model import (
    Code,
    Consent,
    DeviceLogin,
    Factor,
    OuterClient,
    Pushed,
    RegistrationToken,
    Session,
    UserKey,
)
from lychgate.server.sessions.notice import Notice
from lychgate.server.supercomputers.unicore_model import IssuedToken, RestSession
from lychgate.server.trusted.trust_model import Trust

T = TypeVar("T")


_json = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


@lru_cache(4096)
def _tuple(text: str) -> tuple[Any, ...]:
    """Remembered: the same few scopes and audiences are read over and over."""
    return tuple(json.loads(text))


@lru_cache(4096)
def _set(text: str) -> frozenset[Any]:
    return frozenset(json.loads(text))


class Codec(NamedTuple):
    """How a field is written and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


MAP = Codec(lambda value: _json(value) if value else "{}", lambda text: json.loads(text) if text != "{}" else {})
TUPLE = Codec(lambda value: _json(list(value)), _tuple)
SET = Codec(lambda value: _json(sorted(value)), _set)
FLAG = Codec(bool, bool)


class Rows(Generic[T]):
    """The fields of ``made`` that its table holds, in their order, and the codecs of those that need one."""

    def __init__(self, made: type[T], *, without: Sequence[str] = (), **codecs: Codec) -> None:
        self._made = made
        self.keys = tuple(field.name for field in fields(made) if field.name not in without)  # type: ignore[arg-type]  # T is a data class, which the type system cannot say
        self._whole = not without
        self._get = attrgetter(*self.keys)
        self._codecs = tuple(codecs.items())
        self._reads = tuple((self.keys.index(key), codec.read) for key, codec in self._codecs)

    def pack(self, thing: T) -> dict[str, Any]:
        """``thing`` as values by key."""
        values = dict(zip(self.keys, self._get(thing), strict=True))
        for key, codec in self._codecs:
            values[key] = codec.write(values[key])
        return values

    def unpack(self, row: Sequence[Any], **more: Any) -> T:
        """The thing that ``row`` holds, its columns in the order of ``keys``; ``more`` are fields kept elsewhere."""
        values = list(row)
        for at, read in self._reads:
            values[at] = read(values[at])
        if self._whole:
            return self._made(*values)
        return self._made(**dict(zip(self.keys, values, strict=True)), **more)

    def changed(self, thing: T, changes: Mapping[str, Any], fixed: Sequence[str] = ()) -> T:
        """``thing`` with some fields set. Raises ``ValueError`` for a field that there is not, or that is fixed."""
        wrong = [key for key in changes if key not in self.keys or key in fixed]
        if wrong:
            raise ValueError(f"cannot be set: {', '.join(wrong)}")
        values = {key: getattr(thing, key) for key in self.keys} | dict(changes)
        kept = {field.name: getattr(thing, field.name) for field in fields(thing) if field.name not in values}  # type: ignore[arg-type]  # as above
        return self._made(**values, **kept)


ISSUER = Rows(Issuer, settings=MAP)
USER = Rows(User, active=FLAG, superuser=FLAG, verified=FLAG, roles=TUPLE, groups=TUPLE, claims=MAP, choices=MAP)
CLIENT = Rows(
    Client,
    without=("secrets",),
    methods=SET,
    grants=SET,
    redirect_uris=TUPLE,
    scopes=TUPLE,
    audiences=TUPLE,
    resources=TUPLE,
    groups=TUPLE,
    active=FLAG,
    extra=MAP,
)
SECRET = Rows(ClientSecret)
FAMILY = Rows(Family, scope=TUPLE, audience=TUPLE, extra=MAP)
SESSION = Rows(Session, amr=TUPLE)
CONSENT = Rows(Consent, scope=TUPLE)
CODE = Rows(Code, scope=TUPLE, audience=TUPLE, extra=MAP)
DEVICE = Rows(DeviceLogin, scope=TUPLE, audience=TUPLE, extra=MAP)
PUSHED = Rows(Pushed, params=MAP)
REGISTRATION_TOKEN = Rows(RegistrationToken)
FACTOR = Rows(Factor)
OUTER_CLIENT = Rows(OuterClient)
USER_KEY = Rows(UserKey)
ISSUED_TOKEN = Rows(IssuedToken, renewable=FLAG, limited=FLAG, stands_on=MAP)
REST_SESSION = Rows(RestSession, proof=MAP)
NOTICE = Rows(Notice)
TRUST = Rows(Trust, algs=TUPLE, audiences=TUPLE, clients=TUPLE)
KEY = Rows(SigningKey, public=MAP)
AUDIT = Rows(AuditRow, detail=MAP)
CHANGE = Rows(Change)
