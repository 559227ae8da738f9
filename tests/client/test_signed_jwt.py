"""A JWT signed by a key file: each kind of key, its life, the clock, and what is no key."""

from __future__ import annotations

import tempfile
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lychgate.client.authenticators.signed_jwt import SignedJwt
from lychgate.client.profile import parse
from lychgate.issuer import clock
from lychgate.kernel.errors import ConfigError, Unavailable
from lychgate.kernel.flow import Flow, done
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.secret import Secret
from lychgate.oauth import jose
from lychgate.world.secrets import Secret as Secrets
from support.play import Play
from support.processes import python

URL = "https://unicore-of-jwt.example.org/rest/core"
REQUEST = Request("GET", URL)
PASSPHRASE = "of-the-key"
KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
FORMS = {"pem": forms.PrivateFormat.PKCS8, "openssh": forms.PrivateFormat.OpenSSH}


@pytest.fixture(autouse=True)
def _no_clock_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_offsets", {})


def text(alg: str, form: str, passphrase: str = "") -> str:
    lock = forms.BestAvailableEncryption(passphrase.encode()) if passphrase else forms.NoEncryption()
    made: bytes = KEYS[alg].private_bytes(forms.Encoding.PEM, FORMS[form], lock)
    return made.decode()


def play(now: float | None = None) -> Play:
    return Play(now=time.time() if now is None else now)


def sent(made: Play, number: int = -1) -> str:
    return made.attempted[number].headers["Authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("alg", KEYS)
def test_each_kind_of_key_signs_as_unicore_wants_it(alg: str, form: str) -> None:
    made = play()
    made.attempts.append(Response(200))
    made.run(SignedJwt(text(alg, form), "ada", audience="site", claims={"etd": "false"}).authenticate(REQUEST))
    public = jose.import_key(
        KEYS[alg].public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    )
    header, claims = jose.verify(sent(made), [public], [alg])
    assert header == {"alg": alg, "typ": "JWT"}
    assert claims == {
        "sub": "ada",
        "iss": "ada",
        "aud": "site",
        "etd": "false",
        "iat": int(made.now),
        "exp": int(made.now) + 300,
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_passphrase_opens_a_key_and_a_wrong_or_missing_one_is_named(form: str) -> None:
    key = text("EdDSA", form, PASSPHRASE)
    assert play().run(SignedJwt(key, "ada", passphrase=PASSPHRASE).token()).access.reveal().count(".") == 2
    for wrong in (None, "another"):
        with pytest.raises(ConfigError, match="passphrase") as caught:
            play().run(SignedJwt(key, "ada", passphrase=wrong).token())
        assert "another" not in str(caught.value)
        assert caught.value.field == "key"


def test_a_missing_passphrase_is_asked_for_once_and_the_key_stays_open() -> None:
    auth, made = SignedJwt(Secret.lazy(lambda: text("EdDSA", "openssh", PASSPHRASE), "file:id"), "ada"), play()
    made.typed.append(PASSPHRASE)
    first = made.run(auth.token())
    made.run(auth.forget())
    made.now += 10
    assert made.run(auth.token()).access != first.access
    assert made.asked == ["Passphrase of the key file:id: "]


def test_without_anybody_to_ask_the_error_says_where_a_passphrase_may_be_kept() -> None:
    auth = SignedJwt(Secret.lazy(lambda: text("EdDSA", "pem", PASSPHRASE), "file:~/.uftp/id"), "ada")
    with pytest.raises(ConfigError, match=r"encrypted.*keyring:SERVICE/USER.*ssh-add ~/\.uftp/id"):
        play().run(auth.token())


def test_what_people_take_for_their_private_key_is_told_by_its_name(tmp_path: Path) -> None:
    public = KEYS["EdDSA"].public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH).decode()
    weak = rsa.generate_private_key(65537, 1024).private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption()
    )
    said = {
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n": "puttygen KEY -O private-openssh",
        public: "it is the public key",
        weak.decode(): "less than 2048 bits.*ssh-keygen -t ed25519",
    }
    for key, what in said.items():
        with pytest.raises(ConfigError, match=what):
            play().run(SignedJwt(key, "ada").token())
    with pytest.raises(Unavailable, match="nowhere: No such file"):
        play().run(SignedJwt(Secrets.file(tmp_path / "nowhere"), "ada").token())


