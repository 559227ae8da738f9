"""The JSON API of users and clients, its OpenAPI document and the interactive page, on FastAPI.

Imported when the first request for it comes: the framework and the models take a while and some memory.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from . import clients, keys, page, users
from .messages import Gate
from .openapi import document
from .problems import handlers

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.facades.facade import App

__all__ = ["build"]

# FastAPI's newer versions tell OpenTelemetry of requests by themselves, queries and exceptions' words with them: what
# is told of ours says ``running/tracing.py`` alone. Older versions take no notice of this.
QUIET: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}


def build(engine: Engine) -> App:
    """The application for one engine."""
    app = FastAPI(
        title="Lychgate",
        version=version("lychgate"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirected POST loses its body or its method
        exception_handlers=handlers,
        telemetry=QUIET,
    )
    app.state.engine = engine
    app.state.known = list(app.routes)
    for router in (users.router, keys.router, clients.router, page.router):
        app.include_router(router)
        app.state.known += router.routes
    app.mount("/docs", page.files, name="docs")
    app.openapi = document(app, engine)  # type: ignore[method-assign]  # FastAPI's own way to extend the document
    return Gate(app)
