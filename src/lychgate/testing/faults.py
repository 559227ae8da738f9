"""What can go wrong with one answer of a token endpoint, as data for ``ChaosIssuer``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """``status``, ``headers`` and ``body`` replace the answer (None: the true one); ``after`` is a delay in seconds.

    ``cut`` is how many bytes of the body are sent before the connection is closed (None: all; -1: not even the head).
    ``acted``: whether the issuer did what was asked (issued, rotated) before the answer went wrong.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    after: float = 0.0
    cut: int | None = None
    acted: bool = False


def slow(seconds: float) -> Fault:
    """The true answer, late."""
    return Fault(after=seconds, acted=True)


def dropped(*, acted: bool = True) -> Fault:
    """The connection is closed with no answer; by default the issuer has done its part."""
    return Fault(cut=-1, acted=acted)


def half(*, acted: bool = True) -> Fault:
    """The connection is closed in the middle of the body; by default the issuer has done its part."""
    return Fault(cut=20, acted=acted)


def status(code: int, *, retry_after: str = "", body: bytes = b"", acted: bool = False) -> Fault:
    """Another status, with an empty body or the given one (502 with HTML, 503 with Retry-After, ...)."""
    return Fault(code, {"Retry-After": retry_after} if retry_after else {}, body, acted=acted)


def html(code: int = 200) -> Fault:
    """A page where JSON should be: a portal, a proxy's error."""
    return Fault(code, {"Content-Type": "text/html"}, b"<!doctype html><title>Welcome to the hotel</title>")


def answer(body: object, code: int = 200, **headers: str) -> Fault:
    """Any JSON: a list, a 200 with ``error``, a refusal."""
    return Fault(code, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode())


def refused(error: str, description: str = "", code: int = 400) -> Fault:
    """A refusal (RFC 6749 5.2)."""
    return answer({"error": error, "error_description": description}, code)
