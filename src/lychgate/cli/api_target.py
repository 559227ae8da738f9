"""``lychgate login`` with the URL of an API: who its issuer is, and what a login for it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lychgate.issuer.discovery import discover
from lychgate.issuer.resource import Api, api_at
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import origin_of
from lychgate.world.panel import host_of
from lychgate.world.profiles import profile_table

from .target import OPENID, issuer_is_known


@dataclass(frozen=True)
class Asked:
    """``what`` is an issuer or a profile; ``name`` and ``options`` are those for an API, where there is one."""

    what: str | None
    name: str | None
    options: Mapping[str, Any]
    note: str = ""


def asked(what: str | None, name: str | None, options: Mapping[str, Any]) -> Flow[Asked]:
    """What is to be logged in at: an API's URL becomes its issuer's (RFC 9728), everything else stays as it is.

    Raises ``ConfigError`` for a URL that is neither an issuer's nor an API's, and what the calls raise.
    """
    table = profile_table(name) if name else {}
    if what is None or "://" not in what or issuer_is_known(what) or (table and not table.get("resource")):
        return Asked(what, name, options)
    try:
        yield from discover(what)
        return Asked(what, name, options)
    except ConfigError as no_issuer:
        try:
            api = yield from api_at(what)
        except ConfigError as error:
            raise ConfigError(f"{no_issuer} And {error}", field="issuer") from None
    return (yield from _for_api(api, name, options))


def _for_api(api: Api, name: str | None, options: Mapping[str, Any]) -> Flow[Asked]:
    issuer = api.issuers[0]
    document = yield from discover(issuer)
    supported = document.get("scopes_supported")
    known = [scope for scope in OPENID if isinstance(supported, list) and scope in supported]
    wished: dict[str, Any] = {
        "scope": list(dict.fromkeys([*(options.get("scope") or api.scopes), *known])),
        "resource": options.get("resource") or api.resource,
        "origins": list(dict.fromkeys([*(options.get("origins") or ()), origin_of(api.resource)])),
    }
    if api.dpop:
        wished["dpop"] = True
    others = f" It also trusts {', '.join(api.issuers[1:])}." if len(api.issuers) > 1 else ""
    note = f"{api.resource} says that its issuer is {issuer}.{others}"
    return Asked(issuer, name or host_of(api.resource), {**options, **wished}, note)
