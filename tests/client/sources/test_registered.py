"""Registration through the browser, and what Keycloak's arguments become, with everybody played by hand."""

from __future__ import annotations

from typing import Any

import pytest

import lychgate
from lychgate.client.keycloak import esgf
from lychgate.client.renewal import Renewal
from lychgate.client.sources.authorization_code import AuthorizationCode
from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.registered import Registered
from lychgate.issuer import clock, discovery
from lychgate.kernel.errors import ConfigError, InsecureError, LoginDead, LoginNeeded, Refused
from lychgate.kernel.http import Headers, Response
from support.play import answer, token
from support.visitor import Visitor

NODE = "https://compute.node"
FRONT = f"{NODE}/wps/auth/client_registration/"
PLACES: dict[str, Any] = {"base_url": NODE, "keycloak_url": f"{NODE}/auth", "realm": "compute-cluster"}
ISSUER = f"{NODE}/auth/realms/compute-cluster"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    discovery.forget()
    monkeypatch.setattr(clock, "_offsets", {})


def front(status: int = 302, to: str = "/wps/auth/login?next=/wps/auth/client_registration/") -> Response:
    return Response(status, Headers({"Location": to} if to else {}), b"", FRONT)


def metadata() -> Response:
    return answer({"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"})


def test_the_link_comes_first_then_the_id_then_the_secret_unseen_then_the_token() -> None:
    play = Visitor(front(), metadata(), token(expires_in=60))
    play.typed.extend([" my-id ", "my-s3cret\n"])
    got = play.run(lychgate.Keycloak(**PLACES).obtain())
    assert f"{NODE}/wps/auth/login?next=/wps/auth/client_registration/" in play.told[0]
    assert [(ask.prompt, ask.secret) for ask in play.asked] == [("Client ID: ", False), ("Client Secret: ", True)]
    assert play.form() == {"grant_type": "client_credentials", "client_id": "my-id", "client_secret": "my-s3cret"}
    assert got.access.reveal() == "a1"


def test_id_and_secret_are_kept_only_after_a_token_has_come() -> None:
    play = Visitor(
        front(), metadata(), answer({"error": "invalid_client"}, 401), front(), token(expires_in=60), token("a2")
    )
    play.typed.extend(["my-id", "mistyped-one", "my-id", "my-s3cret"])
    renewal = Renewal(lychgate.Keycloak(**PLACES))
    with pytest.raises(Refused):
        play.run(renewal.valid())
    assert not play.records
    play.now += 2
    play.run(renewal.valid())
    assert [record.who for record in play.records.values()] == ["robot my-id"]
    play.now += 100
    renewal.fresh_until = 0
    assert play.run(renewal.valid()).access.reveal() == "a2"
    assert len(play.asked) == 4


def test_a_registration_that_is_gone_is_made_anew_or_login_dead() -> None:
    gone = answer({"error": "invalid_client"}, 401)
    play = Visitor(front(), metadata(), token(expires_in=60), gone, front(), token("a2", expires_in=60), gone)
    play.typed.extend(["id-1", "s3cret-1", "id-2", "s3cret-2"])
    renewal = Renewal(lychgate.Keycloak(**PLACES))
    play.run(renewal.valid())
    play.now += 100
    renewal.fresh_until = 0
    assert play.run(renewal.valid()).access.reveal() == "a2"
    play.now += 100
    renewal.fresh_until, play.nobody = 0, True
    with pytest.raises(LoginDead):
        play.run(renewal.valid())


def test_where_nobody_is_the_error_says_how_else() -> None:
    play = Visitor(nobody=True)
    with pytest.raises(LoginNeeded, match="give client_id and client_secret"):
        play.run(lychgate.Keycloak(**PLACES).obtain())
    assert not play.sent


@pytest.mark.parametrize(("status", "to"), [(200, ""), (404, ""), (302, "")])
def test_a_front_that_leads_nowhere_is_refused_with_the_administrator_named(status: int, to: str) -> None:
    with pytest.raises(Refused, match="administrator"):
        Visitor(front(status, to)).run(lychgate.Keycloak(**PLACES).obtain())


@pytest.mark.parametrize("to", ["http://evil.example/", "javascript:alert(1)"])
def test_a_front_that_leads_to_no_secure_page_shows_nothing(to: str) -> None:
    play = Visitor(front(to=to))
    with pytest.raises(InsecureError):
        play.run(lychgate.Keycloak(**PLACES).obtain())
    assert not play.told


def test_pkce_without_a_client_id_is_an_error_at_construction() -> None:
    with pytest.raises(ConfigError, match="client_id"):
        lychgate.Keycloak(**PLACES, pkce=True)


def test_what_is_given_decides_the_source() -> None:
    login = lychgate.Keycloak(**PLACES, client_id="wps", pkce=True, redirect_port=8000)
    robot = lychgate.Keycloak(**PLACES, client_id="r", client_secret="s3cret")
    assert isinstance(login, AuthorizationCode)
    assert (login.issuer, login.redirect_port) == (ISSUER, 8000)
    assert AuthorizationCode(issuer=ISSUER, client_id="wps").redirect_port == 8888
    assert isinstance(robot, ClientCredentials)
    assert robot.method == "client_secret_post"
    assert isinstance(lychgate.Keycloak(**PLACES), Registered)
    for half in ({"client_id": "r"}, {"client_secret": "s3cret"}, {"base_url": ""}):
        with pytest.raises(ConfigError):
            lychgate.Keycloak(**{**PLACES, **half})


def test_a_compute_node_is_known_by_its_address_alone() -> None:
    preset = esgf(f"{NODE}/", client_id="wps", pkce=True)
    assert preset.source.where == ISSUER
    assert preset.origins == (NODE,)
    assert "compute.node" in repr(lychgate.esgf(NODE, client_id="wps", pkce=True, store="memory"))
