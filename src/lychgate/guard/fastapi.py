"""The guard in FastAPI: a dependency, which its OpenAPI document knows as a bearer token (RFC 6750)."""

# FastAPI reads the annotations of ``Caller.__call__`` off the object, where texts could not be resolved: they are no
# texts here, so this module has no ``from __future__ import annotations``.

from collections.abc import AsyncIterator
from typing import Any

from fastapi import Depends, Response
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from .principal import Principal
from .requirement import Requirement
from .starlette import Gate, caller, mark, marking


class Caller(SecurityBase):
    """The ``Principal`` who calls. Its documentation page has a field for the token."""

    def __init__(self, gate: Gate, requires: Requirement) -> None:
        self._gate, self._requires = gate, requires
        self.model, self.scheme_name = HTTPBearer(bearerFormat="JWT"), "AccessToken"

    async def __call__(self, connection: HTTPConnection, response: Response) -> AsyncIterator[Principal]:
        mark(self._gate, response)
        with marking(self._gate):
            yield await caller(self._gate, connection, self._requires)


def dependency(gate: Gate, requires: Requirement) -> Any:
    """``Depends(...)`` whose value is the ``Principal``."""
    return Depends(Caller(gate, requires))