def test_a_weak_key_is_an_error_of_ours_and_no_librarys_warning_beside_it() -> None:
    code = """
        import sys, lychgate
        try:
            lychgate.auth(lychgate.SignedJwt(lychgate.Secret.file(sys.argv[1]), "ada")).token()
        except lychgate.ConfigError as error:
            sys.exit(f"said: {error}")
    """
    with tempfile.NamedTemporaryFile("wb") as file:
        weak = rsa.generate_private_key(65537, 1024)
        file.write(weak.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption()))
        file.flush()
        process = python(code, file.name)
        _, said = process.communicate(timeout=60)
    assert said.startswith("said: the private key")
    assert "Warning" not in said


def test_a_token_serves_until_shortly_before_its_end_and_is_then_made_anew() -> None:
    made, auth = play(), SignedJwt(text("EdDSA", "pem"), "ada", lifetime=10)
    first = made.run(auth.token())
    assert auth.standing() == (("Authorization", f"Bearer {first.access.reveal()}"),)
    assert made.run(auth.token()) is first
    late = SignedJwt(text("EdDSA", "pem"), "ada", lifetime=10)
    made.now -= 9  # made 9 seconds ago
    made.run(late.token())
    assert late.standing() is None


def test_a_clock_that_differs_is_set_right_by_the_apis_own_date() -> None:
    made, auth = play(), SignedJwt(text("EdDSA", "pem"), "ada")
    dated = Headers([("Date", formatdate(made.now + 600, usegmt=True))])
    made.attempts.extend([Response(401, dated, b"", URL), Response(200)])
    assert made.run(auth.authenticate(REQUEST)).status == 200
    assert abs(jose.peek(sent(made))[1]["iat"] - made.now - 600) <= 2


def test_a_refusal_of_a_good_token_is_given_back_at_once() -> None:
    made = play()
    made.attempts.append(Response(401, Headers(), b"", URL))
    assert made.run(SignedJwt(text("EdDSA", "pem"), "ada").authenticate(REQUEST)).status == 401
    assert len(made.attempted) == 1


def test_something_else_may_sign() -> None:
    class Agent:
        def sign(self, header: Any, claims: Any) -> Flow[str]:
            return done(f"signed.by.{claims['sub']}")

    assert play().run(SignedJwt(Agent(), "ada").token()).access.reveal() == "signed.by.ada"


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("username", {"username": ""}),
        ("lifetime", {"lifetime": 0}),
        ("lifetime", {"lifetime": 1e99}),
        ("claims", {"claims": {"exp": 1}}),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_signed(field: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        SignedJwt(**{"key": "k", "username": "ada", **options})
    assert caught.value.field == field


@pytest.mark.parametrize("key", ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_said_to_be_none(key: str) -> None:
    with pytest.raises(ConfigError, match="no private key"):
        play().run(SignedJwt(key, "ada").token())


def test_it_shows_neither_its_key_nor_its_token() -> None:
    key = text("EdDSA", "pem")
    auth = SignedJwt(key, "ada", passphrase="secret-words")
    token = play().run(auth.token())
    for line in [*key.splitlines(), "secret-words", token.access.reveal()]:
        assert line not in repr(auth)


def test_a_profile_describes_it() -> None:
    lines = 'authenticator = "signed_jwt"\nkey = "file:~/.uftp/id"\nusername = "ada"\nclaims = {etd = "false"}\n'
    made = parse(f"[profile.x]\n{lines}", "p.toml", "x").what
    assert isinstance(made, SignedJwt)
    assert isinstance(made.key, Secret)
    assert made.key.origin == "file:~/.uftp/id"
