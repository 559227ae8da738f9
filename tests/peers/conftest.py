"""Peers that take long to start, shared by all tests that talk to them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from support import keycloak as real
from support.keycloak import Keycloak


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    """A real Keycloak with the realm of ``keycloak_realm.json``; ``LYCHGATE_TEST_KEYCLOAK`` names one that runs."""
    if known := os.environ.get("LYCHGATE_TEST_KEYCLOAK"):
        yield Keycloak(known)
        return
    with real.running(tmp_path_factory.mktemp("keycloak")) as started:
        yield started
