"""The authenticators of other worlds as profiles: their options are its keys, and a bad one is named with its line."""

from __future__ import annotations

import pytest

from lychgate.client.authenticators.chain import Chain
from lychgate.client.profile import Profile, parse
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Request
from lychgate.world import secrets as _fetchers  # noqa: F401  it teaches references how to be fetched
from support.play import Play

GOOD = {
    "digest": 'username = "ada"\npassword = "env:PW"',
    "login": 'url = "https://api.example.org/login"\npassword = "env:PW"\nformat = "Key {}"\nlifetime = 60',
    "openstack": 'url = "https://cloud.example.org/v3"\nusername = "ada"\npassword = "env:PW"\nsystem = true',
}


@pytest.mark.parametrize("kind", GOOD)
def test_each_is_built_from_its_keys(kind: str) -> None:
    made = parse(f'[profile.x]\nauthenticator = "{kind}"\n{GOOD[kind]}\n', "p.toml", "x")
    assert type(made.what).__name__.lower() == kind


@pytest.mark.parametrize(
    ("kind", "line", "field"),
    [
        ("digest", 'passwort = "env:X"', "passwort"),
        ("digest", "realm = 1", "realm"),
        ("login", 'body = "xml"', "body"),
        ("login", "header = 1", "header"),
        ("openstack", 'project_id = "x"', "system"),
    ],
)
def test_a_bad_key_is_named(kind: str, line: str, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f'[profile.x]\nauthenticator = "{kind}"\n{GOOD[kind]}\n{line}\n', "p.toml", "x")
    assert field in str(caught.value) or caught.value.field == field
    assert caught.value.file == "p.toml"


CHAINED = """
[profile.one]
source = "environment"
origins = ["https://a.example.org"]
[profile.two]
authenticator = "bearer"
token = "env:T"
origins = ["https://a.example.org"]
[profile.away]
source = "wlcg"
origins = ["https://b.example.org"]
[profile.inner]
authenticator = "chain"
members = ["inner"]
"""


def chained(members: str, more: str = "") -> Profile:
    return parse(f'{CHAINED}[profile.x]\nauthenticator = "chain"\nmembers = {members}\n{more}', "p.toml", "x")


def test_a_chain_is_a_list_of_profiles_by_name() -> None:
    made = chained('["one", "two"]')
    assert isinstance(made.what, Chain)
    assert [type(member).__name__ for member in made.what.members] == ["Renewing", "Bearer"]
    assert made.origins == ("https://a.example.org",)
    assert chained('["one", "away"]', 'origins = ["https://a.example.org"]').origins == ("https://a.example.org",)


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ('["one", "away"]', "origins"),
        ('["one", "none"]', "members"),
        ('["x"]', "members"),
        ('["inner"]', "members"),
        ("[]", "members"),
        ('"one"', "members"),
        ("[1]", "members"),
    ],
)
def test_a_chain_that_cannot_be_is_refused_with_the_field(members: str, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chained(members)
    assert caught.value.field == field


@pytest.mark.parametrize("secret", ["file:/none/there", "keyring:none/there", "command:no-such-command-here"])
def test_a_secret_that_is_not_there_gives_way_in_a_chain(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lychgate.world.keyrings.get", lambda service, user: None)
    monkeypatch.setenv("T", "of-the-second")
    text = f'[profile.away]\nauthenticator = "bearer"\ntoken = "{secret}"\n{CHAINED.split("[profile.away]")[0]}'
    made = parse(f'{text}[profile.x]\nauthenticator = "chain"\nmembers = ["away", "two"]\norigins = []\n', "p", "x")
    play = Play()
    request = play.run(made.what.prepare(Request("GET", "https://a.example.org/")))
    assert request.headers["Authorization"] == "Bearer of-the-second"
