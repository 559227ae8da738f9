"""An endpoint that an issuer's metadata names (RFC 8414 2), and an authenticated POST to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lychgate.kernel.errors import ConfigError, InsecureError, Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, form_request, require_secure

from .call import Answer, call, scrubbed, shown
from .identity import Identity, revealed


def offered(document: Mapping[str, Any], name: str) -> str:
    """The URL that ``document`` has under ``name``; empty where it has none."""
    url = document.get(name)
    return url if isinstance(url, str) else ""


def named(document: Mapping[str, Any], name: str, *, allow_insecure: bool = False) -> str:
    """The same, where it is needed. Raises ``ConfigError`` where it is missing, ``InsecureError`` for no https."""
    url = offered(document, name)
    if not url:
        raise ConfigError(f"the metadata of {document.get('issuer')} names no {name}", field="issuer")
    return web_address(url, f"what goes to the {name}", allow_insecure=allow_insecure)


def web_address(url: str, what: str, *, allow_insecure: bool = False) -> str:
    """``url``, if it is https, or http on this machine: no other scheme is ever opened for a person.

    Raises ``InsecureError``.
    """
    if urlsplit(url).scheme.lower() not in ("http", "https"):
        raise InsecureError(f"{what} would go to an address that is no web page; nothing was opened or sent")
    require_secure(url, what[:1].upper() + what[1:], allow_insecure)
    return url


def by_certificate(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata as a client with a certificate reads it: its endpoints may be elsewhere (RFC 8705 5)."""
    elsewhere = document.get("mtls_endpoint_aliases")
    if not isinstance(elsewhere, dict):
        return document
    named = {name: url for name, url in elsewhere.items() if name.endswith("_endpoint") and isinstance(url, str)}
    return {**document, **named}


def post(
    url: str,
    issuer: str,
    who: Identity,
    fields: Mapping[str, str],
    name: str,
    *,
    tries: int = 3,
    timeout: float = 30,
) -> Flow[Answer]:
    """POST ``fields`` to ``url`` as the client ``who``; ``name`` is the endpoint's in messages.

    Raises ``Refused`` (without any of our secrets in it), ``TransientError``, ``ConfigError``.
    """
    text = yield from revealed(who.key)

    def make(now: float) -> Request:
        headers, ours = who.present(text, url, issuer, now)
        return form_request(url, {**fields, **ours}, headers)

    try:
        what = f"the {name} {shown(url, who.client_id)}"
        return (
            yield from call(url, make, what, tries=tries, timeout=timeout, timed=who.timed, certificate=who.certificate)
        )
    except Refused as error:
        raise scrubbed(error, {text}) from None
