"""The engine's own endpoints, by path below the issuer and by method."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from lychgate.oauth import metadata
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, public_json

from . import discovery, pages
from .introspection import introspect
from .revocation import revoke
from .token import token
from .userinfo import userinfo

Handler = Callable[[Call], Awaitable[Answer]]


def paths(engine: Engine) -> dict[str, Mapping[str, Handler]]:
    """What is answered, by whole path and method."""
    base = engine.base
    info = partial(userinfo, engine)
    found: dict[str, Mapping[str, Handler]] = {
        base + discovery.TOKEN: {"POST": partial(token, engine)},
        base + discovery.INTROSPECT: {"POST": partial(introspect, engine)},
        base + discovery.REVOKE: {"POST": partial(revoke, engine)},
        base + discovery.USERINFO: {"GET": info, "POST": info},
        base + discovery.JWKS: {"GET": partial(_jwks, engine)},
    }
    found |= {base + path: methods for path, methods in pages.paths(engine).items()}
    document = public_json(json.dumps(discovery.document(engine)).encode(), discovery.MAX_AGE)
    return found | {path: {"GET": partial(_fixed, document)} for path in metadata.paths(base)}


async def _jwks(engine: Engine, call: Call) -> Answer:
    """To be kept for half the time at most that a new key is there before it signs: whoever keeps it knows each key."""
    return public_json(engine.keys.document(engine.issuer.id), min(discovery.MAX_AGE, engine.config.publish_ahead // 2))


async def _fixed(answer: Answer, call: Call) -> Answer:
    return answer
