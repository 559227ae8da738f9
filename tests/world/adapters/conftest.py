"""Every adapter is put through the same, against two origins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.api_server import Api, serve_api
from support.stacks import STACKS, Stack


@pytest.fixture(params=STACKS, ids=str)
def stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = request.param
    return found.needed()


@pytest.fixture
def home() -> Iterator[Api]:
    with serve_api() as api:
        yield api


@pytest.fixture
def foreign() -> Iterator[Api]:
    with serve_api() as api:
        yield api
