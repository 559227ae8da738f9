"""The preset of a UNICORE site: its REST address, and one of the ways to log in there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import origin_of
from lychgate.kernel.secret import Secret

from .authenticators.basic import Basic
from .authenticators.bearer import Bearer
from .authenticators.signed_jwt import SignedJwt
from .oauth_client import check_url
from .presets.preset import Preset, Store
from .signer import Signer
from .sources.authorization_code import AuthorizationCode
from .sources.oidc_agent import OidcAgent


def unicore(
    url: Annotated[str, "the site's REST address: https://host/SITE/rest/core"],
    *,
    username: Annotated[str, "the user's name at the site, for a key or a password"] = "",
    key: Annotated[Secret | Signer | str | None, "the user's private SSH key"] = None,
    passphrase: Annotated[Secret | str | None, "the passphrase of an encrypted key"] = None,
    password: Annotated[Secret | str | None, "the user's password"] = None,
    token: Annotated[Secret | str | None, "a token at hand"] = None,
    account: Annotated[str, "an account of oidc-agent"] = "",
    issuer: Annotated[str, "an issuer where a person logs in"] = "",
    client_id: Annotated[str, "the program's id at that issuer"] = "",
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """A site by its REST address (``https://host/SITE/rest/core``), and how to log in: ``key`` (a private key, or
    ``agent:`` in a profile) or ``password`` of ``username``, a ``token`` at hand, an ``account`` of oidc-agent, or a
    login in the browser at ``issuer`` as the program ``client_id``.

    ``origins``: whom the credential may reach besides the site. Raises ``ConfigError`` for none of these ways or two.
    """
    check_url(url, "url")
    ways = {"key": key, "password": password, "token": token, "account": account, "issuer": issuer}
    given = [name for name, value in ways.items() if value]
    if len(given) != 1:
        what = " and ".join(given) if given else "nothing to log in with"
        raise ConfigError(f"{what}: give one of {', '.join(ways)}", field=given[1] if given else "key")
    if given[0] in ("key", "password") and not username:
        raise ConfigError(f"name the user whose {given[0]} it is", field="username")
    made = _made(given[0], ways[given[0]], username, passphrase, client_id)
    return Preset(made, (origin_of(url), *(origins or ())), unicore=url.rstrip("/"), store=store)


def _made(way: str, value: Any, username: str, passphrase: Secret | str | None, client_id: str) -> Any:
    if way == "key":
        return SignedJwt(value, username, passphrase=passphrase, claims={"etd": "false"})
    if way == "password":
        return Basic(username, value)
    if way == "token":
        return Bearer(value)
    if way == "account":
        return OidcAgent(value)
    return AuthorizationCode(issuer=value, client_id=client_id)
