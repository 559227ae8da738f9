"""Our client at our server with our guard: tokens bound to a key by DPoP (RFC 9449), nonces on both sides."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

import lychgate
from lychgate.guard import Guard
from lychgate.issuer import clock, discovery, proof
from lychgate.kernel.errors import ConfigError, NotReplayable, Refused
from lychgate.kernel.http import Headers, Response
from lychgate.oauth import dpop, jose
from lychgate.oauth.device import GRANT as DEVICE
from lychgate.oauth.jwt_bearer import GRANT as BEARER
from lychgate.oauth.token_exchange import GRANT as EXCHANGE
from lychgate.testing.chaos import ChaosIssuer, Seen
from lychgate.testing.faults import Fault
from support.abroad import Abroad
from support.api_server import Api, serve_api
from support.desk import Desk, at_desk
from support.guarded_api import guard_api
from support.person import PersonAtBrowser
from support.relying import finish
from support.server import Made, Server, running
from support.stacks import STACKS, Stack

DATA = "https://data.example.org"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("bound") / "data", toml="dpop_nonce = true\n") as started:
        started.user_add("ada@example.org", "hunter2")
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add(grants=["client_credentials"], audiences=(DATA,))


@pytest.fixture(params=STACKS, ids=str)
def stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = request.param
    return found.needed()


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    """An API that takes only bound tokens, with proofs that hold its nonces."""
    with serve_api() as started:
        guard_api(started, guard(server, started))
        yield started


def guard(server: Server, api: Api) -> Guard:
    return Guard(server.issuer, DATA, origins=[api.url], bound="dpop", nonces=True)


def source(server: Server, made: Made, **more: Any) -> lychgate.ClientCredentials:
    return lychgate.ClientCredentials(issuer=server.issuer, client_id=made.id, client_secret=made.secret, **more)


def bound_to(token: lychgate.Token) -> str:
    return str(jose.peek(token.access.reveal())[1]["cnf"]["jkt"])


def test_each_library_proves_each_request_and_learns_the_nonces(
    stack: Stack, server: Server, robot: Made, api: Api
) -> None:
    auth = lychgate.auth(lychgate.DPoP(source(server, robot)), origins=[api.url])
    assert stack.call(auth, f"{api.url}/a?b=c").status == 200
    assert [("nonce" in claims_of(seen.headers["dpop"])) for seen in api.seen] == [False, True]
    assert stack.call(auth, f"{api.url}/a", method="POST", body=b"x").status == 200
    assert stack.call(auth, f"{api.url}/to?url={api.url}/b").status == 200  # another URL, another proof
    assert stack.call(auth, f"{api.url}/a").status == 200
    assert len({seen.headers["dpop"] for seen in api.seen if "dpop" in seen.headers}) == len(
        [seen for seen in api.seen if "dpop" in seen.headers]
    )


def claims_of(proof: str) -> dict[str, Any]:
    return jose.peek(proof, frozenset({"jwk"}))[1]


def test_c1_a_redirect_elsewhere_carries_neither_token_nor_proof(
    stack: Stack, server: Server, robot: Made, api: Api
) -> None:
    with serve_api() as foreign:
        auth = lychgate.auth(lychgate.DPoP(source(server, robot)), origins=[api.url])
        assert stack.call(auth, f"{api.url}/to?url={foreign.url}/free").status == 200
        (arrived,) = foreign.seen
        assert not {"authorization", "dpop"} & set(arrived.headers)


def test_c14_a_stream_is_not_sent_again_for_the_nonce_and_goes_through_the_next_time(
    stack: Stack, server: Server, robot: Made, api: Api
) -> None:
    auth = lychgate.auth(lychgate.DPoP(source(server, robot)), origins=[api.url])
    with pytest.raises(NotReplayable, match="stream"):
        stack.call(auth, f"{api.url}/a", method="POST", stream=True)
    assert stack.call(auth, f"{api.url}/a", method="POST", stream=True).status == 200
    assert [seen.body for seen in api.seen] == [b"ab", b"ab"]


def test_a_nonce_in_a_good_answer_is_kept(stack: Stack, server: Server, robot: Made) -> None:
    with serve_api() as api:
        auth = lychgate.auth(lychgate.DPoP(source(server, robot)), origins=[api.url])
        for number in range(3):
            fields = {dpop.NONCE: f"n{number}"}
            api.instead = lambda seen, fields=fields: (200, fields, b"")  # type: ignore[misc]  # bound now
            assert stack.call(auth, f"{api.url}/a").status == 200
        assert [claims_of(seen.headers["dpop"]).get("nonce") for seen in api.seen] == [None, "n0", "n1"]


def test_a_server_that_is_never_content_is_not_asked_for_ever(server: Server, robot: Made) -> None:
    with serve_api() as api:
        auth = lychgate.auth(lychgate.DPoP(source(server, robot)), origins=[api.url])
        numbers = iter(range(99))
        wants = {"WWW-Authenticate": 'DPoP error="use_dpop_nonce"'}
        api.instead = lambda seen: (401, {**wants, dpop.NONCE: f"n{next(numbers)}"}, b"")
        assert httpx2.get(f"{api.url}/a", auth=auth).status_code == 401  # type: ignore[arg-type]  # it is one
        assert len(api.seen) <= 4


def test_a_login_keeps_its_key_when_it_is_renewed_and_after_a_restart(server: Server, api: Api, tmp_path: Path) -> None:
    made = server.client_add(grants=["password", "refresh_token"], audiences=(DATA,), lifetime=1)

    def login() -> lychgate.Auth:
        person = {"username": "ada@example.org", "password": "hunter2"}
        pair = {"client_id": made.id, "client_secret": made.secret}
        found = lychgate.Password(issuer=server.issuer, **pair, **person, dpop=True)
        return lychgate.auth(found, origins=[api.url], store=tmp_path)

    first = login().token()
    assert (first.type, first.refresh is not None) == ("DPoP", True)
    again = login()
    assert httpx2.get(f"{api.url}/a", auth=again).status_code == 200  # type: ignore[arg-type]  # it is one
    second = again._credential.performer.run(again._credential.authenticator.renewal.after(first))  # type: ignore[attr-defined]
    assert second.access != first.access
    assert bound_to(second) == bound_to(first)


def test_a_persons_login_is_bound_from_its_code_on_and_its_refresh_token_is_of_no_use_without_the_key(
    server: Server, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants, back = ["authorization_code", "refresh_token"], ("http://127.0.0.1",)
    made = server.client_add(
        methods=["none"], grants=grants, redirect_uris=back, audiences=(DATA,), scopes=("openid", "email")
    )
    discovery.forget()
    found = lychgate.AuthorizationCode(issuer=server.issuer, client_id=made.id, redirect_port=0, dpop=True)
    auth = lychgate.auth(found, origins=[api.url], store="memory")
    with at_desk(monkeypatch) as desk:
        token = logged_in(desk, auth, server)
    assert token.refresh is not None
    assert token.extra["owner"] == "ada@example.org"  # userinfo has told, which wants a proof too
    assert httpx2.get(f"{api.url}/a", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one
    for key in (None, jose.generate("ES256").as_pem(private=True).decode()):
        stolen = lychgate.Refresh(issuer=server.issuer, client_id=made.id, refresh_token=token.refresh, dpop_key=key)
        with pytest.raises((Refused, lychgate.LoginDead)):
            lychgate.auth(stolen).token()
    mine = lychgate.Refresh(issuer=server.issuer, client_id=made.id, refresh_token=token.refresh, dpop_key=token.key)
    assert bound_to(lychgate.auth(mine).token()) == bound_to(token)


def test_a_login_on_another_device_is_bound_as_well(server: Server, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    made = server.client_add(methods=["none"], grants=[DEVICE, "refresh_token"], audiences=(DATA,))
    discovery.forget()
    found = lychgate.DeviceCode(issuer=server.issuer, client_id=made.id, dpop=True)
    auth = lychgate.auth(found, origins=[api.url], store="memory")
    with at_desk(monkeypatch) as desk:
        coming = desk.start(auth.token)
        person = PersonAtBrowser(server.url).open(desk.url())
        person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]})
        person.log_in("ada@example.org", "hunter2")
        person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).allow()
        token = coming.result(60)
    assert (token.type, token.refresh is not None) == ("DPoP", True)
    assert httpx2.get(f"{api.url}/a", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one


def test_what_is_got_for_a_token_or_an_assertion_is_bound_as_well(server: Server, api: Api) -> None:
    abroad = Abroad()
    abroad.trusted_by(server)
    mine = "https://gate.example.org"
    made = server.client_add(grants=["password", EXCHANGE, BEARER], audiences=(DATA, mine), resources=(mine,))
    pair = {"issuer": server.issuer, "client_id": made.id, "client_secret": made.secret}
    subject = lychgate.Password(**pair, username="ada@example.org", password="hunter2")
    for found in (
        lychgate.TokenExchange(**pair, subject=subject, dpop=True),
        lychgate.JwtBearer(**pair, assertion=abroad.sign(server.issuer), dpop=True),
    ):
        auth = lychgate.auth(found, origins=[api.url])
        proof.ISSUERS._held.clear()  # the first request is refused for the nonce, which uses no assertion up
        assert auth.token().type == "DPoP"
        assert httpx2.get(f"{api.url}/a", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_a_key_of_ones_own_binds_and_is_kept_where_it_is(
    alg: str, server: Server, robot: Made, api: Api, tmp_path: Path
) -> None:
    key = jose.generate(alg)
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=True))
    mine = lychgate.Secret.file(tmp_path / "key.pem")
    store = tmp_path / "store"
    auth = lychgate.auth(lychgate.DPoP(source(server, robot), mine), origins=[api.url], store=store)
    assert bound_to(auth.token()) == jose.thumbprint(key)
    kept = b"".join(file.read_bytes() for file in store.rglob("*") if file.is_file())
    assert b"PRIVATE" not in kept
    assert b'"d"' not in kept
    again = lychgate.auth(lychgate.DPoP(source(server, robot), mine), origins=[api.url], store=store)
    assert again.token().access == auth.token().access
    assert httpx2.get(f"{api.url}/a", auth=again).status_code == 200  # type: ignore[arg-type]  # it is one


def test_a_token_of_others_goes_with_the_key_that_it_is_bound_to(server: Server, robot: Made, api: Api) -> None:
    pem = jose.generate("ES256").as_pem(private=True).decode()
    token = lychgate.auth(source(server, robot, dpop_key=pem)).token().access.reveal()
    for wrong in ("profile", lychgate.Bearer("x"), lychgate.File):
        with pytest.raises(TypeError, match="takes a source"):
            lychgate.DPoP(wrong)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ConfigError, match="give that key"):
        lychgate.DPoP(lychgate.Command(["echo", token]))
    auth = lychgate.auth(lychgate.DPoP(lychgate.Command(["echo", token]), pem), origins=[api.url])
    assert httpx2.get(f"{api.url}/a", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one


def test_an_issuer_that_binds_nothing_is_refused_and_one_that_binds_by_itself_is_understood(
    server: Server, robot: Made
) -> None:
    with ChaosIssuer(changes={"token_type": "Bearer"}) as issuer:
        pair = {"client_id": "robot", "client_secret": issuer.clients["robot"]}
        with pytest.raises(Refused, match="does not bind"):
            lychgate.auth(lychgate.ClientCredentials(issuer=issuer.url, **pair, dpop=True)).token()
        issuer.changes = {"token_type": "DPoP"}
        with pytest.raises(Refused, match="say dpop"):
            lychgate.auth(lychgate.ClientCredentials(issuer=issuer.url, **pair)).token()


def test_a_program_may_be_held_to_the_fapi_2_profile(
    server: Server, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pushed request, private_key_jwt, bound code and tokens (FAPI 2.0 security profile)."""
    key = jose.generate("RS256")  # it signs with PS256
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    grants, back = ["authorization_code", "refresh_token"], ("http://127.0.0.1",)
    held = {"profile": "fapi2", "dpop_bound_access_tokens": True}
    made = server.client_add(
        methods=["private_key_jwt"], jwks=jwks, grants=grants, redirect_uris=back, audiences=(DATA,), extra=held
    )
    discovery.forget()
    pem = key.as_pem(private=True).decode()
    found = lychgate.AuthorizationCode(
        issuer=server.issuer, client_id=made.id, private_key=pem, security="fapi2", redirect_port=0
    )
    auth = lychgate.auth(found, origins=[api.url], store="memory")
    with at_desk(monkeypatch) as desk:
        token = logged_in(desk, auth, server)
    assert (token.type, token.refresh is not None) == ("DPoP", True)
    assert httpx2.get(f"{api.url}/a", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one
    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    fresh = auth._credential.performer.run(renewal.after(token))
    assert (fresh.access != token.access, bound_to(fresh)) == (True, bound_to(token))


def logged_in(desk: Desk, auth: lychgate.Auth, server: Server) -> lychgate.Token:
    coming = desk.start(auth.token)
    url = desk.url()
    assert "request_uri=" in url
    assert "redirect_uri" not in url
    person = finish(PersonAtBrowser(server.url).open(url))
    httpx2.get(person.left_to, timeout=20)
    return coming.result(30)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"client_secret": "x"}, "method"),
        ({"private_key": "x", "alg": "RS256"}, "alg"),
        ({"private_key": "x", "token_endpoint": "https://a.example.org/t"}, "issuer"),
        ({"private_key": "x", "security": "fapi1"}, None),
    ],
    ids=str,
)
def test_a_program_that_cannot_keep_the_profile_is_told_before_anything_is_sent(
    options: dict[str, Any], field: str | None
) -> None:
    common = {"issuer": "https://a.example.org", "client_id": "x", "security": "fapi2"}
    with pytest.raises(ConfigError) as caught:
        lychgate.AuthorizationCode(**{**common, **options})
    assert field in (None, caught.value.field)
    with pytest.raises(ConfigError, match="device codes"):
        lychgate.DeviceCode(**common, private_key="x")


