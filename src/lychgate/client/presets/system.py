"""A system whose customs are data: where its issuer is, what to ask for, and what it does otherwise than others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urljoin

from lychgate.client.sources.authorization_code import AuthorizationCode
from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.device_code import DeviceCode
from lychgate.client.sources.source import Source
from lychgate.issuer import discovery
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names
from lychgate.kernel.secret import Secret

from .preset import Preset, Store

PERSON = ("login", "device")


@dataclass(frozen=True)
class System:
    """``issuer`` as its metadata name it. ``reach``: the APIs that its tokens are for.

    ``scope`` is asked for in a person's name where the caller names none, ``always`` is added to what the caller names.
    ``ways`` are those that it has; ``asks`` are further parameters of its authorization request. ``ends``: the
    endpoints, relative to the issuer, of one that publishes no metadata. ``method``: how a secret is sent.
    ``scope_separator`` is what stands between scopes in its answers, where that is no blank (RFC 6749 3.3).
    """

    name: str
    issuer: str
    reach: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    robot_scope: tuple[str, ...] = ()
    ways: tuple[str, ...] = (*PERSON, "robot")
    asks: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    scope_separator: str = ""

    def __call__(
        self,
        client_id: Annotated[str, "the program's id, as it was registered there"],
        client_secret: Annotated[Secret | str | None, "its secret, where it has one"] = None,
        *,
        way: Annotated[str, "login (in the browser), device (a code for another device), or robot (its own tokens)"] = (
            "login"
        ),
        scope: Annotated[tuple[str, ...] | str, "what to ask for; nothing means what is usual"] = (),
        user: Annotated[str, "who is to log in; anybody else is refused"] = "",
        redirect_port: Annotated[int, "the port that the browser comes back to; 0 takes any that is free"] = 8888,
        url: Annotated[str, "the issuer, for another installation of the same system"] = "",
        origins: Iterable[str] | None = None,
        store: Store = None,
    ) -> Preset:
        """Tokens of this system. ``origins``: the APIs that they may go to, in place of the usual ones.

        Raises ``ConfigError`` for what does not fit together.
        """
        issuer = url or self.issuer
        check_names([way], ("login", "device", "robot"), what="way")
        if way not in self.ways:
            raise ConfigError(f"{self.name} has no way {way!r}; it has: {', '.join(self.ways)}", field="way")
        self._declare(issuer)
        words = tuple(scope.split()) if isinstance(scope, str) else tuple(scope)
        common: dict[str, Any] = {"issuer": issuer, "client_id": client_id, "client_secret": client_secret}
        common["scope_separator"] = self.scope_separator
        common["method"] = self.method if client_secret is not None else ""
        made = self._person(way, words, user, redirect_port, common) if way in PERSON else self._robot(words, common)
        return Preset(made, tuple(origins) if origins is not None else self.reach or None, store=store)

    def _person(self, way: str, words: tuple[str, ...], user: str, port: int, common: dict[str, Any]) -> Source:
        asked = tuple(dict.fromkeys([*self.always, *(words or self.scope)]))
        common |= {"scope": asked, "user": user, "authorization_extra": dict(self.asks)}
        return DeviceCode(**common) if way == "device" else AuthorizationCode(**common, redirect_port=port)

    def _robot(self, words: tuple[str, ...], common: dict[str, Any]) -> Source:
        return ClientCredentials(**common, scope=words or self.robot_scope)

    def _declare(self, issuer: str) -> None:
        """Have discovery know the endpoints of one that publishes none; what is of the original alone stays there."""
        if self.ends:
            ours = {name: at for name, at in self.ends.items() if issuer == self.issuer or "://" not in at}
            ends = {name: urljoin(f"{issuer}/", place) for name, place in ours.items()}
            discovery.declare(issuer, {"issuer": issuer, **ends})
