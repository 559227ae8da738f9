"""What a guarded API says of itself (RFC 9728): its issuers, byte for byte, and its scopes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lychgate.kernel.http import is_loopback
from lychgate.oauth import protected_resource

from .refusal import ALGS

HEADERS = (("content-type", "application/json"), ("cache-control", "max-age=300"), ("access-control-allow-origin", "*"))


@dataclass(frozen=True, slots=True)
class Published:
    """``resource`` is the API's URL, empty where it has none: then nothing is published.

    ``bound`` is what each token must be bound to (a guard's setting of that name); ``certificates``: whether those of
    clients can be seen.
    """

    resource: str
    issuers: tuple[str, ...]
    scopes: frozenset[str] = frozenset()
    bound: bool | str = False
    certificates: bool = False

    @property
    def url(self) -> str:
        """Where a challenge sends its reader; empty where nothing is published."""
        return protected_resource.addresses(self.resource)[0] if self.resource else ""

    def answers(self, method: str, *paths: str) -> bool:
        """Whether a request asks for the document, at the path form or at the root form.

        ``paths`` are the request's own, and that within a mounted application: a proxy that hands on the path form to
        an application which knows that it is mounted makes the two differ.
        """
        if not self.resource or method not in ("GET", "HEAD"):
            return False
        return not set(protected_resource.paths(urlsplit(self.resource).path)).isdisjoint(paths)

    def body(self) -> bytes:
        made = protected_resource.document(self.resource, self.issuers, self.scopes)
        made["dpop_signing_alg_values_supported"] = ALGS
        said = {
            "dpop_bound_access_tokens_required": self.bound == "dpop",
            "tls_client_certificate_bound_access_tokens": self.certificates or self.bound == "mtls",
        }
        return json.dumps(made | {name: True for name, holds in said.items() if holds}).encode()


def resource_in(audience: Iterable[str]) -> str:
    """The API's URL, where its tokens name it by exactly one URL; else empty."""
    urls = [name for name in audience if urlsplit(name).scheme == "https" or _local(name)]
    return urls[0] if len(urls) == 1 else ""


def _local(name: str) -> bool:
    return urlsplit(name).scheme == "http" and is_loopback(name)
