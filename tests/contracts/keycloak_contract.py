"""What a client does at a Keycloak, step by step, and what it sees: the same steps for the real one and for our facade.

A step answers what was seen; a suite compares the status, the error's code and the names of the fields.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2

from lychgate.oauth import jose, pkce
from support.person import PersonAtBrowser

USER, PASSWORD = "ada", "lovelace-1815"
BACK = "http://127.0.0.1:8888/back"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
OUTSIDE = "https://elsewhere.example/back"


@dataclass(frozen=True)
class Seen:
    """``names`` are those of the fields of what came; ``error`` is the code of RFC 6749 5.2, where there is one."""

    status: int
    names: frozenset[str] = frozenset()
    error: str = ""


@dataclass
class Place:
    """A Keycloak, real or ours: ``issuer`` is a realm with the public client ``wps``, ``robot`` and ``front``.

    ``name_field`` is what the login page calls the name; ``initial_token`` makes an initial access token.
    """

    issuer: str
    robot: tuple[str, str]
    front: tuple[str, str]
    name_field: str
    initial_token: Callable[[], str]

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return httpx2.request(method, self.issuer + path, timeout=30, follow_redirects=False, **options)

    def post(self, path: str, fields: Mapping[str, str], **options: Any) -> httpx2.Response:
        return self.send("POST", f"/protocol/openid-connect{path}", data=dict(fields), **options)

    def asking(self, **more: str) -> tuple[str, str]:
        verifier = pkce.new_verifier()
        asked = {"response_type": "code", "client_id": "wps", "redirect_uri": BACK, "state": secrets.token_hex(8)}
        asked |= {"code_challenge": pkce.challenge(verifier), "code_challenge_method": "S256", **more}
        return f"/protocol/openid-connect/auth?{urlencode(asked)}", verifier

    def code(self, **more: str) -> tuple[dict[str, str], str]:
        """The redirect's parameters after a login, and the verifier."""
        path, verifier = self.asking(**more)
        home = self.issuer.split("/realms/")[0]
        person = PersonAtBrowser(home).open(self.issuer + path)
        person.send({self.name_field: USER, "password": PASSWORD})
        if not person.left_to:
            person.allow()
        person.close()
        return person.params, verifier

    def redeem(self, code: str, verifier: str) -> httpx2.Response:
        fields = {"grant_type": "authorization_code", "client_id": "wps", "code": code, "redirect_uri": BACK}
        return self.post("/token", fields | {"code_verifier": verifier})

    def login(self, **more: str) -> dict[str, Any]:
        """The reply to a whole login."""
        params, verifier = self.code(**more)
        found = self.redeem(params["code"], verifier)
        assert found.status_code == 200, found.text
        return dict(found.json())

    def robots_token(self) -> str:
        found = self.post("/token", {"grant_type": "client_credentials"}, auth=self.robot)
        return str(found.json()["access_token"])

    def introspect(self, token: str, **options: Any) -> httpx2.Response:
        return self.post("/token/introspect", {"token": token}, **({"auth": self.front} | options))

    def refresh(self, token: str) -> httpx2.Response:
        return self.post("/token", {"grant_type": "refresh_token", "client_id": "wps", "refresh_token": token})

    def device(self, verifier: str) -> httpx2.Response:
        """Keycloak wants a challenge here too, where its client wants one at all."""
        fields = {"code_challenge": pkce.challenge(verifier), "code_challenge_method": "S256"}
        return self.post("/auth/device", {"client_id": "wps", **fields})

    def register(self, token: str, kind: str = "default", **body: Any) -> httpx2.Response:
        return self.send("POST", f"/clients-registrations/{kind}", json=body, headers=bearer(token))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"bearer {token}"}  # in lower case, as the documents' server writes it


def seen(answer: httpx2.Response) -> Seen:
    try:
        body = answer.json()
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        return Seen(answer.status_code)
    error = str(body.get("error", ""))
    return Seen(answer.status_code, frozenset(body) if not error else frozenset(), error)


def inside(token: str) -> Seen:
    header, claims = jose.peek(token)
    return Seen(200, frozenset(claims) | {f"{header['typ']} {header['alg']} {claims['typ']}"})


# --- documents


def discovery(place: Place) -> Seen:
    return seen(place.send("GET", "/.well-known/openid-configuration"))


def the_realms_own_document(place: Place) -> Seen:
    return seen(place.send("GET", ""))


def the_keys(place: Place) -> Seen:
    keys = place.send("GET", "/protocol/openid-connect/certs").json()["keys"]
    return Seen(200, frozenset(next(key for key in keys if key["alg"] == "RS256")))


