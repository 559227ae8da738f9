"""The claim cnf (RFC 7800, 8705, 9449)."""

from __future__ import annotations

import base64

import pytest

from lychgate.oauth import bound
from lychgate.oauth.bound import Binding

# RFC 8705, appendix A: the certificate and its thumbprint
CERTIFICATE = base64.b64decode(
    "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwE"
    "bXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGG"
    "WvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUa"
    "KlLR50Q2DmFfQj1L+SY="
)
X5T = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_the_rfcs_own_certificate_has_its_thumbprint() -> None:
    assert bound.certificate_thumbprint(CERTIFICATE) == X5T


@pytest.mark.parametrize("binding", [Binding(), Binding(jkt=JKT), Binding(x5t=X5T), Binding(JKT, X5T)])
def test_what_is_written_is_read(binding: Binding) -> None:
    claim = binding.claim()
    assert bound.read({} if claim is None else {"cnf": claim}) == binding
    assert bool(binding) is (claim is not None)


@pytest.mark.parametrize(
    "cnf", [{}, {"kid": "x"}, {"jwk": {}}, "x", [], {"jkt": "short"}, {"jkt": None}, {"jkt": "ä" * 43}]
)
def test_a_binding_that_is_not_understood_is_an_error_and_never_none(cnf: object) -> None:
    with pytest.raises(ValueError, match="token"):
        bound.read({"cnf": cnf})


def test_a_binding_fits_who_proved_all_of_it() -> None:
    key, both = Binding(jkt=JKT), Binding(JKT, X5T)
    assert key.fits(key)
    assert key.fits(both)
    assert not both.fits(key)
    assert not key.fits(Binding(jkt=X5T))
    assert not key.fits(bound.NOTHING)
    assert bound.NOTHING.fits(key)
