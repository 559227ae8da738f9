"""The registration front of an ESGF compute node, below ``/wps/auth``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lychgate.server.exchange import error_answer
from lychgate.server.facades.facade import Facade

from . import front

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lychgate.server.config import Config
    from lychgate.server.engine import Engine
    from lychgate.server.facades.facade import App
    from lychgate.server.model import Client


def _clients(config: Config, issuer: str) -> Sequence[Client]:
    return ()


def _prefixes(config: Config) -> Sequence[str]:
    return ()


def _app(engine: Engine) -> App:
    raise RuntimeError("this facade has no application of its own")  # and no prefix by which one could be asked for


ESGF = Facade(
    name=front.NAME,
    clients=_clients,
    token_paths=(),
    paths=front.paths,
    prefixes=_prefixes,
    app=_app,
    refusal=error_answer,
)