def a_realm_that_is_not_there(place: Place) -> Seen:
    return Seen(httpx2.get(f"{place.issuer}-not/.well-known/openid-configuration", timeout=30).status_code)


# --- robots


def client_credentials_by_basic(place: Place) -> Seen:
    return seen(place.post("/token", {"grant_type": "client_credentials"}, auth=place.robot))


def client_credentials_in_the_body(place: Place) -> Seen:
    pair = {"client_id": place.robot[0], "client_secret": place.robot[1]}
    return seen(place.post("/token", {"grant_type": "client_credentials", **pair}))


def a_robots_claims(place: Place) -> Seen:
    return inside(place.robots_token())


def a_wrong_secret(place: Place) -> Seen:
    return Seen(place.post("/token", {"grant_type": "client_credentials"}, auth=(place.robot[0], "wrong")).status_code)


def an_unknown_client(place: Place) -> Seen:
    return seen(place.post("/token", {"grant_type": "client_credentials"}, auth=("nobody", "wrong")))


def an_unknown_grant(place: Place) -> Seen:
    return seen(place.post("/token", {"grant_type": "urn:example:none"}, auth=place.robot))


def no_grant(place: Place) -> Seen:
    return seen(place.post("/token", {"scope": "openid"}, auth=place.robot))


def a_get_of_the_token_endpoint(place: Place) -> Seen:
    return Seen(place.send("GET", "/protocol/openid-connect/token").status_code)


# --- people


def the_way_back(place: Place) -> Seen:
    return Seen(302, frozenset(place.code(scope="openid")[0]))


def a_code_with_another_verifier(place: Place) -> Seen:
    params, _ = place.code()
    return seen(place.redeem(params["code"], pkce.new_verifier()))


def a_code_that_nobody_made(place: Place) -> Seen:
    return seen(place.redeem("nonsense", pkce.new_verifier()))


def a_persons_reply(place: Place) -> Seen:
    params, verifier = place.code(scope="openid")
    return seen(place.redeem(params["code"], verifier))


def a_persons_claims(place: Place) -> Seen:
    return inside(place.login()["access_token"])


def a_code_twice(place: Place) -> Seen:
    params, verifier = place.code()
    assert place.redeem(params["code"], verifier).status_code == 200
    return seen(place.redeem(params["code"], verifier))


def a_refresh(place: Place) -> Seen:
    return seen(place.refresh(place.login(scope="openid")["refresh_token"]))


def a_refresh_of_nothing(place: Place) -> Seen:
    return seen(place.refresh("nonsense"))


def userinfo(place: Place) -> Seen:
    token = place.login(scope="openid")["access_token"]
    return seen(place.send("GET", "/protocol/openid-connect/userinfo", headers=bearer(token)))


def userinfo_without_a_token(place: Place) -> Seen:
    return Seen(place.send("GET", "/protocol/openid-connect/userinfo").status_code)


def userinfo_with_an_id_token(place: Place) -> Seen:
    token = place.login(scope="openid")["id_token"]
    return Seen(place.send("GET", "/protocol/openid-connect/userinfo", headers=bearer(token)).status_code)


def a_login_is_ended_by_its_refresh_token(place: Place) -> Seen:
    token = place.login()["refresh_token"]
    ended = place.post("/logout", {"client_id": "wps", "refresh_token": token})
    return Seen(ended.status_code, frozenset({seen(place.refresh(token)).error}))


def an_address_that_is_not_registered(place: Place) -> Seen:
    return Seen(place.send("GET", place.asking(redirect_uri=OUTSIDE)[0]).status_code)


def an_unknown_program(place: Place) -> Seen:
    return Seen(place.send("GET", place.asking(client_id="nobody")[0]).status_code)


