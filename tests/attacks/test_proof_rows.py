"""Rows 5, 9, 16 to 19, 21 to 23, 25 and 41 of the list of attacks, where they can touch a DPoP proof (RFC 9449)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from lychgate.oauth import dpop, jose, pkce
from support.dpop import Holder
from support.person import PersonAtBrowser
from support.relying import finish
from support.server import Made, Reply, Server, running

EMAIL, PASSWORD = "ada@example.org", "hunter2"
TOKEN, ME = "/oauth2/token", "/api/v1/users/me"
BACK = "https://a.example/b"
ROBOT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options, toml = ("--workers", "2"), 'log_level = "debug"\naccess_log = true\n'
    with running(tmp_path_factory.mktemp("proofs") / "data", *options, toml=toml) as started:
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    owner = server.user_add(EMAIL, PASSWORD).id
    return server.client_add(owner=owner, grants=["client_credentials", "authorization_code"], redirect_uris=(BACK,))


@pytest.fixture(scope="module")
def holder() -> Holder:
    return Holder()


@pytest.fixture(scope="module")
def token(server: Server, robot: Made, holder: Holder) -> str:
    return str(holder.post(server, TOKEN, ROBOT, basic=robot.pair).json()["access_token"])


def ask(server: Server, robot: Made, proof: str) -> Reply:
    return server.post(TOKEN, ROBOT, basic=robot.pair, headers={"DPoP": proof})


def unsigned(alg: str, proof: str) -> str:
    head, payload, _ = proof.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    written = base64.urlsafe_b64encode(json.dumps(header | {"alg": alg}).encode()).rstrip(b"=").decode()
    return f"{written}.{payload}."


def hmac_by_public_key(holder: Holder, url: str) -> str:
    shared = jose.import_key(jose.public_der(holder.key).hex())
    head, claims = dpop.message(jose.public_jwk(holder.key), "POST", url, 2e9)
    return jose.sign({"alg": "HS256", **head}, claims, shared)


Wrong = Callable[[Holder, str], str]
ROWS: dict[str, Wrong] = {
    "16 alg none": lambda h, url: unsigned("none", h.proof("POST", url)),
    "16 alg nOnE": lambda h, url: unsigned("nOnE", h.proof("POST", url)),
    "16 empty signature": lambda h, url: h.proof("POST", url).rpartition(".")[0] + ".",
    "16 HMAC with the public key": hmac_by_public_key,
    "16 a symmetric key": lambda h, url: h.proof("POST", url, header={"jwk": {"kty": "oct", "k": "c2VjcmV0" * 6}}),
    "17 another's key in the header": lambda h, url: h.proof(
        "POST", url, header={"jwk": jose.public_jwk(Holder().key)}
    ),
    "17 a private key in the header": lambda h, url: h.proof("POST", url, header={"jwk": h.key.as_dict(private=True)}),
    "17 no key": lambda h, url: h.proof("POST", url, header={"jwk": None, "kid": "../../etc/passwd"}),
    "17 jku": lambda h, url: h.proof("POST", url, header={"jku": "http://127.0.0.1:9/keys"}),
    "17 x5u": lambda h, url: h.proof("POST", url, header={"x5u": "http://127.0.0.1:9/cert"}),
    "18 b64": lambda h, url: h.proof("POST", url, header={"b64": True}),
    "19 typ JWT": lambda h, url: h.proof("POST", url, header={"typ": "JWT"}),
    "19 typ at+jwt": lambda h, url: h.proof("POST", url, header={"typ": "at+jwt"}),
    "19 no typ": lambda h, url: h.proof("POST", url, header={"typ": None}),
    "22 for another endpoint": lambda h, url: h.proof("POST", url.replace("token", "par")),
    "22 for another server": lambda h, url: h.proof("POST", "https://other.example/oauth2/token"),
    "22 for another method": lambda h, url: h.proof("GET", url),
    "22 too old": lambda h, url: h.proof("POST", url, iat=1_700_000_000),
    "22 from the future": lambda h, url: h.proof("POST", url, iat=4_000_000_000),
    "22 no iat": lambda h, url: h.proof("POST", url, iat=None),
    "22 no jti": lambda h, url: h.proof("POST", url, jti=None),
    "41 a long jti": lambda h, url: h.proof("POST", url, jti="9" * 1000),
    "26 a long proof": lambda h, url: h.proof("POST", url, more="x" * 5000),
    "23 no JWT": lambda h, url: "x.y.z",
    "23 empty": lambda h, url: "",
}


@pytest.mark.parametrize("row", ROWS)
def test_row_of_a_wrong_proof_at_the_token_endpoint(server: Server, robot: Made, holder: Holder, row: str) -> None:
    reply = ask(server, robot, ROWS[row](holder, server.url + TOKEN))
    assert (reply.status, reply.error) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("row", ROWS)
def test_row_of_a_wrong_proof_beside_a_token(server: Server, holder: Holder, token: str, row: str) -> None:
    proof = ROWS[row](holder, server.url + ME)
    reply = server.get(ME, headers={"Authorization": f"DPoP {token}", "DPoP": proof})
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("DPoP ")


@pytest.mark.parametrize(
    "head", ['{"typ":"dpop+jwt","typ":"JWT","alg":"ES256"}', '{"typ":"dpop+jwt","alg":"ES256","crit":["bork"]}']
)
def test_row_18_names_that_stand_twice_and_crit_are_refused(
    server: Server, robot: Made, holder: Holder, head: str
) -> None:
    _, payload, signature = holder.proof("POST", server.url + TOKEN).split(".")
    written = base64.urlsafe_b64encode(head.encode()).rstrip(b"=").decode()
    assert ask(server, robot, f"{written}.{payload}.{signature}").error == "invalid_dpop_proof"


def test_row_21_a_proof_counts_once_on_all_workers(server: Server, robot: Made, holder: Holder) -> None:
    proof = holder.proof("POST", server.url + TOKEN)
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: ask(server, robot, proof), range(30)))
    assert [reply.status for reply in found].count(200) == 1
    assert {reply.error for reply in found if reply.status != 200} == {"invalid_dpop_proof"}


def test_row_21_a_proof_beside_a_token_counts_once_too(server: Server, holder: Holder, token: str) -> None:
    proof = holder.proof("GET", server.url + ME, token)
    assert holder.get(server, ME, token, proof).status == 200
    assert holder.get(server, ME, token, proof).status == 401


def test_row_9_a_refresh_token_with_another_key_or_none_is_refused_and_the_login_goes_on(server: Server) -> None:
    app = server.client_add(methods=["none"], grants=["authorization_code", "refresh_token"], redirect_uris=(BACK,))
    asked = {"response_type": "code", "client_id": app.id, "redirect_uri": BACK, "code_challenge_method": "S256"}
    query = urlencode(asked | {"code_challenge": pkce.challenge("v" * 43)})
    code = finish(PersonAtBrowser(server.url).open(f"{server.url}/oauth2/authorize?{query}")).params["code"]
    victim, thief, form = Holder(), Holder(), {"client_id": app.id, "code": code, "redirect_uri": BACK}
    first = victim.post(server, TOKEN, form | {"grant_type": "authorization_code", "code_verifier": "v" * 43}).json()
    stolen = {"grant_type": "refresh_token", "client_id": app.id, "refresh_token": first["refresh_token"]}
    for _ in range(2):  # before the victim's own refresh, and inside the grace window after it
        assert thief.post(server, TOKEN, stolen).error == "invalid_grant"
        assert server.post(TOKEN, stolen).error == "invalid_grant"
        with ThreadPoolExecutor(5) as pool:
            renewed = list(pool.map(lambda _: victim.post(server, TOKEN, stolen), range(5)))
        assert {reply.status for reply in renewed} == {200}
    assert len({reply.json()["refresh_token"] for reply in renewed}) == 1


def test_row_5_two_proofs_in_one_request_are_refused(server: Server, robot: Made, holder: Holder) -> None:
    parts = urlsplit(server.url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    body = urlencode(ROBOT).encode()
    pair = base64.b64encode(":".join(robot.pair).encode()).decode()
    connection.putrequest("POST", TOKEN)
    for name, value in (
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", str(len(body))),
        ("Authorization", f"Basic {pair}"),
        ("DPoP", holder.proof("POST", server.url + TOKEN)),
        ("DPoP", holder.proof("POST", server.url + TOKEN)),
    ):
        connection.putheader(name, value)
    connection.endheaders(body)
    assert connection.getresponse().status == 400
    connection.close()


def test_row_25_no_proof_and_no_key_reaches_the_log(server: Server, robot: Made, holder: Holder) -> None:
    proof = holder.proof("POST", server.url + TOKEN)
    ask(server, robot, proof)
    ask(server, robot, proof)
    ask(server, robot, holder.proof("POST", server.url + TOKEN, header={"jwk": holder.key.as_dict(private=True)}))
    said = "\n".join(server.said)
    assert proof.split(".")[2] not in said
    assert holder.key.as_dict(private=True)["d"] not in said


def test_row_13_introspection_tells_the_key_to_none_but_the_audience(server: Server, token: str) -> None:
    stranger: Any = server.client_add()
    assert server.post("/oauth2/introspect", {"token": token}, basic=stranger.pair).json() == {"active": False}
