"""Climate Engine's authorization server: its token paths, its JSON API of users and clients, and the page ``/docs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lychgate.server.facades.facade import Facade

from . import token
from .problem import problem_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lychgate.server.config import Config
    from lychgate.server.engine import Engine
    from lychgate.server.facades.facade import App


def _app(engine: Engine) -> App:
    from .api import build  # FastAPI and its models take a while: not before somebody asks

    return build(engine)


def _prefixes(config: Config) -> Sequence[str]:
    return "/api/v1/users", "/api/v1/clients", "/docs", "/openapi.json"


CLIMATE_ENGINE = Facade(
    name=token.NAME,
    clients=token.clients,
    token_paths=token.TOKEN_PATHS,
    paths=token.paths,
    prefixes=_prefixes,
    app=_app,
    refusal=problem_answer,
)
