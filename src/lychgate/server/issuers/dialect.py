"""How a facade speaks for an issuer that is its own: its names for our paths, and the manner of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lychgate.server.model import Client, Issuer


@dataclass(frozen=True, slots=True)
class Dialect:
    """``names`` are the facade's for paths of ours; ``token_paths`` are what a client's assertion may name as ``aud``.

    ``manner(issuer, client)`` is the ``Manner`` of the client's tokens.
    """

    names: Mapping[str, str]
    token_paths: tuple[str, ...]
    manner: Callable[[Issuer, Client], Any]
