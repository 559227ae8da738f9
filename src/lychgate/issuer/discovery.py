"""An issuer's metadata (RFC 8414, OpenID Connect Discovery 1.0): found, checked, remembered for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lychgate.kernel.errors import ConfigError, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, require_secure
from lychgate.kernel.steps import Now, Send
from lychgate.oauth import metadata

from . import clock
from .call import patiently, retry_after

FRESH = 3600.0  # seconds that a document serves before it is fetched again; with the issuer away it serves longer
LONGEST = 512 * 1024  # bytes of a document that is read
_REMEMBERED = 64  # issuers
_known: dict[str, tuple[float, Mapping[str, Any]]] = {}
_declared: dict[str, Mapping[str, Any]] = {}


def declare(issuer: str, document: Mapping[str, Any]) -> None:
    """Have ``document`` be the metadata of an issuer that publishes none: nothing is fetched for it from now on."""
    _declared[issuer] = document


def discover(
    issuer: str, *, allow_insecure: bool = False, tries: int = 3, timeout: float = 15
) -> Flow[Mapping[str, Any]]:
    """The metadata document of ``issuer``, whose ``issuer`` equals what was asked for, byte for byte (RFC 8414 3.3).

    ``timeout`` in seconds is for each of the ``tries``, where it is silent. Raises ``InsecureError`` for plain http,
    ``ConfigError`` where there is no such document, ``TransientError``.
    """
    require_secure(issuer, "The fetch of the issuer's metadata", allow_insecure)
    if issuer in _declared:
        return _declared[issuer]
    now = yield from Now()
    known = _known.get(issuer)
    if known is not None and now - known[0] < FRESH:
        return known[1]
    try:
        document = yield from patiently(lambda: _fetch(issuer, timeout), tries)
    except TransientError:
        if known is None:
            raise
        return known[1]
    if issuer not in _known and len(_known) >= _REMEMBERED:
        _known.clear()
    _known[issuer] = (now, document)
    return document


def forget(issuer: str | None = None) -> None:
    """Have the document fetched anew at the next use; None forgets all."""
    if issuer is None:
        _known.clear()
    else:
        _known.pop(issuer, None)


def _fetch(issuer: str, timeout: float) -> Flow[Mapping[str, Any]]:
    tried: list[str] = []
    for url in metadata.addresses(issuer):
        response = yield from Send(Request("GET", url, Headers({"Accept": "application/json"})), timeout=timeout)
        now = yield from Now()
        clock.learn(response, now)
        if response.status >= 500 or response.status == 429:
            wished = retry_after(response, now)
            raise TransientError(f"{url} answered {response.status}; try again later", retry_after=wished)
        if response.status != 200:
            tried.append(f"{url} answered {response.status}")
            continue
        try:
            if len(response.body) > LONGEST:
                raise ValueError(f"it has {len(response.body)} bytes")
            return metadata.read(response.json(), issuer)
        except (ValueError, RecursionError) as error:
            tried.append(f"{url}: {_reason(error)}")
    raise ConfigError(
        f"no metadata for the issuer {issuer}: {'; '.join(tried)}. The issuer must be written exactly as it names "
        "itself; without metadata set token_endpoint instead.",
        field="issuer",
    )


def _reason(error: Exception) -> str:
    return "not JSON" if type(error).__name__ == "JSONDecodeError" else str(error)[:300]
