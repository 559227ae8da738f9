"""Secrets, names, and the master key."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lychgate.kernel.errors import ConfigError
from lychgate.server.model import ClientSecret
from lychgate.server.secrets import digest, fold, matching, new_id, new_secret
from lychgate.server.signing.master import Master
from lychgate.server.signing.refresh_token import Refresh, RefreshTokens

ONE, OTHER = Master(b"1" * 32), Master(b"2" * 32)


def test_a_new_secret_has_256_random_bits_in_unreserved_characters() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in made)


def test_a_new_id_is_a_random_uuid() -> None:
    made = [uuid.UUID(new_id()) for _ in range(200)]
    assert len(set(made)) == 200
    assert {one.version for one in made} == {4}
    assert {one.variant for one in made} == {uuid.RFC_4122}


def test_the_stored_digest_is_no_secret() -> None:
    kept = ClientSecret("s", digest("right"))
    assert matching("right", [kept], 0) is kept
    assert matching(digest("right").hex(), [kept], 0) is None
    assert matching("", [kept], 0) is None


def test_a_secret_ends_when_it_says() -> None:
    old, new = ClientSecret("o", digest("old"), not_after=1000), ClientSecret("n", digest("new"))
    assert matching("old", [old, new], 999) is old
    assert matching("old", [old, new], 1000) is None
    assert matching("new", [old, new], 1000) is new


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada@Example.org", "ada@example.ORG"), ("ＡＤＡ", "ada"), ("straße", "STRASSE"), (" ada ", "ada")],
)
def test_login_names_are_compared_without_regard_to_case_and_form(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)


def test_what_is_sealed_opens_with_the_same_key_for_the_same_purpose_alone() -> None:
    sealed = ONE.seal(b"text", "this")
    assert ONE.unseal(sealed, "this") == b"text"
    assert b"text" not in sealed
    assert sealed != ONE.seal(b"text", "this")
    with pytest.raises(ConfigError, match="changed"):
        ONE.unseal(sealed, "that")
    with pytest.raises(ConfigError, match="another master key"):
        OTHER.unseal(sealed, "this")
    with pytest.raises(ConfigError, match="changed"):
        ONE.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "this")


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert len({ONE.derive("a"), ONE.derive("b"), OTHER.derive("a"), b"1" * 32}) == 4
    assert ONE.derive("a") == Master(b"1" * 32).derive("a")


def test_a_database_knows_its_master_key_again() -> None:
    assert ONE.fits(ONE.check_value())
    assert not OTHER.fits(ONE.check_value())
    assert b"1" * 8 not in ONE.check_value()


def test_a_master_key_has_32_bytes() -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        Master(b"short")


def test_a_refresh_token_says_what_was_written_and_nothing_else_is_one() -> None:
    tokens = RefreshTokens(ONE)
    written = tokens.write("0b2f6a3e-8d0c-4a3f-9a51-3f0e2a1c9d77", 12)
    assert tokens.read(written) == Refresh("0b2f6a3e-8d0c-4a3f-9a51-3f0e2a1c9d77", 12)
    assert written == tokens.write("0b2f6a3e-8d0c-4a3f-9a51-3f0e2a1c9d77", 12)
    assert RefreshTokens(OTHER).read(written) is None
    kid, family, seq, mac = written.split(".")
    for forged in (
        f"{kid}.{family}.13.{mac}",
        f"{kid}.other.{seq}.{mac}",
        f"AAAAAA.{family}.{seq}.{mac}",
        written[:-1],
    ):
        assert tokens.read(forged) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_refresh_tokens(text: str) -> None:
    assert RefreshTokens(ONE).read(text) is None
