"""Which realm answers at a path: looked up live, since realms are added while the server runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.facades import keycloak
from lychgate.server.facades.facade import Handler
from lychgate.server.model import Issuer

from .realms import PLACES, url_of


class RealmRoutes:
    """The realms of an engine, each with the table of what it answers, made when it is first asked for.

    ``learn`` is told of each table.
    """

    def __init__(self, engine: Engine, learn: Callable[[Mapping[str, Mapping[str, Handler]]], None]) -> None:
        self._engine = engine
        places = "|".join(PLACES)
        self._form = re.compile(rf"(?:/\.well-known/[a-z-]+)?{re.escape(engine.base)}({places})([^/]+)(?:/.*)?")
        self._branches: dict[str, tuple[Issuer, keycloak.Branch]] = {}
        self._learn = learn
        self._issuers: Mapping[str, Issuer] = {}
        self._named: Mapping[str, Issuer] = {}

    def methods(self, path: str) -> Mapping[str, Handler] | None:
        """What is answered at ``path`` by method, None where it is below no realm's address or nothing is there.

        Raises ``OAuthError`` (404) where no realm has that name.
        """
        found = self._form.fullmatch(path)
        if found is None:
            return None
        place, name = found.groups()
        issuer = self._by_name().get(name)
        if issuer is None:
            raise OAuthError("invalid_request", "there is no realm of this name", status=404)
        return self._branch(issuer, place).methods(path)

    def template(self, path: str) -> str | None:
        """``path`` with the realm's name and its id left open; None where no realm answers there."""
        found = self._form.fullmatch(path)
        issuer = found and self._by_name().get(found[2])
        if not found or not issuer:
            return None
        template = self._branch(issuer, found[1]).template(path)
        return template and template[: found.start(2)] + "{realm}" + template[found.end(2) :]

    def _by_name(self) -> Mapping[str, Issuer]:
        known = self._engine.authority.issuers
        if known is not self._issuers:  # the change feed has brought others
            self._issuers, self._named = known, {one.realm: one for one in known.values() if one.realm}
        return self._named

    def _branch(self, issuer: Issuer, place: str) -> keycloak.Branch:
        url = url_of(self._engine.issuer.url, issuer.realm, place)
        known = self._branches.get(url)
        if known is not None and known[0] == issuer:
            return known[1]
        view = self._engine.at(replace(issuer, url=url), keycloak.DIALECT)
        made = keycloak.branch(view)
        self._branches[url] = issuer, made
        self._learn(made.table)
        return made
