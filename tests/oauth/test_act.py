"""The claims act and may_act (RFC 8693 4.1, 4.4), with the RFC's own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lychgate.oauth.token_exchange import ACCESS_TOKEN, DEEPEST, act, may_act, type_name, type_uri

FIGURE_6 = {
    "sub": "https://service16.example.com",
    "act": {"sub": "https://service77.example.com"},
}


def test_the_rfcs_chain_grows_by_its_newest_actor() -> None:
    assert act({"sub": "https://service16.example.com"}, {"sub": "https://service77.example.com"}) == FIGURE_6
    assert act(None, FIGURE_6) == FIGURE_6
    assert act({"sub": "admin@example.com"}, None) == {"sub": "admin@example.com"}
    assert act(None, None) is None


def test_the_rfcs_may_act_names_one_who_may() -> None:
    claims = {"sub": "user@example.com", "may_act": {"sub": "admin@example.com"}}
    assert may_act(claims, {"sub": "admin@example.com", "iss": "https://issuer.example.com"})
    assert not may_act(claims, {"sub": "user@example.com"})
    assert may_act({"sub": "user@example.com"}, {"sub": "anybody"})


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_what_is_no_chain_is_refused_and_what_is_one_is_kept_bare(claim: object) -> None:
    try:
        made = act({"sub": "me"}, claim)
    except ValueError:
        return
    depth, link = 0, made
    while link is not None:
        depth += 1
        assert set(link) <= {"iss", "sub", "client_id", "act"}
        link = link.get("act")
    assert depth <= DEEPEST


@pytest.mark.parametrize("name", ["access_token", "id_token", "jwt"])
def test_a_type_is_named_by_its_uri_and_back(name: str) -> None:
    assert type_name(type_uri(name)) == name
    assert type_uri(type_uri(name)) == type_uri(name)
    assert type_uri("access_token") == ACCESS_TOKEN
