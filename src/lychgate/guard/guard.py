"""The guard: protects an API of one's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import origin_of
from lychgate.oauth import access_token
from lychgate.world.perform import Performer
from lychgate.world.person import person
from lychgate.world.stores import open_store

from .bearer import token_of
from .call import Call
from .checker import checker
from .possession import possession, require_unbound
from .principal import Principal
from .published import Published, resource_in
from .refusal import Refusal, no_credential
from .requirement import Requirement, needs
from .sender import proxies as _proxies
from .switch import switch
from .trusted import Issuer
from .verifier import Verifier

if TYPE_CHECKING:
    from lychgate.kernel.secret import Secret

    from .asgi import App, GuardedApp
    from .wsgi import GuardedWsgi, WsgiApp


class Guard:
    """Accepts access tokens of ``issuer`` (one or several) for ``audience`` and nothing else.

    ``audience`` is this API's own identifier (one or several), as the tokens' ``aud`` names it (RFC 9068 3).
    ``requires``, ``scope``, ``role`` and ``group`` are what every caller must have. ``introspect`` (client id, secret)
    has the issuer asked about each token, with ``keys=False`` instead of the check by its keys; ``types`` are the
    accepted ``typ`` values; an ``Issuer`` has these three of its own. ``resource`` is the API's URL in its metadata,
    by default the audience where that is a URL. In seconds: ``leeway``; ``remember`` an introspection, and so how late
    a revocation may be seen; ``stale``, how long keys serve while the issuer is away.
    ``bound`` lets in only tokens that are bound to their sender: True, or ``"dpop"`` (RFC 9449) or ``"mtls"``
    (RFC 8705). Where they are so, each call is checked in any case: ``origins`` are those at which callers reach this
    API (by default that of ``resource``, else what requests say); ``nonces``: proofs must hold one of ours, made with
    this secret, which all processes share (True: one of this process); ``proxies`` (addresses, networks, ``unix``) may
    hand on clients' certificates in ``Client-Cert``.
    Nothing is fetched before the first call. Raises ``ConfigError`` without an audience: a token for any API would do.
    """

    def __init__(
        self,
        issuer: str | Issuer | Iterable[str | Issuer],
        audience: str | Iterable[str],
        *,
        requires: Requirement | None = None,
        scope: str = "",
        role: str = "",
        group: str = "",
        introspect: tuple[str, Secret | str] | None = None,
        keys: bool = True,
        types: Iterable[str] = access_token.TYPES,
        resource: str | None = None,
        leeway: float = 10.0,
        remember: float = 30.0,
        stale: float = 3600.0,
        bound: bool | str = False,
        origins: Iterable[str] | None = None,
        nonces: bool | Secret | str = False,
        proxies: Iterable[str] = (),
        allow_insecure: bool = False,
    ) -> None:
        accepted = frozenset([audience] if isinstance(audience, str) else audience)
        if not accepted or "" in accepted:
            raise ConfigError("a guard needs an audience: the identifier of this API in its tokens", field="audience")

        def trusted(one: str | Issuer) -> Issuer:
            if isinstance(one, Issuer):
                return one
            return Issuer(url=one, keys=keys, introspect=introspect, types=types, allow_insecure=allow_insecure)

        issuers = [trusted(one) for one in ([issuer] if isinstance(issuer, str | Issuer) else issuer)]
        checkers = {one.url: checker(one, accepted, leeway, stale, remember) for one in issuers}
        self.required = needs(*([requires] if requires else []), scope=scope, role=role, group=group)
        self.switch = switch()
        shown = resource_in(accepted) if resource is None else resource
        named = tuple(origins) if origins is not None else (origin_of(shown),) if shown else ()
        handing = tuple(proxies)
        self._possession = possession(bound, named, nonces, _proxies(handing))
        self.published = Published(shown, tuple(checkers), self.required.scopes, bound, bool(handing))
        self._verifier = Verifier(checkers)
        self._world = Performer(open_store("memory"), person("never"))

    def verify(self, token: str) -> Principal:
        """The principal of an access token, blocking. Raises ``Refusal``, also for a token that is bound to its sender:
        that needs the request (``admit``)."""
        known = self._verifier.at_once(token, time.time())
        who = self._world.run(self._verifier.verify(token)) if known is None else known
        if "cnf" in who.claims or self._possession.wanted:
            require_unbound(who.claims, self._possession.wanted)
        return who

    async def averify(self, token: str) -> Principal:
        """The same, awaiting."""
        known = self._verifier.at_once(token, time.time())
        who = await self._world.arun(self._verifier.verify(token)) if known is None else known
        if "cnf" in who.claims or self._possession.wanted:
            require_unbound(who.claims, self._possession.wanted)
        return who

    def admit(self, call: Call, requires: Requirement | None = None) -> Principal:
        """The caller, who has what the guard and ``requires`` ask for; blocking. Raises ``Refusal``."""
        try:
            shown = self._shown(call)
            if shown is None:
                return self.switch.let_in(*call.addresses, *call.sender().behind)
            known = self._verifier.at_once(shown[0], time.time())
            who = self._world.run(self._verifier.verify(shown[0])) if known is None else known
            return self._met(who, shown, call, requires)
        except Refusal as refusal:
            raise self._led(refusal, requires) from None

    async def aadmit(self, call: Call, requires: Requirement | None = None) -> Principal:
        """The same, awaiting."""
        try:
            shown = self._shown(call)
            if shown is None:
                return self.switch.let_in(*call.addresses, *call.sender().behind)
            known = self._verifier.at_once(shown[0], time.time())
            who = await self._world.arun(self._verifier.verify(shown[0])) if known is None else known
            return self._met(who, shown, call, requires)
        except Refusal as refusal:
            raise self._led(refusal, requires) from None

    def _shown(self, call: Call) -> tuple[str, bool] | None:
        """The token to look at, and whether a proof is to come with it; None where everybody is let through."""
        if not self.switch.on:
            return None
        shown = token_of(call.authorizations, call.query)
        if shown is None:
            raise no_credential(dpop=self._possession.wanted in (True, "dpop"))
        return shown

    def _met(self, who: Principal, shown: tuple[str, bool], call: Call, requires: Requirement | None) -> Principal:
        token, by_proof = shown
        if by_proof or "cnf" in who.claims or self._possession.wanted:
            self._possession.require(token, who.claims, by_proof, call)
        self.required.check(who)
        if requires is not None:
            requires.check(who)
        return who

    def _led(self, refusal: Refusal, requires: Requirement | None) -> Refusal:
        """A refusal that leads on to the issuer, and says which scopes to ask for."""
        wanted = self.required if requires is None else self.required & requires
        return refusal.at(self.published.url, " ".join(sorted(wanted.scopes)))

    # --- the ways to put it in front of an application

    def asgi(self, app: App, *, open: Iterable[str] | Callable[[str], bool] = ()) -> GuardedApp:
        """The ASGI application ``app`` with everything in it protected, but for the paths that are ``open``."""
        from .asgi import GuardedApp

        return GuardedApp(app, self, open if callable(open) else frozenset(open).__contains__)

    def wsgi(self, app: WsgiApp, *, open: Iterable[str] | Callable[[str], bool] = ()) -> GuardedWsgi:
        """The WSGI application ``app`` with everything in it protected, but for the paths that are ``open``."""
        from .wsgi import GuardedWsgi

        return GuardedWsgi(app, self, open if callable(open) else frozenset(open).__contains__)

    def depends(self, *requirements: Requirement, scope: str = "", role: str = "", group: str = "") -> Any:
        """A FastAPI dependency: the handler's argument is the ``Principal``."""
        from .fastapi import dependency

        return dependency(self, needs(*requirements, scope=scope, role=role, group=group))

    def starlette(self, *requirements: Requirement, scope: str = "", role: str = "", group: str = "") -> Any:
        """A decorator for Starlette's handlers; the caller is in ``request.state.principal``."""
        from .starlette import guarded

        return guarded(self, needs(*requirements, scope=scope, role=role, group=group))

    def flask(self, *requirements: Requirement, scope: str = "", role: str = "", group: str = "") -> Any:
        """A decorator for Flask's views; the caller is in ``flask.g.principal``."""
        from .flask import guarded

        return guarded(self, needs(*requirements, scope=scope, role=role, group=group))

    @property
    def django(self) -> Callable[[Any], Any]:
        """A middleware for Django's ``MIDDLEWARE``; the caller is in ``request.principal``."""
        from .django import middleware

        return middleware(self)
