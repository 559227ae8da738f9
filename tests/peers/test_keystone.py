"""OpenStack at a real Keystone, beside keystoneauth1: each way in, each scope, the same catalogue."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import requests

import lychgate
from lychgate.client.sources.openstack import OpenStack, address
from lychgate.compat.silo import AuthToken, Credential, authenticator, get_authmethod, http_step
from lychgate.kernel.errors import ConfigError, Refused
from support import keystone
from support.keystone import PASSWORD
from support.pages import SILO, example

_THEIRS = """
import json, sys
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session
url, password, token = sys.argv[1:]
session = Session(Password(url, username="admin", password=password, user_domain_id="default", project_name="admin",
                           project_domain_id="default"))
answer = session.get(url + "/auth/tokens", headers={"X-Subject-Token": token})
print(json.dumps([answer.status_code, session.get_endpoint(service_type="identity"),
                  session.auth.get_access(session).service_catalog.catalog]))
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with keystone.running(tmp_path_factory.mktemp("keystone")) as started:
        yield started


def admin(at: str, **more: Any) -> OpenStack:
    return OpenStack(**{"url": at, "username": "admin", "password": PASSWORD, "project_name": "admin", **more})


def held(source: OpenStack) -> lychgate.Auth:
    return lychgate.auth(source, origins=[source.url.removesuffix("/v3")])


def test_the_token_the_catalogue_and_the_address_are_those_of_keystoneauth(url: str) -> None:
    token = held(admin(url)).token()
    words = [keystone.python(), "-c", _THEIRS, url, PASSWORD, token.access.reveal()]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    status, theirs, catalogue = json.loads(ran.stdout)
    assert status == 200
    assert address(token, "identity") == theirs == url
    assert token.extra["catalog"] == catalogue
    assert 3000 < token.valid_for() <= 3600
    with pytest.raises(ConfigError, match="identity"):
        address(token, "compute")


def test_each_scope_and_a_token_by_a_token(url: str) -> None:
    auth = held(admin(url))
    seen = requests.get(url + "/auth/projects", auth=auth, timeout=20)
    project = seen.json()["projects"][0]["id"]
    scopes: list[dict[str, Any]] = [
        {"project_id": project},
        {"project_name": "", "system": True},
        {"project_name": ""},
    ]
    for scope in scopes:
        assert requests.get(
            url + "/auth/projects", auth=held(admin(url, **{"project_name": "", **scope})), timeout=20
        ).ok
    bare = held(admin(url, project_name="")).token()
    again = OpenStack(url=url, auth_token=bare.access, project_id=project)
    assert address(held(again).token(), "identity") == url


def test_an_application_credential_by_id_and_by_name(url: str) -> None:
    auth = held(admin(url))
    user = requests.get(url + "/users?name=admin", auth=auth, timeout=20).json()["users"][0]["id"]
    asked = {"application_credential": {"name": "job", "secret": "of-the-job"}}
    made = requests.post(f"{url}/users/{user}/application_credentials", json=asked, auth=auth, timeout=20)
    known = made.json()["application_credential"]["id"]
    for named in ({"application_credential_id": known}, {"application_credential_name": "job", "user_id": user}):
        source = OpenStack(url=url, application_credential_secret="of-the-job", **named)
        assert requests.get(url + "/auth/catalog", auth=held(source), timeout=20).ok


def test_a_revoked_token_is_renewed_and_a_wrong_password_is_refused(url: str) -> None:
    auth = held(admin(url))
    old = auth.token().access.reveal()
    mine = {"X-Auth-Token": old, "X-Subject-Token": old}
    assert requests.delete(url + "/auth/tokens", headers=mine, timeout=20).status_code == 204
    assert requests.get(url + "/auth/projects", auth=auth, timeout=20).status_code == 200
    assert auth.token().access.reveal() != old
    with pytest.raises(Refused) as caught:
        held(admin(url, password="quite-wrong")).token()
    assert caught.value.status == 401
    assert "quite-wrong" not in str(caught.value)


@pytest.mark.parametrize("name", ["AuthOpenStack", "AuthKeystone"])
def test_the_examples_of_the_snippet_framework_get_a_token(
    url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticator, "_registered", dict(authenticator._registered))
    example(SILO, name)
    where = {"url": url, "authEndpoint": url, "username": "admin", "password": PASSWORD}
    how = {"authHeader": "X-Auth-Token", "tokenFormat": "{}", "tokenExpiresInSelector": "token.expires_at"}
    credential = Credential({**where, **how, "authType": "AuthToken", "authOverride": name})
    method = get_authmethod(credential)
    assert isinstance(method, AuthToken)
    method.authenticate()
    assert method._held is not None
    assert 3000 < method._held.valid_for() <= 3600
    answer = http_step(credential, "GET", "/auth/tokens", headers={"X-Subject-Token": method.token})
    assert answer.json()["token"]["user"]["name"] == "admin"


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("url", {"url": ""}),
        ("password", {"password": None}),
        ("username", {"username": ""}),
        ("auth_token", {"auth_token": "x"}),
        ("system", {"system": True}),
        ("application_credential_id", {"password": None, "application_credential_secret": "x", "project_name": ""}),
    ],
)
def test_what_does_not_fit_together_is_named(field: str, more: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        admin("https://cloud.example.org/v3", **more)
    assert caught.value.field == field