class Strict(ChaosIssuer):
    """An issuer and an API that read proofs by their own clock; ``refused`` counts."""

    refused = 0

    def answer(self, seen: Seen) -> tuple[int, dict[str, str], bytes, Fault]:
        if seen.path in ("/token", "/api"):
            sent = seen.headers.get("authorization", "").partition(" ")[2] if seen.path == "/api" else ""
            try:
                url, shown = self.url + seen.path, seen.headers.get("dpop", "")
                dpop.verify(shown, method=seen.method, url=url, now=self.now(), access_token=sent)
            except dpop.BadProof as error:
                self.refused += 1
                said = {"WWW-Authenticate": 'DPoP error="invalid_dpop_proof"'}
                body = json.dumps({"error": "invalid_dpop_proof", "error_description": str(error)}).encode()
                return (401 if sent else 400), said, body, Fault()
        return super().answer(seen)


@pytest.mark.parametrize("ahead", [600, -600])
def test_c11_a_clock_ten_minutes_off_is_learnt_from_the_refusal(ahead: float) -> None:
    with Strict(clock=ahead, lifetime=9999) as issuer, Strict(clock=-ahead) as api:
        clock._offsets.clear()
        pair = {"client_id": "robot", "client_secret": issuer.clients["robot"]}
        found = lychgate.ClientCredentials(token_endpoint=issuer.token_endpoint, **pair, dpop=True)
        auth = lychgate.auth(found, origins=[api.url])
        api.access = issuer.access
        for _ in range(2):
            assert httpx2.get(api.api, auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one
        assert (issuer.refused, api.refused) == (1, 1)


def test_c10_the_key_is_in_no_log_and_no_text(
    server: Server, robot: Made, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        auth = lychgate.auth(lychgate.DPoP(source(server, robot)), origins=[api.url])
        assert httpx2.get(f"{api.url}/a", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one
        token = auth.token()
        assert token.key is not None
        renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
        said = [repr(auth), repr(token), repr(renewal.bound), str(token.key), auth.explain(api.url)]
        logging.getLogger("somebody").warning("%s %s", token.key.reveal(), json.loads(token.key.reveal())["d"])
    text = caplog.text + "".join(said)
    assert json.loads(token.key.reveal())["d"] not in text
    assert token.access.reveal() not in text
    with pytest.raises(TypeError):
        pickle.dumps(auth)


def test_what_is_known_of_nonces_is_bounded() -> None:
    nonces = proof.Nonces()
    for number in range(1000):
        found = Response(200, Headers({dpop.NONCE: "n"}), b"", f"https://h{number}.example")
        assert nonces.learn(found)
    assert len(nonces._held) <= 256
    for bad in ("", "x" * 5000, "a b", "a\tb"):
        found = Response(200, Headers({dpop.NONCE: bad}), b"", "https://h.example")
        assert not nonces.learn(found)
