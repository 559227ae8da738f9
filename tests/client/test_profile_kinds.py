"""The authenticators of other worlds as profiles: their options are its keys, and a bad one is named with its line."""

from __future__ import annotations

import pytest

from lychgate.client.profile import parse
from lychgate.kernel.errors import ConfigError

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
