"""Forms are read strictly, and no bytes break the reader."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import FIELDS, read_form


def refused(body: bytes) -> str:
    with pytest.raises(OAuthError) as caught:
        read_form(body)
    return caught.value.error


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_an_invalid_request(body: bytes) -> None:
    try:
        form = read_form(body)
    except OAuthError as error:
        refusal, form = error.error, read_form(b"")
    else:
        refusal = "invalid_request"
    assert refusal == "invalid_request"
    assert all(form.values())


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(TEXT, TEXT, max_size=20))
def test_what_was_encoded_is_read(fields: dict[str, str]) -> None:
    assert read_form(urlencode(fields).encode()) == fields


def test_a_field_stands_once_unless_it_may_be_repeated() -> None:
    assert refused(b"scope=a&scope=b") == "invalid_request"
    assert refused(b"scope=a&scope=") == "invalid_request"
    assert read_form(b"resource=a&resource=b").many["resource"] == ("a", "b")
    assert read_form(b"resource=a").many["resource"] == ("a",)


def test_a_field_without_a_value_counts_as_absent() -> None:
    assert read_form(b"client_id=&scope=a&flag") == {"scope": "a"}


def test_too_many_fields_are_refused() -> None:
    assert refused("&".join(f"f{n}=1" for n in range(FIELDS + 1)).encode()) == "invalid_request"


def test_a_remembered_form_holds_no_secret() -> None:
    from lychgate.server import exchange

    read_form(b"grant_type=password&username=u&password=geheim")
    read_form(b"grant_type=client_credentials&scope=remembered")
    assert b"grant_type=client_credentials&scope=remembered" in exchange._known
    assert not any(b"geheim" in body for body in exchange._known)
