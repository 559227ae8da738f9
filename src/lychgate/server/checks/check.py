"""What the checks of an authorization request work on (RFC 6749 4.1.1), and what they leave for whoever answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lychgate.oauth import claims
from lychgate.server.engine import Engine
from lychgate.server.exchange import Form
from lychgate.server.model import Client, Issuer

MODES = ("query", "fragment", "form_post")


@dataclass(slots=True)
class Asking:
    """An authorization request, filled in check by check. ``answerable`` once errors may travel to the client.

    ``pushed_at`` (ms) is when the client pushed it, None where the browser brought it; ``pushing`` while it does;
    ``signed``: it came in a request
    object. ``powers`` are the scopes, and those that stand for single ``claims``: what the person is asked for.
    ``jkt`` is the key to which the code is bound.
    ``acr`` are the classes of login that would do, best first, ``subject`` is what the client calls whom it must be.
    """

    engine: Engine
    issuer: Issuer
    params: Form
    client: Client = field(init=False)
    redirect_uri: str = ""
    answerable: bool = False
    mode: str = "query"
    scope: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    challenge: str | None = None
    jkt: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    pushed_at: int | None = None
    pushing: bool = False
    signed: bool = False
    claims: claims.Asked = field(default_factory=dict)
    powers: tuple[str, ...] = ()
    acr: tuple[str, ...] = ()
    acr_essential: bool = False
    subject: str | None = None

    @property
    def state(self) -> str | None:
        return self.params.get("state")


Check = Callable[[Asking], Awaitable[None]]
