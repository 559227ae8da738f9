"""A credential of the Snippet Framework: its fields, with defaults filled in and each one checked."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lychgate.client.oauth_client import check_url
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names
from lychgate.kernel.secret import Secret

from .checks import header_line, read_object
from .connection import trust
from .fields import FIELDS, Field

_TELLING = re.compile("auth|key|token|secret|pass|cookie", re.IGNORECASE)
_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "boolean": (bool,), "number": (int, float)}


class Fields(dict[str, Any]):
    """``credentials.fields``: a dictionary whose ``repr`` shows no secret."""

    def __repr__(self) -> str:
        shown = {name: "*****" if FIELDS[name].hidden and value else value for name, value in self.items()}
        return repr({name: value for name, value in shown.items() if value != FIELDS[name].default})

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("a credential is not pickled, since its secrets would travel with it; make it where it is used")


class Credential:
    """``Credential({"authType": "AuthBasic", "url": ..., "username": ..., "password": ...})``.

    A secret may be a ``lychgate.Secret``. ``allow_insecure`` sends it over plain http to a host that is not loopback.
    Raises ``ConfigError`` with the field named, for a name that is none and for a value that does not fit.
    """

    _profile: str | None = None

    def __init__(self, fields: Mapping[str, Any], *, allow_insecure: bool = False) -> None:
        check_names(fields, FIELDS, what="credential field")
        self.fields: dict[str, Any] = Fields({name: field.default for name, field in FIELDS.items()})
        self.fields.update({name: _checked(FIELDS[name], value) for name, value in fields.items()})
        self.allow_insecure = allow_insecure
        for name in ("url", "authEndpoint", "oauth2TokenURL"):
            check_url(self.fields[name], name)
        if self.fields["proxy"] and not self.fields["proxyHost"]:
            raise ConfigError("proxyHost must name the proxy, since proxy is on", field="proxyHost")
        trust(self.fields)
        self.headers()

    @classmethod
    def of(cls, given: Any) -> Credential:
        """``given`` itself, or one made of the ``fields`` that it has. Raises ``ConfigError``."""
        if isinstance(given, cls):
            return given
        fields = getattr(given, "fields", None)
        if not isinstance(fields, Mapping):
            raise ConfigError("a credential is a Credential(fields), or has fields as one", field="fields")
        return cls(fields)

    @classmethod
    def profile(cls, name: str) -> Credential:
        """The credential of a profile (``authenticator = "silo"``). Raises ``ConfigError`` with file and line."""
        from lychgate.world.profiles import open_profile

        found = getattr(open_profile(name).what, "credential", None)
        if not isinstance(found, cls):
            raise ConfigError(f'the profile "{name}" is none of the Snippet Framework (authenticator = "silo")')
        found._profile = name
        return found

    def counts(self, name: str) -> Any:
        """The field's value, or its default where the authentication type does not show it."""
        field = FIELDS[name]
        shown = field.visible(self.fields["authType"], self.fields["authOverride"])
        return self.fields[name] if shown else field.default

    def json(self, name: str) -> dict[str, Any]:
        """The JSON object in a field that counts, empty where there is none."""
        return copy.deepcopy(read_object(self.counts(name)))

    def headers(self) -> dict[str, str]:
        """``httpHeaders``. Raises ``ConfigError`` where a header cannot carry what is in it."""
        found = self.json("httpHeaders")
        try:
            for name, value in found.items():
                header_line(f"{name}:{value}" if isinstance(value, str) and ":" not in name else ":")
        except ValueError:
            raise ConfigError(
                "httpHeaders must hold names and texts that a header carries", field="httpHeaders"
            ) from None
        return dict(found)

    def plain_headers(self) -> dict[str, str]:
        """``httpHeader1`` and ``httpHeader2``, split at the first colon."""
        lines = [self.counts(name).partition(":") for name in ("httpHeader1", "httpHeader2")]
        return {name.strip(): value.strip() for name, _, value in lines if name}

    def secrets(self) -> dict[str, str]:
        """What is masked, by field: each secret, and what stands in a header or a JSON object under a telling name."""
        found = {name: self.fields[name] for name, field in FIELDS.items() if field.secret and self.fields[name]}
        for name in ("httpHeaders", "opts", "oauth2ResourceOwnerAdditionalParams"):
            pairs = read_object(self.fields[name]).items()
            found |= {f"{name}.{key}": value for key, value in pairs if _TELLING.search(key) and isinstance(value, str)}
        for name in ("httpHeader1", "httpHeader2"):
            key, _, value = self.fields[name].partition(":")
            found |= {name: value.strip()} if _TELLING.search(key) else {}
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """By the profile's name alone. Raises ``TypeError`` for one made in code: its secrets would travel."""
        if self._profile is None:
            return self.fields.__reduce__()  # type: ignore[return-value]  # it raises
        return (Credential.profile, (self._profile,))

    def __repr__(self) -> str:
        return f"Credential({self.fields!r})"


@contextmanager
def named(fields: Mapping[str, str]) -> Iterator[None]:
    """A block whose ``ConfigError`` names the credential's field in place of the source's option."""
    try:
        yield
    except ConfigError as error:
        field = fields.get(error.field or "", error.field)
        raise ConfigError(f"{field}: {error}", field=field) from None


def _checked(field: Field, given: Any) -> Any:
    value = given.reveal() if field.secret and isinstance(given, Secret) else given
    if field.kind == "number" and value == "" and isinstance(value, str):
        return field.default
    if not isinstance(value, _TYPES[field.kind]) or (field.kind == "number" and isinstance(value, bool)):
        raise ConfigError(f"{field.name} must be a {field.kind}, not {type(given).__name__}", field=field.name)
    if field.choices and value not in field.choices:
        raise ConfigError(f"{field.name} must be one of: {', '.join(field.choices)}", field=field.name)
    try:
        if field.check is not None:
            field.check(value)
    except ValueError as error:
        raise ConfigError(f"{field.name} must {error}", field=field.name) from None
    return value
