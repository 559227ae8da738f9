"""The one policy: may this principal still get tokens?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from lychgate.oauth.error import OAuthError
from lychgate.server import policy
from lychgate.server.model import Client, Family, User

CLIENT = Client("main", "c", "c", owner="u", audiences=("https://api.example",))
USER = User("u", "u@example.org", "u", None, groups=("staff",))
FAMILY = Family("f", "main", "c", "u", (), (), created_at=1000)
URL = "https://as.example"


def refusal(client: Client, user: User | None, family: Family | None = None) -> str:
    with pytest.raises(OAuthError) as caught:
        policy.may_have_tokens(client, user, family)
    return caught.value.error


def test_a_client_and_its_owner_in_good_standing_may_have_tokens() -> None:
    policy.may_have_tokens(CLIENT, USER)
    policy.may_have_tokens(CLIENT, USER, FAMILY)
    policy.may_have_tokens(replace(CLIENT, owner=None), None)


def test_who_is_disabled_or_gone_gets_none() -> None:
    assert refusal(replace(CLIENT, active=False), USER) == "invalid_client"
    assert refusal(CLIENT, replace(USER, active=False)) == "invalid_grant"
    assert refusal(CLIENT, None) == "invalid_grant"


def test_who_is_in_none_of_the_clients_groups_gets_none() -> None:
    assert refusal(replace(CLIENT, groups=("admins",)), USER) == "invalid_grant"
    policy.may_have_tokens(replace(CLIENT, groups=("admins", "staff")), USER)


def test_a_login_from_before_the_cut_is_over() -> None:
    assert refusal(CLIENT, replace(USER, not_before=1001), FAMILY) == "invalid_grant"
    assert refusal(replace(CLIENT, not_before=1001), USER, FAMILY) == "invalid_grant"
    policy.may_have_tokens(CLIENT, replace(USER, not_before=1000), FAMILY)


def test_a_grant_must_be_registered_and_a_facades_client_stays_at_home() -> None:
    policy.may_use_grant(CLIENT, "client_credentials", "climate_engine")
    bound = replace(CLIENT, extra={"facade": "climate_engine"})
    policy.may_use_grant(bound, "client_credentials", "climate_engine")
    for client, grant, facade in ((CLIENT, "password", ""), (bound, "client_credentials", "")):
        with pytest.raises(OAuthError) as caught:
            policy.may_use_grant(client, grant, facade)
        assert caught.value.error == "unauthorized_client"


def test_the_audience_is_what_is_registered_or_less() -> None:
    assert policy.audience(CLIENT, URL, ()) == (URL, "https://api.example")
    assert policy.audience(CLIENT, URL, ["https://api.example"]) == ("https://api.example",)
    assert policy.audience(CLIENT, URL, (), ["https://more.example"])[1] == "https://more.example"
    for asked, granted in (
        (["https://evil.example"], None),
        (["https://api.example"], (URL,)),
        ((), ("https://gone",)),
    ):
        with pytest.raises(OAuthError) as caught:
            policy.audience(CLIENT, URL, asked, granted=granted)
        assert caught.value.error == "invalid_target"


def test_a_token_made_in_the_second_of_the_cut_lives_and_one_from_before_does_not() -> None:
    cut = replace(USER, not_before=5_300)
    assert not policy.is_live(5_000, CLIENT, cut)
    issued = policy.issued_at(5_600, CLIENT, cut)
    assert policy.is_live(issued * 1000, CLIENT, cut)
    assert policy.issued_at(7_900, CLIENT, cut) == 7


def test_a_token_between_two_cuts_in_one_second_dies_by_the_second_one() -> None:
    first = policy.issued_at(5_400, CLIENT, replace(USER, not_before=5_300))
    between = {"iat": first, policy.AHEAD: 5_400}
    assert policy.is_live(policy.made_at(between), CLIENT, replace(USER, not_before=5_300))
    assert not policy.is_live(policy.made_at(between), CLIENT, replace(USER, not_before=5_500))
    assert policy.made_at({"iat": 5}) == 5_000


def test_a_name_is_slowed_twice_as_long_with_each_failure_up_to_a_minute() -> None:
    waits = [policy.block_for(number) for number in range(9, 30)]
    assert waits[:5] == [0, 1_000, 2_000, 4_000, 8_000]
    assert max(waits) == 60_000
