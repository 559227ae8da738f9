"""A login of no standard: credentials are posted to an address, and the token of its answer goes into a header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from lychgate.client.exchange import Exchanged, exchange, json_request
from lychgate.client.moment import at_path, ends_at
from lychgate.client.oauth_client import check_url, digest
from lychgate.client.static import header_value, is_header_name
from lychgate.client.token import Token
from lychgate.issuer.endpoint import web_address
from lychgate.issuer.identity import revealed
from lychgate.kernel.errors import ConfigError, Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, form_request, without_query
from lychgate.kernel.options import check_names
from lychgate.kernel.secret import Secret, remember


@dataclass(frozen=True, kw_only=True, eq=False)
class Login:
    """``Login(url="https://api.example.org/login", username="ada", password=...)``.

    It posts ``{"username": ..., "password": ...}`` and sends the answer's ``access_token`` as a bearer token; each of
    these has an option. Raises ``ConfigError`` with the field named, before anything is sent.
    """

    url: Annotated[str, "the address that the credentials are posted to"]
    username: Annotated[str, "the user's name; nothing where the API wants none"] = ""
    password: Annotated[Secret | str, "the user's password, or the API's own key"]
    username_field: Annotated[str, "what the request calls the name"] = "username"
    password_field: Annotated[str, "what the request calls the password"] = "password"
    body: Annotated[str, "how they are posted: json or form"] = "json"
    extra: Annotated[Mapping[str, str], "further fields of the request"] = field(default_factory=dict, repr=False)
    token: Annotated[str, "where the token stands in the answer: a path with dots"] = "access_token"
    token_header: Annotated[str, "the answer's header field that holds the token, in place of a path"] = ""
    expiry: Annotated[str, "where its end stands: seconds, an epoch or an ISO time; a path with dots"] = "expires_in"
    lifetime: Annotated[float, "seconds that a token lives whose answer names no end; 0: until a 401"] = 0.0
    header: Annotated[str, "the header field that carries the token"] = "Authorization"
    format: Annotated[str, "what that field says, {} being the token"] = "Bearer {}"
    allow_insecure: Annotated[bool, "send secrets over plain http to a host that is not this machine"] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "password", Secret.wrap(self.password))
        check_names([self.body], ["json", "form"], what="body")
        check_url(self.url, "url")
        if not self.url:
            raise ConfigError("name the address that the credentials are posted to", field="url")
        if self.format.count("{}") != 1 or not self.format.isprintable() or not self.format.isascii():
            raise ConfigError('the format has one {}, where the token goes, as in "Bearer {}"', field="format")
        for name in ("header", "token_header"):
            if not is_header_name(getattr(self, name)) and (getattr(self, name) or name == "header"):
                raise ConfigError(f"the {name} is no name of a header field", field=name)
        if not self.token and not self.token_header:
            raise ConfigError("name the path or the header field of the answer that holds the token", field="token")
        if not 0 <= self.lifetime < float("inf"):
            raise ConfigError("a lifetime is a number of seconds", field="lifetime")

    @property
    def who(self) -> str:
        return self.username or "a key"

    @property
    def where(self) -> str:
        return without_query(self.url)

    def cache_key(self) -> str:
        assert isinstance(self.password, Secret)
        key = "" if self.username else self.password.origin or digest(self.password.reveal())
        asked = [self.url, self.username, self.body, self.token, self.token_header, *sorted(self.extra.items()), key]
        return f"login {self.where} {digest(repr(asked))}"

    def obtain(self) -> Flow[Token]:
        """One try alone where it is refused. Raises ``Refused``, ``TransientError``, ``InsecureError``."""
        assert isinstance(self.password, Secret)
        web_address(self.url, "the password", allow_insecure=self.allow_insecure)
        text = yield from revealed(self.password)
        request = self._request(text)
        what = f"the login at {self.where}"
        return self._token((yield from exchange(request, what, (text,), empty=bool(self.token_header))))

    def renew(self, token: Token) -> Flow[Token]:
        return self.obtain()

    def fields(self, token: Token) -> tuple[tuple[str, str], ...]:
        """The header fields that carry ``token``."""
        value = self.format.replace("{}", header_value(token.access.reveal(), "token"))
        remember(value)
        return ((self.header, value),)

    def _request(self, password: str) -> Request:
        named = {self.username_field: self.username} if self.username else {}
        asked = {**self.extra, **named, self.password_field: password}
        return json_request(self.url, asked) if self.body == "json" else form_request(self.url, asked)

    def _token(self, got: Exchanged) -> Token:
        found = got.response.headers.get(self.token_header) if self.token_header else at_path(got.body, self.token)
        if not isinstance(found, str) or not found:
            place, name = ("header field", self.token_header) if self.token_header else ("path", self.token)
            raise Refused(f"the login at {self.where} answered, but with no token at the {place} {name}")
        end = ends_at(at_path(got.body, self.expiry), got.received_at, got.offset) if self.expiry else None
        if end is None and self.lifetime:
            end = got.received_at + self.lifetime
        return Token(Secret(found), expires_at=end, issued_at=got.received_at)
