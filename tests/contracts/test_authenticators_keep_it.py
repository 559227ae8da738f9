"""The contract of authenticators, kept by each of ours; and one that breaks it is told so."""

from __future__ import annotations

import json
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

import lychgate
from lychgate.client.authenticators import AUTHENTICATORS
from lychgate.client.sources import SOURCES
from lychgate.kernel.http import Request
from lychgate.oauth import jose
from lychgate.oauth.error import OAuthError
from lychgate.testing.chaos import ChaosIssuer, Seen
from lychgate.testing.contract import AuthenticatorContract

SECRET = "secret/of the+robot"
ROBOT = "robot-secret-of-the-tests-0123456789"
CLIENT = {"client_id": "robot", "client_secret": ROBOT}
PEM = jose.generate("EdDSA").as_pem(private=True).decode()


class Kept(AuthenticatorContract):
    """``kinds``: the names in the tables of authenticators and sources that a class speaks for."""

    kinds: ClassVar[tuple[str, ...]] = ()


class TestAnonymous(Kept):
    kinds = ("anonymous",)
    adds = False

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Anonymous()


class TestBasic(Kept):
    kinds = ("basic",)
    secrets = (SECRET, f"ada:{SECRET}")

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Basic("ada", SECRET)


class TestBearer(Kept):
    kinds = ("bearer",)
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Bearer(SECRET)


class TestApiKey(Kept):
    kinds = ("api_key",)
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.ApiKey(SECRET)


class TestApiKeyInTheQuery(Kept):
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.ApiKey(SECRET, name="key", place="query")


class TestDigest(Kept):
    kinds = ("digest",)
    secrets = (SECRET,)
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Digest("ada", SECRET)


class TestSignedJwt(Kept):
    kinds = ("signed_jwt",)
    secrets = tuple(PEM.splitlines()[1:-1])

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.SignedJwt(PEM, "ada")


class TestChain(Kept):
    kinds = ("chain",)
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Chain(lychgate.Environment("LYCHGATE_TEST_UNSET"), robot(issuer))


class TestBoth(Kept):
    secrets = (SECRET, ROBOT)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.ApiKey(SECRET) + robot(issuer)

    def test_its_options_describe_themselves(self) -> None:
        pytest.skip("it is made of two by +, which have options of their own")


class TestSilo(Kept):
    kinds = ("silo",)
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return AUTHENTICATORS.find("silo")(authType="AuthBasic", username="ada", password=lychgate.Secret(SECRET))


class TestClientCredentials(Kept):
    kinds = ("client_credentials", "renewing")
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return robot(issuer)


class TestDPoP(Kept):
    secrets = (ROBOT, *PEM.splitlines()[1:-1])

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.DPoP(robot(issuer), PEM)


class TestDPoPWithAKeyOfItsOwn(Kept):
    secrets = ("ada-password",)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Password(issuer=issuer.url, username="ada", password="ada-password", dpop=True)


class TestDPoPOfATokenOfOthers(Kept):
    secrets = ("a-token-of-others", *PEM.splitlines()[1:-1])

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.DPoP(lychgate.Command(["printf", "%s-token-of-others", "a"]), PEM)


class TestPassword(Kept):
    kinds = ("password",)
    secrets = ("ada-password",)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Password(issuer=issuer.url, username="ada", password="ada-password")


class TestRefresh(Kept):
    kinds = ("refresh",)
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Refresh(issuer=issuer.url, **CLIENT, refresh_token=issuer.login())


class TestAuthorizationCode(Kept):
    kinds = ("authorization_code",)
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.AuthorizationCode(issuer=issuer.url, **CLIENT, redirect_port=0)


class TestDeviceCode(Kept):
    kinds = ("device_code",)
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.DeviceCode(issuer=issuer.url, **CLIENT)


class TestRegistered(Kept):
    kinds = ("registered",)
    secrets = (ROBOT,)
    answers = ("robot", ROBOT)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Registered(issuer=issuer.url, registration=f"{issuer.url}/register")


class TestTokenExchange(Kept):
    kinds = ("token_exchange",)
    secrets = (ROBOT, SECRET)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.TokenExchange(issuer=issuer.url, **CLIENT, subject=SECRET)


class TestJwtBearer(Kept):
    kinds = ("jwt_bearer",)
    secrets = tuple(PEM.splitlines()[1:-1])

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.JwtBearer(issuer=issuer.url, subject="ada", key=PEM)


