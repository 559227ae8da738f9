"""Protected resource metadata (RFC 9728): where it is, what it says, and what is believed of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def addresses(resource: str) -> list[str]:
    """Where the document of ``resource`` may be: the path form, then the root form (RFC 9728 3.1)."""
    parts = urlsplit(resource)
    return [urlunsplit((parts.scheme, parts.netloc, path, "", "")) for path in paths(parts.path)]


def paths(resource_path: str) -> list[str]:
    """The paths at which an API answers for a resource with this path ("" for none): path form, root form."""
    return list(dict.fromkeys([WELL_KNOWN + resource_path.rstrip("/"), WELL_KNOWN]))


def document(resource: str, issuers: Iterable[str], scopes: Iterable[str] = ()) -> dict[str, Any]:
    """What the API at ``resource`` says of itself; the issuers stand byte for byte as they name themselves."""
    made: dict[str, Any] = {"resource": resource, "authorization_servers": list(issuers)}
    if listed := sorted(scopes):
        made["scopes_supported"] = listed
    return made | {"bearer_methods_supported": ["header"]}


def read(body: object, asked: str) -> Mapping[str, Any]:
    """The document, if it may speak for the URL ``asked`` (RFC 9728 3.3). Raises ``ValueError``.

    Its ``resource`` must be that URL, or one of the same origin whose path that URL lies below.
    """
    if not isinstance(body, dict):
        raise ValueError("the metadata is not a JSON object")
    resource, issuers = body.get("resource"), body.get("authorization_servers")
    if not isinstance(resource, str) or not _covers(resource, asked):
        raise ValueError(f"the metadata is that of another resource ({str(resource)[:200]!r})")
    if not isinstance(issuers, list) or not issuers or not all(isinstance(issuer, str) for issuer in issuers):
        raise ValueError("the metadata names no authorization server")
    return body


def _covers(resource: str, asked: str) -> bool:
    ours, theirs = urlsplit(asked), urlsplit(resource)
    if (ours.scheme.lower(), ours.netloc.lower()) != (theirs.scheme.lower(), theirs.netloc.lower()):
        return False
    above = theirs.path.rstrip("/")
    return ours.path.rstrip("/") == above or ours.path.startswith(above + "/")
