"""``cwt.auth``: authenticators that put header fields and query parameters on requests.

A subclass writes ``_pre_prepare(headers, query, store)``; what it returns is kept for the next call, under its key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import lychgate
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.secret import Secret

from . import state
from .adopted import adopt


class Authenticator:
    """``key`` tells several logins in one file apart. An instance is also what ``auth=`` of requests and httpx takes.

    Its defaults stand on the class, since a subclass may not call our ``__init__`` (the document's does not).
    """

    key: str = "default"
    config_path: str | None = None
    store: bool = True

    def __init__(self, key: str | None = None, config_path: str | None = None, store: bool = True) -> None:
        self.key, self.config_path, self.store = key or "default", config_path, store

    def read(self) -> dict[str, Any]:
        """All that the file holds, by key. Raises ``ConfigError``."""
        return state.read(self._path)

    def write(self, data: dict[str, Any]) -> None:
        """Replace all that the file holds. Raises ``ConfigError``."""
        with state.alone(self._path):
            state.write(self._path, data)

    def clear(self) -> None:
        """Forget what is kept under this key. Raises ``ConfigError``."""
        with state.alone(self._path):
            found = state.read(self._path)
            if found.pop(self.key, None) is not None:
                state.write(self._path, found)

    def prepare(self, headers: dict[str, str], query: dict[str, str]) -> None:
        """Put what is needed into ``headers`` and ``query``, in place.

        Raises ``ConfigError`` for a header that is no text, or one that none can hold, and what the subclass raises.
        """
        kept = self.read().get(self.key) or {}
        made = self._pre_prepare(headers, query, dict(kept))
        for name, value in headers.items():
            headers[name] = self._text(name, value)
        if self.store and made is not None and made != kept:
            with state.alone(self._path):
                state.write(self._path, {**state.read(self._path), self.key: made})

    def _pre_prepare(self, headers: dict[str, str], query: dict[str, str], store: dict[str, Any]) -> dict[str, Any]:
        """To be written by a subclass: change the first two, return what is to be kept."""
        raise NotImplementedError(f"{type(self).__name__} must have a method _pre_prepare(self, headers, query, store)")

    def _text(self, name: str, value: object) -> str:
        """A header's value, as a text where it came as bytes. The error shows nothing of it: it may be a secret."""
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if not isinstance(text, str):
            what = "None" if value is None else f"a value of the type {type(value).__name__}"
            raise ConfigError(f"{type(self).__name__} set the header {name} to {what}: it must be a text")
        if not text.isascii() or not text.isprintable():
            raise ConfigError(
                f"{type(self).__name__} set the header {name} to a text with a line break, or with characters that are "
                "not ASCII: no header can hold that. Was it read from a file, with the end of its line?"
            )
        return text

    @property
    def _path(self) -> Path:
        return Path(self.config_path or state.USUAL).expanduser()

    def __call__(self, request: Any) -> Any:
        """What requests and httpx call with each request."""
        headers: dict[str, str] = {}
        query: dict[str, str] = {}
        self.prepare(headers, query)
        request.headers.update(headers)
        if not query:
            return request
        if hasattr(request, "prepare_url"):
            request.prepare_url(request.url, query)
        else:
            request.url = request.url.copy_merge_params(query)
        return request

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key={self.key!r})"


class BearerTokenAuthenticator(Authenticator):
    """Sends ``Authorization: Bearer TOKEN``; without ``token`` the one that was kept before."""

    def __init__(self, token: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._token = None if token is None else Secret(token)

    def _pre_prepare(self, headers: dict[str, str], query: dict[str, str], store: dict[str, Any]) -> dict[str, Any]:
        token = self._token or (Secret(store["token"]) if isinstance(store.get("token"), str) else None)
        if token is None:
            raise ConfigError("BearerTokenAuthenticator has no token, and none was kept before", field="token")
        headers["Authorization"] = f"Bearer {token.reveal()}"
        return {**store, "token": token.reveal()}


class KeyCloakAuthenticator(Authenticator):
    """Tokens of the realm ``realm`` at ``url``: with ``pkce`` by a login in the browser, else by the client's secret.

    The login is kept in Lychgate's own store (``store=False``: in memory) and renewed, not asked for at each call. The
    browser comes back to ``redirect_port`` (8888). Raises ``ConfigError`` for what does not fit together.
    """

    base_url: ClassVar[str] = ""

    def __init__(
        self,
        url: str,
        realm: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        pkce: bool = False,
        redirect_port: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.login = lychgate.keycloak(
            keycloak_url=url,
            realm=realm,
            base_url=self.base_url,
            client_id=client_id,
            client_secret=client_secret,
            pkce=pkce,
            redirect_port=8888 if redirect_port is None else redirect_port,
            store=None if self.store else "memory",
        )

    def clear(self) -> None:
        """Forget the login, and what is kept under this key."""
        self.login.forget()
        super().clear()

    def renew(self, authorization: str) -> None:
        """The service refused a token with 401: get another one, unless there is another already."""
        token = Token(Secret(authorization.partition(" ")[2] or "none"))
        credential: Any = self.login.credential
        credential.performer.run(credential.authenticator.renewal.after(token))

    def _pre_prepare(self, headers: dict[str, str], query: dict[str, str], store: dict[str, Any]) -> dict[str, Any]:
        adopt(self.login, store)
        headers["Authorization"] = f"Bearer {self.login.token().access.reveal()}"
        return store
