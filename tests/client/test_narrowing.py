"""Asking for less: which way is taken, what is kept, and an issuer that gives more than was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from lychgate.client.authenticators.renewing import Renewing
from lychgate.client.narrowing import narrowed
from lychgate.client.oauth_client import OAuthClient
from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.environment import Environment
from lychgate.client.sources.refresh import Refresh
from lychgate.client.token import from_record
from lychgate.issuer import discovery
from lychgate.kernel.errors import ConfigError, Refused
from support.play import Play, answer, token

ISSUER = "https://auth.example.org"
CLIENT: dict[str, Any] = {"issuer": ISSUER, "client_id": "desk", "client_secret": "of-the-desk", "scope": "read write"}
GRANTS = ["refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"]


@pytest.fixture(autouse=True)
def _nothing_is_known_of_the_issuer() -> None:
    discovery.forget()


def metadata(*grants: str) -> Any:
    return answer({"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token", "grant_types_supported": list(grants)})


def login() -> Renewing:
    return Renewing(Refresh(**CLIENT, refresh_token="r1"))


def test_a_program_that_asks_for_itself_asks_for_less() -> None:
    made = Play(metadata(), token("a1"), token("narrow", scope="read"))
    found = made.run(narrowed(Renewing(ClientCredentials(**CLIENT)), ["read"]))
    assert (found.token.access.reveal(), made.form()["scope"]) == ("narrow", "read")


def test_a_login_is_exchanged_where_the_issuer_has_that() -> None:
    made = Play(metadata(*GRANTS), token("a1", refresh_token="r2"), token("narrow", scope="read"))
    found = made.run(narrowed(login(), ["read"]))
    assert (made.form()["subject_token"], made.form()["scope"]) == ("a1", "read")
    assert found.token.refresh is None
    assert found.how.startswith("exchanged")


def test_a_refusal_of_the_exchange_leads_to_the_refresh_token_and_the_login_lives_on() -> None:
    refused = answer({"error": "unauthorized_client"}, 400)
    made = Play(
        metadata(*GRANTS), token("a1", refresh_token="r2"), refused, token("n", scope="read", refresh_token="r3")
    )
    auth = login()
    found = made.run(narrowed(auth, ["read"]))
    assert (made.form()["refresh_token"], made.form()["scope"]) == ("r2", "read")
    assert found.token.access.reveal() == "n"
    assert found.token.refresh is None
    kept = from_record(made.records[auth.renewal.key])
    assert kept is not None
    assert kept.refresh is not None
    assert (kept.access.reveal(), kept.refresh.reveal()) == ("a1", "r3")


def test_an_issuer_that_gives_more_is_not_believed() -> None:
    made = Play(metadata(), token("a1", refresh_token="r2"), token("wide", scope="read write", refresh_token="r3"))
    with pytest.raises(Refused, match="more than was asked for: write") as caught:
        made.run(narrowed(login(), ["read"]))
    assert "wide" not in str(caught.value)


def test_who_cannot_be_asked_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "a-token-at-hand")
    with pytest.raises(ConfigError, match="no scope can be asked for"):
        Play().run(narrowed(Renewing(Environment("A_TOKEN")), ["read"]))

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Person(OAuthClient):
        """A login without a refresh token."""

        who = "ada"

        def again(self, dead: Any) -> Any: ...

        def cache_key(self) -> str:
            return "person"

        def obtain(self) -> Any:
            return self.request("password")

    made = Play(metadata(), token("a1"))
    with pytest.raises(ConfigError, match="no token exchange, and the login has no refresh token"):
        made.run(narrowed(Renewing(Person(**CLIENT)), ["read"]))  # type: ignore[arg-type]  # it never renews
