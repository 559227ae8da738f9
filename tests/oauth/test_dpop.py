"""DPoP proofs (RFC 9449), made and checked, with the RFC's own examples."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lychgate.oauth import dpop, jose

# RFC 9449, figures 2, 4 and 13
TOKEN_PROOF = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo"
    "RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
    ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0"
    "IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
RESOURCE_PROOF = (
    TOKEN_PROOF.partition(".")[0]
    + ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0"
    "ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9"
    ".2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
ACCESS_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

URL = "https://auth.example.org/oauth2/token"
NOW = 1_800_000_000.0
KEY = jose.generate("ES256")


def made(key: Any = KEY, header: dict[str, Any] | None = None, alg: str | None = None, **claims: Any) -> str:
    ours, said = dpop.message(jose.public_jwk(KEY), "POST", URL, NOW)
    head = {"alg": alg or jose.alg_for(key), **ours, "jwk": jose.public_jwk(key), **(header or {})}
    body = {name: value for name, value in (said | claims).items() if value is not None}
    return jose.sign({name: value for name, value in head.items() if value is not None}, body, key)


def check(text: str, **other: Any) -> dpop.Proof:
    return dpop.verify(text, **{"method": "POST", "url": URL, "now": NOW, **other})


def test_the_rfcs_own_proofs_are_accepted() -> None:
    found = check(TOKEN_PROOF, url="https://server.example.com/token", now=1562262616)
    assert (found.jkt, found.jti) == (JKT, "-BwC3ESc6acc2lTc")
    url = "https://resource.example.org/protectedresource"
    again = check(RESOURCE_PROOF, method="GET", url=url, now=1562262618, access_token=ACCESS_TOKEN)
    assert again.jkt == JKT
    assert dpop.ath(ACCESS_TOKEN) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_what_is_made_is_accepted(alg: str) -> None:
    key = jose.generate(alg)
    header, claims = dpop.message(jose.public_jwk(key), "GET", URL + "?a=b#c", NOW, access_token="t", nonce="n")
    proof = check(
        jose.sign({"alg": alg, **header}, claims, key), method="GET", access_token="t", nonce=lambda nonce: nonce == "n"
    )
    assert (proof.jkt, proof.nonce, proof.jti) == (jose.thumbprint(key), "n", claims["jti"])
    assert "?" not in claims["htu"]
    assert proof.ends > NOW + dpop.WINDOW


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (made(header={"typ": "JWT"}), "typ"),
        (made(header={"typ": None}), "typ"),
        (made(header={"jwk": None}), "no key"),
        (made(header={"jwk": KEY.as_dict(private=True)}), "secret"),
        (made(header={"jwk": {"kty": "oct", "k": "AAAA"}}), "secret"),
        (made(header={"jwk": {"kty": "EC", "crv": 5}}), "cannot be read"),
        (made(header={"jwk": {"kty": []}}), "cannot be read"),
        (made(header={"jwk": jose.public_jwk(jose.generate("ES256"))}), "signature"),
        (made(header={"jku": "https://evil.example"}), "not accepted"),
        (made(header={"x5c": ["AA=="]}), "not accepted"),
        (made(header={"b64": True}), "b64"),
        (made(jti=None), "jti"),
        (made(jti="x" * 300), "jti"),
        (made(htm="GET"), "htm"),
        (made(htm=None), "htm"),
        (made(htu="https://auth.example.org/oauth2/par"), "htu"),
        (made(htu="https://evil@auth.example.org/oauth2/token"), "htu"),
        (made(htu="//auth.example.org/oauth2/token"), "htu"),
        (made(htu=["x"]), "htu"),
        (made(htu="https://[::1/"), "htu"),
        (made(iat=None), "iat"),
        (made(iat="1800000000"), "iat"),
        (made(iat=True), "iat"),
        (made(iat=NOW - 91), "iat"),
        (made(iat=NOW + 31), "iat"),
        (made(iat=1e300), "iat"),
        ("x", "JWT"),
        (made(jti="j", other="x" * 5000), "longer"),
    ],
)
def test_a_wrong_proof_is_refused_and_told_why(text: str, says: str) -> None:
    with pytest.raises(dpop.BadProof, match=says):
        check(text)


def test_no_symmetric_or_absent_algorithm_signs_a_proof() -> None:
    ours, said = dpop.message(jose.public_jwk(KEY), "POST", URL, NOW)
    payload = made().split(".")[1]
    for alg in ("none", "nOnE", "HS256"):
        head = base64.urlsafe_b64encode(json.dumps({"alg": alg, **ours}).encode()).rstrip(b"=").decode()
        with pytest.raises(dpop.BadProof):
            check(f"{head}.{payload}.")
    shared = jose.import_key("a secret of thirty-two characters")
    with pytest.raises(dpop.BadProof):
        check(jose.sign({"alg": "HS256", **ours}, said, shared))
    with pytest.raises(dpop.BadProof, match="algorithm"):
        check(made(), algs=("PS256", "EdDSA"))


def test_a_small_rsa_key_proves_nothing() -> None:
    from joserfc.jwk import RSAKey

    with pytest.raises(dpop.BadProof, match="too small"):
        check(made(RSAKey.generate_key(1024)))


def test_a_proof_for_one_token_does_not_go_with_another() -> None:
    with pytest.raises(dpop.BadProof, match="ath"):
        check(made(), access_token="t")
    with pytest.raises(dpop.BadProof, match="ath"):
        check(made(ath=dpop.ath("other")), access_token="t")


def test_a_proof_without_the_nonce_that_is_wanted_says_so() -> None:
    for text in (made(), made(nonce="old"), made(nonce=5)):
        with pytest.raises(dpop.NonceWanted):
            check(text, nonce=lambda nonce: nonce == "new")
    assert check(made(nonce="new"), nonce=lambda nonce: nonce == "new").nonce == "new"


@pytest.mark.parametrize(
    ("htu", "same"),
    [
        ("HTTPS://AUTH.Example.ORG:443/oauth2/token", True),
        ("https://auth.example.org/oauth2/%74oken", True),
        ("https://auth.example.org/oauth2/token?x=y", True),
        ("https://auth.example.org/oauth2/token#x", True),
        ("https://auth.example.org/oauth2/Token", False),
        ("https://auth.example.org/oauth2%2ftoken", False),
        ("https://auth.example.org/oauth2/token/", False),
        ("http://auth.example.org/oauth2/token", False),
        ("https://auth.example.org:8443/oauth2/token", False),
    ],
)
def test_urls_are_compared_after_normalisation(htu: str, same: bool) -> None:
    assert dpop.same_target(htu, URL) is same
    assert dpop.same_target("https://a.example", "https://a.example/")
    assert dpop.same_target("https://a.example/a%2fb", "https://a.example/a%2Fb")
