"""A credential that stays the same: one secret, put into header fields once and kept there."""

from __future__ import annotations

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request
from lychgate.kernel.secret import Secret

from .authenticators.authenticator import Authenticator

Fields = tuple[tuple[str, str], ...]
_NAME = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Static(Authenticator):
    """Subclass with ``_secret`` and ``_fields``. A secret from elsewhere is fetched by the first request."""

    _made: Fields | None = None

    @property
    def _secret(self) -> Secret:
        raise NotImplementedError

    def _fields(self, text: str) -> Fields:
        """The header fields that carry the secret's text."""
        raise NotImplementedError

    def standing(self) -> Fields | None:
        if self._made is None and not self._secret.origin:
            self._make(self._secret.reveal())
        return self._made

    def prepare(self, request: Request) -> Flow[Request]:
        fields = self._made or self._make((yield from self._revealed()))
        for name, value in fields:
            request = request.with_header(name, value)
        return request

    def _revealed(self) -> Flow[str]:
        from lychgate.issuer.identity import revealed

        return revealed(self._secret)

    def _make(self, text: str) -> Fields:
        made = self._fields(text)
        object.__setattr__(self, "_made", made)
        return made

    def _wrap(self, name: str) -> None:
        object.__setattr__(self, name, Secret.wrap(getattr(self, name)))


def is_header_name(text: str) -> bool:
    """Whether a header field can have this name (RFC 9110 5.1)."""
    return bool(text) and set(text) <= _NAME


def header_value(text: str, field: str) -> str:
    """``text``, if a header field can carry it (RFC 9110 5.5). Raises ``ConfigError`` without repeating it."""
    if not text or text != text.strip(" \t") or not all(0x20 <= ord(c) < 0x7F for c in text):
        raise ConfigError(
            f"the {field} has characters that a header cannot carry (a line's end? a space at the edge?)", field=field
        )
    return text