def a_request_without_a_challenge(place: Place) -> Seen:
    asked = urlencode({"response_type": "code", "client_id": "wps", "redirect_uri": BACK, "state": "s"})
    answer = place.send("GET", f"/protocol/openid-connect/auth?{asked}")
    back = answer.headers.get("location", "")
    return Seen(answer.status_code // 100, frozenset({part for part in ("error=invalid_request",) if part in back}))


# --- introspection and revocation


def introspection_of_a_robots_token(place: Place) -> Seen:
    return seen(place.introspect(place.robots_token()))


def introspection_of_a_persons_token(place: Place) -> Seen:
    return seen(place.introspect(place.login()["access_token"]))


def introspection_of_nonsense(place: Place) -> Seen:
    answer = place.introspect("nonsense")
    assert answer.json() == {"active": False}
    return seen(answer)


def introspection_by_nobody(place: Place) -> Seen:
    return Seen(place.introspect("nonsense", auth=None).status_code)


def a_revoked_token(place: Place) -> Seen:
    reply = place.login()
    revoked = place.post("/revoke", {"client_id": "wps", "token": reply["refresh_token"]})
    after = place.introspect(reply["access_token"]).json()
    return Seen(revoked.status_code, frozenset({f"active {after['active']}"}))


# --- devices


def a_devices_codes(place: Place) -> Seen:
    return seen(place.device(pkce.new_verifier()))


def a_device_that_waits(place: Place) -> Seen:
    verifier = pkce.new_verifier()
    code = place.device(verifier).json()["device_code"]
    fields = {"grant_type": DEVICE, "client_id": "wps", "device_code": code, "code_verifier": verifier}
    return seen(place.post("/token", fields))


# --- registration


ROBOT = {"serviceAccountsEnabled": True, "standardFlowEnabled": False, "consentRequired": False}


def a_client_registers(place: Place) -> Seen:
    id = f"of-ada-{secrets.token_hex(4)}"
    answer = place.register(place.initial_token(), clientId=id, authorizationServicesEnabled=False, **ROBOT)
    made = answer.json()
    assert answer.headers["location"].startswith(f"{place.issuer}/clients-registrations/default/")
    token = place.post("/token", {"grant_type": "client_credentials"}, auth=(id, made["secret"]))
    assert token.status_code == 200, token.text
    return seen(answer)


def a_registered_client_is_read_and_removed(place: Place) -> Seen:
    id = f"of-ada-{secrets.token_hex(4)}"
    made = place.register(place.initial_token(), clientId=id, **ROBOT).json()
    path, key = f"/clients-registrations/default/{id}", made["registrationAccessToken"]
    read = place.send("GET", path, headers=bearer(key))
    assert read.json()["clientId"] == id
    key = read.json()["registrationAccessToken"]
    gone = place.send("DELETE", path, headers=bearer(key))
    after = place.send("GET", path, headers=bearer(key))
    return Seen(read.status_code, frozenset({f"gone {gone.status_code}", f"after {after.status_code}"}))


def an_id_that_is_in_use(place: Place) -> Seen:
    return seen(place.register(place.initial_token(), clientId="robot", **ROBOT))


def a_registration_with_a_wrong_token(place: Place) -> Seen:
    return seen(place.register("nonsense", clientId="mine", **ROBOT))


def a_token_that_is_used_up(place: Place) -> Seen:
    token = place.initial_token()
    for _ in range(5):
        assert place.register(token, clientId=f"of-ada-{secrets.token_hex(4)}", **ROBOT).status_code == 201
    return seen(place.register(token, clientId="one-too-many", **ROBOT))


def another_clients_registration(place: Place) -> Seen:
    key = place.register(place.initial_token(), clientId=f"of-ada-{secrets.token_hex(4)}", **ROBOT).json()
    path = "/clients-registrations/default/robot"
    return Seen(place.send("GET", path, headers=bearer(key["registrationAccessToken"])).status_code)


def a_client_registers_the_openid_way(place: Place) -> Seen:
    return seen(place.register(place.initial_token(), "openid-connect", redirect_uris=[BACK], client_name="A program"))


STEPS: tuple[Callable[[Place], Seen], ...] = (
    discovery, the_realms_own_document, the_keys, a_realm_that_is_not_there,
    client_credentials_by_basic, client_credentials_in_the_body, a_robots_claims, a_wrong_secret, an_unknown_client,
    an_unknown_grant, no_grant, a_get_of_the_token_endpoint,
    the_way_back, a_code_with_another_verifier, a_code_that_nobody_made, a_persons_reply, a_persons_claims,
    a_code_twice, a_refresh, a_refresh_of_nothing, userinfo, userinfo_without_a_token, userinfo_with_an_id_token,
    a_login_is_ended_by_its_refresh_token, an_address_that_is_not_registered, an_unknown_program,
    a_request_without_a_challenge,
    introspection_of_a_robots_token, introspection_of_a_persons_token, introspection_of_nonsense,
    introspection_by_nobody, a_revoked_token,
    a_devices_codes, a_device_that_waits,
    a_client_registers, a_registered_client_is_read_and_removed, an_id_that_is_in_use,
    a_registration_with_a_wrong_token, a_token_that_is_used_up, another_clients_registration,
    a_client_registers_the_openid_way,
)  # fmt: skip