class TestLogin(Kept):
    kinds = ("login",)
    secrets = (ROBOT,)

    def make(self, issuer: ChaosIssuer) -> Any:
        extra = {"grant_type": "client_credentials", "client_id": "robot"}
        login = {"password": ROBOT, "password_field": "client_secret", "extra": extra}
        return lychgate.Login(url=issuer.token_endpoint, body="form", header="X-Auth-Token", format="{}", **login)  # type: ignore[arg-type]  # one table for brevity


class TestOpenStack(Kept):
    kinds = ("openstack",)
    secrets = (SECRET,)

    def make(self, issuer: ChaosIssuer) -> Any:
        issuer.ways["/v3/auth/tokens"] = partial(keystone, issuer)
        return lychgate.OpenStack(url=f"{issuer.url}/v3", username="ada", password=SECRET)


class TestEnvironment(Kept):
    kinds = ("environment",)
    secrets = ("token-of-the-environment",)

    @pytest.fixture(autouse=True)
    def _variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LYCHGATE_TEST_TOKEN", "token-of-the-environment")

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Environment("LYCHGATE_TEST_TOKEN")


class TestCommand(Kept):
    kinds = ("command",)
    secrets = (SECRET.replace(" ", ""),)

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.Command(["sh", "-c", "echo secret/of_the+robot | tr -d _"])


class TestFile(Kept):
    kinds = ("file",)
    secrets = ("token-in-a-file",)

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "token"
        self.path.write_text("token-in-a-file")

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.File(str(self.path))


class TestWlcgToken(Kept):
    kinds = ("wlcg",)
    secrets = ("token-that-is-discovered",)

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        place = tmp_path / "bt"
        place.write_text("token-that-is-discovered")
        place.chmod(0o600)
        monkeypatch.delenv("BEARER_TOKEN", raising=False)
        monkeypatch.setenv("BEARER_TOKEN_FILE", str(place))

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.WlcgToken()


class TestOidcAgent(Kept):
    kinds = ("oidc_agent",)
    secrets = ("token-of-the-agent",)

    @pytest.fixture(autouse=True)
    def _agent(self) -> Iterator[None]:
        with agent({"status": "success", "access_token": "token-of-the-agent", "expires_at": 0}) as self.socket:
            yield

    def make(self, issuer: ChaosIssuer) -> Any:
        return lychgate.OidcAgent("ada", socket=self.socket)


def robot(issuer: ChaosIssuer) -> lychgate.ClientCredentials:
    return lychgate.ClientCredentials(issuer=issuer.url, **CLIENT)


def keystone(issuer: ChaosIssuer, seen: Seen) -> tuple[dict[str, str], dict[str, Any]]:
    """Keystone's answer to a password: the token is in the header, its end in the body."""
    user = json.loads(seen.body)["auth"]["identity"]["password"]["user"]
    if user["password"] != SECRET:
        raise OAuthError("invalid_grant", "no")
    reply = issuer.grant(None, {"grant_type": "client_credentials", "client_id": "robot"}, (), issuer.now())
    end = datetime.fromtimestamp(issuer.now() + 900, UTC).isoformat()
    return {"X-Subject-Token": reply["access_token"]}, {"token": {"expires_at": end, "catalog": []}}


@contextmanager
def agent(answer: dict[str, Any]) -> Iterator[str]:
    """A socket at which ``answer`` is what any question gets."""

    class Answering(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(json.dumps(answer).encode())

    with (
        tempfile.TemporaryDirectory(prefix="agent-") as folder,  # a short path: a socket's has at most 107 bytes
        socketserver.ThreadingUnixStreamServer(f"{folder}/s", Answering) as server,
    ):
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"{folder}/s"
        server.shutdown()


def test_every_kind_that_is_registered_has_its_contract() -> None:
    spoken_for = {kind for made in Kept.__subclasses__() for kind in made.kinds}
    assert {*AUTHENTICATORS, *SOURCES} - spoken_for == set(), "write a contract for these, above"


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
        ("test_c10_nothing_shows_a_secret", "shows a secret"),
        ("test_c10_a_copy_takes_no_secret_along", "a pickle holds"),
        ("test_its_options_describe_themselves", "frozen"),
        ("test_c9_a_profile_takes_its_secrets_by_reference_alone_and_names_a_field_that_does_not_fit", "plain text"),
        ("test_a_refusal_is_given_back_and_not_asked_for_ever", "10 requests"),
    ],
)
def test_one_that_breaks_a_promise_is_told_which(promise: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        getattr(Broken(), promise)()
