"""UNICORE's REST API as far as authentication goes, below ``/{SITE}/rest/core``, and a UFTP Authserver's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lychgate.server.facades.facade import Facade

from . import routes
from .problem import problem_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lychgate.server.config import Config
    from lychgate.server.model import Client


def _clients(config: Config, issuer: str) -> Sequence[Client]:
    return ()


UNICORE = Facade(
    name="unicore",
    clients=_clients,
    token_paths=(),
    paths=routes.paths,
    prefixes=routes.prefixes,
    app=routes.app,
    refusal=problem_answer,
)
