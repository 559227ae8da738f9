"""NASA's Earthdata Login: a name and a password for a bearer token of some weeks (EDL User Token API)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar

from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.client.authenticators.bearer import Bearer
from lychgate.client.exchange import exchange, json_request
from lychgate.client.local import token_from
from lychgate.client.oauth_client import check_url
from lychgate.client.token import Token
from lychgate.issuer.endpoint import web_address
from lychgate.issuer.identity import revealed
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response, origin_of
from lychgate.kernel.options import check_names
from lychgate.kernel.secret import Secret, remember
from lychgate.kernel.steps import Attempt

from .preset import Preset, Store

URS = "https://urs.earthdata.nasa.gov"
REACH = (
    "https://archive.podaac.earthdata.nasa.gov",
    "https://cmr.earthdata.nasa.gov",
    "https://data.gesdisc.earthdata.nasa.gov",
    "https://data.lpdaac.earthdatacloud.nasa.gov",
    "https://data.nsidc.earthdatacloud.nasa.gov",
    "https://opendap.earthdata.nasa.gov",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class EarthdataToken:
    """The account's token there, made where it has none. Its end is the token's own ``exp``."""

    username: Annotated[str, "the account's name"]
    password: Annotated[Secret | str, "its password"]
    url: Annotated[str, "Earthdata Login's address"] = URS
    allow_insecure: Annotated[bool, "send the password over plain http to a host that is not this machine"] = False

    usual_store: ClassVar[str] = "file"  # an account has two tokens at most

    def __post_init__(self) -> None:
        check_url(self.url, "url")
        object.__setattr__(self, "password", Secret.wrap(self.password))

    @property
    def who(self) -> str:
        return self.username

    @property
    def where(self) -> str:
        return self.url

    def cache_key(self) -> str:
        return f"earthdata {self.url} {self.username}"

    def obtain(self) -> Flow[Token]:
        """Raises ``Refused``, ``TransientError``, ``InsecureError``."""
        assert isinstance(self.password, Secret)
        web_address(self.url, "the password", allow_insecure=self.allow_insecure)
        text = yield from revealed(self.password)
        pair = base64.b64encode(f"{self.username}:{text}".encode()).decode()
        remember(pair)
        at = f"{self.url.rstrip('/')}/api/users/find_or_create_token"
        got = yield from exchange(
            json_request(at, {}, {"Authorization": f"Basic {pair}"}), f"Earthdata Login at {at}", (text, pair), tries=1
        )
        return (yield from token_from(json.dumps(got.body), "Earthdata Login's answer", "access_token"))

    def renew(self, token: Token) -> Flow[Token]:
        return self.obtain()


@dataclass(frozen=True, eq=False)
class EarthdataBasic(Authenticator):
    """For archives that know no tokens: they lead to Earthdata Login, which alone gets the password, and back."""

    username: Annotated[str, "the account's name"]
    password: Annotated[Secret | str, "its password"]
    url: Annotated[str, "Earthdata Login's address"] = URS
    signs: ClassVar[bool] = True  # what it adds is for one host

    def __post_init__(self) -> None:
        check_url(self.url, "url")
        object.__setattr__(self, "password", Secret.wrap(self.password))

    def prepare(self, request: Request) -> Flow[Request]:
        if origin_of(request.url) != origin_of(self.url):
            return request
        text = yield from revealed(Secret.wrap(self.password))
        pair = base64.b64encode(f"{self.username}:{text}".encode()).decode()
        remember(pair)
        return request.with_header("Authorization", f"Basic {pair}")

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        """Where the way to Earthdata Login came without the password, once more with it."""
        again = yield from self.prepare(request)
        if "Authorization" in sent.headers or "Authorization" not in again.headers:
            return response
        return (yield from Attempt(again))


def earthdata(
    username: Annotated[str, "the account's name"] = "",
    password: Annotated[Secret | str | None, "its password"] = None,
    *,
    way: Annotated[str, "token, or basic for archives that lead to Earthdata Login and back"] = "token",
    token: Annotated[Secret | str | None, "a token made on the profile page, in place of name and password"] = None,
    url: Annotated[str, "Earthdata Login's address"] = URS,
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """A bearer token for NASA's archives. ``origins``: the archives, in place of the usual ones.

    With ``way="basic"`` use a session, since the archive remembers the login by a cookie.

    Raises ``ConfigError`` where neither a token nor name and password are given.
    """
    reach = REACH if origins is None else tuple(origins)
    if token is not None:
        return Preset(Bearer(token), reach, store=store)
    check_names([way], ["token", "basic"], what="way")
    if not username or password is None:
        raise ConfigError("give username and password, or a token", field="username")
    if way == "basic":
        return Preset(EarthdataBasic(username, password, url), (*reach, origin_of(url)), store=store)
    return Preset(EarthdataToken(username=username, password=password, url=url), reach, store=store)
