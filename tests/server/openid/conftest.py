"""One server for the tests that are named after modules of the OpenID Foundation's conformance suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lychgate.server.people import told
from support.relying import EMAIL, PASSWORD, Relying, relying
from support.server import Server, running

TOML = 'registration = "open"\nregistration_scopes = ["read"]\nrequire_pkce = false\ngrace = 2\n'
CLAIMS = (
    "given_name=Ada",
    "family_name=Lovelace",
    "name=Ada Lovelace",
    "zoneinfo=Europe/London",
    "locale=en-GB",
    "phone_number=+44 20 7946 0000",
    "phone_number_verified=true",
    "address.locality=London",
    "address.country=GB",
)


@pytest.fixture(scope="package")
def op(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Clients register themselves, PKCE is required of public ones alone, ada has told everything of herself."""
    with running(tmp_path_factory.mktemp("op"), toml=TOML) as started:
        ada = started.user_add(EMAIL, PASSWORD, name="ada")
        started.user_edit(ada, claims=told.edited({}, CLAIMS, 1_700_000_000_000))
        started.user_add("bob@example.org", PASSWORD)
        yield started


@pytest.fixture(scope="package")
def rp(op: Server) -> Relying:
    return relying(op, grant_types=["authorization_code", "refresh_token"])
