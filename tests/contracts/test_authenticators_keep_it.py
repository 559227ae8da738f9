"""The contract of authenticators, kept by each of ours; and one that breaks it is told so."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.kernel.http import Request
from lychgate.oauth import jose
from lychgate.testing.chaos import ChaosIssuer
from lychgate.testing.contract import AuthenticatorContract

SECRET = "secret/of the+robot"
ROBOT = "robot-secret-of-the-tests-0123456789"
PEM = jose.generate("EdDSA").as_pem(private=True).decode()


class TestAnonymous(AuthenticatorContract):
    adds = False

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Anonymous()


class TestBasic(AuthenticatorContract):
    secrets = (SECRET, f"ada:{SECRET}")

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Basic("ada", SECRET)


class TestBearer(AuthenticatorContract):
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Bearer(SECRET)


class TestApiKey(AuthenticatorContract):
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.ApiKey(SECRET)


class TestApiKeyInTheQuery(AuthenticatorContract):
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.ApiKey(SECRET, name="key", place="query")


class TestDigest(AuthenticatorContract):
    secrets = (SECRET,)
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Digest("ada", SECRET)


class TestSignedJwt(AuthenticatorContract):
    secrets = tuple(PEM.splitlines()[1:-1])

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.SignedJwt(PEM, "ada")


class TestChain(AuthenticatorContract):
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Chain(lychgate.Environment("LYCHGATE_TEST_UNSET"), lychgate.Bearer(SECRET))


class TestClientCredentials(AuthenticatorContract):
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.ClientCredentials(issuer=issuer.url, client_id="robot", client_secret=ROBOT)


class TestLogin(AuthenticatorContract):
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        extra = {"grant_type": "client_credentials", "client_id": "robot"}
        login = {"password": ROBOT, "password_field": "client_secret", "extra": extra}
        return lychgate.Login(url=issuer.token_endpoint, body="form", header="X-Auth-Token", format="{}", **login)  # type: ignore[arg-type]  # one table for brevity


class TestCommand(AuthenticatorContract):
    secrets = (SECRET.replace(" ", ""),)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Command([sys.executable, "-c", "print('secret/of the+robot'.replace(' ', ''))"])


class TestFile(AuthenticatorContract):
    secrets = ("token-in-a-file",)

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "token"
        self.path.write_text("token-in-a-file")

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.File(str(self.path))


@dataclass
class Careless(lychgate.Authenticator):
    """Everything that can be wrong."""

    key: str

    def prepare(self, request: Request) -> Any:
        return request.with_query("key", self.key)
        yield

    def refused(self, request: Request, sent: Request, response: Any) -> Any:
        from lychgate.kernel.steps import Attempt

        for _ in range(9):
            response = yield from Attempt((yield from self.prepare(request)))
        return response


class Broken(AuthenticatorContract):
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return Careless(SECRET)


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        ("test_nothing_shows_a_secret", "shows a secret"),
        ("test_a_copy_takes_no_secret_along", "a pickle holds"),
        ("test_its_options_describe_themselves", "frozen"),
        ("test_a_refusal_is_given_back_and_not_asked_for_ever", "10 requests"),
    ],
)
def test_one_that_breaks_a_promise_is_told_which(promise: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        getattr(Broken(), promise)()
