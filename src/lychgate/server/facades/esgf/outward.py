"""The front's own calls, all to the Keycloak that is set: by the fetcher, bounded in time and in size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from lychgate.kernel.errors import ConfigError, TransientError
from lychgate.kernel.flow import Flow, Once, Step
from lychgate.kernel.http import Request, Response, origin_of
from lychgate.kernel.steps import Call, Now, Send, Sleep
from lychgate.server.fetcher import NotFetched
from lychgate.world.awaiting import arun

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

T = TypeVar("T")

ONE = 10.0  # seconds for one answer
ALL = 25.0  # seconds for all that one page needs


async def outward(engine: Engine, flow: Flow[T]) -> T:
    """Run ``flow`` to its end. Raises what it raises, ``TransientError`` where that takes too long."""

    async def perform(step: Step[Any]) -> Any:
        match step:
            case Send():
                return await _send(engine, step.request)
            case Now():
                return engine.clock() / 1000
            case Sleep():
                return await asyncio.sleep(step.seconds)
            case Once():
                return await arun(step.make(), perform)
            case Call():
                return await asyncio.to_thread(step.function, *step.args)
        raise TypeError(f"nobody here does {type(step).__name__}")

    try:
        async with asyncio.timeout(ALL):
            return await arun(flow, perform)
    except TimeoutError:
        raise TransientError(f"Keycloak did not answer within {ALL:.0f} seconds") from None


async def _send(engine: Engine, request: Request) -> Response:
    """To the origin that is set and to no other one, whatever the metadata names."""
    known = origin_of(engine.config.facade.esgf.keycloak.url)
    if origin_of(request.url) != known:
        raise ConfigError(f"the metadata of Keycloak names {origin_of(request.url)}, and {known} is set", field="url")
    try:
        return await engine.fetcher.send(request, ONE)
    except NotFetched as error:
        raise TransientError(f"{known}: {error} (an inner address must stand in fetch_allow)") from None
