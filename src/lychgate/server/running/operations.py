"""What a machine asks to know whether the server is well: /health, /ready, /metrics."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, json_answer, text_answer

Handler = Callable[[Call], Awaitable[Answer]]


def paths(engine: Engine) -> dict[str, Mapping[str, Handler]]:
    """By whole path: these are not below the issuer's."""
    found: dict[str, Mapping[str, Handler]] = {
        "/health": {"GET": _health},
        "/ready": {"GET": partial(_ready, engine)},
    }
    return found | ({"/metrics": {"GET": partial(_metrics, engine)}} if engine.config.metrics else {})


async def _health(call: Call) -> Answer:
    """The process answers."""
    return json_answer({"status": "ok"})


async def _ready(engine: Engine, call: Call) -> Answer:
    """The database answers too: 200, else 503."""
    await engine.store.ping()
    return json_answer({"status": "ready"})


async def _metrics(engine: Engine, call: Call) -> Answer:
    gauges = {f"cached_{name}": float(number) for name, number in engine.authority.sizes().items()}
    gauges |= {"audit_waiting": float(engine.audit.waiting()), "feed_age_seconds": engine.feed.age()}
    worker = str(os.getpid()) if engine.config.workers > 1 else ""
    return text_answer(engine.meter.text(gauges, worker), "text/plain; version=0.0.4; charset=utf-8")
