"""The token paths: ``POST /api/v1/auth/jwt/token`` and ``GET /api/v1/auth/jwt/token/basic``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lychgate.server.model import Client

if TYPE_CHECKING:
    from lychgate.server.config import Config
    from lychgate.server.engine import Engine
    from lychgate.server.facades.facade import Handler

NAME = "climate_engine"
CLIENT = "climate-engine"  # the built-in public client for which the password grant runs
TOKEN = "/api/v1/auth/jwt/token"
BASIC = "/api/v1/auth/jwt/token/basic"
TOKEN_PATHS = (TOKEN,)


def clients(config: Config, issuer: str) -> list[Client]:
    """The built-in public client: ``extra["facade"]`` binds it to this facade."""
    return [
        Client(
            issuer,
            CLIENT,
            "Climate Engine",
            methods=frozenset({"none"}),
            grants=frozenset({"password"}),
            alg=config.facade.climate_engine.alg,
            extra={"facade": NAME},
        )
    ]


def paths(engine: Engine) -> Mapping[str, Mapping[str, Handler]]:
    return {}
