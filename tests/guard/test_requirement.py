"""Requirements: what meets them, how they compose, what a refusal says; and who the principal is."""

from __future__ import annotations

import pytest

from lychgate.guard import Principal, Refusal, client, group, role, scope
from lychgate.guard.principal import principal_of
from lychgate.guard.requirement import Every, needs, parse
from lychgate.kernel.errors import ConfigError

ADA = Principal(
    subject="ada",
    client="browser",
    issuer="https://auth.example.org",
    scopes=frozenset({"read"}),
    roles=frozenset({"a"}),
    groups=frozenset({"lab"}),
    client_roles={"wps": frozenset({"run"})},
)


@pytest.mark.parametrize(
    "text",
    ["scope:read", "role:a", "role:x|group:lab", "role:wps/run", "group:lab", "client:browser", "role:x | role:a"],
)
def test_what_is_met(text: str) -> None:
    assert parse(text).met(ADA)


@pytest.mark.parametrize(
    "text", ["scope:write", "role:run", "role:other/run", "group:a", "client:ada", "role:x|group:y"]
)
def test_what_is_not_met(text: str) -> None:
    assert not parse(text).met(ADA)


@pytest.mark.parametrize("text", ["", "read", "scope:", "who:ada", "scope:read|", "scope:read&role:a|"])
def test_what_is_no_requirement_is_named(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


def test_they_compose_and_a_refusal_says_what_to_ask_for() -> None:
    wanted = scope("read write") & (role("admin") | group("lab"))
    with pytest.raises(Refusal) as found:
        wanted.check(ADA)
    assert (found.value.status, found.value.error, found.value.scope) == (403, "insufficient_scope", "read write")
    assert str(wanted) == "the scope read and the scope write and (the role admin or the group lab)"
    (scope("read") & (role("admin") | group("lab"))).check(ADA)


def test_nothing_required_is_met_by_everybody() -> None:
    assert needs().met(ADA)
    assert Every().scopes == frozenset()


def test_a_user_named_like_a_client_never_becomes_that_client() -> None:
    user = principal_of({"sub": "robot", "client_id": "browser", "user_id": "robot", "azp": "robot", "exp": 1})
    assert user.client == "browser"
    assert not client("robot").met(user)
    nameless = principal_of({"sub": "robot", "preferred_username": "robot", "exp": 1})
    assert not client("robot").met(nameless)


def test_claims_of_another_shape_give_nothing() -> None:
    odd = {"sub": ["x"], "client_id": 7, "scope": {"read": 1}, "roles": "admin", "groups": {"lab": 1}, "exp": 1}
    found = principal_of(odd | {"realm_access": [], "resource_access": {"wps": {"roles": "run"}, "x": None}})
    assert (found.subject, found.client) == ("", "")
    assert not (found.scopes | found.roles | found.groups | found.client_roles["wps"] | found.client_roles["x"])
