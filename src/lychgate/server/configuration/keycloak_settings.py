"""The settings of an external Keycloak, at which the registration front logs people in and registers their clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from lychgate.kernel.http import LOOPBACK_NAMES

SECRETS = ("client_secret", "initial_access_token")


class ExternalKeycloak(BaseModel):
    """``url`` is what stands before ``/realms/...``; with none there is no such Keycloak. ``client_id`` is the front's.

    Each secret may stand in a file instead, which ``client_secret_file`` and ``initial_access_token_file`` name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = ""
    realm: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    initial_access_token: SecretStr = SecretStr("")

    @property
    def issuer(self) -> str:
        return f"{self.url.rstrip('/')}/realms/{quote(self.realm, safe='')}"

    @model_validator(mode="before")
    @classmethod
    def _files(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        found = dict(given)
        for name in SECRETS:
            path = found.pop(f"{name}_file", None)
            if path is None:
                continue
            if name in found:
                raise ValueError(f"{name} and {name}_file are both set; one of them will do")
            found[name] = _content(name, str(path))
        return found

    @model_validator(mode="after")
    def _whole(self) -> ExternalKeycloak:
        empty = [name for name in type(self).model_fields if not _text(getattr(self, name))]
        if empty and len(empty) < len(type(self).model_fields):
            raise ValueError(f"these belong together, and some are missing: {', '.join(empty)}")
        if self.url and not _is_web(self.url):
            raise ValueError("url is https://HOST[/PATH] (http on this machine alone), with no user, query or fragment")
        return self


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"{name}_file: {path} cannot be read: {reason}") from None


def _text(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES)
    return plain and safe and bool(parts.hostname)
