"""A row of the table: one request, the class of our answer, and that of the peer's where it is known to differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lychgate.oauth import pkce

BACK, NEAR, VERIFIER = "https://rp.example.org/back", "http://127.0.0.1:8888", "v" * 43

# A field's value: a text, several (the field repeated), None (left out), or what a side makes for it.
Value = str | Sequence[str] | None | Callable[[Any], str]
Fields = Mapping[str, Value]


@dataclass(frozen=True)
class Row:
    """``at`` is an endpoint, ``sender`` the client that authenticates ("" for nobody), ``ours`` and ``theirs`` classes.

    ``theirs`` is empty where both answer alike; where not, ``why`` says what we want with it.
    """

    says: str
    at: str
    fields: Fields
    ours: str
    theirs: str = ""
    why: str = ""
    sender: str = ""
    method: str = ""
    headers: Mapping[str, str | Callable[[Any], str]] = field(default_factory=dict)
    body: str | None = None


def asked(**changed: Value) -> Fields:
    """An authorization request of the client ``web`` that is good but for what is ``changed``."""
    return {
        "response_type": "code",
        "client_id": "web",
        "redirect_uri": BACK,
        "scope": "openid",
        "state": "st",
        "code_challenge": pkce.challenge(VERIFIER),
        "code_challenge_method": "S256",
    } | changed


def near(**changed: Value) -> Fields:
    """The same of the public client ``app``, at home on this machine."""
    return asked(**{"client_id": "app", "redirect_uri": NEAR, **changed})
