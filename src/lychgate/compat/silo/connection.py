"""How a credential's requests travel: certificates, proxy, and never away from home with the credential."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import origin_of
from lychgate.world.wire import Wire

if TYPE_CHECKING:
    import requests


def trust(fields: dict[str, Any]) -> ssl.SSLContext | bool | None:
    """What our own requests check certificates against. Raises ``ConfigError`` for a ``ca_path`` that is none."""
    path = fields["ca_path"]
    if not path:
        return None if fields["sslverifypeer"] else False
    try:
        made = ssl.create_default_context(**{"capath" if Path(path).is_dir() else "cafile": path})
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it holds no certificate"
        raise ConfigError(f"ca_path cannot be read: {why}", field="ca_path") from None
    return made if fields["sslverifypeer"] else False


def proxy_of(fields: dict[str, Any]) -> str | None:
    """The proxy's URL with its password in it, never to be shown; None where there is none."""
    if not fields["proxy"]:
        return None
    host, port = fields["proxyHost"], fields["proxyPort"]
    user, password = quote(fields["proxyUser"], safe=""), quote(fields["proxyPasswd"], safe="")
    login = f"{user}:{password}@" if user or password else ""
    return f"http://{login}{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


def wire_of(fields: dict[str, Any]) -> Wire:
    """Our own connection to where tokens come from."""
    return Wire(trust(fields), proxy_of(fields))


def sending(fields: dict[str, Any]) -> dict[str, Any]:
    """Arguments for requests that no environment variable overrules; a proxy of the environment serves where we have
    none."""
    verify = (fields["ca_path"] or True) if fields["sslverifypeer"] else False
    proxy = proxy_of(fields)
    return {"verify": verify, **({"proxies": {"http": proxy, "https": proxy}} if proxy else {})}


def stay_home(session: requests.Session, url: str) -> None:
    """Have redirects of ``session`` to an origin other than ``url``'s go bare, and none read a ``.netrc``."""
    import requests

    home, usual = origin_of(url), requests.Session().headers

    def rebuild_auth(prepared: requests.PreparedRequest, answer: requests.Response) -> None:
        if origin_of(prepared.url or "") == home:
            return
        ours = [name for name, value in session.headers.items() if usual.get(name) != value]
        for name in (*ours, "Authorization"):
            prepared.headers.pop(name, None)
        params = session.params
        pairs = params.items() if hasattr(params, "items") else ()
        prepared.url = _without(prepared.url or "", {(str(name), str(value)) for name, value in pairs})
        prepared.hooks = {"response": []}

    session.__dict__["rebuild_auth"] = rebuild_auth  # as requests itself calls it for each hop


def _without(url: str, pairs: set[tuple[str, str]]) -> str:
    parts = urlsplit(url)
    kept = [piece for piece in parts.query.split("&") if not set(parse_qsl(piece, True)) & pairs]
    return urlunsplit(parts._replace(query="&".join(kept)))
