"""Asking an issuer about a token (RFC 7662)."""

from __future__ import annotations

from typing import Any

from lychgate.kernel.errors import TransientError
from lychgate.kernel.flow import Flow
from lychgate.oauth import introspection

from .discovery import discover
from .endpoint import named, post
from .identity import Identity

ENDPOINT = "introspection_endpoint"


def introspect(
    issuer: str, who: Identity, token: str, *, allow_insecure: bool = False, tries: int = 3, timeout: float = 30
) -> Flow[dict[str, Any] | None]:
    """The claims of ``token`` as ``issuer`` tells them to the client ``who``; None for a token that is not active.

    ``timeout`` in seconds is for each of the ``tries``, where it is silent.
    Raises ``TransientError``, ``Refused`` (the issuer does not take us for a client), ``ConfigError``.
    """
    document = yield from discover(issuer, allow_insecure=allow_insecure, tries=tries, timeout=timeout)
    url = named(document, ENDPOINT, allow_insecure=allow_insecure)
    fields, name = introspection.request_fields(token), ENDPOINT.replace("_", " ")
    answer = yield from post(url, issuer, who, fields, name, tries=tries, timeout=timeout)
    try:
        return introspection.read_answer(answer.body)
    except ValueError as error:
        raise TransientError(f"{issuer} gave an answer that cannot be read: {error}") from None
