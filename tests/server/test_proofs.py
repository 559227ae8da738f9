"""Basic credentials known again: only while the client, its secret and its standing are what they were."""

from __future__ import annotations

import time

from lychgate.server.authority import Authority
from lychgate.server.model import Client, ClientSecret, Issuer
from lychgate.server.programs.proofs import Proofs
from lychgate.server.secrets import digest
from support.server import Server

ISSUER = Issuer("main", "http://127.0.0.1")
FORM = {"grant_type": "client_credentials"}


class Known(Authority):
    """An authority that holds one client."""

    def __init__(self, client: Client) -> None:
        self.held: Client | None = client

    def peek_client(self, issuer: str, id: str) -> Client | None:
        return self.held


def kept(not_after: int | None = None) -> tuple[Proofs, Known, Client, list[int]]:
    client = Client("main", "a", "a", secrets=(ClientSecret("1", digest("right"), not_after=not_after),))
    now, authority = [1000], Known(client)
    proofs = Proofs(authority, lambda: now[0])
    proofs.keep(ISSUER, "Basic x", client, "right")
    return proofs, authority, client, now


def test_the_same_header_is_known_again() -> None:
    proofs, _, client, _ = kept()
    assert proofs.client(ISSUER, "Basic x", FORM) is client
    assert proofs.client(ISSUER, "Basic y", FORM) is None
    assert proofs.client(Issuer("other", ""), "Basic x", FORM) is None


def test_a_header_beside_a_client_in_the_form_is_looked_at_anew() -> None:
    proofs, *_ = kept()
    for name in ("client_id", "client_secret", "client_assertion", "client_assertion_type"):
        assert proofs.client(ISSUER, "Basic x", FORM | {name: "a"}) is None


def test_a_client_that_has_changed_or_gone_is_looked_at_anew() -> None:
    proofs, authority, client, _ = kept()
    authority.held = Client("main", "a", "a", secrets=client.secrets)
    assert proofs.client(ISSUER, "Basic x", FORM) is None
    authority.held = None
    assert proofs.client(ISSUER, "Basic x", FORM) is None


def test_a_secret_is_known_until_it_ends() -> None:
    proofs, _, client, now = kept(not_after=2000)
    assert proofs.client(ISSUER, "Basic x", FORM) is client
    now[0] = 2000
    assert proofs.client(ISSUER, "Basic x", FORM) is None


def test_a_wrong_secret_is_not_kept() -> None:
    proofs, _, client, _ = kept()
    proofs.keep(ISSUER, "Basic wrong", client, "wrong")
    assert proofs.client(ISSUER, "Basic wrong", FORM) is None


def test_a_client_that_is_disabled_between_two_requests_is_refused(server: Server) -> None:
    robot = server.client_add()
    for _ in range(2):
        assert server.post("/oauth2/token", FORM, basic=robot.pair).status == 200
    server.client_edit(robot, active=False)
    ends = time.monotonic() + 3
    while server.post("/oauth2/token", FORM, basic=robot.pair).status == 200:
        assert time.monotonic() < ends
        time.sleep(0.02)
    assert server.post("/oauth2/token", FORM, basic=robot.pair).error == "invalid_client"
