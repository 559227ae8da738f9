"""``lychgate trust ...``: none by default, an issuer by its keys, a service by its name and certificate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lychgate.oauth import jose
from lychgate.server.trusted import certificates, distinguished
from support.tls import certificate

from .conftest import Operate

ABROAD = "https://login.example.org"
NAMES = (
    "CN=Workflow service, O=Example, C=EU",
    "cn=workflow  Service,o=EXAMPLE,C=eu",
    " CN = Workflow service,O=Example,C=EU",
)


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    key = jose.generate("ES256")
    place = tmp_path / "jwks.json"
    place.write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")
    return place


def test_nobody_is_trusted_at_first_and_an_issuer_until_it_is_removed(operate: Operate, jwks: Path):
    assert operate("trust", "list", "--json").json() == []
    more = ("--alg", "ES256", "--subject", "email", "--audience", "https://api.example.org")
    made = operate("trust", "add", ABROAD, "--jwks", str(jwks), *more, "--json").json()
    assert (made["kind"], made["name"], made["subject"], made["algs"]) == ("issuer", ABROAD, "email", ["ES256"])
    assert operate("trust", "list", "--json").json() == [made]
    assert "trusted already" in operate("trust", "add", ABROAD, "--jwks", str(jwks)).err
    assert operate("trust", "remove", ABROAD).status == 0
    assert operate("trust", "remove", ABROAD).status == 1
    assert operate("trust", "list", "--json").json() == []
    events = [row["detail"]["trusted"] for row in operate("audit", "--json").json() if "trust." in row["event"]]
    assert events == [ABROAD, ABROAD]


def test_a_service_is_trusted_by_its_name_however_it_is_spelled_and_its_certificate(operate: Operate, tmp_path: Path):
    cert = certificate(tmp_path / "tls", "workflow").cert
    assert "of another name" in operate("trust", "add", NAMES[0], str(cert)).err
    made = operate("trust", "add", "cn = WORKFLOW", str(cert), "--json").json()
    assert (made["kind"], made["keys"]) == ("service", "its certificate")
    assert made["expires_at"] is not None
    assert operate("trust", "remove", "CN=workflow").status == 0


def test_a_public_key_does_where_there_is_no_certificate(operate: Operate, tmp_path: Path):
    key = jose.generate("ES256")
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=False))
    made = operate("trust", "add", NAMES[0], str(tmp_path / "key.pem"), "--json").json()
    assert (made["keys"], made["expires_at"]) == ("its public key", None)
    assert "trusted already" in operate("trust", "add", NAMES[1], str(tmp_path / "key.pem")).err
    (tmp_path / "private.pem").write_bytes(key.as_pem(private=True))
    assert "private key" in operate("trust", "add", "CN=x", str(tmp_path / "private.pem")).err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("hello", "KEY"), "not a distinguished name"),
        (("CN=a",), "CERTIFICATE"),
        (("CN=a", "KEY", "--subject", "sub"), "certificate alone"),
        (("ftp://login.example.org", "--jwks", "KEY"), "by its URL"),
        ((ABROAD, "--jwks", "KEY"), "its keys"),
        ((ABROAD, "--jwks", "JWKS", "--jwks-uri", ABROAD), "not by both"),
        ((ABROAD, "--jwks", "JWKS", "--alg", "HS256"), "algorithms"),
        (("http://127.0.0.1:9",), "only https"),
        (("https://169.254.169.254",), "inner address"),
        ((ABROAD, "--jwks-uri", "https://127.0.0.1/keys"), "inner address"),
        ((ABROAD, "--jwks", "JWKS", "--realm", "nowhere"), "no realm"),
    ],
)
def test_what_does_not_fit_is_refused_and_said(
    operate: Operate, tmp_path: Path, jwks: Path, arguments: tuple[str, ...], why: str
):
    (tmp_path / "key.pem").write_bytes(jose.generate("ES256").as_pem(private=False))
    places = {"KEY": str(tmp_path / "key.pem"), "JWKS": str(jwks)}
    said = operate("trust", "add", *(places.get(word, word) for word in arguments))
    assert said.status in (1, 2)
    assert why in said.err


def test_a_realm_of_this_server_needs_no_keys(operate: Operate):
    assert operate("realm", "add", "abroad").status == 0
    url = operate("realm", "list", "--json").json()[0]["issuer"]
    assert operate("trust", "add", url, "--json").json()["keys"] == "this server's"
    assert operate("trust", "list", "--realm", "abroad", "--json").json() == []


def test_a_weak_key_is_no_credential():
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(65537, 1024).public_key()
    pem = weak.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(Exception, match="2048 bits"):
        certificates.read(pem)


def test_names_are_the_same_whatever_their_case_and_spaces_and_no_two_are_mixed_up():
    assert len({distinguished.canonical(name) for name in NAMES}) == 1
    assert distinguished.canonical("EMAILADDRESS=a@b.c,CN=x") == distinguished.canonical(
        "1.2.840.113549.1.9.1=a@b.c,CN=x"
    )
    assert distinguished.canonical("CN=a\\,O\\=b,C=EU") != distinguished.canonical("CN=a,O=b,C=EU")
    for text in ("", "hello", "CN=a,b", "=a", "CN=a\nb", "CN=" + "a" * 2000):
        with pytest.raises(ValueError, match="distinguished name"):
            distinguished.canonical(text)
